"""The tensor engine beside hand-written NumPy and its peers: training steps in float32.

    python benchmarks/tensor.py                      # about six minutes; writes table, figure and numbers
    python benchmarks/tensor.py --only chain         # one workload, whose row is written anew
    python benchmarks/tensor.py --quick              # short, and writes nothing

Each engine runs in a process of its own. For a workload all processes are started with the same weights and the same
batch, and their losses over several steps must agree. Then they take turns, a short burst of steps each, and the
ratio of medians is taken in each round: the load of a machine changes, but not much within a round.

Peers that live in another environment are named by its interpreter: --python-hips ../hips/bin/python. A peer that is
not installed is left out, with a message.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time
from typing import Any

from tensor_workloads import report, worker, workloads
from tensor_workloads.workloads import Workload

ENGINES = ("ours", "ours2", "numpy", "columns", "torch1", "torch2", "mygrad", "hips", "tinygrad")
STEPS, TOLERANCE = 5, 1e-4
MEMORY_RUNS = 3


class Skipped(Exception):
    """An engine that is not installed, or cannot do a workload."""


class Engine:
    """A process that does the steps of one workload with one engine."""

    def __init__(self, name: str, workload: Workload, python: str) -> None:
        threads = "2" if name in ("ours2", "torch2") else "1"
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        for key in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUM_CPU_THREADS"):
            environment[key] = threads
        environment |= {
            "DEV": "CPU",
            "TRAINING": "1",
        }  # for tinygrad, which calls clang, which may be installed beside the interpreter
        environment["PATH"] = os.pathsep.join([str(pathlib.Path(python).parent), environment.get("PATH", "")])
        self.name = name
        self.process = subprocess.Popen(
            [python, __file__, "--worker", name, workload.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.version = self.answer()["version"]

    def answer(self) -> Any:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended with code {self.process.wait()}")
        found = json.loads(line)
        if isinstance(found, dict) and "skip" in found:
            self.close()
            raise Skipped(found["skip"])
        return found

    def ask(self, **request: Any) -> Any:
        """Send one request and return its answer; nothing else runs meanwhile."""
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return self.answer()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def started(names: list[str], workload: Workload, pythons: dict[str, str]) -> tuple[dict[str, Engine], dict[str, str]]:
    """Start the engines and compare their losses; return those that run, and why the others do not."""
    engines, skipped, losses = {}, {}, {}
    for name in names:
        try:
            engine = Engine(name, workload, pythons[name])
            losses[name] = engine.ask(do="losses", steps=STEPS)
            engines[name] = engine
        except Skipped as reason:
            skipped[name] = str(reason)
    for name, found in losses.items():
        for step, (ours, theirs) in enumerate(zip(losses["ours"], found, strict=True)):
            if not math.isclose(ours, theirs, rel_tol=TOLERANCE):
                raise SystemExit(f"{workload.name}, step {step}: the loss of ours is {ours!r}, of {name} {theirs!r}")
    return engines, skipped


def spread(values: list[float]) -> dict[str, float]:
    """Return the median, and the quartiles as low and high."""
    low, median, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": median, "low": low, "high": high}


def measure(workload: Workload, names: list[str], pythons: dict[str, str], rounds: int, seconds: float) -> Any:
    """Return times and ratios of one workload."""
    engines, skipped = started(names, workload, pythons)
    for engine in engines.values():
        engine.ask(do="time", seconds=seconds)
    medians: dict[str, list[float]] = {name: [] for name in engines}
    order = list(engines)
    for _ in range(rounds):
        for name in order:
            medians[name].append(statistics.median(engines[name].ask(do="time", seconds=seconds)))
            time.sleep(0.005)  # threads that wait for work by spinning go to sleep
        order.append(order.pop(0))
    pairs = {name: ("ours", name) for name in engines if name not in ("ours", "ours2")}
    if {"ours2", "torch2"} <= set(engines):
        pairs[report.TWO_THREADS] = ("ours2", "torch2")
    ratios = {
        key: spread([ours / theirs for ours, theirs in zip(medians[first], medians[second], strict=True)])
        for key, (first, second) in pairs.items()
    }
    for engine in engines.values():
        engine.close()
    return {
        "milliseconds": {name: 1000 * statistics.median(found) for name, found in medians.items()},
        "ratios": ratios,
        "versions": {name: engine.version for name, engine in engines.items()},
        "skipped": skipped,
    }


def memory(workload: Workload, pythons: dict[str, str]) -> dict[str, Any]:
    """Return the peaks of memory, in bytes, of ours and of PyTorch; empty where this cannot be asked."""
    found: dict[str, Any] = {}
    for name in ("ours", "numpy", "torch1"):
        try:
            peaks = []
            for _ in range(MEMORY_RUNS):
                engine = Engine(name, workload, pythons[name])
                peaks.append(engine.ask(do="memory"))
                engine.close()
        except Skipped:
            continue
        found[name] = {key: statistics.median(peak[key] for peak in peaks) for key in peaks[0]}
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short bursts, few rounds, no memory; nothing is written")
    parser.add_argument("--only", action="append", choices=list(workloads.BY_NAME), help="measure this workload only")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES, help="nothing is written")
    parser.add_argument("--report", action="store_true", help="draw and write again from the stored numbers")
    for name in ("mygrad", "hips", "tinygrad"):
        parser.add_argument(f"--python-{name}", metavar="PATH", default=sys.executable, help="its interpreter")
    parser.add_argument("--worker", nargs=2, metavar=("ENGINE", "WORKLOAD"), help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.worker:
        worker.main(*options.worker)
        return
    if options.report:
        report.write(report.stored())
        return
    pythons = {name: getattr(options, f"python_{name}", sys.executable) for name in ENGINES}
    names = [name for name in ENGINES if name in options.engines or name == "ours"]
    writes = not options.quick and names == list(ENGINES)
    results = {}
    for name in options.only or workloads.BY_NAME:
        workload = workloads.BY_NAME[name]
        found = measure(workload, names, pythons, *((4, 0.05) if options.quick else (15, 0.25)))
        if writes and workload.memory_goal and report.can_measure_memory():
            found["memory"] = memory(workload, pythons)
        results[name] = found
        print(report.row(workload, found), flush=True)
    if writes:
        report.write(report.stored() | results)


if __name__ == "__main__":
    main()
