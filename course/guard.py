"""Runs a reader's code so that nothing it does can stop the notebook.

The code runs in a thread of its own with a time limit. When the limit has passed, an exception is raised inside that
thread, which comes back when it is swallowed, as by `while True: try: ... except: pass`. Prints are captured, input()
is refused, and what the code changed for everybody (builtins, math, the recursion limit) is put back. Where threads
do not exist (Python in a browser) the code runs directly under a trace function that watches the clock.

One thing is out of reach: a single C call that never lets go of the interpreter, such as `sum(itertools.count())`.
"""

import builtins
import ctypes
import math
import mmap
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import FrameType, TracebackType
from typing import Any

GRACE = 1.0  # seconds in which code that is being stopped may still clean up
PRINT_LIMIT = 2000  # characters kept of what a reader's code prints
MEMORY_LIMIT = 10**9  # bytes by which the process may grow; small machines in the cloud have two of these
DEEPEST = 3000  # calls: enough for any exercise, far from the end of a thread's stack


class Stop(SystemExit):
    """Raised inside code that has used up its time; a SystemExit, since threads end silently on that."""


class InputRefused(Exception):
    """Raised by `input()` and `breakpoint()` while an answer is being checked."""


@dataclass
class Outcome:
    """What became of guarded work: its `result`, or the frame it was `still_in` when it ran out of time."""

    result: Any = None
    finished: bool = False
    interrupted: bool = False
    overfull: bool = False
    abandoned: bool = False
    still_in: list[tuple[str, int]] = field(default_factory=list)
    printed: str = ""
    stopped_by: BaseException | None = None


class Surroundings:
    """What is shared by everybody and must be the same after a reader's code as before it."""

    def __init__(self) -> None:
        self._modules = [(vars(module), dict(vars(module))) for module in (builtins, math)]
        self._limit = sys.getrecursionlimit()

    def restore(self) -> None:
        """Undo rebound builtins and functions of `math`, and a changed recursion limit."""
        for now, before in self._modules:
            if any(now.get(name) is not value for name, value in before.items()):
                now.update(before)
        if sys.getrecursionlimit() != self._limit:
            sys.setrecursionlimit(self._limit)


class _Tap:
    """Stands in for stdout: keeps what one thread writes, passes on what others write."""

    def __init__(self, original: Any, kept: list[str]) -> None:
        self._original, self._kept, self.owner = original, kept, None

    def write(self, text: str) -> int:
        if threading.get_ident() != self.owner:
            return self._original.write(text)
        if sum(map(len, self._kept)) < PRINT_LIMIT:
            self._kept.append(str(text)[:PRINT_LIMIT])
        return len(text)

    def flush(self) -> None:
        if threading.get_ident() != self.owner:
            self._original.flush()

    def close(self) -> None:
        pass  # it is the notebook's own stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _refuse(*_: object, **__: object) -> None:
    raise InputRefused(
        "input() and breakpoint() cannot be answered while an exercise is checked; use the arguments"
    )


_inside = threading.local()


def is_running() -> bool:
    """Whether the caller is itself code that is being guarded."""
    return getattr(_inside, "guarded", False)


def guarded(work: Callable[[], Any], seconds: float) -> Outcome:
    """Run `work` for at most `seconds` and say what became of it; `work` itself deals with exceptions."""
    surroundings, outcome, kept = Surroundings(), Outcome(), []
    taps = [_Tap(sys.stdout, kept), _Tap(sys.stderr, kept)]

    def body() -> None:
        for tap in taps:
            tap.owner = threading.get_ident()
        _inside.guarded = True
        try:
            outcome.result = work()
            outcome.finished = True
        except Stop as stop:
            outcome.stopped_by = stop.with_traceback(None)
        finally:
            _inside.guarded = False

    before = sys.stdout, sys.stderr, sys.breakpointhook, builtins.input
    try:
        sys.stdout, sys.stderr = taps
        sys.breakpointhook = builtins.input = _refuse
        sys.setrecursionlimit(min(sys.getrecursionlimit(), DEEPEST))
        thread = threading.Thread(target=body, daemon=True, name="answer being checked")
        try:
            thread.start()
        except RuntimeError:  # no threads here
            _run_traced(body, seconds, outcome)
        else:
            _wait(thread, seconds, outcome)
    finally:
        surroundings.restore()
        sys.stdout, sys.stderr, sys.breakpointhook, builtins.input = before
    outcome.printed = "".join(kept)[:PRINT_LIMIT]
    return outcome


def _wait(thread: threading.Thread, seconds: float, outcome: Outcome) -> None:
    deadline, memory = time.monotonic() + seconds, _memory()
    try:
        while thread.is_alive() and time.monotonic() < deadline and not outcome.overfull:
            thread.join(0.05)
            outcome.overfull = _memory() - memory > MEMORY_LIMIT
    except KeyboardInterrupt:  # the reader pressed the stop button
        outcome.interrupted = True
    if not thread.is_alive():
        return
    outcome.still_in = _lines(sys._current_frames().get(thread.ident))
    outcome.abandoned = not _stop(thread, outcome)
    outcome.finished = False


def _memory() -> int:
    """Bytes of memory this process uses, or 0 where that cannot be told quickly (outside Linux)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0


def _stop(thread: threading.Thread, outcome: Outcome) -> bool:
    """Raise Stop in the thread until it ends; False when it does not, because it is inside a C function."""
    set_exception = ctypes.pythonapi.PyThreadState_SetAsyncExc

    class PersistentStop(Stop):
        """Swallowing it raises it again: the last reference goes, and with it the next one is set."""

    renew = partial(set_exception, ctypes.c_ulong(thread.ident), ctypes.py_object(PersistentStop))
    PersistentStop.__del__ = staticmethod(renew)
    deadline = time.monotonic() + GRACE
    while thread.is_alive() and time.monotonic() < deadline:
        if outcome.stopped_by is None:
            renew()
        thread.join(0.02)
    if thread.is_alive():
        return False
    del PersistentStop.__del__
    return True


def _run_traced(body: Callable[[], None], seconds: float, outcome: Outcome) -> None:
    deadline, before = time.monotonic() + seconds, sys.gettrace()

    def watch(frame: FrameType, event: str, argument: object) -> Any:
        if time.monotonic() > deadline and outcome.stopped_by is None:
            outcome.still_in = outcome.still_in or _lines(frame)
            raise TracedStop
        return watch

    class TracedStop(Stop):
        def __del__(
            self,
        ) -> None:  # Python drops a trace function that raises; swallowing the exception revives it
            if watching:
                frame = sys._getframe(1)
                while frame is not None and frame.f_code is not _run_traced.__code__:
                    frame.f_trace, frame = watch, frame.f_back
                sys.settrace(watch)

    watching = [True]
    try:
        sys.settrace(watch)
        body()
    finally:
        watching.clear()
        sys.settrace(before)


def _lines(frame: FrameType | None) -> list[tuple[str, int]]:
    """File and line of each call, outermost first."""
    lines = []
    while frame is not None:
        lines.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return lines[::-1]


def traceback_lines(traceback: TracebackType | None) -> list[tuple[str, int]]:
    """File and line of each call that an exception passed through, outermost first."""
    lines = []
    while traceback is not None:
        lines.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    return lines
