"""Checks the reader's answers: `check("01.2", my_function)` prints a verdict and never raises.

What an exercise asks is a function in `course/exercises/chNN.py`; `course.specification` says what it is made of.
Whatever the reader's code does is caught and explained.
"""

import dis
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from course import exercises, guard, wording
from course.specification import EXERCISES, Answer, Exercise, NotAttempted, NotYet, unfinished
from course.wording import explain, line_of, show

NOT_ATTEMPTED, NOT_YET, PASSED = "not attempted", "not yet", "passed"
BLANK = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}  # all that `...` or `pass` compiles to


@dataclass(frozen=True)
class Verdict:
    """What a check found: a `status` ("not attempted", "not yet" or "passed") and the text the reader sees."""

    status: str
    message: str


# What is done with an answer that has passed: functions of id and answer, which return a line to print, or "".
AFTER_A_PASS: list[Callable[[str, Any], str]] = []


def check(id: str, answer: Any) -> None:
    """Say how an answer is doing: not attempted yet, not yet (and what is wrong), or passed. Never raises."""
    try:
        verdict = judge(id, answer)
        message = verdict.message
        if verdict.status == PASSED:
            message = "\n  ".join([message, *filter(None, (action(id, answer) for action in AFTER_A_PASS))])
    except Exception as error:  # a mistake of ours must not stop the chapter
        message = (
            f"Exercise {show(id)} · the check itself {explain(error)}\n  Please report it: this is not your mistake."
        )
    print(message)


def judge(id: str, answer: Any) -> Verdict:
    """The verdict on an answer; see `check`."""
    if guard.is_running():
        return Verdict(
            NOT_YET, "check() is called inside the code that is being checked: call it in a cell of its own."
        )
    try:
        asked = find(id)
    except LookupError as unknown:
        return Verdict(NOT_YET, str(unknown))
    if answer is ...:
        return _verdict(asked, NOT_ATTEMPTED)
    subject = Answer(answer)
    outcome = guard.guarded(lambda: _judge(asked, subject), asked.seconds)
    if not outcome.stopped:
        return _verdict(asked, *outcome.result, printed=outcome.printed)
    return _verdict(asked, NOT_YET, _unfinished_run(outcome, asked.seconds, answer), subject.last_run, outcome.printed)


def _judge(asked: Exercise, subject: Answer) -> tuple[str, str, str]:
    """Status, what to say, and the piece of code it is about; runs inside the guard."""
    try:
        if unfinished(subject.value) or _untouched(subject.value):
            raise NotAttempted
        asked.specification(subject)
    except NotAttempted:
        if subject.something_right:
            return NOT_YET, "gives ... so far; what was checked before it is right.", subject.last_run
        return NOT_ATTEMPTED, "", subject.last_run
    except NotYet as reason:
        return NOT_YET, str(reason), reason.about or subject.last_run
    except BaseException as error:  # the answer itself broke while it was looked at
        if isinstance(error, guard.Stop):
            raise
        return NOT_YET, f"what came back cannot be inspected: that {explain(error)}", subject.last_run
    return PASSED, "", ""


def _unfinished_run(outcome: guard.Outcome, seconds: float, answer: Any) -> str:
    """What to say of code that had to be stopped: why, where it was, and what to do."""
    said = {
        "time": f"was still running after {seconds:g} seconds",
        "memory": "was filling the memory, one gigabyte so far",
        "interrupt": "was stopped by you",
    }[outcome.stopped]
    if line := line_of(outcome.still_in, answer):
        said += f"\nat {line}"
    if outcome.stopped != "interrupt":
        said += "\nIs there a loop that never ends, a walk over all paths, or a long search in a list?"
    if outcome.abandoned:
        said += "\nIt could not be stopped and goes on in the background: restart the kernel (Kernel menu)."
    return said


def _verdict(asked: Exercise, status: str, said: str = "", about: str = "", printed: str = "") -> Verdict:
    head = f"Exercise {asked.id} · "
    if status == NOT_ATTEMPTED:
        return Verdict(status, f"{head}not attempted yet. Replace the ... in the cell above and run both cells.")
    lines = [f"{head}passed. {asked.shows}"] if status == PASSED else [f"{head}not yet", *said.splitlines()]
    if status == NOT_YET and about:
        lines.insert(1, about)
    if printed.strip():
        lines.append(f"Your code printed: {wording.shorten(printed)}")
    message = "\n  ".join(lines)
    return Verdict(status, message.encode("utf-8", "replace").decode("utf-8"))  # half characters cannot be printed


def find(id: Any) -> Exercise:
    """The exercise of an id such as "01.2"; LookupError, in words, when there is none."""
    if type(id) is str and id in EXERCISES:  # without a look at the folder, which takes longer than many a check
        return EXERCISES[id]
    chapters = sorted(module.name for module in pkgutil.iter_modules(exercises.__path__))
    chapter = f"ch{id[:2]}" if type(id) is str else ""
    if chapter in chapters:
        importlib.import_module(f"course.exercises.{chapter}")
        if id in EXERCISES:
            return EXERCISES[id]
    if chapter in chapters:
        known = f"chapter {id[:2]} has " + ", ".join(sorted(known for known in EXERCISES if known[:2] == id[:2]))
    else:
        known = "there are exercises in chapters " + ", ".join(name[2:] for name in chapters)
    example = "" if type(id) is str else ' (an id is a string such as "01.2")'
    raise LookupError(f"There is no exercise {show(id)}{example}: {known}.")


def _untouched(value: Any) -> bool:
    """Whether a function is only `...` (or `pass`), or a class has such methods only."""
    if isinstance(value, type):
        methods = [item for item in vars(value).values() if type(item) is FunctionType]
        return bool(methods) and all(_untouched(method) for method in methods)
    if type(value) is not FunctionType:
        return False
    steps = list(dis.get_instructions(value))
    returns_nothing = all(step.argval in (None, ...) for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST"))
    return returns_nothing and {step.opname for step in steps} <= BLANK
