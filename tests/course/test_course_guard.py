"""Whatever an answer does, Python goes on, the message is true, and everything shared is as it was before."""

import builtins
import math
import os
import subprocess
import sys
import threading
import time
from unittest import mock

import nbformat
import numpy as np
import numpy.random
import pytest
from nbclient import NotebookClient
from notebook_files import ROOT

from course import guard
from course.checks import EXERCISES, judge
from course.specification import exercise
from course.surroundings import NAMESPACES, REFUSED

# In a process of its own: the answer is judged, then a right one, to see that checks still work.
PROGRAM = """
import os, sys
from course.checks import judge
from course.specification import exercise

@exercise("99.1", shows="it works", seconds=SECONDS)
def same(answer):
    answer.close(answer.call(2.0), 2.0)

ANSWER

print(judge("99.1", answer).message)
assert judge("99.1", lambda x: x).status == "passed"
print("still here")
"""


def judged(answer, seconds=20):
    """The message on an answer, a program that defines `answer`; fails if it ends or hangs the process."""
    program = PROGRAM.replace("ANSWER", answer).replace("SECONDS", str(seconds))
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"Python ended with {done.returncode}: {done.stderr}"
    message, last = done.stdout.rsplit("\n", 2)[:2]
    assert last == "still here"
    return message


@pytest.fixture
def same(monkeypatch):
    """An exercise whose right answer gives its argument back."""
    known = dict(EXERCISES)
    for module in ("course.specification", "course.checks"):
        monkeypatch.setattr(f"{module}.EXERCISES", known)
    exercise("99.1", shows="it works", seconds=20)(lambda answer: answer.close(answer.call(2.0), 2.0))
    return "99.1"


# ---- what would end Python, or ask somebody


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("os._exit(3)", "os._exit()"),
        ("os.abort()", "os.abort()"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "os.kill()"),
        ("os.killpg(0, signal.SIGKILL)", "os.killpg()"),
        ("os.execlp('true', 'true')", "os.execv()"),
        ("os.closerange(0, 100)", "os.closerange()"),
        ("os.fork()", "os.fork()"),
        ("[signal.alarm(1), time.sleep(3)]", "signal.alarm()"),
        ("[signal.setitimer(signal.ITIMER_REAL, 0.1), time.sleep(3)]", "signal.setitimer()"),
        ("signal.raise_signal(signal.SIGTERM)", "signal.raise_signal()"),
        ("signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)", "signal.pthread_kill()"),
        ("[_thread.interrupt_main(), time.sleep(3)]", "_thread.interrupt_main()"),
        ("sys.addaudithook(lambda *_: 1 / 0)", "sys.addaudithook()"),
        ("sys.setswitchinterval(1e6)", "sys.setswitchinterval()"),
        ("exit()", "exit()"),
        ("quit()", "quit()"),
        ("input()", "input()"),
        ("getpass.getpass()", "getpass.getpass()"),
        ("sys.stdin.readline()", "sys.stdin"),
        ("list(sys.stdin)", "sys.stdin"),
        ("breakpoint()", "breakpoint()"),
        ("pdb.set_trace()", "input()"),
        ("sys.setrecursionlimit(10**6)", "sys.setrecursionlimit()"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="signals are not those of Windows")
def test_what_ends_python_or_waits_for_somebody_is_refused_by_name(call, named):
    message = judged(f"import _thread, getpass, pdb, signal, threading, time\nanswer = lambda x: {call}")
    assert f"  {named} is refused while an exercise is checked: " in message


def test_a_refusal_that_is_swallowed_has_still_refused():
    everything = (
        "[lambda: os._exit(1), os.abort, lambda: os.kill(os.getpid(), 9), exit, input, lambda: os.execv('', [])]"
    )
    assert "passed" in judged(f"""
def answer(x):
    for end in {everything}:
        try:
            end()
        except Exception:
            pass
    return x
""")


def test_code_that_is_being_stopped_cannot_end_python_either():
    answer = "def answer(x):\n    try:\n        while True:\n            pass\n    finally:\n        os._exit(1)"
    assert "was still running after 0.2 seconds" in judged(answer, seconds=0.2)


def test_threads_of_the_answer_are_refused_too():
    answer = "import threading\ndef answer(x):\n    thread = threading.Thread(target=os._exit, args=(1,))"
    assert "passed" in judged(answer + "\n    thread.start()\n    thread.join()\n    return x")


def test_every_other_thread_goes_on_as_before(same):
    """A kernel has threads of its own, which may send signals, or end it when nobody listens any more."""
    wrong, done = [], threading.Event()

    def bystander():
        while not done.is_set():
            try:
                os.kill(os.getpid(), 0)
            except Exception as error:
                wrong.append(error)

    thread = threading.Thread(target=bystander)
    thread.start()
    verdict = judge(same, lambda x: time.sleep(0.2) or x)
    done.set()
    thread.join()
    assert (verdict.status, wrong) == ("passed", [])


