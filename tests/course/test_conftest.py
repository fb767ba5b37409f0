"""Tests and notebooks send nothing to another machine, leave the user's home alone, and the reader's copy too."""

import gc
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import installed
import pytest
from notebook_files import ROOT
from threadpoolctl import threadpool_info

from course import folders

ELSEWHERE = "192.0.2.1"  # an address that is set aside for documents: it is nobody's


@pytest.mark.parametrize(
    "ask",
    [
        lambda: socket.create_connection((ELSEWHERE, 80), timeout=0.1),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", (ELSEWHERE, 53)),
        lambda: socket.getaddrinfo("course.invalid", 80),
    ],
    ids=["connect", "send", "ask for a name"],
)
def test_a_test_that_asks_another_machine_fails(ask):
    with pytest.raises(RuntimeError, match="tests must not send anything to another machine"):
        ask()


@pytest.fixture
def root_conftest():
    """The conftest.py of the root, as a module of its own."""
    spec = importlib.util.spec_from_file_location("conftest_of_the_root", ROOT / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_workers_begin_with_the_longest_files_then_notebooks(pytestconfig, root_conftest):
    assert all(list((ROOT / "tests").glob(f"*/{name}")) for name in root_conftest.LONGEST)
    names = ["test_a.py", "01_derivatives.ipynb", "test_b.py", *root_conftest.LONGEST, "02_expression_graphs.ipynb"]
    items = [SimpleNamespace(path=Path(name)) for name in names]
    root_conftest.pytest_collection_modifyitems(items)
    notebooks = ["01_derivatives.ipynb", "02_expression_graphs.ipynb"]
    assert [item.path.name for item in items] == [*root_conftest.LONGEST, *notebooks, "test_a.py", "test_b.py"]
    if not hasattr(pytestconfig, "workerinput"):  # the process that gives the work to workers keeps this order
        assert not getattr(pytestconfig.option, "loadscopereorder", False)


def test_tests_that_a_shell_runs_in_the_background_can_be_interrupted(monkeypatch, root_conftest):
    monkeypatch.setattr(sys, "addaudithook", lambda hook: None)
    monkeypatch.setattr(gc, "disable", lambda: None)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell's background jobs have it
    try:
        root_conftest.pytest_configure(SimpleNamespace(workerinput={}))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_garbage_collector_passes_over_what_was_collected():
    assert gc.get_freeze_count() > 50_000
    assert gc.isenabled()


def test_what_the_tests_start_keeps_what_it_has_compiled():
    program = "import sys\nprint(sys.dont_write_bytecode)"
    assert not sys.dont_write_bytecode
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"


def test_no_loggers_are_prepared_for_each_test(pytestconfig):
    assert not pytestconfig.pluginmanager.hasplugin("logging-plugin")


def test_this_machine_can_be_asked():
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("localhost", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert urllib.request.urlopen(f"http://localhost:{server.server_port}").status == 204
        server.shutdown()


def test_a_program_that_a_test_starts_is_refused_too():
    program = (
        "import urllib.request as r\ntry: r.urlopen('https://course.invalid')\nexcept OSError as e: print(e.reason)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "refused" in done.stdout


def test_numpy_uses_one_thread_in_each_worker_unless_it_was_told_otherwise():
    used = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    assert used <= {int(os.environ["OPENBLAS_NUM_THREADS"])}


def test_nothing_is_written_to_the_users_home():
    for name in set(folders.FOLDERS) - {"MPLCONFIGDIR"}:
        assert "course-tests-" in os.environ[name], name
    assert all(map(folders.can_be_written, folders.used("MPLCONFIGDIR")))


@pytest.fixture
def place(tmp_path):
    """A repository with the settings of this one and a reader's copy full of mistakes."""
    for file in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path)
    for folder in ("tests", "notebooks", "my-course"):
        (tmp_path / folder).mkdir()
    for folder in ("tests", "my-course"):
        (tmp_path / folder / "test_it.py").write_text("def test_it():\n    assert True\n")
        shutil.copy(ROOT / "notebooks" / "00_start_here.ipynb", tmp_path / folder)
    (tmp_path / "my-course" / "mistakes.py").write_text("import os,sys\nx=(1 )\n")
    return tmp_path


def run(place, *command):
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=place, env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("where", [[], ["."]], ids=["testpaths", "everywhere"])
def test_the_readers_copy_is_not_collected(place, where):
    status, said = run(place, "pytest", "--collect-only", "-q", "--nbval", "-p", "no:cacheprovider", *where)
    assert status == 0 and "tests/test_it.py" in said.replace(os.sep, "/") and "00_start_here.ipynb" in said
    assert "my-course" not in said


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_the_readers_copy_is_not_checked_for_its_style(place, command):
    (place / "conftest.py").unlink()  # its imports are in order only beside the packages that it imports
    assert run(place, "ruff", *command, "--no-cache", ".")[0] == 0
    shutil.copy(place / "my-course" / "mistakes.py", place / "tests")
    assert run(place, "ruff", *command, "--no-cache", ".")[0] == 1


def test_there_is_one_process_more_than_cpus_for_tests_that_wait(monkeypatch, root_conftest):
    monkeypatch.setattr(root_conftest.threads, "granted", lambda: 1.5)
    assert root_conftest.pytest_xdist_auto_num_workers(None) == 3


def test_what_needs_a_browser_is_left_out_where_there_is_none_but_not_in_ci(monkeypatch):
    monkeypatch.setattr(installed, "MUST_RUN", False)
    with pytest.raises(pytest.skip.Exception, match="not installed: no_such_package$"):
        monkeypatch.setattr(installed, "CHROMIUM", "/usr/bin/chromium")
        installed.need_chromium_and("pytest", "no_such_package")
    monkeypatch.setattr(installed, "CHROMIUM", None)
    with pytest.raises(pytest.skip.Exception, match="Chromium"):
        installed.need_chromium_and("pytest")
    monkeypatch.setattr(installed, "MUST_RUN", True)
    installed.need_chromium_and("no_such_package")
    with pytest.raises(AssertionError, match="no Chromium found"), installed.chromium():
        pass
