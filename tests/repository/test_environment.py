"""`make` leaves a sound .venv with the right versions in it, whatever it found there and wherever it was stopped.

The real Makefile and the real scripts/environment.py run in a folder of their own. In place of pip and ensurepip stand
modules that write down what they are asked for, wait where a test wants to stop them, and install an empty package.
"""

import ast
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest
from notebook_files import ROOT

FILES = ("Makefile", "requirements.txt", "requirements-test.txt", "constraints.txt", "scripts/environment.py")
FILES += ("requirements-site.txt", "requirements-lite.txt", "constraints-site.txt")
MINOR = ".".join(map(str, sys.version_info[:2]))
MAKE = shutil.which("make")
needs_make = pytest.mark.skipif(MAKE is None or os.name == "nt", reason="there is no make, or no Unix")

STEP = """
import os, time
def reached(step, *more):
    with open(os.environ["FAKE_LOG"] + ".pid", "w") as file:
        file.write(str(os.getpid()))
    with open(os.environ["FAKE_LOG"], "a") as log:
        print(step, *more, file=log, flush=True)
    while os.environ.get("FAKE_WAIT") == step and not os.path.exists(os.environ["FAKE_LOG"] + ".go"):
        time.sleep(0.02)
"""
ENSUREPIP = """
import pathlib, sysconfig
from step import reached
reached("ensurepip")
pathlib.Path(sysconfig.get_path("purelib"), "has_pip").touch()
"""
PIP = """
import os, pathlib, sys, sysconfig
from step import reached
packages = pathlib.Path(sysconfig.get_path("purelib"))
if not (packages / "has_pip").exists():
    sys.exit("No module named pip")
if sys.argv[1] == "install":
    reached("pip", *sys.argv[2:])
    (packages / "numpy-2.0.dist-info").mkdir(exist_ok=True)
    if os.environ.get("FAKE_FAILS"):
        (packages / "numpy-2.0.dist-info").rmdir()
        sys.exit("no network")
    reached("changed")
    (packages / "complete").touch()
    reached("done")
"""


class Place:
    """A copy of the files that make the environment, and the commands that the tests give there."""

    def __init__(self, folder: Path, fakes: Path):
        self.folder, self.venv, self.log = folder, folder / ".venv", fakes / "log"
        self.started: list[subprocess.Popen] = []
        for file in FILES:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, folder / file)
        for name, text in {"step.py": STEP, "ensurepip/__main__.py": ENSUREPIP, "pip/__main__.py": PIP}.items():
            (fakes / name).parent.mkdir(parents=True, exist_ok=True)
            (fakes / name).write_text(text)
        for package in ("ensurepip", "pip"):
            (fakes / package / "__init__.py").touch()
        # These tests are themselves run by `make test`, which tells a make that it starts so.
        outer = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "PYTHON", "CONSTRAINTS", "PIP_ARGS", "NBVAL"}
        self.env = {name: value for name, value in os.environ.items() if name not in outer}
        self.env |= {"PYTHONPATH": str(fakes), "FAKE_LOG": str(self.log)}
        # A `python3` on the path, so that make does not see it as one that was asked for.
        (fakes / "bin").mkdir()
        (fakes / "bin" / "python3").symlink_to(sys.executable)
        self.env["PATH"] = f"{fakes / 'bin'}{os.pathsep}{self.env['PATH']}"

    def start(self, *arguments: str, **env: str) -> subprocess.Popen:
        """Start make in a process group of its own."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        options["preexec_fn"] = lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        )  # ignored in jobs in the background
        command = [MAKE, *(arguments or ["environment"])]
        self.started.append(subprocess.Popen(command, cwd=self.folder, env=self.env | env, **options))
        return self.started[-1]

    def end(self) -> None:
        """End what a test that failed has left running."""
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def make(self, *arguments: str, fails: bool = False, **env: str) -> str:
        """Run make to its end and return what it printed."""
        process = self.start(*arguments, **env)
        said = process.communicate(timeout=60)[0]
        assert bool(process.returncode) == fails, said
        return said

    def steps(self) -> list[str]:
        """Return what the modules that stand in for pip's wrote down, a line for each step."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def installs(self) -> list[str]:
        return [line.removeprefix("pip ") for line in self.steps() if line.startswith("pip ")]

    def wait_for(self, step: str) -> None:
        deadline = time.monotonic() + 60
        while not any(line.split()[0] == step for line in self.steps()):
            assert time.monotonic() < deadline, f"{step} was not reached: {self.steps()}"
            time.sleep(0.02)

    def packages(self) -> Path:
        return next(self.venv.glob("[lL]ib/**/site-packages"))

    def is_sound(self) -> bool:
        """Return whether .venv's Python is its own, it has pip, and the last installation came to its end."""
        command = [self.venv / "bin/python", "-c", "import sys; print(sys.prefix)"]
        prefix = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        there = [(self.packages() / name).exists() for name in ("has_pip", "complete")]
        return os.path.samefile(prefix, self.venv) and all(there)


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path / "a course", tmp_path / "fakes")
    yield place
    place.end()


