"""Runs a reader's code so that its mistakes cannot stop the notebook.

The code runs in a thread of its own with a time limit. When the limit has passed, an exception is raised inside that
thread, which comes back when it is swallowed, as by `while True: try: ... except: pass`. On a machine that others use
too, a second by the clock may be a tenth of a second of computing: the limit is one for both, see `_limit`. Prints are
captured. What the code shares with the whole notebook is put back, and what would end Python, or wait for somebody to
answer, is refused: see `course.surroundings`. Where threads do not exist (Python in a browser) the code runs directly
under a trace function that watches the time.

Python gives no means against these:

- a single call of a C function that never lets go of the interpreter, such as `sum(itertools.count())`: nothing else
  runs until the kernel is restarted; one that waits, such as `time.sleep(1000)`, is given up on and goes on;
- a single call that takes more memory than the machine has;
- a crash in C code: through `ctypes`, or where a library has a fault;
- changes elsewhere than in the names of modules: in files, in open connections, by other programs, in lists such as
  `sys.path`, in classes; and threads that the code started, which go on.

It is no prison: code that sets out to break the guard can.
"""

import builtins
import os
import sys
import threading
from _thread import LockType
from collections.abc import Callable
from dataclasses import dataclass, field
from sys import _current_frames, _getframe, settrace
from threading import get_ident
from time import monotonic, process_time
from types import FrameType, TracebackType
from typing import Any

from course.surroundings import Surroundings

try:
    import ctypes

    _raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
except (ImportError, AttributeError, OSError):  # where there are no threads, it is not needed
    pass

# The functions below watch while the reader's code runs, and it may rebind any builtin: they have their own.
__builtins__ = dict(vars(builtins))

PATIENCE = 3.0  # times the limit by the clock is enough, also for code that waits or gets no processor
GRACE = 1.0  # seconds in which code that is being stopped may still clean up
PRINT_LIMIT = 2000  # characters kept of what a reader's code prints
MEMORY_LIMIT = 10**9  # bytes by which the process may grow; small machines in the cloud have two of these
DEEPEST = 3000  # calls inside one another: enough for any exercise
STACK = 256 << 20  # bytes, taken from memory as they are used: 3000 calls through NumPy's @ need more than 64 << 20
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0  # bytes


class Stop(SystemExit):
    """Raised inside code that has used up its time; a SystemExit, since threads end silently on that."""


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
    over: bool = False  # the work has ended
    left: bool = False  # nobody waits for it any more


class _Tap:
    """Stands in for stdout: keeps what one thread writes, passes on what others write."""

    def __init__(self, original: Any, kept: list[str]) -> None:
        self._original, self._kept, self.owner = original, kept, None

    def write(self, text: str) -> int:
        if get_ident() != self.owner:
            return self._original.write(text)
        if sum(map(len, self._kept)) < PRINT_LIMIT:
            self._kept.append(str(text)[:PRINT_LIMIT])
        return len(text)

    def flush(self) -> None:
        if get_ident() != self.owner:
            self._original.flush()

    def close(self) -> None:
        pass  # it is the notebook's own stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


_inside = threading.local()


def is_running() -> bool:
    """Whether the caller is itself code that is being guarded."""
    return getattr(_inside, "guarded", False)


def guarded(work: Callable[[], Any], seconds: float) -> Outcome:
    """Run `work` for at most `seconds` and say what became of it; `work` itself deals with exceptions."""
    surroundings, outcome, kept = Surroundings(), Outcome(), []
    taps = [_Tap(sys.stdout, kept), _Tap(sys.stderr, kept)]
    begin, finished = threading.Lock(), threading.Lock()  # both held at first
    begin.acquire()
    finished.acquire()

    def body() -> None:
        begin.acquire()  # until everything else is ready: from here on nothing can be relied on but this module
        for tap in taps:
            tap.owner = get_ident()
        _inside.guarded, _inside.is_over = True, is_over
        _inside.outcome, _inside.surroundings = outcome, Surroundings()
        try:
            outcome.result = work()
        except Stop:
            outcome.stopped = outcome.stopped or "time"
        finally:
            outcome.over, _inside.guarded = True, False
            finished.release()

    is_over = _limit(seconds)
    thread: threading.Thread | None = threading.Thread(target=body, daemon=True, name="answer being checked")
    try:
        sys.setrecursionlimit(min(sys.getrecursionlimit(), DEEPEST))
        try:
            threading.stack_size(STACK)
            thread.start()
        except RuntimeError:  # no threads here
            thread = None
        sys.stdout, sys.stderr = taps
        surroundings.refuse(get_ident() if thread is None else thread.ident)
        begin.release()
        if thread is None:
            _run_traced(body, is_over, outcome)
        else:
            _wait(thread.ident, finished, is_over, outcome)
    finally:
        outcome.left = True
        surroundings.restore()
    if thread is not None:
        thread.join(PATIENCE * GRACE if outcome.over else 0)
        outcome.abandoned = thread.is_alive()
    outcome.printed = "".join(kept)[:PRINT_LIMIT]
    return outcome


