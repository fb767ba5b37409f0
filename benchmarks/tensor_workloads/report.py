"""What was measured, as text, as numbers, as a figure, and as the table in benchmarks/README.md."""

import json
import os
import pathlib
import platform
import sys
from typing import Any

from tensor_workloads.workloads import BY_NAME, Workload

ROOT = pathlib.Path(__file__).resolve().parents[2]
NUMBERS = ROOT / "benchmarks" / "tensor.json"
README = ROOT / "benchmarks" / "README.md"
FIGURE = ROOT / "docs" / "tensor_benchmark.png"
START, END = "<!-- table: written by benchmarks/tensor.py -->", "<!-- end of table -->"
NAMES = {
    "ours": "autograd.tensor",
    "ours2": "autograd.tensor, 2 threads",
    "numpy": "tuned NumPy",
    "columns": "tuned NumPy, columns",
    "torch1": "PyTorch, 1 thread",
    "torch2": "PyTorch, 2 threads",
    "mygrad": "MyGrad",
    "hips": "HIPS autograd",
    "tinygrad": "tinygrad",
}
PEERS = ("mygrad", "hips", "tinygrad")
TWO_THREADS = "two threads"  # the ratio of ours to PyTorch, each with two threads


def goals(workload: Workload) -> dict[str, float]:
    """Return the largest ratio to each engine that has one."""
    return workload.goals | dict.fromkeys((*PEERS, TWO_THREADS), 1.0)


def milliseconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def verdict(ratio: float, goal: float | None) -> str:
    return "" if goal is None else f" (goal ≤ {goal:g}: {'reached' if ratio <= goal else 'MISSED'})"


def memory_ratio(found: dict[str, Any]) -> float | None:
    peaks = found.get("memory", {})
    return peaks["ours"]["step"] / peaks["torch1"]["step"] if {"ours", "torch1"} <= set(peaks) else None


def row(workload: Workload, found: dict[str, Any]) -> str:
    """Return the lines that are printed for one workload."""
    lines = [f"\n{workload.title}: {milliseconds(found['milliseconds']['ours'])} ms a step"]
    for name, ratio in found["ratios"].items():
        result = f"{ratio['median']:.2f}  [{ratio['low']:.2f}–{ratio['high']:.2f}]"
        result += verdict(ratio["median"], goals(workload).get(name))
        if name == TWO_THREADS:
            lines.append(
                f"  {milliseconds(found['milliseconds']['ours2'])} ms with 2 threads; ours / PyTorch = {result}"
            )
        else:
            time = milliseconds(found["milliseconds"][name])
            lines.append(f"  {NAMES[name]:20}{time:>8} ms   ours / this = {result}")
    lines += [f"  {NAMES[name]:20}left out: {reason}" for name, reason in found["skipped"].items()]
    ratio = memory_ratio(found)
    if ratio is not None:
        peaks = ", ".join(f"{NAMES[name]} {peak['step'] / 2**20:.1f} MiB" for name, peak in found["memory"].items())
        lines.append(f"  peak memory: {peaks}; ours / PyTorch = {ratio:.2f}{verdict(ratio, workload.memory_goal)}")
    return "\n".join(lines)


def can_measure_memory() -> bool:
    return os.access("/proc/self/clear_refs", os.W_OK)


def stored() -> dict[str, Any]:
    """Return the results of earlier runs by workload."""
    return json.loads(NUMBERS.read_text(encoding="utf-8"))["workloads"] if NUMBERS.exists() else {}


def processor() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def machine() -> str:
    return f"{processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def write(results: dict[str, Any]) -> None:
    """Write numbers, figure and table."""
    results = {name: results[name] for name in BY_NAME if name in results}
    text = json.dumps({"machine": machine(), "workloads": rounded(results)}, indent=1, ensure_ascii=False)
    NUMBERS.write_text(text + "\n", encoding="utf-8")
    draw(results)
    before, rest = README.read_text(encoding="utf-8").split(START)
    after = rest.split(END)[1]
    README.write_text(f"{before}{START}\n{table(results)}\n{END}{after}", encoding="utf-8")
    print(f"\nwritten: {', '.join(str(path.relative_to(ROOT)) for path in (NUMBERS, README, FIGURE))}")


