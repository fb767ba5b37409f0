"""`check` gives a verdict on anything a reader may hand it, in words, quickly, and leaves no trace."""

import linecache
import math
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from course.checks import EXERCISES, check, judge
from course.guard import Stop
from course.specification import exercise

ID = "99.1"
SECONDS = 0.4
SHOWN = "x**3, x=2, h=0.1"


@pytest.fixture(autouse=True)
def derivative_exercise(monkeypatch):
    """An exercise whose right answer is a central difference: 12.01."""
    known = dict(EXERCISES)
    for module in ("course.specification", "course.checks"):
        monkeypatch.setattr(f"{module}.EXERCISES", known)

    @exercise(ID, shows="the error is of second order", seconds=SECONDS)
    def central_difference(answer):
        got = answer.call(lambda x: x**3, 2.0, 0.1, shown=SHOWN)
        answer.close(got, 12.01, rtol=1e-9, mistake="a forward difference looks to one side")


def right(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def specify(specification, id="99.2", seconds=SECONDS):
    exercise(id, shows="it works", seconds=seconds)(specification)
    return id


def test_right_answer_passes_and_says_what_it_showed():
    verdict = judge(ID, right)
    assert verdict.status == "passed"
    assert verdict.message == "Exercise 99.1 · passed. the error is of second order"


def test_wrong_value_stands_beside_the_expected_one():
    def forward(f, x, h):
        return (f(x + h) - f(x)) / h

    assert judge(ID, forward).message.splitlines() == [
        "Exercise 99.1 · not yet",
        "  forward(x**3, x=2, h=0.1)",
        "  yours:    12.61",
        "  expected: 12.01",
        "  a forward difference looks to one side",
    ]


def test_check_prints_the_message_and_returns_nothing(capsys):
    assert check(ID, right) is None
    assert capsys.readouterr().out == judge(ID, right).message + "\n"


# ---- not attempted


def returns_dots(f, x, h):
    return ...


def only_dots(f, x, h): ...


def only_docstring(f, x, h):
    """Central difference of f at x."""


def dots_inside(f, x, h):
    slope = ...
    return [slope]


def dots_in_arithmetic(f, x, h):
    slope = ...
    return slope / h


@pytest.mark.parametrize("stub", [..., returns_dots, only_dots, only_docstring, dots_inside, dots_in_arithmetic])
def test_a_stub_is_not_attempted(stub):
    verdict = judge(ID, stub)
    assert verdict.status == "not attempted"
    assert verdict.message.startswith("Exercise 99.1 · not attempted yet.")


def test_a_class_of_empty_methods_is_not_attempted():
    class Node:
        def __init__(self, data): ...
        def __add__(self, other):
            return ...

    id = specify(lambda answer: answer.close(answer.run(lambda: answer.value(2.0).data, "Value(2.0).data"), 2.0))
    assert judge(id, Node).status == "not attempted"
    assert judge(id, type("Done", (), {"__init__": lambda self, data: setattr(self, "data", data)})).status == "passed"


# ---- results that are not the expected number


class Hostile:
    """Equal to everything, and a number if asked."""

    def __eq__(self, other):
        return True

    def __float__(self):
        return 12.01

    def __repr__(self):
        raise RuntimeError

    def __getattr__(self, name):
        raise ValueError(name)

    __hash__ = None


class Liar(float):
    def __sub__(self, other):
        return 0.0

    def __eq__(self, other):
        return True

    def __float__(self):
        return 12.01

    __hash__ = float.__hash__


class Node:
    def __init__(self, data):
        self.data, self.parents = data, ()


def a_generator(*_):
    yield 12.01


async def a_coroutine(*_):
    return 12.01


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, "is a `return` missing?"),
        ("12.01", "a string"),
        (True, "a bool"),
        (12.01 + 0j, "a complex number"),
        (np.complex128(12.01), "complex128"),
        (np.bool_(True), "a bool"),
        ([12.01], "a list of 1 item"),
        ((12.01,), "a tuple of 1 item"),
        (np.array([12.01]), "an array of shape (1,)"),
        (np.array(12.01), "an array of shape ()"),
        ({"slope": 12.01}, "a dict"),
        (right, "meant to be called"),
        (float, "the class float itself"),
        (Node(12.01), ".data"),
        pytest.param(Hostile(), "a Hostile", id="hostile"),
        (Liar(3.0), "yours:    3"),
        (math.nan, "yours:    nan"),
        (math.inf, "yours:    inf"),
        (-12.01, "yours:    -12.01"),
        (12.010001, "yours:    12.010001"),
        pytest.param(10**5000, "expected: 12.01", id="huge"),
        (NotImplemented, "NotImplemented"),
    ],
)
def test_a_wrong_result_is_named(result, said):
    verdict = judge(ID, lambda *_: result)
    assert verdict.status == "not yet"
    assert said in verdict.message


