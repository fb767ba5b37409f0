"""Runs a reader's code so that nothing it does can stop the notebook.

The code runs in a thread of its own with a time limit. When the limit has passed, an exception is raised inside that
thread, which comes back when it is swallowed, as by `while True: try: ... except: pass`. Prints are captured, input()
is refused, and what the code changed for everybody (builtins, math, the recursion limit) is put back. Where threads
do not exist (Python in a browser) the code runs directly under a trace function that watches the clock.

One thing is out of reach: a single C call that never lets go of the interpreter, such as `sum(itertools.count())`.
"""

import builtins
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
    """What became of guarded work: its `result`, or why it was `stopped` and which lines it was `still_in`.

    `stopped` is "", "time", "memory" or "interrupt"; `abandoned` says that it runs on, because it could not be stopped.
    """

    result: Any = None
    stopped: str = ""
    abandoned: bool = False
    still_in: list[tuple[str, int]] = field(default_factory=list)
    printed: str = ""
    over: bool = False


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
    raise InputRefused("input() and breakpoint() cannot be answered while an exercise is checked; use the arguments")


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
        _inside.guarded, _inside.deadline = True, time.monotonic() + seconds
        try:
            outcome.result = work()
        except Stop:
            outcome.stopped = outcome.stopped or "time"
        finally:
            outcome.over, _inside.guarded = True, False

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


def require_time() -> None:
    """Raise Stop if the time for the running check is over.

    Asked between two calls of the reader's code: one long C call, such as comparing deeply nested tuples, lets no
    other thread run, and the next call might begin before the watching thread wakes up.
    """
    if is_running() and time.monotonic() > _inside.deadline:
        raise Stop


def _wait(thread: threading.Thread, seconds: float, outcome: Outcome) -> None:
    deadline, memory, reason = time.monotonic() + seconds, _memory(), ""
    try:
        while thread.is_alive() and not reason:
            thread.join(0.05)
            if time.monotonic() > deadline:
                reason = "time"
            elif _memory() - memory > MEMORY_LIMIT:
                reason = "memory"
    except KeyboardInterrupt:  # the reader pressed the stop button
        reason = "interrupt"
    if reason and not outcome.over:
        outcome.stopped = reason
        outcome.still_in = _lines(sys._current_frames().get(thread.ident))
        _stop(thread, outcome)


def _memory() -> int:
    """Bytes of memory this process uses, or 0 where that cannot be told quickly (outside Linux)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, AttributeError):
        return 0


def _stop(thread: threading.Thread, outcome: Outcome) -> None:
    """Raise Stop in the thread until it ends, unless it stays inside a C function for too long."""
    import ctypes  # not wherever Python runs without threads

    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    stop, _ = _persistent_stop(thread.ident, outcome)
    deadline = time.monotonic() + GRACE
    while thread.is_alive() and time.monotonic() < deadline:
        if not outcome.over:
            raise_in(ctypes.c_ulong(thread.ident), ctypes.py_object(stop))
        thread.join(0.02)
    outcome.abandoned = thread.is_alive()


def _persistent_stop(owner: int, outcome: Outcome, deadline: float = 0.0) -> tuple[type[Stop], Callable]:
    """A Stop that comes back at the next line when it is swallowed, and the trace function that raises it.

    Swallowing drops the last reference to the exception; its `__del__` then puts the trace function (back) in place,
    which Python removes whenever it raises.
    """

    def watch(frame: FrameType, event: str, argument: object) -> Any:
        if outcome.over or frame.f_code.co_filename == __file__:
            return None
        if time.monotonic() > deadline:
            outcome.still_in = outcome.still_in or _lines(frame)
            raise PersistentStop
        return watch

    class PersistentStop(Stop):
        def __del__(self) -> None:
            if outcome.over or threading.get_ident() != owner:
                return
            frame = sys._getframe(1)
            while frame is not None and frame.f_code.co_filename != __file__:
                frame.f_trace, frame = watch, frame.f_back
            sys.settrace(watch)

    return PersistentStop, watch


def _run_traced(body: Callable[[], None], seconds: float, outcome: Outcome) -> None:
    before = sys.gettrace()
    _, watch = _persistent_stop(threading.get_ident(), outcome, time.monotonic() + seconds)
    try:
        sys.settrace(watch)
        body()
    finally:
        outcome.over = True
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
