"""Checks the reader's answers: `check("01.2", my_function)` prints a verdict and never raises.

What an exercise asks is a function in `course/exercises/chNN.py`, marked with `exercise`. It receives an `Answer`,
calls the reader's function through it, and compares. Whatever the reader's code does is caught and explained.
"""

import dis
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from course import guard, wording
from course.compare import difference
from course.wording import explain, kind_of, line_of, show

SECONDS = 5.0  # for one exercise, unless it says otherwise
NOT_ATTEMPTED, NOT_YET, PASSED = "not attempted", "not yet", "passed"


@dataclass(frozen=True)
class Verdict:
    """What a check found: a `status` ("not attempted", "not yet" or "passed") and the text the reader sees."""

    status: str
    message: str


@dataclass(frozen=True)
class Exercise:
    """An exercise: its id, what passing it shows, the function that checks an answer, and its time limit."""

    id: str
    shows: str
    specification: Callable[["Answer"], None]
    seconds: float


BLANK = {
    "RESUME",
    "NOP",
    "LOAD_CONST",
    "RETURN_CONST",
    "RETURN_VALUE",
}  # all that `...` or `pass` compiles to

EXERCISES: dict[str, Exercise] = {}
# What is done with an answer that has passed: functions of id and answer, which return a line to print, or "".
AFTER_A_PASS: list[Callable[[str, Any], str]] = []


def exercise(id: str, shows: str, seconds: float = SECONDS) -> Callable[[Callable], Callable]:
    """Mark a function as the specification of an exercise; `shows` is printed when an answer passes."""

    def register(specification: Callable[[Answer], None]) -> Callable[[Answer], None]:
        known = EXERCISES.get(id)
        if known and known.specification.__module__ + known.specification.__qualname__ != (
            specification.__module__ + specification.__qualname__
        ):
            raise ValueError(f"exercise {id} is specified twice")
        EXERCISES[id] = Exercise(id, shows, specification, seconds)
        return specification

    return register


class NotYet(Exception):
    """Ends a specification: the answer is wrong; this says how, and which piece of code it is `about`."""

    def __init__(self, message: str, about: str = "") -> None:
        super().__init__(message)
        self.about = about


class NotAttempted(Exception):
    """Ends a specification: there is still a `...` where the reader's work belongs."""


class Answer:
    """A reader's answer, as a specification sees it: `value` is what was handed to `check`."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.last_run = ""  # the last piece of the reader's code that ran, as shown in messages
        self.something_right = False

    def call(self, *arguments: Any, shown: str | None = None, may_change: bool = False, **named: Any) -> Any:
        """Call the reader's function. `shown` is how the arguments read in messages: `"x**3, x=2"`.

        Lists, dicts and arrays among the arguments must be left as they were unless `may_change`.
        """
        function = self.value
        if isinstance(function, type) or not callable(function):
            raise NotYet(f"yours:    {kind_of(function)}\nexpected: a function, by its name, without parentheses")
        if shown is None:
            shown = ", ".join([show(a, 40) for a in arguments] + [f"{n}={show(v, 40)}" for n, v in named.items()])
        before = [(_contents(argument), _exactly(argument)) for argument in (*arguments, *named.values())]
        result = self.run(lambda: function(*arguments, **named), f"{_name(function)}({shown})")
        for argument, (contents, text) in zip((*arguments, *named.values()), before, strict=True):
            if not may_change and _contents(argument) != contents:
                raise NotYet(f"changed its argument: {text} became {_exactly(argument)}. Make a new one instead.")
        return result

    def run(self, thunk: Callable[[], Any], shown: str) -> Any:
        """Run a piece of the reader's code, such as `lambda: answer.value(2.0) + 1`, shown in messages as `shown`."""
        self.last_run = shown
        try:
            try:
                result = thunk()
            finally:
                guard.put_back()
        except (NotYet, NotAttempted):
            raise
        except BaseException as error:
            if isinstance(error, guard.Stop):
                raise
            if isinstance(error, AttributeError | TypeError) and "ellipsis" in str(error):
                raise NotAttempted from None
            raise NotYet(explain(error, self.value)) from None
        guard.require_time()
        if _unfinished(result):
            raise NotAttempted
        return result

    def close(
        self,
        got: Any,
        expected: Any,
        rtol: float = 1e-6,
        atol: float = 1e-9,
        what: str | None = None,
        mistake: str = "",
    ) -> None:
        """Require a result: type first, then length, then values within `rtol` or `atol` (see `course.compare`).

        `what` names the result when it is not simply what the last call gave; `mistake` is a sentence on what usually
        leads to a wrong value.
        """
        if _unfinished(got):
            raise NotAttempted
        found = difference(got, expected, rtol, atol)
        if found is None:
            self.something_right = True
            return
        lines = [f"yours:    {found.yours}", f"expected: {found.expected}"]
        if found.where:
            lines.insert(0, f"at {found.where}:")
        if hint := found.hint or (mistake if found.kind == "value" else ""):
            lines.append(hint)
        raise NotYet("\n".join(lines), about=what or "")

    def require(self, condition: Any, message: str) -> None:
        """Require a condition; `message` says what is wrong when it does not hold."""
        if not condition:
            raise NotYet(message)


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
    return _verdict(asked, NOT_YET, _unfinished_run(outcome, asked.seconds), subject.last_run, outcome.printed)


