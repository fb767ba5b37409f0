"""Modules of PyTorch that need no file in this package: other names for functions, and settings of accelerators.

A program that asks for a graphics processor, or sets one up, is told that there is none and computes as always.
"""

import contextlib
import os
import sys
from types import ModuleType
from typing import Any

from autograd.tensor.core.tensor import Tensor

PACKAGE = "autograd.tensor"


def module(name: str, doc: str, **contents: Any) -> ModuleType:
    """Return a module of the package, which can be imported under its name, with these contents."""
    made = ModuleType(f"{PACKAGE}.{name}", doc)
    made.__dict__.update(contents)
    made.__dict__.setdefault("__all__", [part for part in contents if not part.startswith("_")])
    sys.modules[made.__name__] = made
    return made


class autocast(contextlib.nullcontext[None], contextlib.ContextDecorator):
    """A context, or decorator, without effect: all is computed in the types that the tensors have."""

    def __init__(self, device_type: Any = "cpu", dtype: Any = None, enabled: bool = True, **_: Any) -> None:
        super().__init__()


class GradScaler:
    """Leaves losses and gradients as they are: float32 needs no scaling."""

    def __init__(self, device: Any = "cpu", enabled: bool = True, **_: Any) -> None:
        pass

    def scale(self, outputs: Tensor) -> Tensor:
        """Return the loss itself."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Do nothing."""

    def step(self, optimizer: Any, *args: Any) -> Any:
        """Take the optimizer's step."""
        return optimizer.step(*args)

    def update(self, new_scale: Any = None) -> None:
        """Do nothing."""


def is_available() -> bool:
    """Return False: there is no accelerator."""
    return False


def device_count() -> int:
    """Return 0, the number of accelerators."""
    return 0


def manual_seed(seed: int) -> None:
    """Do nothing: there is no generator on an accelerator."""


def synchronize(device: Any = None) -> None:
    """Do nothing: nothing runs elsewhere."""


def set_num_threads(int: int) -> None:
    """Do nothing: NumPy asks OPENBLAS_NUM_THREADS, or what its library is named, when it is imported."""


def get_num_threads() -> int:
    """Return how many processors there are."""
    return os.cpu_count() or 1


def empty_cache() -> None:
    """Do nothing: there is no memory on an accelerator."""


amp = module("amp", "Mixed precision, without effect.", GradScaler=GradScaler, autocast=autocast)
cuda = module(
    "cuda",
    "Says that there is no accelerator.",
    amp=module("cuda.amp", "Mixed precision, under its older name.", GradScaler=GradScaler, autocast=autocast),
    is_available=is_available,
    device_count=device_count,
    manual_seed=manual_seed,
    manual_seed_all=manual_seed,
    synchronize=synchronize,
    empty_cache=empty_cache,
)
cudnn = module(
    "backends.cudnn", "Settings without effect.", deterministic=False, benchmark=False, enabled=False, __all__=[]
)
backends = module("backends", "What programs set or ask for other devices.", cudnn=cudnn, mps=cuda)
