"""The reader's answers as files: where they lie, what stands in them, and how they are written and read.

Each is a plain Python file, such as `my-course/answers/04.2.py`, that can be read, edited, carried to another machine
and collected by a teacher. Its first lines say which exercise it answers, which name in it is the answer, and with
which text and which check it has passed; so a file that was edited, or a check that changed, is noticed.
"""

import hashlib
import inspect
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd.files import write_whole
from course import checks

ROOT = Path(__file__).resolve().parents[2]
# In a browser only the files below /drive are kept.
COPY = (Path("/drive") if sys.platform == "emscripten" else ROOT) / "my-course"
TITLE = '# Exercise {id} of "Autograd from First Principles": an answer that passed its check.'
FACTS = re.compile(r"# The answer is (?P<name>\w+)\. \(text (?P<text>\w+), check (?P<check>\w+)\)")
BESIDE = "# It is not part of the engine: "
OFF = "Answers are not stored here. They are where you work in my-course/, the folder that `make lab` opens."
NAMED = re.compile(r"\d\d\.\d+")


@dataclass(frozen=True)
class Stored:
    """A stored answer: its source without the lines above it, and what these say.

    `changed` is "" if this text has passed this check, else what has changed since; `beside` says why the answer is no
    part of the engine, or is ""; `above` is how many lines stand above the source.
    """

    exercise: str
    name: str
    source: str
    changed: str = ""
    beside: str = ""
    above: int = 0


def folder() -> Path | None:
    """The folder in which answers are stored, or None where they are not.

    `COURSE_ANSWERS` names one, or says `off`. Without it, answers are stored in `my-course/answers` for the notebooks
    in `my-course`, and where the course was fetched beside a notebook, as on Colab; so neither tests nor the
    notebooks with stored outputs depend on what somebody has answered.
    """
    chosen = os.environ.get("COURSE_ANSWERS", "")
    if chosen:
        return None if chosen.lower() == "off" else Path(chosen).expanduser().absolute()
    try:
        here = Path.cwd().resolve()
    except OSError:  # the folder was removed
        return None
    return COPY / "answers" if here.is_relative_to(COPY) or here == ROOT.parent else None


def files() -> dict[str, Path]:
    """The stored answers by exercise, in order."""
    place = folder()
    try:
        found = sorted(place.glob("*.py")) if place else []
    except OSError:
        found = []
    return {path.stem: path for path in found if NAMED.fullmatch(path.stem)}


def read(path: Path, name: str = "") -> Stored:
    """Read a stored answer. One without the first lines counts as edited, and its answer has the name given.

    Raises OSError if it cannot be read, and ValueError if it is no text in UTF-8.
    """
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    at = next((i for i, line in enumerate(lines[:3]) if FACTS.fullmatch(line.rstrip())), -1)
    facts, above, beside = FACTS.fullmatch(lines[at].rstrip()) if at >= 0 else None, at + 1, ""
    if facts and lines[above].startswith(BESIDE):
        beside, above = lines[above].removeprefix(BESIDE).rstrip(), above + 1
    while above < len(lines) and not lines[above].strip():
        above += 1
    source = "\n".join(lines[above:]).rstrip() + "\n"
    changed = ""
    if facts is None or facts["text"] != hash_of(source):
        changed = "it was edited"
    elif facts["check"] != hash_of_check(path.stem):
        changed = "its check has changed"
    return Stored(path.stem, facts["name"] if facts else name, source, changed, beside, above)


def write(place: Path, stored: Stored) -> Path:
    """Write an answer, whole or not at all, and return its file; one that stands there already is left alone."""
    path = place / f"{stored.exercise}.py"
    facts = f"# The answer is {stored.name}. (text {hash_of(stored.source)}, check {hash_of_check(stored.exercise)})"
    head = [TITLE.format(id=stored.exercise), facts, *([BESIDE + stored.beside] if stored.beside else [])]
    content = ("\n".join(head) + "\n\n\n" + stored.source).encode("utf-8", "backslashreplace")
    if not (path.is_file() and path.read_bytes() == content):
        write_whole(path, lambda file: file.write(content))
    return path


def stamp(path: Path) -> tuple[int, int]:
    """When a file was written and how long it is, so that a change is noticed; (0, 0) if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def hash_of_check(id: str) -> str:
    """A hash of the file that the exercise is specified in, or "unknown" where there is none."""
    try:
        specification: Any = checks.find(id).specification
        file = inspect.getsourcefile(specification)
        return hash_of(Path(file or "").read_text(encoding="utf-8"))
    except (LookupError, OSError, TypeError, ValueError):
        return "unknown"


def shown(path: Path) -> str:
    """A file's name as the reader knows it: from the course's folder, or from where they are."""
    here = COPY.parent if Path.cwd().is_relative_to(COPY.parent) else Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)