@pytest.mark.parametrize("result", [12.01, np.float64(12.01), np.longdouble(12.01), 12.01 * (1 + 1e-10)])
def test_numbers_of_every_kind_count(result):
    assert judge(ID, lambda *_: result).status == "passed"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("function", "said"), [(a_generator, "a generator"), (a_coroutine, "a coroutine")])
def test_generators_and_coroutines(function, said):
    assert said in judge(ID, function).message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (12.01, "yours:    a float"),
        (None, "expected: a function"),
        ("right", "a string"),
        (Hostile, "the class Hostile itself"),
        pytest.param(Hostile(), "a Hostile", id="hostile"),
        ([right], "a list of 1 item"),
    ],
)
def test_what_is_not_a_function_is_named(answer, said):
    verdict = judge(ID, answer)
    assert verdict.status == "not yet"
    assert said in verdict.message


# ---- code that fails


def divides_by_zero(f, x, h):
    slope = f(x) / 0
    return slope


with pytest.raises(ZeroDivisionError) as divided:  # Python 3.14 words it in another way
    divides_by_zero(float, 1.0, 0.1)


def exits(f, x, h):
    sys.exit(0)


def interrupts(f, x, h):
    raise KeyboardInterrupt


def recurses(f, x, h):
    return recurses(f, x, h)


def asks(f, x, h):
    return float(input("slope? "))


def debugs(f, x, h):
    breakpoint()  # noqa: T100
    return 12.01


def calls_with_two(f, x, h):
    return f(x, h)


def one_parameter(f):
    return f(2)


class Rude(BaseException):
    def __str__(self):
        raise self


def raises_rudely(f, x, h):
    raise Rude


def fills_memory_at_once(f, x, h):
    return [0] * 10**15


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (divides_by_zero, f"stopped with ZeroDivisionError: {divided.value}\n"),
        (divides_by_zero, "of your code: slope = f(x) / 0"),
        (exits, "left Python by exit()"),
        (interrupts, "stopped with KeyboardInterrupt"),
        (recurses, "called itself until Python gave up"),
        (recurses, "return recurses(f, x, h)"),
        (asks, "input() is refused while an exercise is checked: nobody can answer; use the arguments"),
        (debugs, "breakpoint() is refused"),
        (calls_with_two, "of your code: return f(x, h)"),
        (one_parameter, "It takes (f)"),
        (raises_rudely, "stopped with Rude"),
        (fills_memory_at_once, "stopped with MemoryError"),
        (lambda *_: judge(ID, right), "a Verdict"),
        (lambda *_: check(ID, right), "Your code printed: check() is called inside"),
    ],
)
def test_failing_code_is_explained(function, said):
    verdict = judge(ID, function)
    assert verdict.status == "not yet"
    assert said in verdict.message


@pytest.mark.parametrize("body", ["return 1 / (h - h)", "while True: pass"])
def test_the_line_is_one_of_the_answers_own_cell(body):
    namespace = {}
    cells = {"cell 1": f"def helper(h):\n    {body}", "cell 2": "def answer(f, x, h):\n    x = x\n    return helper(h)"}
    for file, text in cells.items():
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec"), namespace)
    try:
        message = judge(ID, namespace["answer"]).message
    finally:
        for file in cells:
            del linecache.cache[file]
    assert "line 3 of your code: return helper(h)" in message


# ---- code that does not end


def spins(f, x, h):
    while True:
        x += h


def swallows(f, x, h):
    while True:
        try:
            f(x)
        except:  # noqa: E722
            pass


