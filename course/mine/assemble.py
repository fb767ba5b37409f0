"""Assembles the engine of a chapter: the course's own, with the reader's parts where a stored answer gives one."""

from pathlib import Path
from typing import Any

from course import guard
from course.mine import answers, trial, verify
from course.mine.answers import Stored
from course.mine.load import Loaded, Refused
from course.mine.own import own_engine, put_parts
from course.mine.parts import LAST, LAST_SCALAR, PARTS, names, parts

Found = tuple[Stored, Path]  # an answer, and the file that it stands in
WITHHELD: dict[str, str] = {}  # names that no engine gives, and why: what an exercise asks for while it is graded


class Engine:
    """The engine as far as a chapter has built it: its names are attributes, as in `engine.Value`."""

    def __init__(self, chapter: int) -> None:
        self._chapter, self._module = chapter, own_engine(chapter)
        self._kept, self._kept_methods = dict(vars(self._module)), dict(vars(self._module.Value))
        self._seen: Any = None
        self._used: dict[str, Loaded] = {}
        self._refused: dict[str, str] = {}  # why stored answers are not used

    def __getattr__(self, name: str) -> Any:
        if name in WITHHELD and name in names(self._chapter):
            raise AttributeError(f"the engine of chapter {self._chapter:02} gives no {name}: {WITHHELD[name]}")
        if name in names(self._chapter):
            return getattr(self._module, name)
        built = (names(LAST) | names(LAST_SCALAR)).get(name)
        if built is None:
            where = f"; it has {', '.join(dir(self))}"
        elif built > self._chapter:
            where = f" yet: chapter {built:02} builds it"
        else:
            where = f": it computes with arrays. mine.chapter({LAST_SCALAR}) has {name}"
        raise AttributeError(f"the engine of chapter {self._chapter:02} has no {name}{where}")

    def __dir__(self) -> list[str]:
        return sorted(names(self._chapter))

    def __repr__(self) -> str:
        return f"<the engine of chapter {self._chapter:02}: {', '.join(dir(self))}>"

    def _renew(self) -> None:
        """Put in what is stored now, if that has changed."""
        paths = {id: path for id, path in answers.files().items() if id in parts(self._chapter)}
        seen = [(str(path), answers.stamp(path)) for path in paths.values()]
        if seen == self._seen:
            return
        self._refused, found = {}, {}
        for id, path in paths.items():
            try:
                stored = verify.usable(path, PARTS[id].answer)
                if not stored.beside:
                    found[id] = stored, path
            except Refused as reason:
                self._refused[id] = str(reason)
        self._put_in(found)
        self._seen = [(str(path), answers.stamp(path)) for path in paths.values()]  # verified ones are written anew

    def _put_in(self, found: dict[str, Found]) -> None:
        """Put answers in; those with which the engine does not compute what the course's own does are left out."""
        if not self._why_not(found):
            return
        fine: dict[str, Found] = {}
        for id, answer in found.items():  # one after the other, so that the one with which it goes wrong is named
            if reason := self._why_not(fine | {id: answer}):
                self._refused[id] = reason
            else:
                fine[id] = answer
        self._why_not(fine)

    def _why_not(self, found: dict[str, Found]) -> str:
        """Set the engine back to the course's own and put these answers in; return why it does not work, or ""."""
        module, value = self._module, self._module.Value
        vars(module).update(self._kept)
        for name in set(vars(value)) - set(self._kept_methods):
            delattr(value, name)
        for name, member in self._kept_methods.items():
            if vars(value).get(name) is not member:
                setattr(value, name, member)
        self._used = {}
        try:
            self._used = put_parts(module, found.values())
        except Refused as reason:
            return str(reason)
        try:
            if found:
                trial.require_same(module, self._chapter)
        except Refused as reason:
            return f"with it in the engine, {reason}"
        return ""


ENGINES: dict[int, Engine] = {}
SAID: set[str] = set()


def chapter(number: int) -> Engine:
    """Return the engine as far as chapter `number` has built it: of single numbers up to 9, of arrays from 10 on.

    Where a stored answer of the reader's gives a part, that is the part; the course's own stands in for the others.
    Called again, it returns the same engine with the same `Value`, and with what was stored meanwhile. A stored answer
    that cannot be used is named once, in a sentence that is printed.
    """
    if type(number) is not int or number < 1:
        raise ValueError(
            f"mine.chapter needs the number of a chapter from 1 on, such as mine.chapter(3); got {number!r}"
        )
    number = min(number, LAST)
    if number not in ENGINES:
        ENGINES[number] = Engine(number)
    engine = ENGINES[number]
    if not guard.is_running():
        engine._renew()
        for id, reason in engine._refused.items():
            file = answers.shown((answers.folder() or Path()) / f"{id}.py")
            sentence = f"Your answer to {id} ({file}) is not used: {reason}. The course's own takes its place."
            if sentence not in SAID:
                SAID.add(sentence)
                print(sentence)
    return engine
