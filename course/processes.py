"""Processes that compute: workers on this machine, or on any machines that a Dask scheduler reaches.

`Cluster()` starts workers here; `Cluster("tcp://…:8786")` uses those of the scheduler at an address, to which the
course is sent. What goes wrong with processes is said in a sentence. Trainings use it through `course.cluster`.
"""

import functools
import hashlib
import logging
import multiprocessing
import pickle
import sys
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
REACH, PATIENCE = 10.0, 60.0  # seconds for a scheduler to answer, and for a worker to come
# The scheduler reads this, and has no package of ours: a lambda is sent as its code, any other function as its name.
CALL = lambda content: pickle.loads(content)()  # noqa: E731
# Stands first in what is sent to a worker, and makes it forget an older copy of the course.
FORGET = """import sys
here = __file__.rpartition("/")[0]
for name in [name for name in sys.modules if name.partition(".")[0] in ("autograd", "course")]:
    if not (getattr(sys.modules[name], "__file__", None) or "").startswith(here):
        del sys.modules[name]
"""

# A notebook's interrupt, and Ctrl-C, reach the workers as well. They would end, and Dask would not start others.
UNINTERRUPTED = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


class Cluster:
    """Workers that compute: processes on this machine, or those of the Dask scheduler at an address.

    `workers` is the number of processes to start here; without it, one for each CPU that may be used. A `with` block or
    `close()` ends them. Raises ImportError where Dask is not installed, ConnectionError where no scheduler answers or
    it has no worker, RuntimeError where a script lacks `if __name__ == "__main__":`; each says what to do.
    """

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        if address is None and multiprocessing.parent_process() is not None:
            raise RuntimeError(
                "Cluster() starts processes, and each of them reads this file first: put what uses it under "
                'if __name__ == "__main__":'
            )
        try:
            import dask
            import distributed
        except ImportError:
            raise ImportError("Dask is not installed: pip install 'dask[distributed]' installs it") from None
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it would say, `_told` says
        self.address, self._own = address, None
        settings: dict[str, Any] = {
            # By itself Dask sets MALLOC_TRIM_THRESHOLD_ for its workers, with which each training step hands its memory
            # back and asks for it anew: 0.35 s for 0.20.
            "distributed.nanny.pre-spawn-environ": {"OPENBLAS_NUM_THREADS": 1, "OMP_NUM_THREADS": 1},
            # Dask gives up a worker that is not back 15 s after it died, and does not start another.
            "distributed.deploy.lost-worker-timeout": "1 day",
            "distributed.admin.large-graph-warning-threshold": "1GB",  # a model is sent with each part, on purpose
        }
        dask.config.set(settings)
        if address is None:
            here = {"threads_per_worker": 1, "memory_limit": 0, "dashboard_address": ":0", "silence_logs": 50}
            self._own = distributed.LocalCluster(n_workers=workers, preload=[UNINTERRUPTED], **here)
        # In two steps, so that a client that cannot connect is there to be closed.
        self.client = distributed.Client.__new__(distributed.Client)
        try:
            self.client.__init__(self._own or address, timeout=REACH, set_as_default=False)
        except BaseException as error:
            # Else the garbage collector closes it at any time, and if that is while the next client's thread starts,
            # in that thread, each of the two waits for the other.
            self.close()
            if not isinstance(error, (OSError, TypeError, ValueError)):
                raise
            why = str(error) if isinstance(error, OSError) else "an address looks like tcp://127.0.0.1:8786"
            raise ConnectionError(f"no Dask scheduler answers at {address}: {why}") from None
        self.name = address or f"on this machine ({self.client.scheduler.address})"
        try:
            if address is not None:
                self._meet()
        except BaseException:
            self.close()
            raise

    def _meet(self) -> None:
        """Send the course to the workers of the scheduler, also to later ones, and say which versions differ."""
        from distributed.diagnostics.plugin import UploadFile

        with tempfile.TemporaryDirectory() as folder:
            self.client.register_plugin(UploadFile(str(_packed(Path(folder)))))
        try:
            self.client.wait_for_workers(1, timeout=REACH)
        except TimeoutError:
            raise ConnectionError(
                f"the scheduler {self.name} has no worker: `dask worker --nworkers auto {self.address}` starts some"
            ) from None
        for worker, theirs in self.client.run(_versions).items():
            differ = [
                f"{name} {theirs[name]}, here {ours}" for name, ours in _versions().items() if ours != theirs[name]
            ]
            if differ:
                warnings.warn(f"the worker {worker} has {'; '.join(differ)}: digits may differ", stacklevel=4)

    def __len__(self) -> int:
        """Return how many workers there are now."""
        return len(self.client.nthreads())

    def __repr__(self) -> str:
        return f"Cluster {self.name}"

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the scheduler, and end the processes that were started here; safe to call twice."""
        with suppress(Exception):  # a scheduler that is gone cannot be told
            self.client.close(timeout=2)
        if self._own is not None:
            self._own.close(timeout=10)

    def each(self, function: Callable[..., Any], arguments: Iterable[tuple]) -> Iterator[tuple[int, Any]]:
        """Call the function once with each of the arguments; give number and result of each, in order of arrival.

        When the caller stops, what was not given yet is cancelled. Raises what the function raises; ConnectionError if
        the scheduler is gone or no worker is left; RuntimeError if all workers that were given a call ended during it.
        """
        import cloudpickle  # pickles what a notebook defines, too
        from distributed import wait

        with self._told(getattr(function, "__name__", "a function")):
            calls = (cloudpickle.dumps(functools.partial(_one_at_a_time, function, *given)) for given in arguments)
            waiting = {self.client.submit(CALL, call, pure=False): number for number, call in enumerate(calls)}
            try:
                while waiting:
                    try:
                        with self.client.as_current():
                            done = list(wait(list(waiting), PATIENCE, "FIRST_COMPLETED").done)
                    except TimeoutError:
                        if not len(self):
                            raise ConnectionError(f"the scheduler {self.name} has no worker any more") from None
                        continue
                    for future, result in zip(done, self.client.gather(done), strict=True):
                        yield waiting.pop(future), result
            finally:
                if waiting:
                    with suppress(Exception):  # a scheduler that is gone has forgotten them
                        self.client.cancel(list(waiting))

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn Dask's errors about processes into sentences; what a function raised goes through."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            yield
        except KilledWorker as error:
            raise RuntimeError(
                f"{what}: {error.allowed_failures + 1} workers in turn ended while they computed the same call (a "
                "crash, or too little memory), so it is not tried again"
            ) from None
        except ModuleNotFoundError as error:
            error.add_note("the workers have the course's modules; send yours: cluster.client.upload_file('file.py')")
            raise
        except Exception as error:
            if isinstance(error, CancelledError) or self.client.status != "running":
                raise ConnectionError(f"the scheduler {self.name} is gone") from None
            raise


BUSY = threading.Lock()


def _one_at_a_time(function: Callable[..., Any], *given: Any) -> Any:
    """Call the function while no other call runs in this process.

    A worker that is started without `--nthreads 1` has a thread for each core, and all of them would change the random
    generator, the recording of gradients and the number of BLAS's threads, of which a process has one.
    """
    with BUSY:
        return function(*given)


def _packed(folder: Path) -> Path:
    """Return a zip of `autograd` and `course` in the folder, whose name says its content."""
    files = sorted(path for name in ("autograd", "course") for path in (ROOT / name).rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    with zipfile.ZipFile(folder / f"autograd_{digest}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("_forget.py", FORGET)  # workers import what is in it in the order of the names
        for path in files:
            packed.write(path, path.relative_to(ROOT).as_posix())
    return folder / f"autograd_{digest}.zip"


def _versions() -> dict[str, str]:
    return {"Python": f"{sys.version_info.major}.{sys.version_info.minor}", "NumPy": np.__version__}
