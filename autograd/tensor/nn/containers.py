"""Modules in a row, in a list, in a dictionary. Their items are attributes named "0", "1", … or by their keys."""

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import groupby
from typing import Any

from autograd.tensor.core.tensor import Tensor
from autograd.tensor.nn.module import Module
from autograd.tensor.nn.parameter import Parameter


class Listed(Module):
    """The base class of the containers whose items are numbered."""

    kind: type = Module
    _items = Module._modules

    def __init__(self, items: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.extend(items or ())

    def _name(self, index: int) -> str:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        return str(list(self._items)[index])

    def _checked(self, item: Any) -> Any:
        if not isinstance(item, self.kind):
            raise TypeError(f"{type(item).__name__} is not a {self.kind.__name__} subclass")
        return item

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items.values())

    def __getitem__(self, index: int | slice) -> Any:
        return type(self)(list(self)[index]) if isinstance(index, slice) else self._items[self._name(index)]

    def __setitem__(self, index: int, item: Any) -> None:
        setattr(self, self._name(index), self._checked(item))

    def __delitem__(self, index: int | slice) -> None:
        items = list(self)
        del items[index]
        self._refill(items)

    def __add__(self, other: Iterable[Any]) -> "Listed":
        return type(self)().extend(self).extend(other)

    def __iadd__(self, other: Iterable[Any]) -> "Listed":
        return self.extend(other)

    def insert(self, index: int, module: Any) -> "Listed":
        """Add an item before the one at `index` and return the list."""
        items = list(self)
        items.insert(index, self._checked(module))
        return self._refill(items)

    def pop(self, key: Any) -> Any:
        """Remove an item and return it."""
        item = self[key]
        del self[key]
        return item

    def _refill(self, items: list[Any]) -> "Listed":
        for name in list(self._items):
            delattr(self, name)
        return self.extend(items)

    def append(self, module: Any) -> "Listed":
        """Add an item at the end and return the list."""
        setattr(self, str(len(self)), self._checked(module))
        return self

    def extend(self, modules: Iterable[Any]) -> "Listed":
        """Add items at the end and return the list."""
        for module in modules:
            self.append(module)
        return self


class ModuleList(Listed):
    """A list of modules that their parent finds; `forward` of the parent says how they are used."""

    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        super().__init__(modules)

    def _repr_lines(self) -> list[str]:
        lines, start = [], 0
        for text, group in groupby(map(repr, self)):
            n = len(list(group))
            lines.append(f"({start}): {text}" if n == 1 else f"({start}-{start + n - 1}): {n} x {text}")
            start += n
        return lines


class Sequential(Listed):
    """Modules one after the other: the output of each is the input of the next.

    `Sequential(a, b)` or, with names, `Sequential(OrderedDict(first=a, second=b))`.
    """

    def __init__(self, *modules: Any) -> None:
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], Mapping) else {}
        super().__init__(() if named else modules)
        for name, module in named.items():
            self.add_module(name, module)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(dict(list(self._items.items())[index]))
        return super().__getitem__(index)

    def forward(self, input: Any) -> Any:
        """Return the input passed through the modules one after the other."""
        for module in vars(self).values():
            if isinstance(module, Module):
                input = module(input)
        return input


class ParameterList(Listed):
    """A list of parameters; tensors become parameters."""

    kind = Parameter
    _items = Module._parameters

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__(values)

    def _checked(self, item: Any) -> Any:
        is_plain = isinstance(item, Tensor) and not isinstance(item, Parameter)
        return super()._checked(Parameter(item) if is_plain else item)

    def _repr_lines(self) -> list[str]:
        sizes = ("x".join(map(str, p.shape)) for p in self)
        return [f"({i}): Parameter containing: [{self[i].dtype} of size {size}]" for i, size in enumerate(sizes)]


class ModuleDict(Module):
    """A dictionary of modules that their parent finds."""

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(modules or {})

    def __getitem__(self, key: str) -> Module:
        found: Module = self._modules[key]
        return found

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return dict[str, Module](self._modules).keys()

    def values(self) -> ValuesView[Module]:
        """Return the modules."""
        return dict[str, Module](self._modules).values()

    def items(self) -> ItemsView[str, Module]:
        """Return pairs (name, module)."""
        return dict[str, Module](self._modules).items()

    def update(self, modules: Any) -> None:
        """Add the modules of a dictionary, or of pairs (name, module)."""
        for name, module in dict(modules).items():
            self[name] = module

    def pop(self, key: str) -> Module:
        """Remove a module and return it; raises KeyError if there is none of this name."""
        module = self[key]
        del self[key]
        return module

    def clear(self) -> None:
        """Remove all modules."""
        for name in list(self):
            del self[name]
