"""Says what a reader's object, exception or line of code is, in a few plain words.

Everything here looks at objects that may be broken: a `__repr__` that raises, a class that lies. Each function falls
back to something shorter instead of failing, and no text carries a memory address.
"""

import inspect
import linecache
import re
import reprlib
import sysconfig
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

from course.guard import Stop, traceback_lines
from course.surroundings import Refused

HERE = str(Path(__file__).resolve().parent)
NOT_READERS = (HERE, str(Path(HERE).parent / "autograd"), sysconfig.get_path("stdlib"), "<frozen ")


def shorten(text: str, limit: int = 100) -> str:
    """The text on one line, its middle left out where it is longer than `limit`."""
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 25]} … {text[-20:]}"


def without_address(text: str) -> str:
    """The text without what Python says about places in memory."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


class _Short(reprlib.Repr):
    """A `repr` that stays short and quick for huge, deep and broken objects, with floats to ten digits."""

    maxlevel, maxlist, maxtuple, maxset, maxdict = 4, 20, 20, 20, 20
    maxstring = maxother = 100

    def repr_float(self, value: float, level: int) -> str:
        return repr(value) if value.is_integer() or abs(value) < 1e-4 else f"{value:.10g}"

    def repr_function(self, value: Any, level: int) -> str:
        return "lambda" if value.__name__ == "<lambda>" else value.__name__

    repr_builtin_function_or_method = repr_function

    def repr_instance(self, value: Any, level: int) -> str:
        return shorten(without_address(str.__str__(repr(value))), self.maxother)


def show(value: Any, limit: int = 100) -> str:
    """A short `repr` of anything: floats to ten digits, no addresses, never an exception."""
    try:
        text = _Short().repr(value)
    except BaseException as error:
        if isinstance(error, Stop):
            raise
        text = ""
    if not text:
        return f"a {type_name(value)} that cannot be shown"
    return shorten(without_address(str.__str__(text)), limit)


def type_name(value: Any) -> str:
    """The name of the value's type, whatever the value claims to be."""
    return str.__str__(type.__dict__["__name__"].__get__(type(value)))


def kind_of(value: Any) -> str:
    """What a value is, in words, with the usual reason where there is one."""
    kind = type(value)
    module = kind.__module__ if type(kind.__module__) is str else ""
    if value is None:
        return "None (is a `return` missing?)"
    if inspect.isgenerator(value):
        return "a generator (use `return` instead of `yield`, or list(...))"
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine (write `def` without `async`)"
    if kind is complex:
        return "a complex number (a negative number to a fractional power gives one)"
    if kind in (FunctionType, BuiltinFunctionType):
        return "a function (was it meant to be called, with parentheses?)"
    if isinstance(value, type):
        return f"the class {value.__name__} itself, not an object made from it"
    if module.split(".")[0] == "numpy" and kind.__name__ == "ndarray":
        return f"an array of shape {value.shape}"
    if kind in (list, tuple):
        return f"a {kind.__name__} of {count(value)}"
    words = {bool: "a bool (True or False)", str: "a string", int: "an int", float: "a float", dict: "a dict"}
    if kind in words:
        return words[kind]
    if has_data(value):
        return f"a {type_name(value)} (give its .data, a plain number)"
    return f"{'an' if type_name(value)[:1].lower() in set('aeiou') else 'a'} {type_name(value)}"


def has_data(value: Any) -> bool:
    """Whether the value is a node of a graph, ours or one the reader wrote: it has `.data` and `.parents`."""
    names = {"data", "parents"}
    try:
        return all(hasattr(value, name) for name in names) and not isinstance(value, type)
    except Exception:  # a property of the reader's class may raise anything
        return False


def count(items: Any) -> str:
    """How many items a list or tuple has: "1 item", "3 items"."""
    return "1 item" if len(items) == 1 else f"{len(items)} items"


def is_readers(file: str) -> bool:
    """Whether a file is a notebook's or a reader's, rather than the course's, Python's or a library's."""
    return not file.startswith(NOT_READERS) and "site-packages" not in file and "dist-packages" not in file


def line_of(lines: list[tuple[str, int]], answer: Any = None) -> str:
    """The innermost of the given lines that the reader wrote: `line 3 of your code: return x`, or ''.

    Lines in the answer's own cell come first: a function that it calls may stand in a cell of the chapter.
    """
    cell = answer.__code__.co_filename if type(answer) is FunctionType else ""
    home = [line for line in lines if line[0] == cell]
    for file, number in reversed(home or lines):
        if is_readers(file):
            code = linecache.getline(file, number).strip()
            return f"line {number} of your code" + (f": {shorten(code)}" if code else "")
    return ""


def explain(error: BaseException, function: Any = None, arguments: str = "") -> str:
    """What went wrong in a reader's code, with the line of it where there is one."""
    name = type_name(error)
    try:
        text = shorten(re.sub(r"[\w.]+\.<locals>\.", "", str.__str__(str(error))), 200)
    except BaseException as worse:
        if isinstance(worse, Stop):
            raise
        text = ""
    line = line_of(traceback_lines(error.__traceback__), function)
    if isinstance(error, SystemExit):
        said = "left Python by exit(); a function hands back its result with `return`"
    elif isinstance(error, RecursionError):
        said = "called itself until Python gave up (RecursionError): which call is the last, and what stops it?"
    elif isinstance(error, Refused):
        said = text
    else:
        said = f"stopped with {name}" + (f": {text}" if text else "")
    if isinstance(error, TypeError) and not line and "argument" in text:
        takes = signature_of(function)
        return f"cannot be called like this: {text}" + (f". It takes {takes}" if takes else "")
    return said + (f"\n  at {line}" if line else "")


def signature_of(function: Any) -> str:
    """The parameters of a function as it was defined, such as `(f, x, h=1e-05)`, or ''."""
    try:
        return without_address(str(inspect.signature(function)))
    except (TypeError, ValueError):
        return ""
