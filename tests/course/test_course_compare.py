"""Two results agree exactly when the documentation of `course.compare` says so."""

import math
from fractions import Fraction

import numpy as np
import pytest

from course.compare import difference, result_of

AGREE = [
    (1, 1.0),
    (1.0, 1),
    (np.float32(0.5), 0.5),
    (np.int64(3), 3),
    (1.0 + 1e-9, 1.0),
    (1e-10, 0.0),
    (math.nan, math.nan),
    (math.inf, math.inf),
    (-0.0, 0.0),
    (True, True),
    (np.bool_(True), True),
    ("a", "a"),
    (None, None),
    ({1, 2}, {2, 1}),
    ([], []),
    ((1, 2.0), [1, 2]),
    ([1, 2], (1, 2)),
    (np.array([1.0, 2.0]), [1, 2]),
    (np.eye(2), [[1, 0], [0, 1]]),
    ([[1], [2, 3]], [[1], [2, 3]]),
    ({"a": [1.0]}, {"a": [1]}),
    (np.arange(3), np.arange(3.0)),
    (np.zeros((0, 3)), np.zeros((0, 3))),
    (np.array([math.nan]), np.array([math.nan])),
    (2.0, np.array(2.0)),
]

DIFFER = [
    (True, 1, "type"),
    (1, True, "type"),
    (np.bool_(True), 1, "type"),
    ("1", 1, "type"),
    (1, "1", "type"),
    (None, 0, "type"),
    (0, None, "type"),
    (1 + 0j, 1, "type"),
    (np.array(1.0), 1, "type"),
    ([1], 1, "type"),
    (1, [1], "type"),
    ("ab", ["a", "b"], "type"),
    ({1, 2}, [1, 2], "type"),
    ({0: 1}, [1], "type"),
    (range(2), [0, 1], "type"),
    ([1, 2], np.array([1, 2]), "type"),
    ([1, True], [1, 1], "type"),
    (["1"], [1], "type"),
    (np.array([True]), [1], "type"),
    (np.array([1 + 0j]), np.array([1.0]), "type"),
    ([1], [1, 2], "shape"),
    ([1, 2, 3], [1, 2], "shape"),
    ([[1, 2]], [[1], [2]], "shape"),
    (np.zeros((2, 3)), np.zeros((3, 2)), "shape"),
    (np.zeros((1, 3)), np.zeros(3), "shape"),
    ({"a": 1}, {"b": 1}, "shape"),
    (1.0 + 1e-5, 1.0, "value"),
    (1e-8, 0.0, "value"),
    (math.nan, 1.0, "value"),
    (1.0, math.nan, "value"),
    (math.inf, 1.0, "value"),
    (1.0, math.inf, "value"),
    (-math.inf, math.inf, "value"),
    (10**400, 1.0, "value"),
    (10**400, math.inf, "value"),
    ([1, 2], [2, 1], "value"),
    ("a", "b", "value"),
    (False, True, "value"),
    ({"a": 1}, {"a": 2}, "value"),
    (np.array([1.0, math.nan]), np.array([1.0, 2.0]), "value"),
]


@pytest.mark.parametrize(("got", "expected"), AGREE, ids=str)
def test_agree(got, expected):
    assert difference(got, expected, rtol=1e-6, atol=1e-9) is None


@pytest.mark.parametrize(("got", "expected", "kind"), [pytest.param(*case, id=str(n)) for n, case in enumerate(DIFFER)])
def test_differ(got, expected, kind):
    found = difference(got, expected, rtol=1e-6, atol=1e-9)
    assert found.kind == kind
    assert found.yours != found.expected


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.longdouble])
def test_arrays_agree_exactly_where_their_numbers_do(dtype):
    edges = [
        0.0,
        -0.0,
        1.0,
        1.0 + 1e-6,
        1.0 + 1.1e-6,
        1e-9,
        1.1e-9,
        1e300,
        -1e300,
        5e-324,
        math.inf,
        -math.inf,
        math.nan,
    ]
    with np.errstate(over="ignore"):
        numbers = np.array(edges, dtype)
    for one in numbers:
        for other in numbers:
            alone = difference(one, other, rtol=1e-6, atol=1e-9) is None
            arrays = np.array([2.0, one], dtype), np.array([2.0, other], dtype)
            assert (difference(*arrays, rtol=1e-6, atol=1e-9) is None) == alone, (one, other)


def test_the_first_difference_is_placed():
    found = difference({"w": [[1, 2], [3, 5]]}, {"w": [[1, 2], [3, 4]]}, 0, 0)
    assert (found.where, found.yours, found.expected) == ("['w'][1][1]", "5", "4")


def test_numbers_that_look_alike_are_shown_in_full():
    found = difference(1.0 + 1e-14, 1.0 + 2e-14, 0, 0)
    assert (found.yours, found.expected) == ("1.00000000000001", "1.00000000000002")


def test_a_number_of_another_kind_is_not_told_to_be_a_number():
    assert difference(Fraction(1, 2), 0.5, 0.0, 0.0).expected == "a float (0.5)"
    assert difference(True, 1, 0.0, 0.0).expected == "a float (1)"
    assert difference("1", 1, 0.0, 0.0).expected == "a number (1)"


def test_a_specification_cannot_ask_for_what_has_no_rule():
    with pytest.raises(TypeError, match="no rule to compare with a object"):
        difference(1, object(), 0, 0)


def test_a_wrong_result_is_named_where_one_mistake_alone_gives_it():
    mistakes = {"without the bias": 2.0, "of a step uphill": 3.0, "if nothing moves": 3.0}
    assert result_of(2.0 + 1e-12, mistakes) == "This is the result without the bias."
    assert result_of(3.0, mistakes) == ""
    assert result_of(4.0, mistakes) == ""
    assert result_of("2.0", mistakes) == ""
