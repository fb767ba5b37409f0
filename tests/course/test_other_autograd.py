"""A package from elsewhere has our import name, and Colab has it preinstalled: notebooks must get ours all the same."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from installed import MUST_RUN
from notebook_files import CHAPTERS, ROOT, cells

# The folder into which .ci/run has installed the real package before the tests, which make no requests.
REAL = os.environ.get("OTHER_AUTOGRAD")
STAND_IN = {
    "__init__.py": "from .core import grad\nfrom . import numpy",
    "core.py": "def grad(function):\n    raise NotImplementedError('this is not the course')",
    "numpy/__init__.py": "from numpy import *",
    "optim.py": "",
    "scipy/__init__.py": "",
}


@pytest.fixture(scope="module", params=["stand-in", "real"])
def python(request, tmp_path_factory) -> Path:
    """Return a Python that has everything this one has, and another package named `autograd` beside it."""
    if request.param == "real" and not REAL:
        assert not MUST_RUN, "OTHER_AUTOGRAD must name a folder with the real package"
        pytest.skip("OTHER_AUTOGRAD names no folder with the real package, as it does in .ci/run")
    home = tmp_path_factory.mktemp("other") / "venv"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    found = next(home.glob("**/site-packages"))
    paths = [entry for entry in sys.path if entry.endswith("site-packages")]
    (found / "outer.pth").write_text("\n".join(paths), encoding="utf-8")
    if request.param == "real":
        shutil.copytree(REAL, found, dirs_exist_ok=True)
    else:
        for name, text in STAND_IN.items():
            (found / "autograd" / name).parent.mkdir(exist_ok=True)
            (found / "autograd" / name).write_text(text, encoding="utf-8")
    return next(path for path in (home / "bin" / "python", home / "Scripts" / "python.exe") if path.exists())


def run(python: Path, program: str, folder: Path) -> str:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [str(python), "-c", program]
    result = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_the_other_package_is_what_python_finds_by_itself(python, tmp_path):
    assert "site-packages" in run(python, "import autograd; print(autograd.__file__)", tmp_path)


@pytest.mark.parametrize("already", ["", "import autograd, autograd.numpy, autograd.core\n"], ids=["fresh", "imported"])
def test_after_the_bootstrap_cell_it_is_ours(python, already):
    program = already + cells(CHAPTERS[0], "code")[0]["source"] + "\nimport autograd\nprint(autograd.__file__)"
    assert Path(run(python, program, ROOT / "notebooks")) == ROOT / "autograd" / "__init__.py"


def test_a_chapter_runs_beside_it(python):
    # All code of chapter 00 as one program: a kernel would only add the same start-up to it. Nothing is learnt from
    # more than two rounds of training, in the picture that moves too, so the network is not asked to be right.
    code = [cell["source"] for cell in cells(CHAPTERS[0], "code") if "%" not in cell["source"][:1]]
    program = "import matplotlib; matplotlib.use('Agg')\n" + "\n".join(code)
    for long, short in {
        "epochs=150": "epochs=2",
        "epochs=30": "epochs=2",
        "moving.training()": "moving.training(rounds=2)",
        "assert right >= 97\n": "",
    }.items():
        assert long in program
        program = program.replace(long, short)
    program = f"exec(compile({json.dumps(program)}, 'chapter', 'exec'))\nimport autograd\nprint(autograd.COURSE)"
    assert run(python, program, ROOT / "notebooks").endswith("autograd-from-first-principles")
