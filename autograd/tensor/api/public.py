"""The decorator `public`: it makes a function a method of Tensor, an in-place method, or a NumPy function on tensors.

It stands where the function is defined:

    @public(method=True, in_place=True, numpy=np.exp)
    def exp(input: Tensor) -> Tensor: ...

gives `Tensor.exp`, `Tensor.exp_` and `np.exp(tensor)`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd.tensor.api import inplace
from autograd.tensor.core.forms import FUNCTIONS, UFUNCS
from autograd.tensor.core.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def public(*, method: bool = False, in_place: bool = False, numpy: Any = None) -> Callable[[F], F]:
    """Return a decorator that leaves the function as it is and makes it reachable in other ways.

    `method`: Tensor gets the function as a method of its name. `in_place`: Tensor gets a method with an underscore
    after the name, which writes the result into the tensor. `numpy`: calling this NumPy function on a Tensor calls the
    function. Raises TypeError where a name is given to two functions.
    """

    def decorate(function: F) -> F:
        name = function.__name__
        if method:
            attach(name, function)
        if in_place:
            attach(f"{name}_", inplace.in_place(function, f"{name}_"))
        if numpy is not None:
            (UFUNCS if isinstance(numpy, np.ufunc) else FUNCTIONS)[numpy] = function
        return function

    return decorate


def attach(name: str, function: Any) -> None:
    """Give Tensor a method or a property; raise TypeError if it has one of that name that is not the core's."""
    before = vars(Tensor).get(name)
    if before is not None and not getattr(before, "__module__", "").startswith("autograd.tensor.core"):
        raise TypeError(f"Tensor.{name} is there already: {before!r}")
    setattr(Tensor, name, function)


def attribute(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Give Tensor an attribute, which this function computes each time it is read."""
    attach(function.__name__, property(function))
    return function
