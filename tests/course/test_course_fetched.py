"""What the bootstrap cell does where the course is missing, incomplete, old, or somebody else's: it says so in words.

Each test runs the cell in a fresh Python, as a kernel would; clones come from a repository in a temporary folder.
"""

import ast
import functools
import http.server
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from test_course_bootstrap import CELL, ROOT

OURS = "import autograd, course; print(autograd.__file__); print(course.__file__)"
NEEDS = int(re.search(r"^needs = (\d+)$", CELL, re.MULTILINE)[1])
posix = pytest.mark.skipif(os.name == "nt", reason="needs signals, shell scripts or owners of files")
root_only = pytest.mark.skipif(getattr(os, "getuid", lambda: 1)() != 0, reason="only root can give files away")
STRANGER = 12345


def copy(target: Path) -> Path:
    """Copy the course's packages into a folder, as a reader has them."""
    for file in [*ROOT.glob("autograd/**/*.py"), *ROOT.glob("course/**/*.py"), ROOT / "course" / "names.txt"]:
        copied = target / file.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(file.read_bytes())
    return target


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A git repository with the course, and its address."""
    source = copy(tmp_path_factory.mktemp("server") / "course-repository")
    identity = ["-c", "user.name=reader", "-c", "user.email=reader@example.org"]
    for command in (["init", "--quiet"], ["add", "."], [*identity, "commit", "--quiet", "-m", "course"]):
        subprocess.run(["git", *command], cwd=source, check=True)
    return source.as_uri()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "content").mkdir()
    return tmp_path / "content"


def cell(address="https://github.com/somebody/course-repository", needs=NEEDS):
    """Return the cell with another address, and perhaps another version."""
    text, addresses = re.subn(r'(?<=^address = ")[^"]*', lambda _: address, CELL, flags=re.MULTILINE)
    text, versions = re.subn(r"(?<=^needs = )\d+", str(needs), text, flags=re.MULTILINE)
    assert (addresses, versions) == (1, 1)
    return text


def program(text, folder, more="", path=None):
    """Return a started Python that runs a cell in a folder; programs such as git come from `path`."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PATH": str(path)} if path else {}
    command = [sys.executable, "-c", f"{text}\n{more}"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(command, cwd=folder, env=environment, **pipes)


def run(text, folder, more="", path=None):
    started = program(text, folder, more, path)
    out, error = started.communicate()
    return started.returncode, out, error


def refused(text, folder, more="", path=None):
    """Return the message of the RuntimeError that the cell must end with, and nothing else."""
    status, out, error = run(text, folder, more, path)
    assert (status, out) == (1, ""), error
    assert error.count("Traceback") == 1
    return re.search(r"^RuntimeError: (.*)\Z", error, re.MULTILINE | re.DOTALL)[1]


def fake_git(tmp_path, script):
    """Return a folder with a program `git` that runs a shell script, whose last argument is the folder to fill."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    git = tmp_path / "bin" / "git"
    git.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\nfor target; do :; done\n{script}\n", encoding="utf-8")
    git.chmod(0o755)
    return tmp_path / "bin"


# Fetching it


def test_without_a_checkout_it_is_cloned_once(repository, folder):
    for _ in range(2):
        status, out, error = run(cell(repository), folder, OURS)
        assert (status, error) == (0, "")
        assert Path(out.splitlines()[0]) == folder / "course-repository" / "autograd" / "__init__.py"
        assert [path.name for path in folder.iterdir()] == ["course-repository"]


def test_four_notebooks_at_once_fetch_it_and_leave_one_copy(repository, folder):
    started = [program(cell(repository), folder, OURS) for _ in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in started] == [("", 0)] * 4
    assert [path.name for path in folder.iterdir()] == ["course-repository"]


@posix
def test_a_notebook_that_another_overtook_uses_its_copy(repository, folder, tmp_path):
    (tmp_path / "mine").mkdir()
    git = fake_git(tmp_path, f'mkdir "$target"; cp -r "{copy(tmp_path / "other")}" course-repository')
    assert run(cell(), folder, path=git) == (0, "", "")
    assert [path.name for path in folder.iterdir()] == ["course-repository"]


@posix
@pytest.mark.parametrize("victim", ["$$", "$PPID"], ids=["git", "the kernel"])
def test_a_killed_clone_blocks_no_later_run(repository, folder, tmp_path, victim):
    git = fake_git(tmp_path, f'mkdir -p "$target/course"; touch "$target/course/__init__.py"; kill -KILL {victim}')
    status, out, _ = run(cell(repository), folder, path=git)
    assert (status, out) == ((1, "") if victim == "$$" else (-signal.SIGKILL, ""))
    assert not (folder / "course-repository").exists()
    assert run(cell(repository), folder)[::2] == (0, "")
    assert (folder / "course-repository" / "course" / "checks.py").exists()


def test_a_failed_clone_says_why_and_leaves_nothing(tmp_path, folder):
    message = refused(cell((tmp_path / "nothing").as_uri()), folder)
    assert message.startswith("The course is not beside this notebook, and cannot be fetched from file:///")
    assert re.search(r"fatal: .*nothing", message)
    assert list(folder.iterdir()) == []


@pytest.fixture
def private():
    """The address of a server that asks everybody for a password."""

    class Private(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="private"')
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Private)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/somebody/course-repository"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_private_repository_is_named_as_such(private, folder, monkeypatch):
    for name in ("GIT_ASKPASS", "SSH_ASKPASS", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    message = refused(cell(private), folder)
    assert message.strip().endswith(f"cannot be fetched from {private}. It is private or gone.")


@posix
def test_git_asks_nobody_for_a_password(folder, tmp_path):
    git = fake_git(tmp_path, 'echo "prompt: $GIT_TERMINAL_PROMPT" >&2; exit 128')
    assert "prompt: 0" in refused(cell(), folder, path=git)


def test_without_git_it_says_so(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "git was not found: install it." in refused(cell(), folder, path=tmp_path / "empty")
    assert list(folder.iterdir()) == []


@posix
def test_no_shell_reads_the_address(folder, tmp_path):
    message = refused(cell(f"file://{tmp_path}/$(touch pwned);touch pwned;`touch pwned`"), folder)
    assert "cannot be fetched" in message
    assert list(folder.iterdir()) == []


def test_the_placeholder_is_never_fetched(folder, tmp_path):
    git = fake_git(tmp_path, f'touch "{tmp_path}/asked"')
    message = refused(cell("https://github.com/your_name/course-repository"), folder, path=git)
    assert "https://github.com/your_name/course-repository. Nobody owns it: open the notebook inside its" in message
    assert "`python scripts/address.py`" in message
    assert not (tmp_path / "asked").exists() and list(folder.iterdir()) == []


# What is there, but cannot be used


def test_a_folder_in_the_way_is_named_and_left_alone(folder):
    (folder / "course-repository" / ".git").mkdir(parents=True)
    message = refused(cell(), folder)
    assert message.startswith(f"{folder / 'course-repository'} is not the whole course: ")
    assert message.strip().endswith("Move it away and run this cell again.")
    assert (folder / "course-repository" / ".git").exists()


@pytest.mark.parametrize(
    "file", ["autograd/__init__.py", *(f"course/{name}.py" for name in ("__init__", "checks", "guard", "mine/keep"))]
)
def test_what_is_missing_in_half_a_copy_is_said(folder, file):
    (copy(folder) / file).unlink()
    message = refused(cell(), folder)
    assert message.startswith(f"The course in {folder} is not complete: {file} is missing.")
    assert "git restore" in message and "estart" not in message


def test_a_missing_package_of_others_is_not_taken_for_ours(folder):
    (copy(folder) / "course" / "checks.py").write_text("import nobody_has_this", encoding="utf-8")
    assert "ModuleNotFoundError: No module named 'nobody_has_this'" in run(cell(), folder)[2]


def shortened(root):
    names = root / "course" / "names.txt"
    names.write_text("".join(names.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")


def without_version(root):
    start = root / "course" / "bootstrap.py"
    start.write_text(start.read_text(encoding="utf-8").replace("VERSION", "SOMETHING"), encoding="utf-8")


@pytest.mark.parametrize(
    "age", [shortened, without_version, lambda root: (root / "course" / "names.txt").unlink()], ids=range(3)
)
def test_an_older_copy_is_told_from_a_newer_notebook(folder, age):
    age(copy(folder))
    expected = f"{folder} is older than this notebook. Update it (git pull), or move it away and run this again."
    assert refused(cell(), folder).strip() == expected


def test_a_newer_copy_serves_an_older_notebook(folder):
    copy(folder)
    assert run(cell(needs=NEEDS - 1), folder) == (0, "", "")
    assert "is older than this notebook" in refused(cell(needs=NEEDS + 1), folder)


def test_a_folder_of_the_same_name_that_is_not_ours_is_not_run(repository, tmp_path, folder):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "bootstrap.py").write_text("raise SystemExit('this was run')", encoding="utf-8")
    status, out, error = run(cell(repository), folder, OURS)
    assert (status, error) == (0, "")
    assert Path(out.splitlines()[0]) == folder / "course-repository" / "autograd" / "__init__.py"


# Whose it is


def booby_trapped(root):
    """A copy of the course that says so when anything of it is run."""
    for file in copy(root).rglob("*.py"):
        file.write_text(f"raise SystemExit('this was run')\n{file.read_text(encoding='utf-8')}", encoding="utf-8")


@posix
@pytest.mark.parametrize("theirs", ["", "course", "course/bootstrap.py"], ids=["the folder", "the package", "the file"])
def test_what_belongs_to_another_user_is_not_run(tmp_path, folder, theirs):
    booby_trapped(tmp_path)
    # Only root can give a file away, so the file system's answer is replaced.
    pretended = (
        "import os\nreal = os.lstat\ndef lstat(path, **more):\n    found = real(path, **more)\n"
        f"    stranger = str(path) == {str(tmp_path / theirs)!r}\n"
        "    return os.stat_result((*found[:4], 54321, *found[5:])) if stranger else found\nos.lstat = lstat\n"
    )
    message = refused(pretended + cell(), folder)
    assert message.startswith(f"{tmp_path} belongs to another user, so nothing in it is run.")
    assert "Copy it into a folder of your own." in message


@pytest.fixture
def shared():
    """A folder in which everybody may write, as /tmp."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o1777)
        yield Path(name)


def give_away(path, to=STRANGER):
    for file in [path, *path.rglob("*")]:
        os.chown(file, to, to, follow_symlinks=False)


@posix
@root_only
@pytest.mark.parametrize("whole", [True, False], ids=["the whole folder", "what was put into a shared folder"])
def test_a_real_strangers_course_is_not_run(shared, whole):
    root = shared / "course-of-another" if whole else shared
    booby_trapped(root)
    for path in [root] if whole else [root / "course", root / "autograd"]:
        give_away(path)
    (root / "mine").mkdir()
    assert refused(cell(), root / "mine").startswith(f"{root} belongs to another user")


@posix
@root_only
def test_links_to_the_readers_own_copy_do_not_make_a_folder_trusted(shared, tmp_path):
    booby_trapped(tmp_path)
    for name in ("course", "autograd"):
        (shared / name).symlink_to(tmp_path / name)
        os.chown(shared / name, STRANGER, STRANGER, follow_symlinks=False)
    (shared / "mine").mkdir()
    assert refused(cell(), shared / "mine").startswith(f"{shared} belongs to another user")


@posix
@root_only
def test_a_notebook_in_the_strangers_own_folder_uses_what_is_beside_it(shared):
    # A container that runs as root on files of the user outside, or a teacher's folder that a class may read.
    root = copy(shared / "course-of-another")
    (root / "notebooks").mkdir()
    give_away(root)
    assert run(cell(), root / "notebooks") == (0, "", "")


def as_the_stranger(text):
    """Return a program that becomes the stranger and runs the cell; what only root may read is imported before."""
    loaded = "import importlib, os, pathlib, pkgutil, runpy, shutil, subprocess"
    return f"{loaded}\nos.setgid({STRANGER})\nos.setuid({STRANGER})\n{text}"


@posix
@root_only
@pytest.mark.parametrize("given_away", ["", "mine"], ids=["the reader's own", "the system's"])
def test_the_readers_own_course_is_run_and_the_systems(shared, given_away):
    root = copy(shared / "installed")
    (root / "course" / "__init__.py").write_text("")
    (root / "course" / "threads.py").write_text("def limit(): pass\n")
    (root / "mine").mkdir()
    give_away(root / given_away)
    assert run(as_the_stranger(cell()), root / "mine") == (0, "", "")


@posix
@root_only
def test_a_closed_folder_on_the_way_up_is_passed_by(shared):
    (shared / "course").mkdir(mode=0o700)  # the home of somebody who is called `course`
    (shared / "mine").mkdir()
    give_away(shared / "mine")
    assert "Nobody owns it" in refused(as_the_stranger(cell("https://github.com/your_name/x")), shared / "mine")


# Old Pythons


def test_python_3_6_understands_the_cell():
    ast.parse(CELL, feature_version=(3, 6))
    first = ast.parse(CELL).body
    assert ast.unparse(first[0]) == "import sys"
    assert ast.unparse(first[1]).startswith("if sys.version_info < (3, 11):")


@functools.cache
def interpreters():
    """Return the old Pythons of this machine, by version."""
    found = {}
    for minor in range(6, 11):
        versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
        for candidate in [shutil.which(f"python3.{minor}"), *versions.glob(f"3.{minor}.*/bin/python")]:
            command = [str(candidate), "-c", "import sys; print(sys.version_info[1])"]
            if (
                candidate
                and subprocess.run(command, capture_output=True, text=True, check=False).stdout == f"{minor}\n"
            ):
                found[f"3.{minor}"] = str(candidate)
    return found


@pytest.mark.parametrize("version", [f"3.{minor}" for minor in range(6, 11)])
def test_an_old_python_is_told(version, folder):
    if version not in interpreters():
        pytest.skip(f"Python {version} is not on this machine")
    done = subprocess.run(
        [interpreters()[version], "-c", CELL], cwd=folder, stderr=subprocess.PIPE, text=True, check=False
    )
    expected = rf"RuntimeError: This course needs Python 3\.11 or newer, not {version}\.\d+: choose another kernel\."
    assert done.returncode == 1 and re.fullmatch(expected, done.stderr.splitlines()[-1]), done.stderr
    assert done.stderr.count("Traceback") == 1
