"""A package from elsewhere has our import name, and Colab has it preinstalled: notebooks must get ours all the same."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from notebook_files import CHAPTERS, ROOT, cells

OTHER = "autograd==1.9.1"  # the version that Colab has


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """Return a Python that has everything this one has, and the other package really installed beside it."""
    home = tmp_path_factory.mktemp("other") / "venv"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    found = next(home.glob("**/site-packages"))
    paths = [entry for entry in sys.path if entry.endswith("site-packages")]
    (found / "outer.pth").write_text("\n".join(paths), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(found), OTHER]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode:
        assert not os.environ.get("CI"), installed.stderr
        pytest.skip(f"{OTHER} could not be installed: {installed.stderr[-200:]}")
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
    # All code of chapter 00 as one program: a kernel would only add the same start-up to it.
    code = [cell["source"] for cell in cells(CHAPTERS[0], "code") if "%" not in cell["source"][:1]]
    program = "import matplotlib; matplotlib.use('Agg')\n" + "\n".join(code)
    program = f"exec(compile({json.dumps(program)}, 'chapter', 'exec'))\nimport autograd\nprint(autograd.COURSE)"
    assert run(python, program, ROOT / "notebooks").endswith("autograd-from-first-principles")
