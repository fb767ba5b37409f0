"""What a cluster gives: training steps of four sizes on one and two workers, and on paper on many machines.

    python benchmarks/cluster.py            # about two minutes; writes numbers, table and figure
    python benchmarks/cluster.py --quick    # short, and writes nothing

Each step is that of `course.cluster.data_parallel` in four parts. This process alone, one worker and two take turns,
and their losses must be equal before a time is believed. Three costs are fitted to what this process, one worker and
empty calls took: of a step, of each part, and of each byte. What they say of two workers is then held against what two
workers took, and the same formula says on paper what more workers would give over three networks.
"""

import argparse
import functools
import json
import pathlib
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tensor_workloads.report import machine, rounded  # noqa: E402

import autograd.tensor as ag  # noqa: E402
from autograd.tensor import nn, optim  # noqa: E402
from course.cluster import Cluster, data_parallel  # noqa: E402

NUMBERS = ROOT / "benchmarks" / "cluster.json"
README = ROOT / "benchmarks" / "README.md"
FIGURE = ROOT / "docs" / "cluster_benchmark.png"
START, END = "<!-- table: written by benchmarks/cluster.py -->", "<!-- end of table of benchmarks/cluster.py -->"
PARTS = 4
WORKERS = (8, 64, 512)
NETWORKS = {"1 Gbit/s": 1e9 / 8, "10 Gbit/s": 1e10 / 8, "100 Gbit/s": 1e11 / 8}  # bytes a second


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))


def cnn() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 7 * 7, 10),
    )  # fmt: skip


# The network of a step, and how many images it reads.
STEPS: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "MLP, 512 images": (mlp, 512),
    "MLP, 4,096 images": (mlp, 4096),
    "CNN, 512 images": (cnn, 512),
    "CNN, 1,024 images": (cnn, 1024),
}


def loss_of_rows(model: nn.Module, images: ag.Tensor, labels: ag.Tensor) -> ag.Tensor:
    return nn.functional.cross_entropy(model(images), labels, reduction="sum")


def bytes_sent() -> int:
    """Return how many bytes the machine has counted on its connection to itself since it was switched on."""
    return sum(count.bytes_sent for name, count in psutil.net_io_counters(pernic=True).items() if name.startswith("lo"))


def steps_of(name: str, cluster: Cluster | None, steps: int) -> tuple[list[float], list[float], float]:
    """Return the losses and the seconds of some steps, after one that is not timed, and the bytes that each sends."""
    make, rows = STEPS[name]
    ag.manual_seed(0)
    model, random = make(), np.random.default_rng(0)
    images = ag.tensor(random.random((rows, 784), dtype=np.float32))
    labels = ag.tensor(random.integers(0, 10, rows))
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    parallel = data_parallel(model, loss_of_rows, optimizer, cluster, PARTS)
    losses, seconds, before = [parallel.step(images, labels)], [], bytes_sent()
    for _ in range(steps):
        start = time.perf_counter()
        losses.append(parallel.step(images, labels))
        seconds.append(time.perf_counter() - start)
    return losses, seconds, (bytes_sent() - before) / steps


def bytes_of_step(name: str) -> tuple[int, int]:
    """Return the bytes that each part adds (the weights there, their gradients back) and those of all rows."""
    make, rows = STEPS[name]
    weights = sum(parameter.numel() * 4 for parameter in make().parameters())
    return 2 * weights, rows * (784 * 4 + 8)