def swallows_and_continues(f, x, h):
    def long():
        for i in range(10**9):
            f(i)

    while True:
        try:
            long()
        except BaseException:
            continue


NEVER_FINALLY = """
def never_finally(f, x, h):
    while True:
        try:
            time.sleep(0.01)
        finally:
            continue
"""
linecache.cache["a cell"] = (len(NEVER_FINALLY), None, NEVER_FINALLY.splitlines(keepends=True), "a cell")
with warnings.catch_warnings():  # Python 3.14 warns of such code
    warnings.simplefilter("ignore", SyntaxWarning)
    exec(compile(NEVER_FINALLY, "a cell", "exec"))
never_finally = locals()["never_finally"]


def keeps_what_it_swallows(f, x, h):
    kept = []
    while True:
        try:
            f(x)
        except BaseException as error:
            kept.append(error)


def prints_for_ever(f, x, h):
    while True:
        print("still here")


@pytest.mark.parametrize(
    "function",
    [spins, swallows, swallows_and_continues, never_finally, keeps_what_it_swallows, prints_for_ever],
)
def test_endless_code_is_stopped(function):
    threads, start = threading.active_count(), time.monotonic()
    message = judge(ID, function).message
    assert time.monotonic() - start < SECONDS + 20  # stopped, not waited for; a starved machine may be slow
    assert f"was still running after {SECONDS} seconds" in message
    assert "of your code: " in message
    assert "could not be stopped" not in message
    assert threading.active_count() == threads
    assert len(message) < 600


def test_code_that_fills_the_memory_is_stopped(monkeypatch):
    sizes = iter(range(0, 10**12, 10**9))
    monkeypatch.setattr("course.guard._memory", lambda: next(sizes))
    assert "filling the memory" in judge(ID, spins).message


def test_a_hang_outside_python_is_given_up_on(monkeypatch):
    monkeypatch.setattr("course.guard.GRACE", 0.1)
    released = threading.Event()
    verdict = judge(ID, lambda *_: released.wait(20))
    assert "restart the kernel" in verdict.message
    released.set()
    assert judge(ID, right).status == "passed"


@pytest.mark.parametrize("attribute", ["__repr__", "__eq__", "__class__"])
def test_an_object_that_hangs_when_looked_at(attribute):
    def hang(self, *_):
        while True:
            pass

    def looks(answer):
        got = answer.call(shown="")
        answer.require(got == 1 or got.__class__ is int, f"it is {got!r}")

    kind = type("Hanging", (), {attribute: property(hang) if attribute == "__class__" else hang, "__hash__": None})
    verdict = judge(specify(looks), lambda: kind())
    assert (verdict.status, "was still running" in verdict.message) == ("not yet", True)


