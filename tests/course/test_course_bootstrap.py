"""The bootstrap cell makes `autograd` and `course` ours, whatever else of those names can be found or is imported.

The package that really has our name is tried in test_other_autograd.py.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CELL = re.search(
    r"# <cell>\n(.*?)# </cell>", (ROOT / "course" / "bootstrap_cell.py").read_text(encoding="utf-8"), re.S
)[1]
OURS = "import autograd, course; print(autograd.__file__); print(course.__file__)"
EXPECTED = [str(ROOT / "autograd" / "__init__.py"), str(ROOT / "course" / "__init__.py")]


def run(program, folder, path=()):
    """Run a program as a fresh kernel would: its working directory first on the path, then `path`."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.fixture
def foreign(tmp_path):
    """A folder with other packages named `autograd` and `course`."""
    for name in ("autograd", "course"):
        package = tmp_path / "site" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("from . import inner\n")
        (package / "inner.py").write_text("")
    return tmp_path / "site"


@pytest.mark.parametrize("folder", [ROOT, ROOT / "course", ROOT / "tests"])
def test_the_root_is_found_from_any_folder_inside(folder):
    assert run(f"{CELL}\n{OURS}", folder) == (0, EXPECTED, "")


def test_it_is_silent_and_short():
    assert run(CELL, ROOT) == (0, [], "")
    assert len(CELL.splitlines()) <= 39


@pytest.mark.parametrize(
    "before",
    [
        "pass",
        "import autograd",
        "import course",
        "import autograd.inner, course.inner",
        "import sys; sys.modules['autograd'] = sys",
    ],
)
def test_others_of_the_same_name_give_way(foreign, before):
    program = f"{before}\n{CELL}\n{OURS}\nimport sys; print('autograd.inner' in sys.modules)"
    assert run(program, ROOT / "tests", [foreign]) == (0, [*EXPECTED, "False"], "")


def test_without_the_bootstrap_the_other_would_be_imported(foreign):
    assert run(OURS, ROOT / "tests", [foreign])[1][0] == str(foreign / "autograd" / "__init__.py")


def test_a_folder_without_init_gives_way(tmp_path):
    (tmp_path / "course").mkdir()
    assert run(f"import course\n{CELL}\n{OURS}", ROOT / "tests", [tmp_path]) == (0, EXPECTED, "")


def test_a_second_run_keeps_every_module_and_the_path(foreign):
    program = "\n".join(
        [
            CELL,
            "import sys, autograd.scalar as scalar, course.checks as checks; before = list(sys.path)",
            CELL,
            "import autograd.scalar, course.checks",
            "print(autograd.scalar is scalar, course.checks is checks, sys.path == before)",
        ]
    )
    assert run(program, ROOT / "tests", [foreign]) == (0, ["True True True"], "")


@pytest.mark.parametrize(("before", "after"), [("700", 10_000), ("2000", 10_000), ("50_000", 50_000), ("0", 0)])
def test_the_garbage_collector_waits_longer_unless_it_waits_longer_already_or_is_off(before, after):
    program = f"import gc; gc.set_threshold({before}, 11, 12)\n{CELL}\nprint(*gc.get_threshold())"
    assert run(program, ROOT)[1] == [f"{after} 11 12"]


def test_a_graph_of_single_numbers_is_built_without_a_search_for_cycles():
    count = "sum(generation['collections'] for generation in gc.get_stats())"
    program = "\n".join(
        [
            CELL,
            "import gc; from autograd import scalar",
            "xs = [scalar.Value(float(i)) for i in range(2000)]",
            f"gc.collect(); before = {count}",
            "y = sum((x * x for x in xs), scalar.Value(0.0))",
            f"print({count} - before)",
        ]
    )
    assert run(program, ROOT)[1] == ["0"]


def test_a_root_that_came_last_comes_first():
    program = f"import sys; sys.path.append({str(ROOT)!r})\n{CELL}\nprint(sys.path[0], sys.path.count({str(ROOT)!r}))"
    assert run(program, ROOT / "tests")[1] == [f"{ROOT} 1"]


def test_a_package_that_stays_in_the_way_is_named(tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("")
    stranger = str(tmp_path / "autograd" / "__init__.py")
    program = "\n".join(
        [
            "import importlib.util, sys",
            "class First:",
            "    def find_spec(self, name, path=None, target=None):",
            "        if name == 'autograd':",
            f"            return importlib.util.spec_from_file_location(name, {stranger!r})",
            "sys.meta_path.insert(0, First())",
            CELL,
        ]
    )
    status, _, error = run(program, ROOT)
    assert status == 1
    assert "which is not this course's package" in error