@pytest.fixture
def environment(place, monkeypatch):
    """The script as a module of this process, for a folder of its own."""
    spec = importlib.util.spec_from_file_location("environment", place.folder / "scripts" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    return module


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


# ---- versions


@needs_make
def test_the_versions_of_the_constraints_are_installed_and_a_second_call_has_nothing_to_do(place):
    said = place.make()
    assert place.is_sound() and "Installing what is missing" in said
    requirements, constraints = place.folder / "requirements.txt", place.folder / "constraints.txt"
    assert place.installs() == [f"install --quiet --disable-pip-version-check -r {requirements} -c {constraints}"[8:]]
    assert place.make() == "" and len(place.installs()) == 1


@needs_make
def test_for_the_tests_only_what_they_need_beside_is_added(place):
    place.make()
    place.make("environment-test")
    assert [line.count("-r ") for line in place.installs()] == [1, 1]
    assert f"-r {place.folder / 'requirements-test.txt'} -c" in place.installs()[1]
    assert place.make("environment-test") + place.make() == ""


@needs_make
def test_for_the_site_only_what_it_needs_beside_is_added_and_again_when_a_version_changes(place):
    place.make()
    assert "site" not in "".join(place.installs()).replace(str(place.folder), "")
    place.make("environment-site")
    assert f"version-check -r {place.folder / 'requirements-site.txt'} -c" in place.installs()[1]
    assert place.make("environment-site") + place.make() == ""
    change(place.folder / "constraints-site.txt", "sphinx-book-theme==", "sphinx-book-theme>=")
    place.make("environment-site")
    assert len(place.installs()) == 3
    place.make("environment-lite")
    assert f"version-check -r {place.folder / 'requirements-lite.txt'} -c" in place.installs()[3]


@needs_make
def test_what_else_is_asked_of_pip_is_installed_though_the_rest_is_there(place):
    place.make()
    place.make("environment", "PIP_ARGS=torch==2.13.0 -r more.txt")
    assert place.installs()[1].split(" -c ")[0].endswith("version-check torch==2.13.0 -r more.txt")


@needs_make
@pytest.mark.parametrize("file", ["requirements.txt", "constraints.txt"])
def test_a_changed_file_is_installed_again(place, file):
    place.make()
    with (place.folder / file).open("a") as text:
        text.write("another==1\n")
    place.make()
    assert len(place.installs()) == 2


@needs_make
def test_a_python_that_the_constraints_were_not_made_for_gets_the_newest_versions_and_a_word(place):
    change(place.folder / "scripts/environment.py", "(3, 11), (3, 14)", "(3, 11), (3, 10)")
    said = place.make("environment-test")
    assert f"they are for Python 3.11 to 3.10, and this is {MINOR}" in said and place.is_sound()
    assert [" -c " in line for line in place.installs()] == [False]
    assert "--nbval-lax" in place.make("-n", "test")


@needs_make
def test_the_newest_versions_can_be_asked_for_and_are_tested_less_strictly(place):
    said = place.make("environment-test", "CONSTRAINTS=")
    assert "not used (as asked)" in said and " -c " not in place.installs()[0]
    assert "--nbval-lax" in place.make("-n", "test", "CONSTRAINTS=")
    assert "--nbval " in place.make("-n", "test")
    other = place.folder / "other.txt"
    other.write_text("numpy==2.0\n")
    assert "--nbval-lax" in place.make("-n", "test", "CONSTRAINTS=other.txt")
    place.make("environment", "CONSTRAINTS=other.txt")
    assert place.installs()[1].endswith(f"-c {other}")


def test_the_versions_of_python_are_the_same_everywhere(environment):
    oldest, newest = (".".join(map(str, version)) for version in (environment.OLDEST, environment.NEWEST))
    first = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[0]
    assert f"on Python {oldest} to {newest}." in first
    assert f'requires-python = ">={oldest}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    jobs = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    expected = [f'"3.{minor}"' for minor in range(environment.OLDEST[1], environment.NEWEST[1] + 1)]
    assert f"python: [{', '.join(expected)}]" in jobs
    assert f'versions: newest, python: "{newest}"' in jobs


def test_binder_installs_the_versions_of_the_constraints_on_a_python_that_they_were_made_for(environment):
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert lines == ["-r ../requirements.txt", "-c ../constraints.txt"]
    version = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert environment.OLDEST <= tuple(map(int, version.split("."))) <= environment.NEWEST


# ---- stopped at any moment


@needs_make
@pytest.mark.parametrize("step", ["ensurepip", "pip", "changed"])
def test_after_a_kill_the_next_call_finishes(place, step):
    process = place.start(FAKE_WAIT=step)
    place.wait_for(step)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    said = place.make()
    assert place.is_sound()
    # Until pip changes something, nothing has to be made again.
    assert (".venv is made again, because an earlier call was stopped" in said) == (step != "pip")


class Killed(BaseException):
    pass


def test_a_call_that_ends_between_any_two_steps_leaves_what_the_next_one_needs(environment, place, monkeypatch):
    """Everything that changes something is counted, and in each round one call more returns before the end comes."""
    finished, steps = False, 0
    while not finished:
        if place.venv.exists():
            shutil.rmtree(place.venv)
        (place.venv / "lib").mkdir(parents=True)  # what is left of an earlier attempt, to be removed
        left = iter(range(steps))
        with monkeypatch.context() as patched:
            for owner, name in (
                (environment, "write_note"), (environment, "run"), (os, "replace"),
                (environment.shutil, "rmtree"), (Path, "mkdir"), (Path, "unlink"),
            ):  # fmt: skip
                patched.setattr(owner, name, ends(getattr(owner, name), left))
            try:
                finished = environment.main([]) == 0
            except Killed:
                steps += 1
        assert environment.main([]) == 0
        assert place.is_sound()
    assert steps > 8


def ends(function, left):
    """Return the function; the first call for which nothing is left ends the program instead."""

    def counted(*arguments, **options):
        if next(left, None) is None:
            raise Killed
        return function(*arguments, **options)

    return counted


@needs_make
def test_when_pip_fails_nothing_is_lost_and_the_way_out_is_said(place):
    place.make()
    (place.folder / "constraints.txt").write_text("another==1\n")
    said = place.make(fails=True, FAKE_FAILS="1")
    assert "no network" in said and "call this again" in said and "Traceback" not in said
    assert (place.packages() / "complete").exists()
    assert "made again" not in place.make()
    assert len(place.installs()) == 3


@needs_make
def test_control_c_ends_with_a_sentence(place):
    process = place.start(FAKE_WAIT="pip")
    place.wait_for("pip")
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[0]
    assert "Stopped. The next call finishes the work." in said and 'environment.py", line' not in said


# ---- two at once


@needs_make
def test_of_two_calls_one_waits_and_finds_everything_done(place):
    first = place.start(FAKE_WAIT="pip")
    place.wait_for("pip")
    second = place.start()
    assert second.stdout.readline() == "Another call is working on .venv: waiting for it.\n"
    Path(f"{place.log}.go").touch()
    for process in (first, second):
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert place.is_sound() and len(place.installs()) == 1


@needs_make
def test_a_call_waits_for_the_pip_that_a_killed_call_has_left_running(place):
    first = place.start(FAKE_WAIT="changed")
    place.wait_for("changed")
    pip = Path(f"{place.log}.pid").read_text()
    group = subprocess.run(["pgrep", "-g", str(first.pid)], capture_output=True, text=True, check=True).stdout.split()
    assert pip in group and len(group) > 2
    for process in group:
        if process != pip:
            os.kill(int(process), signal.SIGKILL)
    second = place.start()
    assert second.stdout.readline() == "Another call is working on .venv: waiting for it.\n"
    assert "done" not in place.steps()
    Path(f"{place.log}.go").touch()
    second.communicate(timeout=60)
    assert second.returncode == 0 and place.is_sound()
    assert [line.split()[0] for line in place.steps()] == ["ensurepip", "pip", "changed", "done"] * 2


def test_on_windows_the_lock_is_that_of_windows(environment, monkeypatch, tmp_path):
    held = []

    def locking(descriptor, mode, size):
        if held:
            raise PermissionError(13, "Permission denied")
        held.append(descriptor)

    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(locking=locking, LK_NBLCK=2))
    with (tmp_path / "lock").open("a") as lock:
        monkeypatch.setattr(environment.os, "name", "nt")
        assert environment.taken(lock) and not environment.taken(lock)


