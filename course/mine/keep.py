"""What happens to an answer that has passed: it is stored, and becomes a part of the reader's engine if it can."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from course.mine import answers, verify
from course.mine.answers import Stored
from course.mine.collect import Carried, collect
from course.mine.load import Refused, given_names
from course.mine.parts import PARTS, answered_in
from course.mine.sources import OURS
from course.wording import explain


def keep(id: str, answer: Any) -> str:
    """Store an answer that has passed; return a sentence for the reader, "" where nothing is stored. Never raises."""
    place = answers.folder()
    if place is None:
        return ""
    try:
        return kept(id, answer, place)
    except OSError as error:
        return (
            f"It could not be stored in {answers.shown(place)}: {error.strerror or error}. The chapter goes on without."
        )
    except Exception as error:  # a mistake of ours must not stop the chapter
        return f"It could not be stored: our own code {explain(error)}. Please report it: this is not your mistake."


def kept(id: str, answer: Any, place: Path) -> str:
    """Store an answer and say what became of it; raises OSError where it cannot be written."""
    part, module = PARTS.get(id), origin(answer)
    if module.startswith("my_answer_"):
        return f"It is your stored answer ({answers.shown(place / f'{id}.py')})."
    if module.split(".")[0] in OURS:
        return f"It comes from {module.split('.')[0]} and is not yours, so it is not stored."
    if part:
        carried = collect(answer, part.answer, given_names(part), answered_in(part.chapter))
    else:
        carried = collect(answer, "answer", set())
    new, before = Stored(id, carried.name, carried.source), known(place / f"{id}.py")
    told = f" {'; '.join(carried.told)}." if carried.told else ""
    if part is None:
        file = answers.shown(answers.write(place, replace(new, beside=reason_of(carried))))
        return f"Stored in {file}.{told}"
    reason = reason_of(carried)
    if not reason and before != new:  # what was stored like this has been tried
        try:
            verify.require_fits(new)
            verify.require_passes(new)
        except Refused as refused:
            reason = f"run by itself, {refused}"
    if reason and before and not before.beside:
        file = answers.shown(place / f"{id}.py")
        return f"It cannot become part of your engine: {reason}. Your earlier answer stays there ({file})."
    file = answers.shown(answers.write(place, replace(new, beside=" ".join(reason.split()))))
    if reason:
        return f"It is stored in {file}, but cannot become part of your engine: {reason}. The course's own stands in."
    return f"{carried.name} is now part of your engine ({file}).{told}"


def origin(answer: Any) -> str:
    """The module that an answer was written in; of a table, the one of its functions."""
    things = [answer]
    if type(answer) is dict:
        things = [thing for row in answer.values() for thing in (row if type(row) in (tuple, list) else [row])]
    modules = {str(getattr(thing, "__module__", "")) for thing in things if callable(thing)}
    known = [m for m in modules if m.startswith("my_answer_") or m.split(".")[0] in OURS]
    return "" if "__main__" in modules else max(known, default="")  # my_answer_… where both are in a table


def reason_of(carried: Carried) -> str:
    """Why a source does not run by itself, as far as the collecting knows, or ""."""
    return f"its source cannot be carried: {'; '.join(carried.lost)}" if carried.lost else ""


def known(path: Path) -> Stored | None:
    """The answer that is stored there and has passed, as it would be stored now; None if there is none."""
    try:
        stored = answers.read(path)
    except (OSError, ValueError):
        return None
    return None if stored.changed else replace(stored, above=0)
