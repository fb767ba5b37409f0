"""Every entry of the scalar derivative table: against PyTorch, against finite differences, and damaged on purpose."""

import math
import random

import pytest

from autograd.gradcheck import GradientError, central_difference, gradcheck
from autograd.scalar import Value, derivatives, engine
from course import reference, reference_programs

METHODS = {
    "+": "__add__",
    "-": "__sub__",
    "*": "__mul__",
    "/": "__truediv__",
    "**": "__pow__",
    "neg": "__neg__",
    "abs": "__abs__",
}

# Where each entry is checked by nudging: no kink nearby, and every slope of the entry is well away from 0 at the first.
SMOOTH_POINTS = {
    "+": [(1.3, -0.7)],
    "-": [(1.3, -0.7)],
    "*": [(1.3, -0.7), (0.0, 2.0)],
    "/": [(1.3, -0.7), (-2.0, 3.1)],
    "**": [(1.7, 2.3), (0.4, -1.2)],
    "max": [(1.3, -0.7), (-0.7, 1.3)],
    "min": [(1.3, -0.7), (-0.7, 1.3)],
    "neg": [(0.8,)],
    "abs": [(0.8,), (-0.8,)],
    "exp": [(0.8,), (-2.0,)],
    "log": [(0.8,), (5.0,)],
    "sqrt": [(0.8,), (5.0,)],
    "sin": [(0.8,), (-2.0,)],
    "cos": [(0.8,), (-2.0,)],
    "tanh": [(0.8,), (-1.1,)],
    "sigmoid": [(0.8,), (-1.1,)],
    "softplus": [(0.8,), (-1.1,)],
    "relu": [(0.8,), (-0.8,)],
    "leaky_relu": [(0.8, 0.1), (-0.8, 0.1)],
    "sum": [(1.3, -0.7, 0.4)],
    "dot": [(1.3, -0.7, 0.4, 2.0)],
}


def apply(op, *inputs):
    """Compute one operation of the table on Values."""
    if op == "sum":
        return Value.sum(inputs)
    if op == "dot":
        half = len(inputs) // 2
        return Value.dot(inputs[:half], inputs[half:])
    return getattr(Value, METHODS.get(op, op))(*inputs)


def slopes_by_every_route(op, inputs):
    leaves = [Value(x) for x in inputs]
    y = apply(op, *leaves)
    y.backward()
    routes = [[leaf.grad for leaf in leaves]]
    for create_graph in (False, True):
        routes.append([slope.data for slope in engine.grad(y, leaves, create_graph)])
    return y.data, routes


def test_every_entry_is_covered():
    assert SMOOTH_POINTS.keys() == derivatives.PRIMITIVES.keys() | derivatives.NARY_SLOPES.keys()
    recorded = reference.recorded("scalar_operations")
    assert recorded.keys() == derivatives.PRIMITIVES.keys()


RECORDED = [
    pytest.param(op, case, id=f"{op} at {case['inputs']}")
    for op, points in reference.recorded("scalar_operations").items()
    for case in points
]


@pytest.mark.parametrize(("op", "case"), RECORDED)
def test_values_and_slopes_are_those_recorded_from_pytorch(op, case):
    value, routes = slopes_by_every_route(op, case["inputs"])
    assert value == pytest.approx(case["value"], rel=1e-14)
    for slopes in routes:
        # leaky_relu has a second input here, its slope, which is a setting in PyTorch
        assert slopes[: len(case["gradients"])] == pytest.approx(case["gradients"], rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("op", derivatives.PRIMITIVES)
def test_slopes_agree_with_pytorch_at_random_points(op):
    torch = pytest.importorskip("torch")
    function, points = reference_programs.torch_operations()[op]
    rng = random.Random(op)
    for _ in range(200):
        inputs = [rng.uniform(-4, 4) * 10 ** rng.randint(-3, 1) for _ in points[0]]
        if op in ("log", "sqrt", "**"):
            inputs[0] = abs(inputs[0])
        leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]
        result = function(*leaves)
        if not math.isfinite(result.item()) or (op == "softplus" and result > 20):
            continue  # beyond 20, PyTorch's softplus(x) is x, which is 1e-10 off
        result.backward()
        value, routes = slopes_by_every_route(op, inputs)
        assert value == pytest.approx(result.item(), rel=1e-12)
        for slopes in routes:
            assert slopes == pytest.approx([leaf.grad.item() for leaf in leaves], rel=1e-11, abs=1e-15)


@pytest.mark.parametrize("op", SMOOTH_POINTS)
def test_slopes_agree_with_finite_differences_to_third_order(op):
    for inputs in SMOOTH_POINTS[op]:
        assert gradcheck(lambda *values: apply(op, *values), inputs, order=3)


# --- a wrong rule must be found, whichever slope of whichever entry it is ---


def plant(monkeypatch, op, position, damage):
    """Put a damaged slope into the table and into the method that was made from it."""
    if op in derivatives.NARY_SLOPES:
        plant_nary(monkeypatch, op, position, damage)
        return
    right = derivatives.PRIMITIVES[op]
    slopes = list(right.slopes)
    slopes[position] = lambda *inputs: damage(right.slopes[position](*inputs))
    monkeypatch.setitem(derivatives.PRIMITIVES, op, derivatives.Primitive(right.forward, tuple(slopes)))
    factory = engine.unary if len(slopes) == 1 else engine.binary
    monkeypatch.setattr(Value, METHODS.get(op, op), factory(op))


