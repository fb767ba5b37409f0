"""Runs a stored answer in a namespace of its own, into which the engine's names are given."""

import linecache
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from course import guard, surroundings
from course.mine.answers import Stored
from course.mine.parts import ALIASES, PARTS, Part, names
from course.wording import explain

SECONDS = 5.0
KINDS: dict[type, str] = {type: "class", dict: "table", Callable: "function"}  # type: ignore[dict-item]


class Refused(Exception):
    """An answer cannot be used; the text says why, as in "it stopped with NameError"."""


class Loaded:
    """An answer that runs: `thing` is what it defines, `space` its namespace, `part` its place in the engine."""

    def __init__(self, stored: Stored, engine: ModuleType, path: Path | None = None) -> None:
        """Run the source; raises Refused, in words, when that fails or takes too long."""
        self.stored, self.part = stored, PARTS[stored.exercise]
        text = "\n" * stored.above + stored.source  # so that lines have the numbers that they have in the file
        file = str(path) if path else f"<your answer to {stored.exercise}>"
        linecache.cache[file] = (len(text), None, [f"{line}\n" for line in text.split("\n")], file)
        self.space: dict[str, Any] = {"__name__": f"my_answer_{stored.exercise.replace('.', '_')}"}
        self.give(engine)
        guarded(lambda: exec(compile(text, file, "exec", dont_inherit=True), self.space))
        self.thing = self.space.get(stored.name)
        kind = next(k for k in KINDS if isinstance(getattr(engine, self.part.name), k))
        if not isinstance(self.thing, kind):
            raise Refused(f"it defines no {KINDS[kind]} {stored.name}")

    def give(self, engine: ModuleType) -> None:
        """Bind the engine's names as far as the answer's chapter has them; they win over the answer's own imports."""
        for name, meaning in given(self.part).items():
            if self.part.methods or name not in (self.stored.name, self.part.answer):
                self.space[name] = getattr(engine, meaning)

    def stand_alone(self) -> Any:
        """The answer as its check expects it: a class whose methods will move still makes nodes of its own kind."""
        kind = self.thing
        if self.part.methods:
            self.space.update({self.stored.name: kind, self.part.answer: kind, self.part.name: kind})
            self.space["wrap"] = lambda number: number if isinstance(number, kind) else kind(number)
        return kind


def given(part: Part) -> dict[str, str]:
    """The names that an answer finds, each with what it means in the engine: `MyNeuron` is its `Neuron`."""
    known = {name: name for name in names(part.chapter)}
    return known | {alias: name for alias, name in ALIASES.items() if name in known}


def given_names(part: Part) -> set[str]:
    """The names that an answer need not bring along."""
    return {*given(part)}


def guarded(work: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Run a reader's code under the guard and return what it gives; raises Refused when it fails or takes too long."""

    def told() -> tuple[Any, str]:
        try:
            return work(), ""
        except Refused as reason:
            return None, str(reason)
        except BaseException as error:
            if isinstance(error, guard.Stop):
                raise
            said = " ".join(explain(error).split())
            return None, said if isinstance(error, surroundings.Refused) else f"it {said}"

    outcome = guard.guarded(told, seconds)
    if outcome.stopped == "interrupt":
        raise KeyboardInterrupt
    if outcome.stopped:
        raise Refused(
            f"it was still running after {seconds:.3g} seconds" if outcome.stopped == "time" else "it filled the memory"
        )
    result, reason = outcome.result
    if reason:
        raise Refused(reason)
    return result
