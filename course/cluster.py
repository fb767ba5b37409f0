"""Training and trying out on many processes, here or on other machines, with the numbers of one machine.

`Cluster()` starts workers on this machine; `Cluster("tcp://…:8786")` uses those of a Dask scheduler. The step that
`data_parallel` gives does not depend on how many workers there are, nor on which of them die: the batch is cut into a
fixed number of parts, each part gives **sums**, these are added in the order of the parts and divided once, and each
part is computed in one thread. A part is a function of what is sent for it, so Dask computes it anew elsewhere when its
worker dies. `sweep` calls a function for many settings.

Processors of different kinds can differ in the last digits, as they do without a cluster.
"""

import functools
import hashlib
import itertools
import logging
import multiprocessing
import operator
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

import autograd.tensor as ag
from autograd.tensor.api.creation import default_generator
from course.command import shown

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
FIRST = operator.itemgetter(0)


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
        try:
            self.client = distributed.Client(self._own or address, timeout=REACH, set_as_default=False)
        except (OSError, TypeError, ValueError) as error:
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


class DataParallel:
    """Trains a model with gradients that workers compute; `data_parallel` is another name of it.

    `loss(model, *rows)` gives the **sum** of the losses of some rows of the batch, as a tensor of one number; the step
    divides by the number of all rows. Of means, parts of unequal length would count unequally. With `cluster=None`
    this process computes the parts itself: for the same `parts` the same numbers, to the last bit.
    """

    def __init__(
        self,
        model: ag.nn.Module,
        loss: Callable[..., ag.Tensor],
        optimizer: ag.optim.Optimizer,
        cluster: Cluster | None,
        parts: int = 4,
    ) -> None:
        if parts < 1:
            raise ValueError(f"data_parallel: parts must be at least 1, not {parts}")
        self.model, self.loss, self.optimizer, self.cluster, self.parts = model, loss, optimizer, cluster, parts
        self.steps = 0  # taken; dropout draws other numbers in each, so set it when you go on from a checkpoint
        self.seed = default_generator.initial_seed()

    def step(self, *batch: ag.Tensor) -> float:
        """Take a step on a batch, tensors of equal length; return the mean loss of its rows before the step."""
        lengths = [len(tensor) for tensor in batch]
        if len(set(lengths)) != 1 or not lengths[0]:
            raise ValueError(f"step: a batch is tensors of one length above 0, not of the lengths {lengths}")
        for name, _ in self.model.named_buffers():
            if self.model.training:
                raise ValueError(f"step: each part would change the model's {name} differently; take LayerNorm instead")
        edges = [lengths[0] * part // self.parts for part in range(self.parts + 1)]
        rows = [tuple(tensor[a:b] for tensor in batch) for a, b in itertools.pairwise(edges) if a < b]
        parts = [(part, self.seed + self.steps * self.parts + number) for number, part in enumerate(rows)]
        if self.cluster is None:
            results = [_gradients(self.model, self.loss, *part) for part in parts]
        else:
            import cloudpickle

            content = cloudpickle.dumps((self.model, self.loss))
            results = [r for _, r in sorted(self.cluster.each(_part, ((content, *p) for p in parts)), key=FIRST)]
        loss, *sums = (functools.reduce(_added, kind) for kind in zip(*results, strict=True))
        for parameter, total in zip(self.model.parameters(), sums, strict=True):
            parameter.grad = None if total is None else ag.from_numpy(np.asarray(total / lengths[0]))
        self.optimizer.step()
        self.steps += 1
        return loss / lengths[0]


data_parallel = DataParallel


def _part(content: bytes, rows: tuple[ag.Tensor, ...], seed: int) -> list[Any]:
    model, loss = pickle.loads(content)
    return _gradients(model, loss, rows, seed)


def _gradients(
    model: ag.nn.Module, loss: Callable[..., ag.Tensor], rows: tuple[ag.Tensor, ...], seed: int
) -> list[Any]:
    """Return the sum of the losses of the rows, then its gradient with respect to each parameter, an array or None."""
    before = default_generator.get_state()
    default_generator.manual_seed(seed)
    for parameter in model.parameters():
        parameter.grad = None
    try:
        with _threads().limit(limits=1, user_api="blas"):  # two would add in another order
            total = loss(model, *rows)
            total.backward()
    finally:
        default_generator.set_state(before)
    return [total.item(), *(None if p.grad is None else p.grad.numpy() for p in model.parameters())]


@functools.cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()  # looking for the libraries takes milliseconds, so once


def _added(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def sweep(function: Callable[[Any], Any], settings: Iterable[Any], cluster: Cluster) -> list[Any]:
    """Return what the function gives for each of the settings, in their order; show a progress bar meanwhile.

    Raises what the function raises, with a note that says for which setting, and starts no further calls.
    """
    settings = list(settings)
    arrivals = cluster.each(_tried, [(function, setting) for setting in settings])
    with shown(arrivals, "sweep", "setting", len(settings)) as bar:
        return [result for _, result in sorted(bar, key=FIRST)]


def _tried(function: Callable[[Any], Any], setting: Any) -> Any:
    try:
        return function(setting)
    except Exception as error:
        error.add_note(f"sweep: this was raised for the setting {setting!r}")
        raise
