"""Numerical derivatives: central differences, and the check that compares an engine's gradients with them.

A wrong derivative often trains anyway, only worse. A central difference knows nothing of the engine's rules, so the two
agree only if the rules are right.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

# A central difference errs by about h**2 (the curve bends) plus EPSILON / h (rounding); the sum is least near here.
EPSILON = 2.0**-52
BEST_STEP = EPSILON ** (1 / 3)
CLOSER_STEPS = 9  # from 6e-6 to 6e-14, below which rounding is all there is


class GradientError(AssertionError):
    """A gradient that finite differences do not confirm."""


def central_difference(f: Callable[[float], float], x: float, step: float = BEST_STEP) -> float:
    """Return the slope of `f` at `x` as (f(x + h) - f(x - h)) / 2h, with h = step * max(1, abs(x)).

    The step grows with x because floats are further apart there. The width is measured, not assumed: x + h is rounded.
    The result is wrong, without an error, where the slope changes noticeably over h, as for sin at 1e6, and where the
    values are so large that their rounding hides their difference, as for 1e20 + sin(x). For the first, pass a smaller
    step: 6e-6 times the distance over which the slope changes, divided by max(1, abs(x)).
    """
    h = step * max(1.0, abs(x))
    above, below = x + h, x - h
    return (f(above) - f(below)) / (above - below)


def closer_difference(f: Callable[[float], float], step: float) -> float:
    """Return the slope of `f` at 0, by the most certain of several steps: `step`, and others, each a tenth of the last.

    A smaller step has less error from curvature and more from rounding, and how much of each depends on the function:
    1/x at 0.001 needs a hundredth of the step that is best for exp. The most certain step is the one whose slope
    differs least from that of the step before, with the possible rounding error added. A step at which the function is
    not defined, as log below 0, does not count.
    """

    def slope(h: float) -> tuple[float, float]:
        try:
            above, below = f(h), f(-h)
        except (ValueError, ArithmeticError):
            return math.nan, math.nan
        return (above - below) / (2 * h), EPSILON * max(abs(above), abs(below)) / h

    slopes = [slope(step / 10**k) for k in range(CLOSER_STEPS)]
    errors = [(abs(a - b) + rounding, b) for (a, _), (b, rounding) in pairwise(slopes)]
    return min([(error, b) for error, b in errors if math.isfinite(error)], default=(0.0, math.nan))[1]


class Engine(Protocol):
    """What the check asks of an engine. A point is a number or an array of numbers, without a graph."""

    @property
    def kind(self) -> type:
        """Return the class of what the engine computes with."""

    def point(self, x: Any) -> Any:
        """Return an input as a point in the precision that the check needs."""

    def leaf(self, point: Any) -> Any:
        """Return a point as a leaf, with respect to which the engine differentiates."""

    def constant(self, point: Any) -> Any:
        """Return a point as an argument that is not checked."""

    def moves(self, x: Any) -> bool:
        """Return whether the derivative by an input is to be checked; whole numbers, for example, have none."""

    def direction(self, like: Any) -> Any:
        """Return weights of a point's shape, along which it is moved or by which a result is weighed."""

    def size(self, point: Any) -> float:
        """Return the largest absolute value of a point."""

    def inner(self, weights: Any, result: Any) -> float:
        """Return the sum of a result's numbers times weights; 0 for None, a gradient that is not there."""

    def routes(self, y: Any, leaves: list[Any], weights: Any) -> dict[str, Sequence[Any]]:
        """Return the gradients of y times weights in each way that the engine has to compute them."""

    def projected(self, y: Any, leaves: list[Any], weights: Any, directions: list[Any]) -> Any:
        """Return the sum of the gradients times directions, as a result that can be differentiated again."""

    def describe(self, point: Any) -> str:
        """Return which point it is, in words."""


def check(
    engine: Engine, f: Callable[..., Any], inputs: Sequence[Any], order: int, rtol: float, atol: float, step: float
) -> bool:
    """Return True if an engine's derivatives of `f(*inputs)` agree with central differences; raise if they do not.

    A Jacobian has a slope for each pair of an output number and an input number. One number tests them all: the slope
    of a randomly weighted sum of the outputs along a random direction of one input. Raises GradientError, which names
    the input, the order and both numbers.
    """
    if order < 1:
        raise ValueError(f"gradcheck: order must be 1 or more, got {order}")
    points = [engine.point(x) for x in inputs]
    if not points:
        raise ValueError("gradcheck: inputs is empty, so there is no slope to check")
    moving = [i for i, x in enumerate(inputs) if engine.moves(x)]
    if not moving:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them does")

    def leaves_at(points: Sequence[Any]) -> list[Any]:
        return [engine.leaf(point) if i in moving else engine.constant(point) for i, point in enumerate(points)]

    leaves = leaves_at(points)
    y = f(*leaves)
    if not isinstance(y, engine.kind):
        raise TypeError(f"gradcheck: f must return a {engine.kind.__name__}, got {y!r} ({type(y).__name__})")
    weights = engine.direction(y)
    routes = engine.routes(y, [leaves[i] for i in moving], weights)
    for place, i in enumerate(moving):
        direction = engine.direction(points[i])

        def moved(t: float, i: int = i, direction: Any = direction) -> float:
            point = points[i] + t * direction
            return engine.inner(weights, f(*leaves_at([*points[:i], point, *points[i + 1 :]])))

        width = step * max(1.0, engine.size(points[i]))
        slopes = {route: engine.inner(direction, gradients[place]) for route, gradients in routes.items()}
        try:
            expected = central_difference(moved, 0.0, width)
        except (ValueError, ArithmeticError):  # the step leaves the domain
            expected = math.nan
        if not all(abs(slope - expected) <= atol + rtol * abs(expected) for slope in slopes.values()):
            expected = closer_difference(moved, width)
        for route, slope in slopes.items():
            if not abs(slope - expected) <= atol + rtol * abs(expected):  # also catches nan
                raise GradientError(
                    f"gradcheck: input {i} {engine.describe(points[i])}: {route} says {slope:.9g}, "
                    f"a central difference {expected:.9g}"
                )
    if order > 1:
        directions = [engine.direction(points[i]) for i in moving]

        def projected_gradient(*xs: Any) -> Any:
            return engine.projected(f(*xs), [xs[i] for i in moving], weights, directions)

        try:
            check(engine, projected_gradient, leaves, order - 1, rtol, atol, step)
        except GradientError as error:
            raise GradientError(f"one order of derivatives higher, {error}") from None
    return True
