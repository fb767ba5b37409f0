"""The gradient checker for both engines: it compares their gradients with central differences."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.finite_differences import BEST_STEP, EPSILON, Engine, GradientError, central_difference, check

__all__ = ["BEST_STEP", "EPSILON", "GradientError", "central_difference", "gradcheck"]


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
    float64 Tensor for each and returns a Tensor. A Tensor that requires no gradient is passed on as it is; if there is
    nothing else, ValueError is raised. Orders above 1 check derivatives of derivatives: the gradient is projected on a
    fixed random direction, and that number is checked as a function of its own, so the cost grows with the order and
    not with its power. A slope passes if it differs by at most atol + rtol * abs(expected). Where it does not with this
    step, smaller ones are tried, and the slope that they agree on decides. Raises GradientError, which names the input,
    the order and both numbers.

    Near a kink (relu at 0) or a jump the two sides of a central difference see different slopes: check beside it.
    """
    # Only the engine that is checked is imported: the scalar one does without NumPy.
    engine: Engine
    if any(hasattr(x, "__array_function__") for x in inputs):
        from autograd.tensor.api.checking import TensorEngine

        engine = TensorEngine(len(inputs))
    else:
        from autograd.scalar.checking import ScalarEngine

        engine = ScalarEngine(len(inputs))
    return check(engine, f, inputs, order, rtol, atol, step)
