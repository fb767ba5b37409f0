"""Write autograd/tensor/core/tensor.pyi, which tells type checkers and editors what Tensor has.

    python scripts/stub.py

Operations give Tensor its methods while the package is imported; a type checker, which imports nothing, reads this
file. It is made from the definitions: their signatures, as Python knows them.
"""

import inspect
import pathlib
import subprocess
import sys
import types
import typing

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import autograd.tensor  # noqa: E402, F401 - gives Tensor its methods
from autograd.tensor.core.tensor import Tensor  # noqa: E402

PATH = ROOT / "autograd/tensor/core/tensor.pyi"
HEAD = '''"""What Tensor has, for type checkers and editors. Written by scripts/stub.py: do not change it by hand."""

import builtins
import collections.abc
from typing import Any

import numpy as np

{imports}

new: collections.abc.Callable[[builtins.type[Any]], Any]

def wrap(array: Any) -> Tensor: ...
def make_contiguous(tensor: Tensor) -> None: ...

class Tensor:
    _data: np.ndarray
    grad: Tensor | None
    _grad: Tensor | None
    node: Any
    version: Any
    _seen: builtins.int
    _base: Any
    data: Any
    requires_grad: builtins.bool

'''
SLOTS = {"_data", "grad", "_grad", "node", "version", "_seen", "_base", "data", "requires_grad"}
SIGNS = ("__neg__", "__pos__", "__abs__")
# Methods of two underscores that are no operators
PROTOCOLS = {
    "__init__", "__array__", "__array_function__", "__array_ufunc__", "__bool__", "__contains__", "__deepcopy__",
    "__float__", "__format__", "__getitem__", "__getstate__", "__index__", "__int__", "__invert__", "__iter__",
    "__len__", "__reduce_ex__", "__reduce__", "__repr__", "__setitem__", "__setstate__",
}  # fmt: skip
# What the short properties of the core give
PROPERTIES = {
    "shape": "tuple[builtins.int, ...]", "dtype": "np.dtype", "ndim": "builtins.int", "op": "str",
    "parents": "tuple[Any, ...]", "grad_fn": "Any",
}  # fmt: skip


class Stub:
    """The text of the stub, with the modules that its types come from."""

    def __init__(self) -> None:
        self.modules: set[str] = set()

    def type_name(self, annotation: object) -> str:
        """Return how a type is written inside the class, where `float` and `int` are methods."""
        if annotation is inspect.Parameter.empty or annotation is typing.Any:
            return "Any"
        if annotation is None or annotation is type(None):
            return "None"
        if annotation is Ellipsis:
            return "..."
        if isinstance(annotation, str):
            return annotation  # "Tensor"
        if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
            return " | ".join(map(self.type_name, typing.get_args(annotation)))
        if isinstance(annotation, list):
            return f"[{', '.join(map(self.type_name, annotation))}]"
        if origin := typing.get_origin(annotation):
            if origin is typing.Literal:
                self.modules.add("typing")
                return f"typing.Literal[{', '.join(map(repr, typing.get_args(annotation)))}]"
            return f"{self.type_name(origin)}[{', '.join(map(self.type_name, typing.get_args(annotation)))}]"
        if isinstance(annotation, typing.TypeVar):
            return "Any"
        if annotation is Tensor:
            return "Tensor"
        module, name = annotation.__module__, annotation.__qualname__
        if module == "builtins":
            return f"builtins.{name}" if hasattr(Tensor, name) else name
        if module.partition(".")[0] == "numpy":
            return f"np.{name}"
        if module != "collections.abc":
            self.modules.add(module)
        return f"{module}.{name}"

    def parameters(self, signature: inspect.Signature) -> str:
        """Return the parameters of a method, whose first one is `self`."""
        written, kinds = ["self"], [p.kind for p in signature.parameters.values()]
        star = inspect.Parameter.VAR_POSITIONAL in kinds
        for p in list(signature.parameters.values())[1:]:
            if p.kind is p.KEYWORD_ONLY and not star:
                written.append("*")
                star = True
            mark = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
            default = "" if p.default is p.empty else f" = {literal(p.default)}"
            written.append(f"{mark}{p.name}: {self.type_name(p.annotation)}{default}")
        return ", ".join(written)

    def method(self, name: str, function: object) -> str:
        """Return the lines that declare one attribute of the class."""
        if isinstance(function, property):
            kind = PROPERTIES.get(name) or self.type_name(inspect.signature(function.fget).return_annotation)
            return f"    @property\n    def {name}(self) -> {kind}: ...\n"
        if function is object.__hash__:
            return "    def __hash__(self) -> builtins.int: ...\n"
        if name.startswith("__") and name not in PROTOCOLS:
            return self.operator(name)
        signature = inspect.signature(function)
        returned = "None" if name == "__init__" else self.type_name(signature.return_annotation)
        if inspect.unwrap(function) is not function and name.endswith("_") and not name.startswith("__"):
            returned = "Tensor"  # in place
        return f"    def {name}({self.parameters(signature)}) -> {returned}: ...\n"

    def operator(self, name: str) -> str:
        """Return the declaration of an operator of one or two operands."""
        if name in SIGNS:
            return f"    def {name}(self) -> Tensor: ...\n"
        if name in ("__eq__", "__ne__"):
            return f"    def {name}(self, other: object) -> Tensor: ...  # type: ignore[override]\n"
        other = "Any" if "matmul" in name else "Tensor | builtins.float"
        return f"    def {name}(self, other: {other}) -> Tensor: ...\n"


def literal(value: object) -> str:
    """Return a default as it is written in a stub."""
    return repr(value) if isinstance(value, (int, float, str, bool, tuple, type(None))) else "..."


def text() -> str:
    """Return the whole stub."""
    stub, lines = Stub(), []
    for name, thing in sorted(vars(Tensor).items()):
        internal = name in ("__module__", "__doc__", "__slots__", "__weakref__", "__dict__", "__firstlineno__")
        if not internal and name != "__static_attributes__" and name not in SLOTS:
            lines.append(stub.method(name, thing))
    imports = "\n".join(f"import {module}" for module in sorted(stub.modules))
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(PATH), "-"]
    written = HEAD.format(imports=imports) + "".join(lines)
    return subprocess.run(ruff, input=written, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