def rounded(x: Any) -> Any:
    """Return nested results with four digits of each number."""
    if isinstance(x, dict):
        return {key: rounded(value) for key, value in x.items()}
    return float(f"{x:.4g}") if isinstance(x, float) else x


def table(results: dict[str, Any]) -> str:
    """Return two tables in Markdown: ratios with goals, and times."""
    versions = {name: version for found in results.values() for name, version in found["versions"].items()}
    listed = ", ".join(
        f"{NAMES[name]} {version}"
        for name, version in versions.items()
        if name not in ("ours", "ours2", "columns", "torch2")
    )
    lines = [f"Measured on: {machine()}; {listed.replace('tuned NumPy', 'NumPy').replace(', 1 thread', '')}.", ""]
    shown = [name for name in NAMES if name != "ours" and name in versions]
    peers = [name for name in shown if name != "ours2"]
    titles = [*(NAMES[name] for name in peers), "our two threads / PyTorch's two", "peak memory, ours / PyTorch"]
    lines += [f"| ours / … | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for name, found in results.items():
        workload = BY_NAME[name]
        cells = [cell(found["ratios"].get(peer), goals(workload).get(peer)) for peer in (*peers, TWO_THREADS)]
        ratio = memory_ratio(found)
        cells.append("" if ratio is None else mark(f"{ratio:.2f}", ratio, workload.memory_goal))
        lines.append(f"| {workload.title} | {' | '.join(cells)} |")
    lines += ["", f"| ms a step | {' | '.join(NAMES[name] for name in ('ours', *shown))} |"]
    lines += ["|---" * (len(shown) + 2) + "|"]
    for name, found in results.items():
        times = found["milliseconds"]
        cells = [milliseconds(times[engine]) if engine in times else "–" for engine in ("ours", *shown)]
        lines.append(f"| {BY_NAME[name].title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(ratio: dict[str, float] | None, goal: float | None) -> str:
    if ratio is None:
        return "–"
    return mark(f"{ratio['median']:.2f} [{ratio['low']:.2f}–{ratio['high']:.2f}]", ratio["median"], goal)


def mark(text: str, ratio: float, goal: float | None) -> str:
    """Return a ratio with its goal; in bold where the goal is missed."""
    if goal is None:
        return text
    return f"{text} ≤ {goal:g}" if ratio <= goal else f"**{text} > {goal:g}**"


def draw(results: dict[str, Any]) -> None:
    """Draw each engine's time, relative to tuned NumPy's, for every workload."""
    sys.path.insert(0, str(ROOT))
    import matplotlib.pyplot as plt

    from course import figures

    colors = ("blue", "black", "grey", "red", "orange", "green", "sky", "purple")
    drawn = [name for name in NAMES if name != "ours2"]
    figure, axes = plt.subplots(figsize=(9, 4.2), layout="constrained")
    for i, engine in enumerate(drawn):
        points = [
            (found["milliseconds"][engine] / found["milliseconds"]["numpy"], place)
            for place, found in enumerate(results.values())
            if engine in found["milliseconds"]
        ]
        color = figures.COLORS[colors[i]]
        style = {"marker": "D", "s": 60, "zorder": 3} if engine == "ours" else {"marker": "o", "s": 36}
        axes.scatter(*zip(*points, strict=True), color=color, label=NAMES[engine], **style) if points else None
    axes.axvline(1, color="0.7", linewidth=1, zorder=0)
    axes.set(xscale="log", xlabel="time of a step, relative to tuned NumPy (shorter is better)")
    axes.set_yticks(range(len(results)), [BY_NAME[name].title for name in results])
    axes.invert_yaxis()
    axes.set_title("Training steps in float32")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=110)
    plt.close(figure)
