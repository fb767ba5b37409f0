"""What the checks of layers share: a reader's Module is made, called, and its tensors and gradients are looked at."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course.compare import result_of
from course.specification import Answer, NotYet
from course.wording import explain, kind_of

Arrays = dict[str, np.ndarray]
Formula = Callable[..., np.ndarray]


def numbers(*shape: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape) * 2 + 1


def made(answer: Answer, *arguments: Any, shown: str) -> tuple[Any, Any]:
    """Make an object of the reader's class; return it, and the Tensor of the engine whose Module it is."""
    cls = answer.value
    named = f"yours:    {kind_of(cls)}\nexpected: a class, by its name, without parentheses"
    answer.require(isinstance(cls, type), named)
    finders = [vars(base).get("parameters") for base in cls.__mro__[1:] if base.__name__ == "Module"]
    spaces = [getattr(finder, "__globals__", {}) for finder in finders]
    tensor = next((space["Tensor"] for space in spaces if "Tensor" in space), None)
    begin = f"class {cls.__name__}(Module):"
    answer.require(tensor is not None, f"{cls.__name__} is no Module of your engine: begin with `{begin}`")
    return answer.run(lambda: cls(*arguments), shown), tensor


def require_tensors(answer: Answer, layer: Any, trained: Arrays, buffers: Arrays, shown: str) -> None:
    """Require that a layer holds these tensors and no others, with these numbers, those that are trained as leaves."""
    for name, expected in (trained | buffers).items():
        x = answer.run(lambda: getattr(layer, name), f"{shown}.{name}")  # noqa: B023
        answer.require(hasattr(x, "node") and hasattr(x, "data"), f"yours:    {kind_of(x)}\nexpected: a Tensor")
        answer.close(x.data, expected, what=f"{shown}.{name}.data")
    found, state = set(layer.named_parameters()), set(layer.state_dict())
    what = f"{shown}.named_parameters()"
    answer.close(sorted(found), sorted(trained), what=what, mistake="A Tensor is trained if it requires a gradient.")
    answer.close(sorted(state), sorted(trained | buffers), what=f"{shown}.state_dict(), its names")


def put(layer: Any, arrays: Arrays, dtype: type = np.float64) -> None:
    """Give tensors of a layer other numbers."""
    for name, array in arrays.items():
        getattr(layer, name).data = array.astype(dtype)


def forward(answer: Answer, layer: Any, x: Any, shown: str) -> Any:
    """What a layer gives for a Tensor, which it must leave as it was."""
    before = x.data.copy()
    y = answer.run(lambda: layer(x), shown)
    answer.require(hasattr(y, "data") and hasattr(y, "node"), f"yours:    {kind_of(y)}\nexpected: a Tensor")
    answer.require(np.array_equal(x.data, before), "changed the numbers of x. Compute new ones.")
    return y


def slopes(function: Formula, arrays: Arrays, g: np.ndarray, name: str) -> np.ndarray:
    """The gradient of `(function(**arrays) * g).sum()` with respect to one of the arrays, by nudges."""
    found, h = np.zeros(arrays[name].shape), 1e-5
    for place in np.ndindex(found.shape):
        ends = []
        for sign in (1, -1):
            nudged = arrays[name].copy()
            nudged[place] += sign * h
            ends.append((function(**arrays | {name: nudged}) * g).sum())
        found[place] = (ends[0] - ends[1]) / (2 * h)
    return found


def require_gradients(
    answer: Answer, layer: Any, tensor: Any, function: Formula, arrays: Arrays, shown: str, axis: int | None = None
) -> None:
    """Require the gradients of x, weight and bias that nudges measure.

    For a layer that normalizes along `axis`, one that takes mean or variance for constant is recognized.
    """
    put(layer, {name: arrays[name] for name in ("weight", "bias")})
    for parameter in (layer.weight, layer.bias):
        parameter.grad = None
    x, g = tensor(arrays["x"].copy(), requires_grad=True), numbers(*arrays["x"].shape, seed=9)
    y = forward(answer, layer, x, shown)
    answer.run(lambda: (y * g).sum().backward(), f"backward through {shown}")
    for name, leaf in (("x", x), ("weight", layer.weight), ("bias", layer.bias)):
        answer.require(leaf.grad is not None, f"no gradient reached {name}. Compute with Tensors, and not with .data.")
        wrong = {} if axis is None or name != "x" else missing_paths(arrays["x"], g * arrays["weight"], axis)
        mistake = result_of(leaf.grad, wrong, rtol=1e-4)
        what = f"the gradient of {name}, backward through {shown}"
        answer.close(leaf.grad, slopes(function, arrays, g, name), 1e-5, 1e-6, what, mistake)


def missing_paths(x: np.ndarray, g: np.ndarray, axis: int, eps: float = 1e-5) -> Arrays:
    """Gradients of x that leave out a path of normalization along an axis; g is that of the normalized numbers."""
    root = np.sqrt(x.var(axis=axis, keepdims=True) + eps)
    normal, mean = (x - x.mean(axis=axis, keepdims=True)) / root, g.mean(axis=axis, keepdims=True)
    by_variance = normal * (g * normal).mean(axis=axis, keepdims=True)
    return {
        "without the paths through mean and variance": g / root,
        "without the paths through the variance": (g - mean) / root,
        "without the paths through the mean": (g - by_variance) / root,
    }


def require_float32(answer: Answer, layer: Any, tensor: Any, x: np.ndarray, shown: str) -> None:
    """Require float32 for what is computed, and of every tensor kept, when all of them are float32."""
    state = layer.state_dict()
    put(layer, state, np.float32)
    y = forward(answer, layer, tensor(x.astype(np.float32)), f"{shown}, all in float32")
    for name, found in {"the result": y.data, **{name: getattr(layer, name).data for name in state}}.items():
        message = f"yours:    {found.dtype} for {name}\nexpected: float32"
        answer.require(found.dtype == np.float32, message)


def require_error(answer: Answer, work: Callable[[], Any], shown: str) -> None:
    """Require a ValueError."""

    def told() -> tuple[str, Any]:
        try:
            return "", work()
        except ValueError:
            return "as asked", None
        except Exception as error:
            return explain(error), None

    said, got = answer.run(told, shown)
    if isinstance(got, Exception):
        said = f"{kind_of(got)} that was returned. `raise` it."
    if said != "as asked":
        raise NotYet(f"yours:    {said or kind_of(got)}\nexpected: a ValueError")
