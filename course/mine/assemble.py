"""Assembles the engine of a chapter: the course's own, with the reader's parts where a stored answer gives one."""

import math
from pathlib import Path
from types import ModuleType
from typing import Any

from course.mine.parts import LAST, METHODS, names

SOURCE = Path(__file__).with_name("scalar_engine.py")


class Engine:
    """The engine as far as a chapter has built it: its names are attributes, as in `engine.Value`."""

    def __init__(self, chapter: int) -> None:
        module = ModuleType(f"course.mine.chapter_{chapter:02}")
        exec(compile(SOURCE.read_text(encoding="utf-8"), str(SOURCE), "exec"), module.__dict__)
        become_young(module, chapter)
        self._chapter, self._module = chapter, module

    def __getattr__(self, name: str) -> Any:
        if name in names(self._chapter):
            return getattr(self._module, name)
        built = names(LAST).get(name)
        later = f" yet: chapter {built:02} builds it" if built else f"; it has {', '.join(dir(self))}"
        raise AttributeError(f"the engine of chapter {self._chapter:02} has no {name}{later}")

    def __dir__(self) -> list[str]:
        return sorted(names(self._chapter))

    def __repr__(self) -> str:
        return f"<the engine of chapter {self._chapter:02}: {', '.join(dir(self))}>"


ENGINES: dict[int, Engine] = {}


def chapter(number: int) -> Engine:
    """Return the engine as far as chapter `number` has built it, 1 to 8, or all of it for a later chapter.

    Where a stored answer of the reader's gives a part, that is the part; the course's own stands in for the others.
    Called again, it returns the same engine with the same `Value`, and with what was stored meanwhile.
    """
    if type(number) is not int or number < 1:
        raise ValueError(
            f"mine.chapter needs the number of a chapter from 1 on, such as mine.chapter(3); got {number!r}"
        )
    number = min(number, LAST)
    if number not in ENGINES:
        ENGINES[number] = Engine(number)
    return ENGINES[number]


def become_young(module: ModuleType, chapter: int) -> None:
    """Take from an engine's Value what it does not have yet in a chapter."""
    value = module.Value

    def without_slopes(self: Any, data: float, parents: Any = (), op: str = "", *, label: str = "") -> None:
        self.data, self.parents, self.op, self.label = data, parents, op, label

    def tanh(self: Any) -> Any:
        """Return the hyperbolic tangent."""
        return value(math.tanh(self.data), (self,), "tanh")

    if chapter <= 2:  # a drawing would show what a node has: gradients come in chapter 03
        value.__init__ = without_slopes
    if chapter <= 4:  # the table comes in chapter 05
        value.tanh = tanh
    for name, built in METHODS.items():
        if chapter < built:
            delattr(value, name)
