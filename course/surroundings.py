"""What a reader's code shares with the whole notebook: what is put back after it, and what is refused while it runs.

The two tables are `NAMESPACES` and `REFUSED`. A function that was taken out of its module before the code runs, as by
`from os import _exit` in an earlier cell, is not refused.
"""

import _thread
import builtins
import getpass
import math
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from sys import _current_frames, getrecursionlimit, modules, setrecursionlimit
from threading import get_ident, stack_size
from typing import Any

__all__ = ["Refused", "Surroundings"]

# As in course.guard: the reader's code may rebind any builtin, so the functions below have their own.
__builtins__ = dict(vars(builtins))

# NumPy is put back where it has been imported; it is not imported for that.
NAMESPACES = {
    module.__name__: module for module in (_thread, builtins, getpass, math, os, random, signal, sys, threading, time)
} | dict.fromkeys(("numpy", "numpy.linalg", "numpy.random"))

ANSWERS = "nobody can answer; use the arguments"
RETURNS = "it would end Python; a function hands back its result with `return`"
ENDS = "it would end Python, and with it all that your notebook has computed"
REFUSED = (
    # why, in which module, which names
    (ANSWERS, "builtins", "input"),
    (ANSWERS, "getpass", "getpass"),
    (ANSWERS, "sys", "stdin breakpointhook"),
    (RETURNS, "builtins", "exit quit"),
    (RETURNS, "__main__", "exit quit"),  # IPython has its own there
    (ENDS, "os", "_exit abort kill killpg execv execve closerange"),
    (ENDS, "signal", "alarm setitimer raise_signal pthread_kill"),
    ("calls nested so deeply could end Python; find a way without", "sys", "setrecursionlimit"),
    ("there would be a second Python with the same notebook", "os", "fork forkpty"),
    ("it would stop the check, not your code", "_thread", "interrupt_main"),
    ("it would last after the check", "sys", "setswitchinterval addaudithook"),
)
SHOWN = {"breakpointhook": "breakpoint()", "stdin": "sys.stdin"}  # where the name is not what the reader wrote


class Refused(Exception):
    """Raised in place of what may not be done while an answer is being checked."""


class _Refusal:
    """Stands in for a function, or for stdin: raises for the answer, does its work for everybody else."""

    def __init__(self, said: str, original: Any, surroundings: "Surroundings") -> None:
        self._said, self._original, self._surroundings = said, original, surroundings

    def _for_others(self) -> Any:
        bystanders = self._surroundings.bystanders
        if bystanders is not None and get_ident() not in bystanders:
            raise Refused(self._said)
        return self._original

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._for_others()(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original if name.startswith("__") else self._for_others(), name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._for_others())


class Surroundings:
    """What is shared by everybody, as it is now.

    While there are `bystanders`, the threads that an answer did not start, everybody else is refused something.
    """

    bystanders: set[int] | None = None

    def __init__(self) -> None:
        known = [modules.get(name, module) for name, module in NAMESPACES.items()]
        shared = [vars(module) for module in known if module is not None] + [modules]
        self._kept = [(now, dict(now)) for now in shared]
        self._seen = [[*now.values()] for now in shared]
        self._limit, self._stack = getrecursionlimit(), stack_size()

    def refuse(self, answering: int) -> None:
        """Let all that `REFUSED` lists raise `Refused`, in the thread `answering` and in those that start later."""
        self.bystanders = {*_current_frames()} - {answering}
        for why, where, names in REFUSED:
            now = vars(modules[where])
            originals = {name: now[name] for name in names.split() if name in now}
            if where == "__main__":  # IPython's, which can be called without parentheses, and not a reader's own `exit`
                originals = {name: value for name, value in originals.items() if hasattr(value, "rewrite")}
            self._kept.append((now, originals))
            for name, original in originals.items():
                shown = SHOWN.get(name) or f"{name if where in ('builtins', '__main__') else f'{where}.{name}'}()"
                said = f"{shown} is refused while an exercise is checked: {why}"
                now[name] = _Refusal(said, original, self)

    def restore_what_differs(self) -> None:
        """Put back the names of each module of which a value is not as it was: between two calls, this is quick.

        What is equal to the original counts as the original here, and `restore` puts it back in the end.
        """
        for place, seen in enumerate(self._seen):
            now, before = self._kept[place]
            if not _are_equal([*now.values()], seen):
                now.update(before)
                self._seen[place] = [*now.values()]
        self._restore_limits()

    def restore(self) -> None:
        """Put back every name that was rebound or deleted, every module, the recursion limit and the size of stacks."""
        for now, before in self._kept:
            now.update(before)
        self._restore_limits()
        self.bystanders = None  # whoever has kept a function that was refused may call it from now on

    def _restore_limits(self) -> None:
        if getrecursionlimit() != self._limit:
            setrecursionlimit(self._limit)
        if stack_size() != self._stack:
            stack_size(self._stack)


def _are_equal(now: list[Any], before: list[Any]) -> bool:
    """Whether two lists are equal; they are not, if an object that the reader's code left cannot be compared."""
    try:
        return now == before
    except Exception:
        return False
