"""What an exercise is made of: `exercise` marks its specification, which looks at the reader's `Answer`.

A specification calls the reader's function through the Answer and compares what comes back. It ends with `NotYet`,
which says what is wrong, with `NotAttempted`, or, if the answer passes, without an error. `course.checks` runs it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from course import guard
from course.compare import difference
from course.wording import explain, kind_of, show

SECONDS = 5.0  # for one exercise, unless it says otherwise


@dataclass(frozen=True)
class Exercise:
    """An exercise: its id, what passing it shows, the function that checks an answer, and its time limit."""

    id: str
    shows: str
    specification: Callable[["Answer"], None]
    seconds: float


EXERCISES: dict[str, Exercise] = {}


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
        if unfinished(result):
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
        if unfinished(got):
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


def _exactly(argument: Any) -> str:
    """What an argument holds, with every digit where that is short enough."""
    plain = type(argument) in (list, tuple) and all(type(item) in (int, float) for item in argument)
    return repr(argument) if plain and len(argument) <= 5 else show(argument)


def _name(function: Any) -> str:
    name = getattr(function, "__name__", None)
    return name if type(name) is str and name != "<lambda>" else "your function"


def unfinished(value: Any, depth: int = 3) -> bool:
    """Whether a result is `...`, or has one in it."""
    if value is ...:
        return True
    if depth and type(value) in (list, tuple, dict):
        items = list(value.values()) if type(value) is dict else value
        return any(unfinished(item, depth - 1) for item in items[:1000])
    return False


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