def test_in_a_kernel_exit_ends_nothing():
    cells = [
        "from course.checks import check\nfrom course.specification import exercise\n"
        "@exercise('99.1', shows='it works', seconds=20)\n"
        "def same(answer):\n    answer.close(answer.call(2.0), 2.0)",
        "check('99.1', lambda x: exit())",
        "import time; time.sleep(0.5)",  # a kernel that was told to end does so a little later
        "check('99.1', lambda x: x)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(ROOT)}}).execute()
    first, _, second = ("".join(output["text"] for output in cell.outputs) for cell in notebook.cells[1:])
    assert "exit() is refused" in first and "passed" in second


def test_a_readers_own_name_is_not_refused(same, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "quit", lambda x: x, raising=False)
    assert judge(same, lambda x: sys.modules["__main__"].quit(x)).status == "passed"


def test_where_there_are_no_threads_the_same_is_refused(same, monkeypatch):
    no_threads(monkeypatch)
    assert "os._exit() is refused" in judge(same, lambda x: os._exit(1)).message
    assert judge(same, lambda x: x).status == "passed"


# ---- deep recursion


@pytest.mark.parametrize("raised", ["import sys; sys.setrecursionlimit(10**6)", "raise ValueError"])
@pytest.mark.parametrize(
    "definitions",
    [
        "visit = lambda n: list(map(visit, [n + 1]))",
        "visit = lambda n: sorted([n + 1], key=visit)",
        "visit = lambda n: max([n + 1], key=visit)",
        "class Node:\n    def __call__(self, n):\n        return self(n + 1)\nvisit = Node()",
        "class Node:\n    def __add__(self, n):\n        return Node() + 1\nvisit = lambda n: Node() + n",
        "class Node:\n    def __add__(self, n):\n        return (np.array([Node()], object) + 1)[0]\n"
        "import numpy as np\nvisit = lambda n: Node() + n",
        "class Node:\n    def __mul__(self, n):\n        return np.array([[Node()]], object) @ np.array([[1]])\n"
        "import numpy as np\nvisit = lambda n: Node() * n",
    ],
)
def test_deep_recursion_through_c_is_an_error_like_any_other(definitions, raised):
    """At a limit of a million, and some at 3000 on an ordinary thread's stack, these ended Python without a word."""
    message = judged(f"""
sys.setrecursionlimit(3000)  # as IPython's
{definitions}
def answer(x):
    try:
        {raised}
    except Exception:
        pass
    return visit(0)
""")
    assert "called itself until Python gave up (RecursionError)" in message


def test_the_limit_cannot_be_lowered_for_the_watching_thread_either():
    answer = "import time\ndef answer(x):\n    sys.setrecursionlimit(30)\n    time.sleep(0.3)\n    return x"
    assert "sys.setrecursionlimit() is refused" in judged(answer)


# ---- what is put back


def shared():
    """Every name in the modules that are put back, NumPy's among them."""
    return {name: dict(vars(sys.modules[name])) for name in NAMESPACES}


def test_what_everybody_shares_is_put_back(same):
    before, modules = shared(), dict(sys.modules)
    limit, stack = sys.getrecursionlimit(), threading.stack_size()

    def vandal(x):
        builtins.len = builtins.print = math.sin = time.monotonic = os.getcwd = None
        np.sum = np.linalg.norm = np.random.seed = sys.stdout = sys.stdin = None
        del builtins.isinstance, np.zeros
        threading.stack_size(1 << 20)
        sys.modules.clear()
        return x

    assert judge(same, vandal).status == "passed"
    assert (limit, stack) == (sys.getrecursionlimit(), threading.stack_size())
    assert all(sys.modules.get(name) is module for name, module in modules.items())
    for module, names in before.items():
        changed = [name for name, value in names.items() if vars(sys.modules[module]).get(name) is not value]
        assert not changed, f"{module}: {changed}"


class Incomparable:
    def __eq__(self, other):
        raise ValueError("on purpose")

    __hash__ = None


@pytest.mark.parametrize("put", [None, np.arange(2.0), Incomparable()], ids=["None", "an array", "incomparable"])
def test_what_everybody_shares_is_put_back_after_each_call(same, monkeypatch, put):
    original, seen = math.sin, []

    def calls(answer):
        answer.call(1.0)
        seen.append((math.sin, "a module" in sys.modules))
        answer.call(2.0)
        seen.append((math.sin, "a module" in sys.modules))

    def vandal(x):
        math.sin, sys.modules["a module"] = put, math
        return x

    try:
        exercise("99.2", shows="it works", seconds=20)(calls)
        assert judge("99.2", vandal).status == "passed"
    finally:
        sys.modules.pop("a module", None)
    assert seen == [(original, True), (original, True)]


def test_what_claims_to_be_the_original_is_put_back_in_the_end(same):
    def vandal(x):
        math.sin = mock.ANY
        return x

    original = math.sin
    assert judge(same, vandal).status == "passed"
    assert math.sin is original


def test_everything_that_is_refused_is_put_back(same):
    before = shared()
    judge(same, lambda x: x)
    for _, module, names in REFUSED:
        for name in names.split() if module in before else ():
            assert vars(sys.modules[module]).get(name) is before[module].get(name), f"{module}.{name}"


def test_code_that_was_given_up_on_changes_nothing_when_it_ends(same, monkeypatch):
    monkeypatch.setattr("course.guard.GRACE", 0.1)
    exercise("99.2", shows="it works", seconds=0.2)(lambda answer: answer.call(2.0))
    before, released = shared(), threading.Event()
    assert "could not be stopped" in judge("99.2", lambda x: released.wait(60)).message
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "answer being checked")
    released.set()
    thread.join()
    for module, names in before.items():
        changed = [name for name, value in names.items() if vars(sys.modules[module]).get(name) is not value]
        assert not changed, f"{module}: {changed}"