def test_where_there_are_no_threads_the_clock_is_watched_all_the_same(monkeypatch):
    def cannot_start(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", cannot_start)
    trace = sys.gettrace()
    assert judge(ID, right).status == "passed"
    for function in (spins, swallows, swallows_and_continues, never_finally):
        assert "was still running" in judge(ID, function).message
    assert "ZeroDivisionError" in judge(ID, divides_by_zero).message
    assert sys.gettrace() is trace


def test_the_stop_button_ends_a_check(monkeypatch):
    presses = iter([0, KeyboardInterrupt])

    def pressed():
        if next(presses, 0):
            raise KeyboardInterrupt
        return 0

    monkeypatch.setattr("course.guard._memory", pressed)
    assert "was stopped by you" in judge(ID, spins).message


def test_raising_the_guards_own_exception_helps_nobody():
    def stops_itself(f, x, h):
        raise Stop

    assert judge(ID, stops_itself).status == "not yet"


def test_input_is_refused_every_time():
    calls = []

    def asks_later(x):
        calls.append(x)
        return x if len(calls) == 1 else input()

    def twice(answer):
        answer.close(answer.call(1.0), 1.0)
        answer.close(answer.call(2.0), 2.0)

    assert "input() is refused" in judge(specify(twice), asks_later).message


# ---- side effects


def test_prints_are_captured_and_shortened(capsys):
    def talks(f, x, h):
        print("thinking", file=sys.stderr)
        for step in range(1000):
            print("step", step)
        return right(f, x, h)

    verdict = judge(ID, talks)
    assert capsys.readouterr() == ("", "")
    assert verdict.status == "passed"
    assert "Your code printed: thinking step 0 step 1" in verdict.message
    assert len(verdict.message) < 300


def test_what_cannot_be_printed_is_replaced():
    def half(f, x, h):
        print("half: \ud800")
        raise ValueError("\udfff")

    message = judge(ID, half).message
    assert "half: ?" in message
    message.encode("utf-8")


def test_changed_arguments_are_reported():
    def sorts(answer):
        answer.close(answer.call([3, 1, 2], {"a": [1]}, np.zeros(2)), [1, 2, 3])

    def in_place(numbers, named, array):
        numbers.sort()
        return numbers

    def deep(numbers, named, array):
        named["a"].append(2)
        return sorted(numbers)

    def in_array(numbers, named, array):
        array += 1
        return sorted(numbers)

    id = specify(sorts)
    assert "changed its argument: [3, 1, 2] became [1, 2, 3]" in judge(id, in_place).message
    assert "changed its argument: {'a': [1]} became {'a': [1, 2]}" in judge(id, deep).message
    assert "changed its argument: array([0., 0.]) became array([1., 1.])" in judge(id, in_array).message
    assert judge(id, lambda numbers, *_: sorted(numbers)).status == "passed"


def test_arguments_may_change_where_that_is_the_task():
    def appends(answer):
        numbers = [1]
        answer.call(numbers, 2, may_change=True)
        answer.close(numbers, [1, 2])

    assert judge(specify(appends), lambda numbers, new: numbers.append(new)).status == "passed"


# ---- ids and specifications


@pytest.mark.parametrize(
    "id", ["", "1", "99.9", "no such", "99.1 ", None, 1.2, ["99.1"], pytest.param(Hostile(), id="hostile")]
)
def test_an_unknown_id_says_which_exist(id, capsys):
    verdict = judge(id, right)
    assert verdict.status == "not yet"
    assert "There is no exercise" in verdict.message
    check(id, right)
    assert "There is no exercise" in capsys.readouterr().out


def test_an_id_is_specified_once():
    with pytest.raises(ValueError, match="specified twice"):
        exercise(ID, shows="")(lambda answer: None)


def test_a_mistake_in_a_specification_never_stops_the_chapter(monkeypatch, capsys):
    def broken(id):
        raise ImportError("no such module")

    monkeypatch.setattr("course.checks.find", broken)
    check(ID, right)
    assert "the check itself stopped with ImportError" in capsys.readouterr().out


def test_shape_comes_before_values_and_the_place_is_named():
    id = specify(lambda answer: answer.close(answer.value, [[1.0, 2.0], [3.0, 4.0]], mistake="transposed"))
    assert judge(id, [[1.0, 2.0], [3.0, 4.0]]).status == "passed"
    short = judge(id, [[1.0, 2.0]]).message
    assert "yours:    1 item: [[1.0, 2.0]]" in short
    assert "transposed" not in short
    wrong = judge(id, [[1.0, 3.0], [2.0, 4.0]]).message
    assert all(part in wrong for part in ("at [0][1]:", "yours:    3.0", "expected: 2.0", "transposed"))


def test_a_name_given_to_one_comparison_does_not_stay():
    def two(answer):
        slope, value = answer.call(shown="")
        answer.close(slope, 1.0, what="the slope")
        answer.close(value, 2.0)

    id = specify(two)
    assert judge(id, lambda: (2.0, 2.0)).message.splitlines()[1] == "  the slope"
    assert judge(id, lambda: (1.0, 1.0)).message.splitlines()[1] == "  your function()"


def test_time_is_up_between_two_calls_even_if_no_other_thread_could_run():
    """A long C call keeps the watching thread from waking: the next call must not begin."""
    calls = []

    def specification(answer):
        for _ in range(1000):
            answer.call(1)

    def holds_the_interpreter(x):
        calls.append(x)
        return sum(range(6_000_000))  # one C call of a tenth of a second or so

    verdict = judge(specify(specification), holds_the_interpreter)
    assert verdict.status == "not yet"
    assert f"was still running after {SECONDS:g} seconds" in verdict.message
    assert len(calls) < 100