def seconds_of_empty_calls(cluster: Cluster, calls: int, times: int) -> float:
    """Return the median of the seconds that some calls of a function that does nothing take together."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        list(cluster.each(abs, [(1,)] * calls))
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure(rounds: int, steps: int, calls: tuple[int, ...]) -> dict[str, Any]:
    """Return medians of seconds: of each step here, on one worker and on two; and of empty calls."""
    found: dict[str, dict[str, list[float]]] = {name: {"here": [], "1": [], "2": []} for name in STEPS}
    empty: dict[int, list[float]] = {count: [] for count in calls}
    sent: dict[str, list[float]] = {name: [] for name in STEPS}
    with Cluster(workers=1) as one, Cluster(workers=2) as two:
        for _ in range(rounds):
            for count in calls:
                empty[count].append(seconds_of_empty_calls(one, count, 5))
            for name in STEPS:
                losses = {}
                for where, cluster in (("here", None), ("1", one), ("2", two)):
                    losses[where], seconds, size = steps_of(name, cluster, steps)
                    found[name][where].append(statistics.median(seconds))
                    if where == "2":
                        sent[name].append(size)
                if not losses["here"] == losses["1"] == losses["2"]:
                    raise SystemExit(f"{name}: the losses differ: {losses}")
    return {
        "steps": {name: {k: statistics.median(v) for k, v in times.items()} for name, times in found.items()},
        "speed-up": {
            name: statistics.median(a / b for a, b in zip(times["here"], times["2"], strict=True))
            for name, times in found.items()
        },
        "bytes sent": {name: statistics.median(sizes) for name, sizes in sent.items()},
        "empty": {str(count): statistics.median(seconds) for count, seconds in empty.items()},
    }


def fitted(results: dict[str, Any]) -> dict[str, float]:
    """Return the seconds of a step without parts, of each part and of each byte, by least squares.

    The first two come from empty calls. The third is what a step on one worker takes beyond them and the time here.
    """
    calls = np.array([float(count) for count in results["empty"]])
    slope, step = np.polyfit(calls, list(results["empty"].values()), 1)
    pairs = []
    for name, times in results["steps"].items():
        part, rows = bytes_of_step(name)
        pairs.append((PARTS * part + rows, times["1"] - times["here"] - step - slope * PARTS))
    sizes, rest = np.array(pairs).T
    return {"step": float(step), "part": float(slope), "byte": max(0.0, float(sizes @ rest / (sizes @ sizes)))}


def predicted(
    name: str,
    results: dict[str, Any],
    costs: dict[str, float],
    workers: int,
    parts: int,
    byte: float,
    grow: float = 1.0,
) -> float:
    """Return the seconds of a step on some workers: latency + bytes / bandwidth + the longest share of computing.

    `grow` is how many times as many rows the step has.
    """
    part, rows = bytes_of_step(name)
    compute = results["steps"][name]["here"] * grow * -(-parts // workers) / parts
    return costs["step"] + costs["part"] * parts + (part * parts + rows * grow) * byte + compute


HEAD = ["step", "here, ms", "1 worker, ms", "2 workers, ms", "by the formula, ms", "speed-up of 2", "bytes", "sent"]


def rows_of(results: dict[str, Any], costs: dict[str, float]) -> list[list[str]]:
    rows = []
    for name, times in results["steps"].items():
        formula = predicted(name, results, costs, 2, PARTS, costs["byte"])
        part, images = bytes_of_step(name)
        shown = [f"{1000 * seconds:.0f}" for seconds in (*times.values(), formula)]
        sizes = [f"{size / 1e6:.1f} MB" for size in (PARTS * part + images, results["bytes sent"][name])]
        rows.append([name, *shown, f"{results['speed-up'][name]:.2f}", *sizes])
    return rows


PAPER_HEAD = ["network", *(f"{count} workers" for count in WORKERS), *(f"{count}, step grows" for count in WORKERS)]


def on_paper(results: dict[str, Any], costs: dict[str, float]) -> dict[str, list[float]]:
    """Return speed-ups of the largest step with as many parts as workers: of this step, then of one that grows too."""
    name = list(STEPS)[-1]
    here = results["steps"][name]["here"]
    speed = functools.partial(predicted, name, results, costs)
    return {
        network: [here / speed(count, count, 1 / rate) for count in WORKERS]
        + [count * here / speed(count, count, 1 / rate, grow=count) for count in WORKERS]
        for network, rate in NETWORKS.items()
    }


def table(results: dict[str, Any], costs: dict[str, float]) -> str:
    name = list(STEPS)[-1]
    lines = [f"Measured on: {machine()}.", ""]
    for head, rows in (
        (HEAD, rows_of(results, costs)),
        (PAPER_HEAD, [[k, *(f"{x:.2g}" for x in v)] for k, v in on_paper(results, costs).items()]),
    ):
        lines += [f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows]] + [""]
    lines.append(
        f"The costs: {1000 * costs['step']:.1f} ms a step, {1000 * costs['part']:.2f} ms a part, "
        f"{costs['byte'] * 1e9:.2f} ns a byte on this machine (in the second table, the network's). "
        f"The second table is computed, for the step *{name}*."
    )
    return "\n".join(lines)


def draw(results: dict[str, Any], costs: dict[str, float]) -> None:
    """Draw measured and computed speed-ups against the number of workers."""
    import matplotlib.pyplot as plt

    from course import figures

    name = list(STEPS)[-1]
    here = results["steps"][name]["here"]
    counts = [2**power for power in range(10)]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharey=True)
    styles = zip(NETWORKS.items(), ("orange", "blue", "green"), ("-", "--", "-."), strict=True)
    for (network, rate), color, line in styles:
        for axes, grows in ((left, False), (right, True)):
            times = [
                predicted(name, results, costs, count, count, 1 / rate, count if grows else 1.0) for count in counts
            ]
            gains = [(count if grows else 1) * here / seconds for count, seconds in zip(counts, times, strict=True)]
            axes.plot(counts, gains, line, color=figures.COLORS[color], label=f"computed, {network}")
    measured = [here / results["steps"][name][where] for where in ("1", "2")]
    for axes, title in ((left, "the same step"), (right, "a step that grows with the workers")):
        axes.plot(counts, counts, ":", color="0.5", label="as many times as workers")
        axes.set(xscale="log", yscale="log", xlabel="workers", title=title)
    left.plot((1, 2), measured, "D", color=figures.COLORS["red"], label="measured on this machine")
    left.set_ylabel("times as fast as one machine")
    left.legend(fontsize=8)
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=110)
    plt.close(figure)


def write(results: dict[str, Any], costs: dict[str, float]) -> None:
    """Write numbers, figure and tables."""
    kept = {"machine": machine(), **rounded(results), "costs": costs, "on paper": rounded(on_paper(results, costs))}
    NUMBERS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draw(results, costs)
    before, rest = README.read_text(encoding="utf-8").split(START)
    README.write_text(f"{before}{START}\n{table(results, costs)}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    print(f"\nwritten: {', '.join(str(path.relative_to(ROOT)) for path in (NUMBERS, README, FIGURE))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds and steps, and nothing is written")
    options = parser.parse_args()
    results = measure(1, 1, (1, 8)) if options.quick else measure(7, 5, (1, 4, 16, 64))
    costs = fitted(results)
    print(table(results, costs))
    if not options.quick:
        write(results, costs)


if __name__ == "__main__":
    main()
