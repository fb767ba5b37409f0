"""The smallest GPT on every rung: nodes and time of a training step, from single numbers to arrays.

    python benchmarks/microgpt.py            # about two minutes; writes numbers, table and figure
    python benchmarks/microgpt.py --quick    # short, and writes nothing

The model is that of `course.microgpt`, and a step trains it on one name. Each rung runs in a process of its own, with
one thread; rungs take turns and do the same steps, on the same names, from the same weights. All losses must agree with
PyTorch's recorded ones before a time is believed. Times are those of the processor, so that other programs count less.
The reader's engine is the course's own in these processes.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tensor_workloads.report import machine, milliseconds, rounded  # noqa: E402

from course import datasets, microgpt, reference  # noqa: E402

NUMBERS = ROOT / "benchmarks" / "microgpt.json"
README = ROOT / "benchmarks" / "README.md"
FIGURE = ROOT / "docs" / "microgpt_benchmark.png"
START, END = "<!-- table: written by benchmarks/microgpt.py -->", "<!-- end of table of benchmarks/microgpt.py -->"
STEPS = 10  # as many as PyTorch's losses are recorded for


def readers_numbers(begin: microgpt.Start) -> microgpt.Rung:
    from course import mine

    return microgpt.by_number(mine.chapter(8).Value, begin)


def readers_dot(begin: microgpt.Start) -> microgpt.Rung:
    from course import mine

    engine = mine.chapter(9)
    return microgpt.by_number(engine.Value, begin, engine.dot)


def readers_arrays(begin: microgpt.Start) -> microgpt.Rung:
    from course import mine

    return microgpt.by_array(mine.chapter(19), begin)


def numbers(begin: microgpt.Start) -> microgpt.Rung:
    from autograd.scalar import Value

    return microgpt.by_number(Value, begin)


def dot(begin: microgpt.Start) -> microgpt.Rung:
    from autograd.scalar import Value

    return microgpt.by_number(Value, begin, Value.dot, Value.sum)


def arrays(begin: microgpt.Start) -> microgpt.Rung:
    import autograd.tensor

    return microgpt.by_framework(autograd.tensor, begin)


def pytorch(begin: microgpt.Start) -> microgpt.Rung:
    import torch

    torch.set_num_threads(1)
    return microgpt.by_framework(torch, begin)


# The function that makes a rung, and what it is called; times are compared with the first.
RUNGS: dict[str, tuple[Callable[[microgpt.Start], microgpt.Rung], str]] = {
    "readers_numbers": (readers_numbers, "the reader's Value, a node per operation (chapter 8)"),
    "readers_dot": (readers_dot, "the reader's Value, dot nodes (9)"),
    "readers_arrays": (readers_arrays, "the reader's Tensor (19)"),
    "numbers": (numbers, "autograd.scalar, a node per operation"),
    "dot": (dot, "autograd.scalar, dot and sum nodes"),
    "arrays": (arrays, "autograd.tensor"),
    "pytorch": (pytorch, "PyTorch, 1 thread"),
}


def worker(rung: str, steps: int, times: int) -> dict[str, Any]:
    """Do some steps several times, each time from the same start; a first step, which is not counted, warms up."""
    begin, done = microgpt.start(datasets.names()), []
    make = RUNGS[rung][0]
    list(microgpt.train(make(begin), begin.names, 1))
    for _ in range(times):
        done += microgpt.train(make(begin), begin.names, steps, clock=time.process_time)
    return {
        "losses": [step.loss for step in done[:steps]],
        "nodes": round(statistics.mean(step.nodes for step in done)),
        "seconds": [step.seconds for step in done],
    }


def run(rung: str, steps: int, times: int) -> dict[str, Any] | None:
    """Return what a worker measured; None where PyTorch is not installed."""
    if rung == "pytorch" and not reference.installed():
        return None
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, __file__, "--worker", rung, str(steps), str(times)]
    environment = os.environ | threads | {"COURSE_ANSWERS": "off"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{rung}:\n{result.stderr}")
    return json.loads(result.stdout)


def measure(rounds: int, steps: int, passes: int) -> dict[str, Any]:
    """Return for each rung the nodes of a step, its milliseconds, and the ratio to the first, in the same rounds."""
    expected = reference.recorded("microgpt")["losses"]
    seconds: dict[str, list[float]] = {}
    nodes: dict[str, int] = {}
    for _ in range(rounds):
        for rung in RUNGS:
            found = run(rung, steps, 1 if "numbers" in rung else passes if "dot" in rung else 20 * passes)
            if found is None:
                continue
            for ours, theirs in zip(found["losses"], expected, strict=False):
                if abs(ours - theirs) > 1e-9 * theirs:
                    raise SystemExit(f"{rung}: loss {ours!r}, recorded from PyTorch {theirs!r}")
            nodes[rung] = found["nodes"]
            seconds.setdefault(rung, []).append(statistics.median(found["seconds"]))
    first = seconds["readers_numbers"]
    return {
        rung: {
            "nodes": nodes[rung],
            "milliseconds": 1000 * statistics.median(found),
            "ratio": statistics.median(one / other for one, other in zip(first, found, strict=True)),
        }
        for rung, found in seconds.items()
    }


def row(rung: str, found: dict[str, float]) -> list[str]:
    ratio = found["ratio"]
    times = f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"
    return [RUNGS[rung][1], f"{found['nodes']:,}", milliseconds(found["milliseconds"]), times]


HEAD = ["", "nodes of a step", "ms a step", "times as fast"]


def table(results: dict[str, Any]) -> str:
    versions = f"PyTorch {reference.recorded_version()}" if "pytorch" in results else "without PyTorch"
    lines = [f"Measured on: {machine()}; {versions}.", ""]
    rows = [HEAD, ["---"] * len(HEAD), *(row(rung, found) for rung, found in results.items())]
    return "\n".join(lines + [f"| {' | '.join(cells)} |" for cells in rows])


def draw(results: dict[str, Any]) -> None:
    """Draw the time of a step against its nodes, both on logarithmic axes."""
    import matplotlib.pyplot as plt

    from course import figures

    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    kinds = {
        "the engine of the chapters": ("D", "orange", [rung for rung in results if rung.startswith("readers")]),
        "the package": ("o", "blue", ["numbers", "dot", "arrays"]),
        "PyTorch": ("s", "red", [rung for rung in results if rung == "pytorch"]),
    }
    for label, (marker, color, rungs) in kinds.items():
        points = [(results[rung]["nodes"], results[rung]["milliseconds"]) for rung in rungs]
        if points:
            axes.plot(*zip(*points, strict=True), marker + "-", color=figures.COLORS[color], label=label)
    axes.set(xscale="log", yscale="log", xlabel="nodes of a step, weights included", ylabel="time of a step (ms)")
    axes.set_title("The smallest GPT: fewer nodes, the same loss")
    axes.legend()
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=110)
    plt.close(figure)


def write(results: dict[str, Any]) -> None:
    """Write numbers, figure and table."""
    text = json.dumps({"machine": machine(), "rungs": rounded(results)}, indent=1, ensure_ascii=False)
    NUMBERS.write_text(text + "\n", encoding="utf-8")
    draw(results)
    before, rest = README.read_text(encoding="utf-8").split(START)
    README.write_text(f"{before}{START}\n{table(results)}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    print(f"\nwritten: {', '.join(str(path.relative_to(ROOT)) for path in (NUMBERS, README, FIGURE))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds and steps, and nothing is written")
    parser.add_argument("--worker", nargs=3, metavar=("RUNG", "STEPS", "TIMES"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        rung, steps, times = options.worker
        print(json.dumps(worker(rung, int(steps), int(times))))
        return
    results = measure(1, 2, 1) if options.quick else measure(5, STEPS, 3)
    for cells in [HEAD, *(row(rung, found) for rung, found in results.items())]:
        print(f"{cells[0]:56}" + "".join(f"{cell:>17}" for cell in cells[1:]))
    if not options.quick:
        write(results)


if __name__ == "__main__":
    main()
