"""Notices when an answer has changed the code that judges it."""

import sys
from types import FunctionType, ModuleType
from typing import Any

JUDGES = ("autograd", "course")  # what takes part in a verdict, or may: specifications compare with both
FILLED = {"course.mine.assemble.ENGINES"}  # by `mine.chapter`, which answers call; no verdict depends on it
BY_PYTHON = ("__builtins__", "__warningregistry__")
DEEPEST = 4


class Seal:
    """The state of the judging modules when this was made: their names, functions, classes and tables."""

    def __init__(self) -> None:
        self.modules = {name: module for name, module in sys.modules.items() if judges(name)}
        self.kept: list[Any] = []  # so that nothing that is made later can have the identity of what is here now
        self.before = self.state(self.kept)

    def state(self, kept: list[Any]) -> dict[str, Any]:
        """What each name of the judging modules stands for, in a form that can be compared."""
        found: dict[str, Any] = {f"module {name}": id(sys.modules.get(name)) for name in self.modules}
        for module, inside in self.modules.items():
            for name, value in vars(inside).items():
                if name not in BY_PYTHON and f"{module}.{name}" not in FILLED:
                    found[f"{module}.{name}"] = print_of(value, DEEPEST, kept)
        return found

    def broken(self) -> list[str]:
        """The names that stand for something else now, sorted."""
        now = self.state([])
        names = {name for name in self.before.keys() | now.keys() if self.before.get(name) != now.get(name)}
        return sorted(name for name in names if name in self.before or name not in sys.modules)  # an import adds one


def judges(name: str) -> bool:
    return name.split(".")[0] in JUDGES


def print_of(value: Any, depth: int, kept: list[Any]) -> Any:
    """A value's identity, and what is inside: a function's code, a class's methods, a table's entries, an object's."""
    kept.append(value)
    kind = type(value)
    if isinstance(value, FunctionType):
        kept.append(value.__code__)
        return id(value), id(value.__code__), id(value.__defaults__), id(value.__kwdefaults__)
    if depth and isinstance(value, type) and judges(value.__module__):
        members = type.__getattribute__(value, "__dict__").items()  # what is no method may count or collect
        return id(value), {name: print_of(item, 1, kept) for name, item in members if hasattr(type(item), "__get__")}
    if depth and kind in (list, tuple):
        return id(value), [print_of(item, depth - 1, kept) for item in value]
    if depth and kind is dict and value is not sys.modules:
        return id(value), [(id(key), print_of(item, depth - 1, kept)) for key, item in value.items()]
    if depth and not isinstance(value, ModuleType) and judges(kind.__module__):
        inside = getattr(value, "__dict__", {}).items()
        return id(value), {name: print_of(item, depth - 1, kept) for name, item in inside}
    return id(value), value if kind in (int, float, str, bool) else None
