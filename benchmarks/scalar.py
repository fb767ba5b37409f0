"""The scalar engine beside micrograd: one training step, memory per node, and time against depth.

    python benchmarks/scalar.py            # about three minutes
    python benchmarks/scalar.py --quick    # about one

Each engine runs in a process of its own, engines take turns, and medians are compared: machines are noisy, ratios in
one run are not. A step is: loss of an MLP 2-16-16-1 on 100 moons (hinge loss and L2), zero the gradients, backward,
descend. The weights are the same for all, and the losses of all steps must agree before a time is believed.
"""

import argparse
import gc
import json
import pathlib
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FIGURE = ROOT / "docs" / "scalar_benchmark.png"
ENGINES = {
    "micrograd": "micrograd",
    "node": "autograd.scalar, a node per operation",
    "dot": "autograd.scalar, dot nodes",
}
SIZES = (2, 16, 16, 1)
DEPTHS = (500, 1_000, 10_000, 100_000, 1_000_000)


def value_class(engine: str) -> type:
    if engine == "micrograd":
        from micrograd.engine import Value
    else:
        from autograd.scalar import Value
    return Value


def training_step(engine: str, points: list[list[float]], signs: list[int]) -> Callable[[], float]:
    """Return a function that does one full-batch step and returns the loss before it."""
    Value = value_class(engine)
    rng = random.Random(0)
    layers = [
        [([Value(rng.uniform(-1, 1)) for _ in range(fan_in)], Value(0.0)) for _ in range(fan_out)]
        for fan_in, fan_out in zip(SIZES, SIZES[1:], strict=False)
    ]
    parameters = [p for layer in layers for weights, bias in layer for p in (*weights, bias)]

    def one_by_one(xs: list[Any], ys: list[Any], start: Any) -> Any:
        return sum((x * y for x, y in zip(xs, ys, strict=True)), start)

    def fused(xs: list[Any], ys: list[Any], start: Any) -> Any:
        return Value.dot(xs, ys) + start

    dot, total = (fused, Value.sum) if engine == "dot" else (one_by_one, sum)

    def step() -> float:
        losses = []
        for point, sign in zip(points, signs, strict=True):
            signals = [Value(x) for x in point]
            for layer in layers:
                signals = [dot(weights, signals, bias) for weights, bias in layer]
                if layer is not layers[-1]:
                    signals = [signal.relu() for signal in signals]
            losses.append((1 + -sign * signals[0]).relu())
        loss = total(losses) * (1.0 / len(losses)) + 1e-4 * dot(parameters, parameters, 0.0)
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad
        step.root = loss
        return loss.data

    return step


def count_nodes(root: Any) -> int:
    """Return how many nodes a graph has, leaves included, in either engine."""
    seen, stack = {root}, [root]
    while stack:
        node = stack.pop()
        for parent in node.parents if hasattr(node, "parents") else node._prev:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return len(seen)


def chain(Value: type, depth: int) -> Any:
    one = node = Value(1.0)
    for _ in range(depth):
        node = node + one
    return node


def worker(engine: str, task: str, steps: int) -> dict[str, Any]:
    """Measure one engine in this process; the caller started it for nothing else."""
    Value = value_class(engine)
    if task == "step":
        step = training_step(engine, *json.load(sys.stdin))
        losses, times = [step()], []
        nodes = count_nodes(step.root)
        for _ in range(steps):
            start = time.perf_counter()
            losses.append(step())
            times.append(time.perf_counter() - start)
        return {"losses": losses, "times": times, "nodes": nodes}
    if task == "memory":
        gc.collect()
        tracemalloc.start()
        root = chain(Value, 100_000)
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        del root
        return {"bytes": size / 100_000}
    seconds = {}
    for depth in DEPTHS:
        try:
            start = time.perf_counter()
            chain(Value, depth).backward()  # freed at the end of the line
            seconds[depth] = time.perf_counter() - start
        except RecursionError:
            break
    return {"depths": seconds}