# ---- what is there already


@needs_make
def test_an_environment_without_pip_gets_it(place):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place.venv], check=True)
    mine = place.packages() / "mine-1.dist-info"
    mine.mkdir()
    assert "has no pip that works" in place.make()
    assert place.is_sound() and mine.exists()


@needs_make
@pytest.mark.parametrize("what", ["nothing", "empty", "no pyvenv.cfg", "gone"])
def test_an_environment_in_which_nothing_is_installed_is_made_again(place, what):
    place.venv.mkdir()
    if what != "empty":
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place.venv], check=True)
    if what == "no pyvenv.cfg":  # its Python would install into the system
        (place.venv / "pyvenv.cfg").unlink()
    if what == "gone":
        replace_python(place, None)
    place.make()
    assert place.is_sound()


def replace_python(place, version):
    """Let .venv's Python be one that is not there, or one that says it is of another version."""
    python = place.venv / "bin" / "python"
    python.unlink()
    if version is None:
        return python.symlink_to("python-that-was-removed")
    python.write_text(f"#!/bin/sh\necho '{place.venv}'\necho '{version}'\n")
    return python.chmod(0o755)


@needs_make
@pytest.mark.parametrize(
    ("version", "flaw"), [(None, "it has no Python of its own that runs"), ("3 10", "it has Python 3.10, and the")]
)
def test_an_environment_of_the_course_with_another_python_is_made_again_with_a_word(place, version, flaw):
    place.make()
    replace_python(place, version)
    assert f".venv is made again, because {flaw}" in place.make()
    assert place.is_sound()