def _judge(asked: Exercise, subject: Answer) -> tuple[str, str, str]:
    """Status, what to say, and the piece of code it is about; runs inside the guard."""
    try:
        if _unfinished(subject.value) or _untouched(subject.value):
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


def _unfinished_run(outcome: guard.Outcome, seconds: float) -> str:
    """What to say of code that had to be stopped: why, where it was, and what to do."""
    said = {
        "time": f"was still running after {seconds:g} seconds",
        "memory": "was filling the memory, one gigabyte so far",
        "interrupt": "was stopped by you",
    }[outcome.stopped]
    if line := line_of(outcome.still_in):
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
    from course import exercises

    chapters = sorted(module.name for module in pkgutil.iter_modules(exercises.__path__))
    chapter = f"ch{id[:2]}" if type(id) is str else ""
    if chapter in chapters:
        importlib.import_module(f"course.exercises.{chapter}")
    if type(id) is str and id in EXERCISES:
        return EXERCISES[id]
    if chapter in chapters:
        known = f"chapter {id[:2]} has " + ", ".join(sorted(known for known in EXERCISES if known[:2] == id[:2]))
    else:
        known = "there are exercises in chapters " + ", ".join(name[2:] for name in chapters)
    example = "" if type(id) is str else ' (an id is a string such as "01.2")'
    raise LookupError(f"There is no exercise {show(id)}{example}: {known}.")


def _exactly(argument: Any) -> str:
    """What an argument holds, with every digit where that is short enough."""
    plain = type(argument) in (list, tuple) and all(type(item) in (int, float) for item in argument)
    return repr(argument) if plain and len(argument) <= 5 else show(argument)


def _name(function: Any) -> str:
    name = getattr(function, "__name__", None)
    return name if type(name) is str and name != "<lambda>" else "your function"


def _unfinished(value: Any, depth: int = 3) -> bool:
    """Whether a result is `...`, or has one in it."""
    if value is ...:
        return True
    if depth and type(value) in (list, tuple, dict):
        items = list(value.values()) if type(value) is dict else value
        return any(_unfinished(item, depth - 1) for item in items[:1000])
    return False


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


def _contents(argument: Any) -> Any:
    """What a container holds, so that a change can be noticed; other objects may change as they like."""
    kind = type(argument)
    if kind in (list, tuple):
        return [_contents(item) for item in argument]
    if kind is dict:
        return [(key, _contents(item)) for key, item in argument.items()]
    if kind is set:
        return sorted(map(id, argument))
    if kind.__name__ == "ndarray":
        return argument.shape, argument.dtype.str, argument.tobytes()
    return repr(argument) if kind in (int, float, str, bool) else id(argument)