def put_back() -> None:
    """Undo what the running code changed for everybody, so that its check can go on.

    Not if it was given up on and ends later: what was put back for the notebook would be undone again.
    """
    if is_running() and not _inside.outcome.left:
        _inside.surroundings.restore_what_differs()


def require_time() -> None:
    """Raise Stop if the time for the running check is over.

    Asked between two calls of the reader's code: one long C call, such as comparing deeply nested tuples, lets no
    other thread run, and the next call might begin before the watching thread wakes up.
    """
    if is_running() and _inside.is_over():
        raise Stop


def _limit(seconds: float) -> Callable[[], bool]:
    """A function that says whether a limit, which counts from now on, is over.

    It is over when the clock has passed it and this process has computed that long, or when the clock alone has passed
    it PATIENCE times: code that sleeps, or waits for a lock, computes nothing.
    """
    started, computed = monotonic(), process_time()

    def is_over() -> bool:
        passed = monotonic() - started
        return passed > seconds and (process_time() - computed > seconds or passed > PATIENCE * seconds)

    return is_over


def _wait(answering: int, finished: LockType, is_over: Callable[[], bool], outcome: Outcome) -> None:
    memory, reason = _memory(), ""
    try:
        while not reason and not finished.acquire(timeout=0.05):
            if is_over():
                reason = "time"
            elif _memory() - memory > MEMORY_LIMIT:
                reason = "memory"
    except KeyboardInterrupt:  # the reader pressed the stop button
        reason = "interrupt"
    if reason and not outcome.over:
        outcome.stopped = reason
        outcome.still_in = _lines(_current_frames().get(answering))
        _stop(answering, finished, outcome)


def _memory() -> int:
    """Bytes of memory this process uses, or 0 where that cannot be told quickly (outside Linux)."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE
    except OSError:
        return 0


def _stop(answering: int, finished: LockType, outcome: Outcome) -> None:
    """Raise Stop in the thread until it ends, unless it stays inside a C function for too long."""
    stop, _ = _persistent_stop(answering, outcome)
    is_over = _limit(GRACE)
    while not outcome.over and not is_over():
        _raise_in(ctypes.c_ulong(answering), ctypes.py_object(stop))
        finished.acquire(timeout=0.02)


def _persistent_stop(
    owner: int, outcome: Outcome, is_over: Callable[[], bool] = lambda: True
) -> tuple[type[Stop], Callable]:
    """A Stop that comes back at the next line when it is swallowed, and the trace function that raises it.

    Swallowing drops the last reference to the exception; its `__del__` then puts the trace function (back) in place,
    which Python removes whenever it raises.
    """

    def watch(frame: FrameType, event: str, argument: object) -> Any:
        if outcome.over or frame.f_code.co_filename == __file__:
            return None
        if is_over():
            outcome.still_in = outcome.still_in or _lines(frame)
            raise PersistentStop
        return watch

    class PersistentStop(Stop):
        def __del__(self) -> None:
            if outcome.over or get_ident() != owner:
                return
            frame = _getframe(1)
            while frame is not None and frame.f_code.co_filename != __file__:
                frame.f_trace, frame = watch, frame.f_back
            settrace(watch)

    return PersistentStop, watch


def _run_traced(body: Callable[[], None], is_over: Callable[[], bool], outcome: Outcome) -> None:
    before = sys.gettrace()
    _, watch = _persistent_stop(get_ident(), outcome, is_over)
    try:
        settrace(watch)
        body()
    finally:
        outcome.over = True
        settrace(before)


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