def plant_nary(monkeypatch, op, position, damage):
    right, nary = derivatives.NARY_SLOPES[op], engine.nary

    def damaged_rule(i, inputs):
        return damage(right(i, inputs)) if i == position else right(i, inputs)

    def damaged_node(name, data, parents, slopes):
        if name == op:
            slopes = tuple(damage(slope) if i == position else slope for i, slope in enumerate(slopes))
        return nary(name, data, parents, slopes)

    monkeypatch.setitem(derivatives.NARY_SLOPES, op, damaged_rule)
    monkeypatch.setattr(engine, "nary", damaged_node)


EVERY_SLOPE = [(op, position) for op, points in SMOOTH_POINTS.items() for position in range(len(points[0]))]


DAMAGES = {
    "wrong sign": lambda slope: -slope,
    "one per cent too large": lambda slope: slope * 1.01,
    "doubled": lambda slope: slope * 2,
    "forgotten": lambda slope: slope * 0.0,
    "a little added": lambda slope: slope + 0.001,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("op", "position"), EVERY_SLOPE)
def test_a_wrong_slope_is_rejected(monkeypatch, op, position, damage):
    # A point at which the slope is 0 (the loser of max, relu below 0) shows nothing of a factor: some point must.
    def rejected(inputs):
        try:
            return not gradcheck(lambda *values: apply(op, *values), inputs)
        except GradientError as error:
            assert f"input {position} at" in str(error)  # noqa: PT017 - not every point raises
            return True

    assert not any(map(rejected, SMOOTH_POINTS[op]))
    plant(monkeypatch, op, position, DAMAGES[damage])
    assert any(map(rejected, SMOOTH_POINTS[op]))


CURVED = ("/", "*", "**", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "softplus", "dot")


@pytest.mark.parametrize("op", CURVED)
def test_a_slope_that_loses_its_graph_is_rejected_at_second_order(monkeypatch, op):
    plant(monkeypatch, op, 0, lambda slope: getattr(slope, "data", slope))
    inputs = SMOOTH_POINTS[op][0]
    assert gradcheck(lambda *values: apply(op, *values), inputs)
    with pytest.raises(GradientError, match="one order of derivatives higher"):
        gradcheck(lambda *values: apply(op, *values), inputs, order=2)


# --- the checker itself ---


def test_a_kink_is_reported_and_not_passed_over():
    with pytest.raises(GradientError, match=r"input 0 at 0: backward\(\) says 0, a central difference 0.5"):
        gradcheck(lambda x: x.relu(), [0.0])


def test_nan_is_never_agreement():
    with pytest.raises(GradientError, match="says nan"):
        gradcheck(lambda x: x * math.nan, [2.0])


def test_the_error_names_input_route_and_both_numbers():
    with pytest.raises(GradientError, match=r"input 1 at 3: backward\(\) says 0, a central difference 2"):
        gradcheck(lambda x, w: x * Value(w.data), [2.0, 3.0])


@pytest.mark.parametrize(
    ("attempt", "error", "words"),
    [
        (lambda: gradcheck(lambda x: x, [1.0], order=0), ValueError, "order must be 1 or more, got 0"),
        (lambda: gradcheck(lambda: Value(1.0), []), ValueError, "inputs is empty"),
        (lambda: gradcheck(lambda x: x.data, [1.0]), TypeError, r"must return a Value, got 1.0 \(float\)"),
    ],
)
def test_the_checker_refuses_what_it_cannot_check(attempt, error, words):
    with pytest.raises(error, match=words):
        attempt()


def test_central_differences_are_as_exact_as_floats_allow():
    for x in (0.0, 0.3, 20.0):
        assert central_difference(math.sin, x) == pytest.approx(math.cos(x), abs=1e-8)
    assert central_difference(lambda x: x * x, 1e8) == pytest.approx(2e8, rel=1e-9)


@pytest.mark.parametrize(
    ("f", "x", "distance", "slope"),
    [
        (math.sin, 1e6, 1.0, math.cos(1e6)),
        (lambda x: 1 / x, 1e-3, 1e-3, -1e6),
        (lambda x: math.sin(50 * x), 0.3, 0.02, 50 * math.cos(15.0)),
    ],
)
def test_a_central_difference_fails_where_its_docstring_says_and_a_smaller_step_helps(f, x, distance, slope):
    assert central_difference(f, x) != pytest.approx(slope, rel=1e-9)
    assert central_difference(f, x, 6e-6 * distance / max(1.0, abs(x))) == pytest.approx(slope, rel=1e-9)


def test_a_central_difference_cannot_see_a_change_below_the_rounding_of_the_values():
    assert central_difference(lambda x: 1e20 + math.sin(x), 2.0) == 0.0


def test_a_vertical_slope_has_no_silent_zero_as_second_derivative():
    for root in (lambda x: x.sqrt(), lambda x: x**0.5):
        x = Value(0.0)
        slope = engine.grad(root(x), x, create_graph=True)
        assert slope.data == math.inf
        assert engine.grad(slope, x).data == -math.inf
