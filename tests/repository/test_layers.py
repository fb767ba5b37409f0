"""Which part of the repository may import which: the contracts stand in pyproject.toml."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
LINT = shutil.which("lint-imports", path=str(pathlib.Path(sys.executable).parent))


def lint(folder):
    return subprocess.run(
        [LINT, "--no-cache", "--config", "pyproject.toml"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_contract_is_kept():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert "Contracts: 5 kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("autograd/draw.py", "import course", "The course uses the package"),
        ("autograd/tensor/table/shapes.py", "from autograd.tensor.api import dtypes", "arrows point one way"),
        ("autograd/tensor/core/tape.py", "from autograd.tensor.table import kernels", "The core needs NumPy"),
        ("autograd/tensor/core/tape.py", "from autograd import draw", "The core needs NumPy"),
        ("autograd/scalar/nn.py", "import numpy", "The scalar engine needs the standard library"),
        ("autograd/tensor/core/modes.py", "from autograd.tensor.core import tensor", "No circle"),
    ],
)
def test_a_wrong_import_breaks_its_contract(tmp_path, path, line, contract):
    for name in ("autograd", "course"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    changed = tmp_path / path
    changed.write_text(f"def late():\n    {line}\n\n\n{changed.read_text(encoding='utf-8')}", encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1
    broken = " ".join(done.stdout.split()).split("BROKEN")[:-1]
    assert any(contract in text for text in broken)
