"""Which part of the repository may import which: the contracts stand in pyproject.toml, those of notebooks here."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from notebook_files import EVERY, ROOT, cells, name

LINT = shutil.which("lint-imports", path=str(Path(sys.executable).parent))


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
        ("course/exercises/ch01.py", "from course import checks", "No circle"),
        ("course/merge.py", "from course import copy", "No circle"),
    ],
)
def test_a_wrong_import_breaks_its_contract(tmp_path, path, line, contract):
    for package in ("autograd", "course"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    changed = tmp_path / path
    changed.write_text(f"def late():\n    {line}\n\n\n{changed.read_text(encoding='utf-8')}", encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1
    broken = " ".join(done.stdout.split()).split("BROKEN")[:-1]
    assert any(contract in text for text in broken)


# What chapters may use besides the standard library.
OURS = {"autograd", "course"}
OTHERS = {"matplotlib", "numpy", "sklearn", "threadpoolctl", "torch", "tqdm"}  # threadpoolctl comes with scikit-learn


def imported(source):
    """Return the full names of the modules that a cell imports, wherever in the cell."""
    names = []
    for node in ast.walk(ast.parse(TransformerManager().transform_cell(source))):
        if isinstance(node, ast.Import):
            names += [part.name for part in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append("." * node.level + (node.module or ""))
    return names


def forbidden(source):
    """Return what a cell imports and may not: what is not on the list, a private part of ours, or what is not there."""
    wrong = []
    for module in imported(source):
        top, *inside = module.split(".")
        if top in OURS:
            wrong += [module] * (any(part.startswith("_") for part in inside) or not importlib.util.find_spec(module))
        elif top not in OTHERS | sys.stdlib_module_names:
            wrong.append(module)
    return wrong


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_a_notebook_imports_the_course_the_package_and_what_is_on_the_list(path):
    sources = [cell["source"] for cell in cells(path, "code")]
    assert any("course" in module for source in sources for module in imported(source))
    assert [module for source in sources for module in forbidden(source)] == []


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("import pandas as pd", "pandas"),
        ("def late():\n    from scipy import stats", "scipy"),
        ("import os, micrograd.engine", "micrograd.engine"),
        ("%matplotlib inline\nfrom .engine import Value", ".engine"),
        ("from autograd.scalar import Value\nfrom autograd.tensor._hidden import x", "autograd.tensor._hidden"),
        ("import course.nowhere", "course.nowhere"),
    ],
)
def test_another_import_in_a_notebook_is_found(source, module):
    assert forbidden(source) == [module]
