"""Judges answers apart from everything else: each in a new process, in an empty folder, with a copy of the course."""

import json
import os
import secrets
import shutil
import signal
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from course.checks import PASSED, find
from course.classroom.judging import BEGINS, SECONDS

ROOT = Path(__file__).resolve().parents[2]
START = 20.0  # seconds in which a process may start and end, on a machine that is busy
MOST = 10**5  # characters of a complaint that are read
LIBRARIES = ("numpy",)  # imported before an answer runs, where a chapter of arrays is judged
KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "SYSTEMROOT", "AUTOGRAD_DATA", "LD_LIBRARY_PATH")
FIRST_WITH_ARRAYS = 9


class Job(NamedTuple):
    """What is judged: the exercise, the name that it asks for, and the code cells above its check.

    `own` is the number of the answer's cell among them, `bootstrap` that of the cell that finds the course; None where
    there is no such cell.
    """

    exercise: str
    name: str
    cells: list[str]
    own: int | None
    bootstrap: int | None


class Judgement(NamedTuple):
    """What came of it: a status of `course.checks`, "distrusted" or "crashed"; what to say; and what was refused."""

    status: str
    message: str
    tried: tuple[str, ...] | list[str] = ()

    @property
    def passed(self) -> bool:
        return self.status == PASSED


@contextmanager
def copy_of_the_course(root: Path = ROOT) -> Iterator[Path]:
    """Give a copy of the course that is removed again: no answer is ever judged with the teacher's own files."""
    with tempfile.TemporaryDirectory(prefix="judging-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder).resolve() / "course"
        for package in ("autograd", "course"):
            shutil.copytree(root / package, copy / package)
        (copy / "data").mkdir()
        for file in ("names.txt", "course.txt"):
            shutil.copy2(root / "data" / file, copy / "data")
        yield copy


def judge_apart(job: Job, copy: Path) -> Judgement:
    """Judge one answer with a copy of the course; never raises for what the answer does."""
    token = secrets.token_hex(16)
    arrays = int(job.exercise[:2]) >= FIRST_WITH_ARRAYS
    task = {"token": token, "modules": LIBRARIES if arrays else (), **job._asdict()}
    limit = START + SECONDS + find(job.exercise).seconds
    folder = Path(tempfile.mkdtemp(dir=copy.parent))
    command = [sys.executable, "-m", "course.classroom.judging"]
    with ExitStack() as stack:  # files, since a pipe can be flooded, or held open
        task_file, printed, complained = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        task_file.write(json.dumps(task).encode())
        task_file.seek(0)
        streams = {"stdin": task_file, "stdout": printed, "stderr": complained}
        own = {"cwd": folder, "env": environment(copy, folder), "start_new_session": os.name == "posix"}
        process = subprocess.Popen(command, **streams, **own)
        late = ended_late(process, limit)
        printed.seek(0)
        complained.seek(0)
        written, error = printed.read(), complained.read(MOST).decode(errors="replace").strip()
    shutil.rmtree(folder, ignore_errors=True)
    found = [line.partition(" ") for line in written.decode(errors="replace").split("\n")]
    lines = [said for whose, _, said in found if whose == token]
    verdict = next((line for line in lines if line != BEGINS), None)
    if verdict is not None:
        return Judgement(*json.loads(verdict))
    if not lines:  # so it is no fault of the answer's
        raise RuntimeError(f"the process that judges did not start: {error[-500:]}")
    head = f"Exercise {job.exercise} · not yet\n  "
    if late:
        return Judgement("crashed", f"{head}it could not be stopped, and was ended after {limit:g} seconds")
    return Judgement("crashed", f"{head}it ended Python before the check had a verdict")


def environment(copy: Path, folder: Path) -> dict[str, str]:
    """The variables that the process sees: none of the teacher's that it does not need."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(copy), kept.get("PYTHONPATH", "")]))
    own = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR", "IPYTHONDIR"), str(folder))
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    return {
        **kept,
        **own,
        **threads,
        "AUTOGRAD_DATA": kept.get("AUTOGRAD_DATA", str(ROOT / "data")),
        "COURSE_ANSWERS": "off",
        "MPLBACKEND": "agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONUTF8": "1",
    }


def ended_late(process: subprocess.Popen, limit: float) -> bool:
    """Wait for the process, end it and whatever it has started, and return whether it had to be ended."""
    try:
        process.wait(limit)
        late = False
    except subprocess.TimeoutExpired:
        late = True
    finally:
        if os.name == "posix":
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
    return late
