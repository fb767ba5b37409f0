"""Slopes by nudge and see, and the check that compares an engine's gradients with them.

A wrong derivative often trains anyway, only worse. A central difference knows nothing of the engine's rules, so the
two agree only if the rules are right.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

# A central difference errs by about h**2 (the curve bends) plus EPSILON / h (rounding); the sum is least near here.
EPSILON = 2.0**-52
BEST_STEP = EPSILON ** (1 / 3)


class GradientError(AssertionError):
    """A gradient that finite differences do not confirm."""


def central_difference(f: Callable[[float], float], x: float, step: float = BEST_STEP) -> float:
    """Return the slope of `f` at `x` as (f(x + h) - f(x - h)) / 2h, with h = step * max(1, abs(x)).

    The step grows with x because floats are further apart there. The width is measured, not assumed: x + h is rounded.
    """
    h = step * max(1.0, abs(x))
    above, below = x + h, x - h
    return (f(above) - f(below)) / (above - below)


class Engine(Protocol):
    """What the check asks of an engine. A point is a number or an array of numbers, without a graph."""

    kind: type

    def point(self, x: Any) -> Any:
        """Return an input as a point in the precision that the check needs."""

    def leaf(self, point: Any) -> Any:
        """Return a point as what the engine differentiates by."""

    def moves(self, point: Any) -> bool:
        """Return whether the numbers of a point can be nudged: whole numbers cannot."""

    def direction(self, like: Any) -> Any:
        """Return weights of a point's shape, along which it is moved or by which a result is weighed."""

    def size(self, point: Any) -> float:
        """Return the largest absolute value of a point."""

    def inner(self, weights: Any, result: Any) -> float:
        """Return the sum of a result's numbers times weights; 0 for None, a gradient that is not there."""

    def routes(self, y: Any, leaves: list[Any], weights: Any) -> dict[str, list[Any]]:
        """Return the gradients of y times weights in each way that the engine has to compute them."""

    def projected(self, y: Any, leaves: list[Any], weights: Any, directions: list[Any]) -> Any:
        """Return the sum of the gradients times directions, as a result that can be differentiated again."""

    def describe(self, point: Any) -> str:
        """Return which point it is, in words."""


def check(
    engine: Engine, f: Callable[..., Any], inputs: Sequence[Any], order: int, rtol: float, atol: float, step: float
) -> bool:
    """Return True if an engine's derivatives of `f(*inputs)` agree with central differences; raise if they do not.

    A Jacobian has as many slopes as two shapes have numbers. One slope tells of them all: that of the outputs' sum,
    weighted at random, along a random direction of one input. Raises GradientError, which names the input, the order
    and both numbers.
    """
    if order < 1:
        raise ValueError(f"gradcheck: order must be 1 or more, got {order}")
    points = [engine.point(x) for x in inputs]
    if not points:
        raise ValueError("gradcheck: inputs is empty, so there is no slope to check")
    moving = [i for i, point in enumerate(points) if engine.moves(point)]
    leaves = [engine.leaf(point) for point in points]
    y = f(*leaves)
    if not isinstance(y, engine.kind):
        raise TypeError(f"gradcheck: f must return a {engine.kind.__name__}, got {y!r} ({type(y).__name__})")
    weights = engine.direction(y)
    routes = engine.routes(y, [leaves[i] for i in moving], weights)
    for place, i in enumerate(moving):
        direction = engine.direction(points[i])

        def moved(t: float, i: int = i, direction: Any = direction) -> float:
            point = points[i] + t * direction
            return engine.inner(weights, f(*map(engine.leaf, [*points[:i], point, *points[i + 1 :]])))

        expected = central_difference(moved, 0.0, step * max(1.0, engine.size(points[i])))
        for route, gradients in routes.items():
            slope = engine.inner(direction, gradients[place])
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
            check(engine, projected_gradient, points, order - 1, rtol, atol, step)
        except GradientError as error:
            raise GradientError(f"one order of derivatives higher, {error}") from None
    return True
