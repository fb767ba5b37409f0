"""Notices when an answer has changed the code that judges it."""

import sys
from types import FunctionType, ModuleType
from typing import Any

# What takes part in a verdict. The rest of the course may be changed: a chapter does so itself where it breaks things.
JUDGES = ("course.checks", "course.specification", "course.compare", "course.wording", "course.guard")
JUDGES += ("course.surroundings", "course.exercises", "course.classroom")
DEEPEST = 4


class Seal:
    """The state of the judging modules when this was made: their names, functions, classes and tables."""

    def __init__(self) -> None:
        self.modules = {name: module for name, module in sys.modules.items() if judges(name, module)}
        self.before = self.state()

    def state(self) -> dict[str, Any]:
        """What each name of the judging modules stands for, in a form that can be compared."""
        return {
            f"{module}.{name}": print_of(value)
            for module, found in self.modules.items()
            for name, value in vars(found).items()
            if name not in ("__builtins__", "__warningregistry__")
        } | {f"module {name}": id(sys.modules.get(name)) for name in self.modules}

    def broken(self) -> list[str]:
        """The names that stand for something else now, sorted."""
        now = self.state()
        return sorted(name for name in self.before.keys() | now.keys() if self.before.get(name) != now.get(name))


def judges(name: str, module: ModuleType) -> bool:
    return any(name == judge or name.startswith(f"{judge}.") for judge in JUDGES) and hasattr(module, "__dict__")


def print_of(value: Any, depth: int = DEEPEST) -> Any:
    """A value's identity, and what is inside: a function's code, a class's methods, a table's entries, an object's."""
    if isinstance(value, FunctionType):
        return id(value), id(value.__code__), id(value.__defaults__), id(value.__kwdefaults__)
    kind = type(value)
    if depth and isinstance(value, type) and judges(value.__module__, sys.modules[__name__]):
        members = type.__getattribute__(value, "__dict__").items()  # what is no method may count or collect
        return id(value), {name: print_of(member, 1) for name, member in members if hasattr(type(member), "__get__")}
    if depth and kind in (list, tuple):
        return id(value), [print_of(item, depth - 1) for item in value]
    if depth and kind is dict and value is not sys.modules:
        return id(value), [(print_of(key, 0), print_of(item, depth - 1)) for key, item in value.items()]
    if depth and not isinstance(value, ModuleType) and judges(kind.__module__, sys.modules[__name__]):
        return id(value), {name: print_of(item, depth - 1) for name, item in getattr(value, "__dict__", {}).items()}
    return id(value), value if kind in (int, float, str, bool) else None
