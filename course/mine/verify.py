"""Finds out whether an answer can be a part of the engine: it passes its check as a file, and works at full size."""

import ast
import functools
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from course import checks
from course.mine import answers, trial
from course.mine.answers import Stored
from course.mine.load import Loaded, Refused
from course.mine.own import own_engine, put_parts
from course.mine.parts import LAST, LAST_SCALAR, PARTS
from course.mine.sources import modules


def usable(path: Path, name: str) -> Stored:
    """Read a stored answer; where it or its check has changed since it passed, check it again.

    Raises Refused, in words, if it cannot be read, or no longer passes. One that passes is written anew, so that the
    next reading finds it as it is.
    """
    try:
        stored = answers.read(path, name)
    except (OSError, ValueError) as error:
        raise Refused(f"it cannot be read ({error})") from None
    if not stored.changed:
        return stored
    reason = why_not(replace(stored, changed="", beside=""))
    if reason:
        raise Refused(f"{stored.changed}, and {reason}")
    stored = replace(stored, changed="", beside="")
    with suppress(OSError):
        answers.write(path.parent, stored)
    return stored


@functools.cache
def why_not(stored: Stored) -> str:
    """Why a text is no part of the engine, or ""."""
    try:
        require_passes(stored)
        require_fits(stored)
    except Refused as reason:
        return str(reason)
    return ""


def require_passes(stored: Stored) -> None:
    """Raise Refused unless the text, run by itself, passes the check of its exercise."""
    thing = Loaded(stored, own_engine(PARTS[stored.exercise].chapter)).stand_alone()
    verdict = checks.judge(stored.exercise, thing)
    if verdict.status != checks.PASSED:
        said = " ".join(verdict.message.split("\n")[1:3]).strip().rstrip(".")
        raise Refused("it does not pass its check" + (f": {' '.join(said.split())}" if said else ""))


def require_fits(stored: Stored) -> None:
    """Raise Refused unless the engine works with this answer in it, at the size of the moons."""
    try:
        ast.parse(stored.source)
    except (SyntaxError, ValueError) as error:
        raise Refused(f"it is no Python: {error}") from None
    arrays = PARTS[stored.exercise].arrays
    if foreign := sorted(modules(stored.source) - set(sys.stdlib_module_names) - ({"numpy"} if arrays else set())):
        alone = "NumPy and the standard library" if arrays else "the standard library"
        raise Refused(f"it imports {' and '.join(foreign)}, and the engine needs {alone} alone")
    scalar = PARTS[stored.exercise].chapter <= LAST_SCALAR
    last, where = (LAST_SCALAR, "a training step of the moons") if scalar else (LAST, "a training step on arrays")
    engine = own_engine(last)
    put_parts(engine, [(stored, None)])
    try:
        trial.require_same(engine, last, trial.MOONS)
    except Refused as reason:
        raise Refused(f"in {where} {reason}") from None
