"""One engine in a process of its own: it answers requests, one JSON object a line, until its input ends."""

import ctypes
import gc
import importlib
import json
import pathlib
import re
import sys
import time
from collections.abc import Callable
from typing import Any

from tensor_workloads import workloads

ROOT = pathlib.Path(__file__).resolve().parents[2]
Step = Callable[[], Any]


def builder(engine: str) -> tuple[Callable[..., Step], str]:
    """Return what builds a step in this engine, and the version of the library."""
    if engine in ("ours", "ours2"):
        sys.path.insert(0, str(ROOT))
        import autograd.tensor as torch
        from autograd import __version__
        from tensor_workloads import in_torch

        return lambda *args: in_torch.build(torch, *args), __version__
    if engine.startswith("torch"):
        import torch

        from tensor_workloads import in_torch

        torch.set_num_threads(int(engine.removeprefix("torch")))
        return lambda *args: in_torch.build(torch, *args), torch.__version__
    from importlib.metadata import version

    module = importlib.import_module(f"tensor_workloads.in_{engine}")
    return module.build, version({"hips": "autograd", "columns": "numpy"}.get(engine, engine))


def number(x: Any) -> float:
    return float(x.item() if hasattr(x, "item") else x)


def timed(step: Step, seconds: float) -> list[float]:
    """Return the seconds of each of many steps, at least three."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return times


def resident(what: str) -> int:
    """Return a number of bytes from Linux' account of this process: VmRSS is now, VmHWM was the most."""
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(re.search(rf"{what}:\s*(\d+)", status)[1])


def peak_of(make: Callable[..., Step], workload: workloads.Workload) -> dict[str, int]:
    """Return how far the memory of the process rises during steps, weights and batch not counted.

    A step with a batch of two comes first, so that libraries have loaded what they need.
    """
    arrays = workloads.parameters(workload)
    small = make(workload, arrays, *workloads.batch(workload, 2))
    for _ in range(3):
        small()
    step = make(workload, arrays, *workloads.batch(workload))
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = resident("VmRSS")
    pathlib.Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the most so far
    for _ in range(5):
        step()
    return {"step": resident("VmHWM") - before, "process": resident("VmHWM")}


def main(engine: str, name: str) -> None:
    """Serve requests: losses of so many steps, times for so many seconds, or the peak of memory."""
    answer = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    workload = workloads.BY_NAME[name]
    try:
        make, version = builder(engine)
    except ImportError as error:
        print(json.dumps({"skip": f"not installed here: {error}"}), file=answer)
        return
    step = None
    print(json.dumps({"version": version}), file=answer, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "memory":
            found: Any = peak_of(make, workload)
        elif request["do"] == "losses":
            try:
                step = make(workload, workloads.parameters(workload), *workloads.batch(workload))
                found = [number(step()) for _ in range(request["steps"])]
            except Exception as error:
                if engine in ("ours", "ours2", "numpy"):
                    raise
                found = {"skip": f"cannot do this: {type(error).__name__}: {error}".splitlines()[0][:200]}
            gc.collect()
            gc.freeze()  # what was imported is not searched again
        else:
            found = timed(step, request["seconds"])
        print(json.dumps(found), file=answer, flush=True)