def test_a_function_that_was_kept_does_its_work_once_the_check_is_over(same):
    kept = []
    judge(same, lambda x: kept.append(os.kill) or x)
    assert kept[0] is not os.kill and kept[0](os.getpid(), 0) is None


def test_numpy_is_not_imported_for_being_put_back():
    program = "import sys, course\nfrom course.surroundings import Surroundings\nSurroundings().restore()\n"
    done = subprocess.run(
        [sys.executable, "-c", program + "print('numpy' in sys.modules)"], cwd=ROOT, capture_output=True
    )
    assert done.stdout == b"False\n"


@pytest.mark.parametrize(
    "damage",
    [
        "import time; time.monotonic = lambda: 0.0",
        "import time; time.process_time = lambda: 0.0",
        "sys.modules.clear()",
        "import builtins; vars(builtins).clear()",
        "import builtins; builtins.open = builtins.int = builtins.max = None",
        "vars(os).clear()",
        "[delattr(sys, name) for name in list(vars(sys))]",
        "import threading; threading._time = threading.Lock = threading.get_ident = None",
    ],
)
def test_code_that_breaks_what_watches_it_is_stopped_all_the_same(damage):
    message = judged(f"def answer(x):\n    {damage}\n    while True:\n        pass", seconds=0.3)
    assert "was still running after 0.3 seconds" in message
    assert "could not be stopped" not in message


class Times:
    """The two times that the guard reads, in seconds, which go on only where a test says so."""

    def __init__(self, monkeypatch):
        self.clock, self.computing = 100.0, 7.0
        monkeypatch.setattr(guard, "monotonic", lambda: self.clock)
        monkeypatch.setattr(guard, "process_time", lambda: self.computing)


def no_threads(monkeypatch):
    def cannot_start(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", cannot_start)


def until_it_is_stopped(seconds=60):
    """Wait in small steps, between which the guard can look at the time and stop this."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)


@pytest.mark.parametrize("threads", [True, False], ids=["threads", "no threads"])
@pytest.mark.parametrize(
    ("clock", "computing", "stopped"),
    [
        (19.0, 40.0, False),  # several threads of NumPy compute, and the limit by the clock has not passed
        (59.0, 5.0, False),  # other programs had the processor
        (59.0, 19.0, False),
        (21.0, 21.0, True),  # a loop that never ends
        (59.0, 21.0, True),
        (61.0, 0.0, True),  # it sleeps
    ],
)
def test_the_limit_is_one_of_the_clock_and_of_computing(same, monkeypatch, threads, clock, computing, stopped):
    times = Times(monkeypatch)
    if not threads:
        no_threads(monkeypatch)

    def answer(x):
        times.clock, times.computing = times.clock + clock, times.computing + computing
        until_it_is_stopped(60 if stopped else 0.15)  # the watching thread looks every 0.05 seconds
        return x

    verdict = judge(same, answer)
    assert (verdict.status, "was still running after 20 seconds" in verdict.message) == (
        ("not yet", True) if stopped else ("passed", False)
    )


@pytest.mark.parametrize(("computing", "status"), [(5.0, "passed"), (21.0, "not yet")])
def test_between_two_calls_the_same_limit_counts(same, monkeypatch, computing, status):
    times = Times(monkeypatch)
    monkeypatch.setattr(guard, "_wait", lambda answering, finished, is_over, outcome: finished.acquire())

    def answer(x):
        times.clock, times.computing = times.clock + 21.0, times.computing + computing
        return x

    assert judge(same, answer).status == status


def test_a_process_that_gets_no_processor_may_take_longer_to_stop(same, monkeypatch):
    times = Times(monkeypatch)

    def cleans_up(x):
        times.clock, times.computing = times.clock + 21.0, times.computing + 21.0
        try:
            until_it_is_stopped()
        finally:
            times.clock += 2 * guard.GRACE
            until_it_is_stopped(0.15)

    message = judge(same, cleans_up).message
    assert "was still running after 20 seconds" in message
    assert "could not be stopped" not in message


def test_an_error_is_explained_where_the_builtins_are_gone(same):
    def breaks_and_fails(x):
        error = ValueError("on purpose")
        vars(builtins).clear()
        raise error

    assert "stopped with ValueError: on purpose" in judge(same, breaks_and_fails).message


def test_a_stack_that_cannot_be_had_is_no_error(same, monkeypatch):
    monkeypatch.setattr(guard, "STACK", 1 << 60)
    assert judge(same, lambda x: x).status == "passed"
