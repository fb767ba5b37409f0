"""The benchmarks run and compare what they say; how long anything takes is not looked at."""

import importlib
import json
import re
import subprocess
import sys

import pytest
from notebook_files import ROOT

pytest.importorskip("autograd.tensor.optim")


def ask(*arguments: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / "tensor.py"), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def imported(monkeypatch):
    """What imports a module of the benchmarks by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def test_a_quick_run_of_the_smallest_workload_prints_its_row_and_writes_nothing():
    numbers = ROOT / "benchmarks" / "tensor.json"
    before = numbers.stat().st_mtime_ns if numbers.exists() else None
    printed = ask("--quick", "--only", "mlp-small", "--engines", "ours", "numpy")
    assert "MLP 64-32-10, batch 32" in printed
    assert "tuned NumPy" in printed
    assert (numbers.stat().st_mtime_ns if numbers.exists() else None) == before


def test_a_run_with_both_engines_on_two_threads_prints_their_ratio_beside_the_goal():
    pytest.importorskip("torch")
    *_, last = ask("--quick", "--only", "mlp-small", "--engines", "ours2", "torch2").splitlines()
    assert "with 2 threads; ours / PyTorch = " in last
    assert "(goal ≤ 1: " in last


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [*((name, "numpy") for name in ("mlp-small", "chain", "cnn-8", "broadcast", "transformer")), ("cnn-8", "columns")],
)
def test_the_step_by_hand_has_the_losses_of_the_engine(imported, name, by_hand):
    worker, workloads = (imported(f"tensor_workloads.{module}") for module in ("worker", "workloads"))
    workload, losses = workloads.BY_NAME[name], {}
    for engine in ("ours", by_hand):
        make, _ = worker.builder(engine)
        step = make(workload, workloads.parameters(workload), *workloads.batch(workload))
        losses[engine] = [worker.number(step()) for _ in range(4)]
    assert losses["ours"] == pytest.approx(losses[by_hand], rel=1e-4)
    assert name == "chain" or len(set(losses["ours"])) == 4  # training moves


def test_every_rung_of_the_smallest_gpt_has_a_row_and_a_quick_run_writes_nothing(imported, monkeypatch, capsys):
    """The rungs do their steps in this process, and one of them in a process of its own as well."""
    pytest.importorskip("torch")
    microgpt = imported("microgpt")
    numbers = ROOT / "benchmarks" / "microgpt.json"
    before = numbers.stat().st_mtime_ns
    alone = microgpt.run("arrays", 2, 1)
    monkeypatch.setattr(sys, "argv", ["microgpt.py", "--quick"])
    monkeypatch.setattr(microgpt, "run", microgpt.worker)
    microgpt.main()
    printed = capsys.readouterr().out
    assert alone["losses"] == microgpt.worker("arrays", 2, 1)["losses"]
    rows = {line[:56].strip(): line[56:].split() for line in printed.splitlines()}
    assert rows["the reader's Value, a node per operation (chapter 8)"][2] == "1.0"
    nodes = {name: float(cells[0].replace(",", "")) for name, cells in rows.items() if name}
    assert nodes["autograd.scalar, a node per operation"] > 50_000
    assert nodes["autograd.scalar, dot and sum nodes"] < 10_000
    assert nodes["the reader's Tensor (19)"] < 100 > nodes["autograd.tensor"]
    assert numbers.stat().st_mtime_ns == before


def test_the_table_and_the_readme_say_what_was_measured():
    """What is quoted is rounded, but from the numbers of the last run."""
    rungs = json.loads((ROOT / "benchmarks" / "microgpt.json").read_text(encoding="utf-8"))["rungs"]
    table = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8").split("benchmarks/microgpt.py -->")[1]
    for rung in rungs.values():
        assert f"| {rung['nodes']:,} |" in table
    ratios = {name: rung["ratio"] for name, rung in rungs.items()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    quoted = re.search(r"on dot nodes\s+(\d+) times,\s+on arrays\s+([\d,]+) times as fast", readme)
    for text, name in zip(quoted.groups(), ("readers_dot", "readers_arrays"), strict=True):
        assert float(text.replace(",", "")) == pytest.approx(ratios[name], rel=0.15), name


def test_the_costs_of_a_cluster_are_found_again_and_foretell_two_workers(imported):
    cluster = imported("cluster")
    costs = {"step": 0.012, "part": 0.003, "byte": 2e-9}
    results = {"empty": {str(count): 0.012 + 0.003 * count for count in (1, 4, 16)}, "steps": {}}
    for name, here in zip(cluster.STEPS, (0.01, 0.08, 0.2, 0.4), strict=True):
        part, rows = cluster.bytes_of_step(name)
        results["steps"][name] = {"here": here, "1": 0.012 + 4 * 0.003 + (4 * part + rows) * 2e-9 + here}
    assert cluster.fitted(results) == pytest.approx(costs, rel=1e-9)
    foretold = cluster.predicted("MLP, 512 images", results, costs, workers=2, parts=4, byte=costs["byte"])
    part, rows = cluster.bytes_of_step("MLP, 512 images")
    assert part == 2 * 4 * (784 * 256 + 256 + 256 * 256 + 256 + 256 * 10 + 10)
    assert foretold == pytest.approx(results["steps"]["MLP, 512 images"]["1"] - 0.01 / 2)
    three = cluster.predicted("MLP, 512 images", results, costs, workers=3, parts=4, byte=costs["byte"])
    assert three == pytest.approx(foretold)  # one of the three computes two of the four parts
    grown = cluster.on_paper(results, costs)["1 Gbit/s"]
    assert grown[3] > grown[0] and len(grown) == 6
