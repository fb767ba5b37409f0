"""The gradient checker: slopes from an engine against slopes by nudge and see.

A wrong derivative often trains anyway, only worse. A central difference knows nothing of the engine's rules, so the
two agree only if the rules are right.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any

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


def gradcheck(
    f: Callable[..., Any],
    inputs: Sequence[Any],
    order: int = 1,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    step: float = BEST_STEP,
) -> bool:
    """Return True if the engine's derivatives of `f(*inputs)` agree with central differences; raise if they do not.

    `f` takes one Value for each number in `inputs` and returns a Value; or, if `inputs` holds an array or a Tensor, one
    float64 Tensor for each and returns a Tensor (see `gradcheck_tensors`). Orders above 1 check derivatives of
    derivatives: the gradient is projected on a fixed random direction, and that number is checked as a function of
    its own, so the cost grows with the order and not with its power. A slope passes if it differs by at most
    atol + rtol * abs(expected). Raises GradientError, which names the input, the order and both numbers.

    Near a kink (relu at 0) or a jump the two sides of a central difference see different slopes: check beside it.
    """
    from autograd.scalar.engine import Value, grad  # here, not above: the checker serves engines, none serves it

    if order < 1:
        raise ValueError(f"gradcheck: order must be 1 or more, got {order}")
    if any(hasattr(x, "__array_function__") for x in inputs):
        return gradcheck_tensors(f, inputs, order, rtol, atol, step)
    numbers = [float(number) for number in inputs]
    if not numbers:
        raise ValueError("gradcheck: inputs is empty, so there is no slope to check")

    def at(point: Sequence[float]) -> float:
        return f(*map(Value, point)).data

    leaves = [Value(number) for number in numbers]
    y = f(*leaves)
    if not isinstance(y, Value):
        raise TypeError(f"gradcheck: f must return a Value, got {y!r} ({type(y).__name__})")
    y.backward()
    routes = {
        "backward()": [leaf.grad for leaf in leaves],
        "grad()": [slope.data for slope in grad(y, leaves)],
        "grad(create_graph=True)": [slope.data for slope in grad(y, leaves, create_graph=True)],
    }
    for i, number in enumerate(numbers):

        def along_input(x: float, i: int = i) -> float:
            return at([*numbers[:i], x, *numbers[i + 1 :]])

        expected = central_difference(along_input, number, step)
        for route, slopes in routes.items():
            if not abs(slopes[i] - expected) <= atol + rtol * abs(expected):  # also catches nan
                raise GradientError(
                    f"gradcheck: input {i} at {number:.6g}: {route} says {slopes[i]:.9g}, "
                    f"a central difference {expected:.9g}"
                )
    if order > 1:
        direction = random.Random(len(numbers)).choices([-1.0, -0.5, 0.5, 1.0], k=len(numbers))

        def projected_gradient(*values: Any) -> Any:
            gradient = grad(f(*values), list(values), create_graph=True)
            return Value.sum(weight * slope for weight, slope in zip(direction, gradient, strict=True))

        try:
            gradcheck(projected_gradient, numbers, order - 1, rtol, atol, step)
        except GradientError as error:
            raise GradientError(f"one order of derivatives higher, {error}") from None
    return True


def gradcheck_tensors(
    f: Callable[..., Any],
    inputs: Sequence[Any],
    order: int = 1,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    step: float = BEST_STEP,
) -> bool:
    """Return True if the derivatives of a function of tensors agree with central differences; raise if they do not.

    A Jacobian has as many slopes as two shapes have numbers. One slope tells of them all: that of the outputs' sum,
    weighted at random, along a random direction of one input. Whole number inputs are passed on as they are. Raises
    GradientError, which names the input, the order and both numbers.
    """
    import numpy as np

    from autograd.tensor import Tensor, grad

    rng = np.random.default_rng(len(inputs))
    arrays = [x._data if isinstance(x, Tensor) else np.asarray(x) for x in inputs]
    moving = [i for i, x in enumerate(arrays) if x.dtype.kind == "f"]
    arrays = [x.astype(np.float64) if i in moving else x for i, x in enumerate(arrays)]

    def tensors(**moved: Any) -> list[Any]:
        return [Tensor(moved.get(f"x{i}", x), dtype=x.dtype, requires_grad=i in moving) for i, x in enumerate(arrays)]

    leaves = tensors()
    y = f(*leaves)
    if not isinstance(y, Tensor):
        raise TypeError(f"gradcheck: f must return a Tensor, got {y!r} ({type(y).__name__})")
    weights = Tensor(rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1, 1], y.shape), dtype=float)
    wanted = [leaves[i] for i in moving]
    y.backward(weights, retain_graph=True)
    routes = {
        "backward()": [leaf.grad for leaf in wanted],
        "grad()": grad(y, wanted, weights, retain_graph=True, allow_unused=True),
        "grad(create_graph=True)": grad(y, wanted, weights, create_graph=True, allow_unused=True),
    }
    for place, i in enumerate(moving):
        direction = rng.uniform(0.5, 1.5, arrays[i].shape) * rng.choice([-1, 1], arrays[i].shape)
        scale = step * max(1.0, float(np.abs(arrays[i]).max(initial=0)))
        sides = [f(*tensors(**{f"x{i}": arrays[i] + h * direction}))._data for h in (scale, -scale)]
        expected = float(np.sum(weights._data * (sides[0] - sides[1])) / (2 * scale))
        for route, gradients in routes.items():
            slope = 0.0 if gradients[place] is None else float(np.sum(gradients[place]._data * direction))
            if not abs(slope - expected) <= atol + rtol * abs(expected):  # also catches nan
                raise GradientError(
                    f"gradcheck: input {i} of shape {arrays[i].shape}: {route} says {slope:.9g}, "
                    f"a central difference {expected:.9g}"
                )
    if order > 1:

        def gradient(*xs: Any) -> Any:
            found = grad(f(*xs), [xs[i] for i in moving], weights, create_graph=True, allow_unused=True)
            parts = [(g * w).sum() for g, w in zip(found, directions, strict=True) if g is not None]
            return sum(parts + [0 * xs[i].sum() for i in moving])  # so that a constant gradient has a slope too: 0

        directions = [Tensor(rng.uniform(0.5, 1.5, arrays[i].shape), dtype=float) for i in moving]
        try:
            gradcheck_tensors(gradient, arrays, order - 1, rtol, atol, step)
        except GradientError as error:
            raise GradientError(f"one order of derivatives higher, {error}") from None
    return True
