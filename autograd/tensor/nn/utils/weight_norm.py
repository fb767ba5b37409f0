"""Weights as a length and a direction, which are trained separately.

Source: Salimans & Kingma 2016, "Weight normalization: a simple reparameterization to accelerate training of deep neural
networks".
"""

from typing import Any, TypeVar

from autograd.tensor.api.pointwise import abs
from autograd.tensor.api.reductions import norm
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.nn.module import Module
from autograd.tensor.nn.parameter import Parameter

M = TypeVar("M", bound=Module)


class WeightNorm:
    """The hook that computes a weight of a module before each `forward`: w = g · v / |v|."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, dim
        self.handle: Any = None

    def lengths(self, v: Tensor) -> Tensor:
        """Return the lengths of the slices of v along `dim`, with v's number of dimensions; of all of v without one."""
        if self.dim is None or self.dim == -1:
            return norm(v)
        others = [i for i in range(v.ndim) if i != self.dim % v.ndim]
        return norm(v, 2, others, True) if others else abs(v)  # a norm over no dimensions means all

    def weight(self, module: Module) -> Tensor:
        """Return the weight, computed from its two parameters."""
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        w: Tensor = v * (g / self.lengths(v))
        return w

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.weight(module))


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Replace a weight w of a module by parameters `…_g`, its length, and `…_v`, its direction: w = g · v / |v|.

    There is one length for each place along `dim`, by default for each output; for the whole weight if dim is None.
    Returns the module. Raises RuntimeError if it has this already.
    """
    for hook in hooks_of(module):
        if hook.name == name:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    weight = getattr(module, name)
    hook = WeightNorm(name, dim)
    delattr(module, name)
    module.register_parameter(f"{name}_g", Parameter(hook.lengths(weight.detach())))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    hook(module, ())
    hook.handle = module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Undo `weight_norm`: make the weight as it is now a parameter again. Returns the module.

    Raises ValueError if the weight has no such parameters.
    """
    for hook in hooks_of(module):
        if hook.name == name:
            weight = hook.weight(module).detach()
            hook.handle.remove()
            for part in (name, f"{name}_g", f"{name}_v"):
                delattr(module, part)
            setattr(module, name, Parameter(weight))
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")


def hooks_of(module: Module) -> list[WeightNorm]:
    """Return the hooks of a module that `weight_norm` registered."""
    before = {} if module._hooks is None else module._hooks.before
    return [hook for hook, _ in before.values() if isinstance(hook, WeightNorm)]
