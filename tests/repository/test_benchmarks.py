"""The benchmarks run and compare what they say; how long anything takes is not looked at."""

import json
import subprocess
import sys

import pytest
from notebook_files import ROOT

pytest.importorskip("autograd.tensor.optim")


def ask(*arguments: str, text: str = "") -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / "tensor.py"), *arguments]
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


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
def test_the_step_by_hand_has_the_losses_of_the_engine(name, by_hand):
    losses = {}
    for engine in ("ours", by_hand):
        lines = ask("--worker", engine, name, text=json.dumps({"do": "losses", "steps": 4})).splitlines()
        losses[engine] = json.loads(lines[1])
    assert losses["ours"] == pytest.approx(losses[by_hand], rel=1e-4)
    assert name == "chain" or len(set(losses["ours"])) == 4  # training moves
