"""Claims about the repository as a whole: one address, versions that agree, clean code, a README that is true."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from notebook_files import CHAPTERS, ROOT, headings
from packaging.requirements import Requirement

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ADDRESS = PROJECT["project"]["urls"]["Repository"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    """Return the files that git tracks or would track; all files where this is no checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def texts() -> dict[str, str]:
    kinds = {".py", ".md", ".toml", ".txt", ".yml", ".cfg", ".ipynb", ".json", ".svg", ""}
    files = [path for path in tracked() if path.suffix in kinds]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}


def requirements(name: str) -> dict[str, Requirement]:
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    named = map(Requirement, (line for line in lines if line and not line.startswith("-")))
    return {r.name.lower().replace("_", "-"): r for r in named}


def run(*command: str) -> None:
    result = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_address_is_the_same_everywhere():
    run("scripts/address.py", "--check")


def test_the_address_stands_where_the_script_writes_it_and_nowhere_else():
    repository = ADDRESS.removeprefix("https://github.com/")
    allowed = re.compile(r"pyproject\.toml|README\.md|course/bootstrap_cell\.py|notebooks/.*\.ipynb")
    assert [name for name, text in texts().items() if repository in text and not allowed.fullmatch(name)] == []


@pytest.mark.parametrize("file", ["constraints.txt", "constraints-site.txt", ".ci/colab-constraints.txt"])
def test_pinned_versions_lie_in_the_ranges(file):
    pinned = requirements(file)
    course = requirements("requirements.txt") | requirements("requirements-test.txt")
    wanted = requirements("requirements-site.txt") | requirements("requirements-lite.txt") if "site" in file else course
    assert all(str(r.specifier).startswith("==") for r in pinned.values())
    if not file.startswith(".ci"):
        elsewhere = set(course) if "site" in file else set()  # they stand in constraints.txt
        assert set(wanted) - elsewhere <= set(pinned)
    for name in set(wanted) & set(pinned):
        version = str(pinned[name].specifier).removeprefix("==")
        assert wanted[name].specifier.contains(version), f"{name} {version} is not in {wanted[name].specifier}"


def test_no_version_is_pinned_twice():
    assert set(requirements("constraints.txt")) & set(requirements("constraints-site.txt")) == set()


def test_what_reads_notebooks_waits_for_no_parser_of_addresses():
    assert "rfc3987-syntax" not in requirements("constraints.txt"), "renew it as its first lines say"


def test_no_file_names_a_place_on_somebodys_machine():
    place = re.compile(r"/home/\w|/Users/\w|/root/|[A-Z]:\\Users|index-url")
    assert [name for name, text in texts().items() if place.search(text) and "test_repository" not in name] == []


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_finds_nothing(command):
    run("-m", "ruff", *command, "--quiet", ".")


def test_ruff_finds_nothing_either_once_a_reader_has_exported_an_engine(tmp_path):
    """The files that import it are the same, but sorted otherwise where ruff takes it for a package of this project."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "course" / "mine", tmp_path / "course" / "mine")
    for name in ("autograd/files.py", "course/__init__.py", "my_autograd.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    run("-m", "ruff", "check", "--quiet", "--no-cache", str(tmp_path))


def test_readme_names_commands_that_exist():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`?make (\w+)", README))
    assert {"lab", "test"} <= named <= targets


def test_readmes_lines_name_modules_and_files_that_exist():
    modules = set(re.findall(r"python -m ([\w.]+)", README))
    files = {name.replace("\\", "/") for name in re.findall(r"scripts\\\w+\.py|(?<=--with-requirements )\S+", README)}
    assert {"pytest", "course.lab"} <= modules and {"scripts/environment.py", "constraints.txt"} <= files
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_readmes_table_lists_every_chapter_with_its_title_and_minutes():
    for path in CHAPTERS:
        number, title = headings(path, 1)[0].split(" · ", 1)
        minutes = re.search(r"(\d+) minutes", path.read_text(encoding="utf-8")).group(1)
        assert f"| [{number} · {title}](notebooks/{path.name}) |" in README
        row = next(line for line in README.splitlines() if f"notebooks/{path.name})" in line and line.startswith("|"))
        assert row.rstrip().endswith(f"| {minutes} |"), row


def test_readmes_pictures_and_files_exist():
    for target in re.findall(r"\]\(([^)\s]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target.split("#")[0]).exists(), target
    assert all(len(alt) > 5 for alt in re.findall(r"!\[([^\]]*)\]", README))
