"""Says whose the parts of the engine are, and which exercises have been passed."""

import importlib
import json
import pkgutil
import re

from course import checks
from course.mine import answers, own
from course.mine.assemble import chapter
from course.mine.parts import LAST, LAST_SCALAR, PARTS

NOTEBOOKS = answers.ROOT / "notebooks"


def report() -> None:
    """Print which parts of the engine are the reader's, which are the course's, and why where there was an answer."""
    print("\n".join(reported()))


def reported() -> list[str]:
    engines = [chapter(LAST_SCALAR), *([chapter(LAST)] if own.has_numpy() else [])]
    used = {id for engine in engines for id in engine._used}
    refused = {id: reason for engine in engines for id, reason in engine._refused.items()}
    files = answers.files()
    lines = [f"{len(used)} of the {len(PARTS)} parts of the engine are yours."]
    for id, part in PARTS.items():
        what = ", ".join(part.methods) if part.methods else part.answer
        if id in used:
            whose = "yours"
        elif id in refused:
            whose = f"the course's: {refused[id]}"
        elif id in files:
            whose = f"the course's: {answers.read(files[id], part.answer).beside}"
        else:
            whose = "the course's"
        lines.append(f"  {id}  {what:<45} {whose}".rstrip())
    return [*lines, answers.OFF] if answers.folder() is None else lines


def progress() -> None:
    """Print chapters and exercises on one page: which have been passed, and which are parts of the engine."""
    print("\n".join(progressed()))


def progressed() -> list[str]:
    from course import exercises

    chapters = [module.name.removeprefix("ch") for module in pkgutil.iter_modules(exercises.__path__)]
    if not own.has_numpy():
        chapters = [number for number in chapters if int(number) < LAST_SCALAR]
    for number in chapters:
        importlib.import_module(f"course.exercises.ch{number}")
    known = [id for id in sorted(checks.EXERCISES) if id[:2] in chapters]
    passed = answers.files()
    lines = [f"{sum(id in passed for id in known)} of {len(known)} exercises passed (x). * marks parts of the engine."]
    for number in sorted({id[:2] for id in known}):
        title, names = titles(number)
        lines.append(f"{number} · {title}" if title else f"Chapter {number}")
        for id in (id for id in known if id.startswith(number)):
            mark = "x" if id in passed else "·"
            lines.append(f"  {mark} {id}{'*' if id in PARTS else ' '} {names.get(id, '')}".rstrip())
    if not own.has_numpy():
        lines.append(f"The exercises from chapter {LAST_SCALAR:02} on need NumPy, which is not here.")
    return [*lines, answers.OFF] if answers.folder() is None else lines


def titles(number: str) -> tuple[str, dict[str, str]]:
    """The title of a chapter, and those of its exercises by id, from its notebook; "" and none where it is not here."""
    try:
        path = next(NOTEBOOKS.glob(f"{number}_*.ipynb"))
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    except (StopIteration, OSError, ValueError, KeyError, TypeError):
        return "", {}
    title = re.search(r"^# (?:\d\d · )?(.+)$", text, re.MULTILINE)
    names = re.findall(r"^### Exercise (\d\d\.\d+) · (.+?)(?: [●○]+.*)?$", text, re.MULTILINE)
    return title[1] if title else "", {id: name.replace("`", "") for id, name in names}