def run(engine: str, task: str, steps: int = 0, data: str = "") -> dict[str, Any]:
    command = [sys.executable, __file__, "--worker", engine, task, str(steps)]
    result = subprocess.run(command, input=data, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{engine}, {task}:\n{result.stderr}")
    return json.loads(result.stdout)


def measure_steps(rounds: int, steps: int) -> dict[str, dict[str, Any]]:
    from course import datasets

    points, labels = datasets.moons(100, noise=0.1, seed=0)
    data = json.dumps([points, [2 * label - 1 for label in labels]])
    results: dict[str, dict[str, Any]] = {engine: {"times": []} for engine in ENGINES}
    for _ in range(rounds):
        for engine in ENGINES:
            # The quick engines do more steps, so that every median rests on a similar time.
            found = run(engine, "step", steps if engine == "micrograd" else 4 * steps, data)
            results[engine]["times"] += found["times"]
            results[engine] |= {"losses": found["losses"], "nodes": found["nodes"]}
    expected = results["micrograd"]["losses"]
    for engine, found in results.items():
        for ours, theirs in zip(found["losses"], expected, strict=False):
            assert abs(ours - theirs) < 1e-9 * abs(theirs), f"{engine}: loss {ours!r}, micrograd {theirs!r}"
    return results


def draw(steps: dict[str, Any], depths: dict[str, dict[str, float]], ratios: dict[str, float]) -> None:
    import matplotlib.pyplot as plt

    from course import figures

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    names = ["micrograd", "a node per\noperation", "dot nodes"]
    medians = [1000 * statistics.median(steps[engine]["times"]) for engine in ENGINES]
    colors = [figures.COLORS[name] for name in ("red", "sky", "blue")]
    left.bar(names, medians, color=colors)
    for position, (engine, median) in enumerate(zip(ENGINES, medians, strict=True)):
        left.annotate(f"{ratios[engine]:.0f}×", (position, median), ha="center", va="bottom")
    left.set(yscale="log", ylabel="time per step (ms)", ylim=(min(medians) / 3, max(medians) * 3))
    left.set_title("Fewer, lighter nodes: faster")
    for (engine, seconds), style, color in zip(depths.items(), ("s", "o-"), colors[::2], strict=True):
        right.plot([int(depth) for depth in seconds], list(seconds.values()), style, color=color, label=engine)
    right.set(xscale="log", yscale="log", xlabel="depth of the chain (nodes)", ylabel="time (s)")
    right.set_title("A million nodes deep, without recursion")
    right.legend()
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds and steps")
    parser.add_argument("--worker", nargs=3, metavar=("ENGINE", "TASK", "STEPS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        engine, task, steps = options.worker
        print(json.dumps(worker(engine, task, int(steps))))
        return

    steps = measure_steps(rounds=2 if options.quick else 5, steps=3 if options.quick else 5)
    base = statistics.median(steps["micrograd"]["times"])
    ratios = {engine: base / statistics.median(found["times"]) for engine, found in steps.items()}
    print(f"{'':40}{'ms/step':>10}{'ratio':>8}{'nodes':>10}{'nodes/s':>12}{'bytes/node':>12}")
    for engine, name in ENGINES.items():
        median, nodes = statistics.median(steps[engine]["times"]), steps[engine]["nodes"]
        memory = "" if engine == "dot" else f"{run(engine, 'memory')['bytes']:.0f}"
        print(f"{name:40}{1000 * median:10.1f}{ratios[engine]:8.1f}{nodes:10,}{nodes / median:12,.0f}{memory:>12}")

    depths = {
        name: run(engine, "depth")["depths"] for name, engine in (("micrograd", "micrograd"), ("autograd", "node"))
    }
    print("\nforward, backward and freeing of a chain, µs per node")
    for name, seconds in depths.items():
        row = [f"{1e6 * seconds[str(d)] / d:12.2f}" if str(d) in seconds else f"{'recursion':>12}" for d in DEPTHS]
        print(f"{name:12}" + "".join(row))
    draw(steps, depths, ratios)
    print(f"\nfigure: {FIGURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