@needs_make
@pytest.mark.parametrize(
    ("version", "flaw"), [(None, "it has no Python of its own that runs"), ("3 10", "it has Python 3.10, and the")]
)
def test_somebodys_own_environment_stays_and_it_is_said_how_to_go_on(place, version, flaw):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place.venv], check=True)
    mine = place.packages() / "mine-1.dist-info"
    mine.mkdir()
    replace_python(place, version)
    said = place.make(fails=True)
    assert flaw in said and "`make clean`" in said and "Traceback" not in said
    assert mine.exists() and place.installs() == []
    place.make("clean")
    place.make()
    assert place.is_sound()


@needs_make
def test_a_python_that_is_asked_for_is_the_one_that_is_used(place):
    place.make()
    replace_python(place, "3 99")
    assert place.make() != ""  # its versions are others, so pip is asked; nothing is made again
    said = place.make("environment", f"PYTHON={sys.executable}")
    assert f".venv is made again, because it has Python 3.99, and {MINOR} was asked for" in said


@needs_make
def test_a_folder_that_was_moved_goes_on_working(place):
    place.make()
    place.folder = place.folder.rename(place.folder.with_name("moved"))
    place.venv = place.folder / ".venv"
    assert "Installing" not in place.make() and place.is_sound()


@needs_make
def test_within_the_environment_it_can_be_made_again(place):
    place.make()
    (place.venv / "course.json").write_text("{")  # a note that was cut off
    place.make(PATH=f"{place.venv / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert place.is_sound()


@needs_make
def test_a_file_in_its_place_is_named(place):
    place.venv.write_text("a note of mine")
    assert ".venv is not a folder" in place.make(fails=True)
    assert place.venv.read_text() == "a note of mine"


# ---- Pythons that are too old


def test_the_script_can_be_read_by_python_3_6():
    ast.parse((ROOT / "scripts/environment.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_told(environment, monkeypatch, capsys):
    monkeypatch.setattr(environment.sys, "version_info", (3, 9, 1))
    assert environment.main([]) == 1
    assert capsys.readouterr().err == "environment.py: this is Python 3.9, and the course needs 3.11 or newer.\n"


@needs_make
def test_without_a_python_it_is_said_what_to_do(place):
    assert "3.11 or newer was not found: install it" in place.make("environment", "PYTHON=", fails=True)
