"""`python -m course.lab` opens the reader's copy in JupyterLab on many kinds of machine, or says what is missing."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from notebook_files import ROOT

from course import folders, lab

COPY = "from pathlib import Path; Path('my-course').mkdir(); Path('my-course/00_start_here.ipynb').write_text('{}')"
SHOWS = "import os, sys\ndef main(arguments):\n    print([sys.argv[0], *arguments], os.getcwd(), sorted(os.environ))"


@pytest.fixture
def place(tmp_path):
    """A folder with the modules that open the course, and a module in place of the one that makes the copy."""
    home = tmp_path / "the course ü"
    for package in ("autograd", "course"):
        shutil.copytree(ROOT / package, home / package, ignore=shutil.ignore_patterns("__pycache__"))
    (home / "course" / "copy.py").write_text(COPY)
    return home


def run(place, *arguments, **env):
    """Run the command with a module in place of JupyterLab, which prints what it is given."""
    fake = place.parent / "fake" / "jupyterlab"
    fake.mkdir(parents=True, exist_ok=True)
    (fake / "__init__.py").touch()
    (fake / "labapp.py").write_text(SHOWS)
    env = os.environ | {"PYTHONPATH": str(fake.parent)} | env
    command = [sys.executable, "-m", "course.lab", *arguments]
    return subprocess.run(command, cwd=place, env=env, capture_output=True, encoding="utf-8", check=False)


def test_the_copy_is_made_and_opened_with_the_options_that_were_given(place):
    done = run(place, "--port=9999")
    assert (done.returncode, done.stderr) == (0, "")
    assert (place / lab.FIRST).exists()
    assert done.stdout.startswith("['jupyter-lab', ")
    assert f"'--ServerApp.root_dir={place}'" in done.stdout and f"] {place} [" in done.stdout
    assert "--LabApp.default_url=/lab/tree/my-course/00_start_here.ipynb'" in done.stdout
    assert "'--port=9999']" in done.stdout


@pytest.mark.parametrize(
    ("environment", "platform", "root", "expected"),
    [
        ({}, "linux", True, ["--allow-root", "--no-browser"]),
        ({"DISPLAY": ":0"}, "linux", False, []),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True, ["--allow-root"]),
        ({"DISPLAY": ""}, "linux", False, ["--no-browser"]),
        ({}, "darwin", False, []),
        ({}, "win32", False, []),
    ],
)
def test_root_and_a_missing_screen_are_handled(environment, platform, root, expected):
    assert [o for o in lab.options(environment, platform, root) if o in ("--allow-root", "--no-browser")] == expected


def test_when_the_copy_cannot_be_made_nothing_is_opened(place):
    (place / "course" / "copy.py").write_text("raise SystemExit('the disk is full')")
    done = run(place)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "the disk is full\n")


def test_without_jupyterlab_it_is_said_where_it_comes_from(place):
    command = [sys.executable, "-S", "-m", "course.lab"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "has no JupyterLab; README.md, Start, says how" in done.stderr and "Traceback" not in done.stderr


def test_an_old_python_is_told(monkeypatch, capsys):
    monkeypatch.setattr(lab.sys, "version_info", (3, 10))
    assert lab.main() == 1
    assert "needs Python 3.11 or newer" in capsys.readouterr().err


# ---- a home that cannot be written to


def nowhere(place):
    """An environment in which every folder that is usually written to lies below a file."""
    (place.parent / "file").touch()
    home = str(place.parent / "file" / "home")
    unset = dict.fromkeys((*folders.FOLDERS, "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"))
    return {"HOME": home, "USERPROFILE": home, "APPDATA": home, "LOCALAPPDATA": home, "PROGRAMDATA": home}, unset


@pytest.fixture
def read_only_home(place, monkeypatch):
    env, unset = nowhere(place)
    for name in unset:
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)


def test_with_a_read_only_home_everything_goes_to_a_temporary_folder_that_is_removed(place, read_only_home):
    done = run(place, TMPDIR=str(place.parent), TEMP=str(place.parent))
    assert done.returncode == 0 and "Traceback" not in done.stderr
    said = re.search(r"cannot be written to: until JupyterLab ends, its settings are kept in (.+)\.\n", done.stdout)
    assert Path(said[1]).parent == place.parent and not Path(said[1]).exists()
    assert all(f"'{name}'" in done.stdout for name in folders.FOLDERS)


def test_only_the_folders_that_cannot_be_written_are_replaced(read_only_home, monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "not there yet"))
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    assert set(folders.replacements(Path())) == set(folders.FOLDERS) - {"IPYTHONDIR", "MPLCONFIGDIR"}


def test_a_home_that_can_be_written_to_stays_in_use(read_only_home, monkeypatch, tmp_path):
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    assert folders.replacements(Path()) == {}


def test_without_any_folder_to_write_to_there_is_a_sentence(read_only_home, monkeypatch, capsys):
    monkeypatch.setattr(lab.tempfile, "mkdtemp", lambda **_: (_ for _ in ()).throw(FileNotFoundError("no temporary")))
    assert lab.main() == 1
    assert "needs a folder that it can write to: set TMPDIR" in capsys.readouterr().err


# ---- JupyterLab itself


def answer(address):
    """Return what a server answers; it may print its address a moment before it listens."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return urllib.request.urlopen(address).read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.mark.skipif(os.name == "nt", reason="signals are sent as on Unix")
def test_the_address_that_is_printed_opens_the_chapter(place, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "course.lab", f"--port={port}", "--ip=127.0.0.1", "--no-browser"]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
    server = subprocess.Popen(command, cwd=place, env=env, **options)
    try:
        said = []
        for line in server.stdout:
            said.append(line)
            if address := re.search(r"^ +(http://127\S+/lab/tree/my-course/00_start_here\.ipynb\?token=\w+)$", line):
                break
        assert address, "".join(said)
        page = answer(address[1])
        config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
        assert config["treePath"] == "my-course/00_start_here.ipynb" and config["news"] == {"disabled": True}
        assert Path(config["serverRoot"]).expanduser() == place
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=30)
