"""What happens to an answer that has passed: it is stored, and becomes a part of the reader's engine if it can."""

from dataclasses import replace
from typing import Any

from course.mine import answers, verify
from course.mine.answers import Stored
from course.mine.collect import collect
from course.mine.load import Refused, given_names
from course.mine.parts import PARTS
from course.wording import explain


def keep(id: str, answer: Any) -> str:
    """Store an answer that has passed; return a sentence for the reader, "" where nothing is stored. Never raises."""
    place = answers.folder()
    if place is None:
        return ""
    try:
        return kept(id, answer)
    except OSError as error:
        return (
            f"It could not be stored in {answers.shown(place)}: {error.strerror or error}. The chapter goes on without."
        )
    except Exception as error:  # a mistake of ours must not stop the chapter
        return f"It could not be stored: our own code {explain(error)}. Please report it: this is not your mistake."


def kept(id: str, answer: Any) -> str:
    """Store an answer and say what became of it; raises OSError where it cannot be written."""
    place = answers.folder()
    part = PARTS.get(id)
    carried = collect(answer, part.answer if part else "answer", given_names(part) if part else set())
    stored = Stored(id, carried.name, carried.source)
    reason = ""
    if carried.lost:
        reason = f"its source cannot be carried: {'; '.join(carried.lost)}"
    elif part:
        try:
            verify.require_fits(stored)
            verify.require_passes(stored)
        except Refused as refused:
            reason = f"run by itself, {refused}"
    file = answers.shown(answers.write(place, replace(stored, beside=" ".join(reason.split()))))
    told = f" {'; '.join(carried.told)}." if carried.told else ""
    if part is None:
        return f"Stored in {file}.{told}"
    if reason:
        return f"It is stored in {file}, but cannot become part of your engine: {reason}. The course's own stands in."
    return f"{carried.name} is now part of your engine ({file}).{told}"
