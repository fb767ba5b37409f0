"""Downloads wait no longer than they say and name what they ask; files are written whole, and nothing stays behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autograd.files import write_whole
from course import download as downloads
from course.download import DownloadError, download


def test_no_mirror_is_an_error_too():
    with pytest.raises(DownloadError, match="there is no mirror"):
        download("file", [], "0" * 64)


def test_a_network_that_swallows_the_question_is_given_up_on(monkeypatch):
    """A firewall that drops packets: even the name of the mirror is never found, which has no time-out of its own."""
    released = threading.Event()

    def nobody_answers(*arguments, **named):
        released.wait(30)
        raise socket.gaierror("much too late")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_answers)
    with pytest.raises(DownloadError, match="nothing came for 0.2 seconds"):
        download("file", ["http://mirror.invalid/"], "0" * 64, seconds=0.2, progress=False)
    released.set()


def test_each_mirror_is_named_before_it_is_asked(monkeypatch, capsys):
    said = []

    def received(*arguments):
        said.append(capsys.readouterr().out)
        raise OSError("no")

    monkeypatch.setattr(downloads, "received", received)
    with pytest.raises(DownloadError):
        download("file", ["http://first.invalid", "http://second.invalid"], "0" * 64)
    assert said == ["asking for http://first.invalid/file\n", "asking for http://second.invalid/file\n"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "weights"
    write_whole(path, lambda file: file.write(b"old"))

    def half(file):
        file.write(b"ne")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, half)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["weights"]


WRITER = """
import os, signal, sys, time
from pathlib import Path
from autograd.files import write_whole

def write(file):
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.readline()
    file.write(b" and half")

write_whole(Path(sys.argv[1]), write)
"""


@pytest.fixture
def writer(tmp_path):
    """A process that is in the middle of writing a file, and goes on when it is sent a line."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "weights")]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"writing\n"
        yield process
        process.kill()


@pytest.mark.skipif(os.name == "nt", reason="there, nobody can ask whether a process is alive")
def test_what_a_killed_process_left_is_removed_by_the_next_write(tmp_path, writer):
    others = {"weights.part", f"weights.elsewhere.{writer.pid}.01234567.part", f"weights.{writer.pid}.part"}
    for name in others:
        (tmp_path / name).touch()
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert len(os.listdir(tmp_path)) == 4
    write_whole(tmp_path / "other", lambda file: file.write(b"new"))
    assert len(os.listdir(tmp_path)) == 5  # that is another file
    write_whole(tmp_path / "weights", lambda file: file.write(b"new"))
    assert set(os.listdir(tmp_path)) == {"weights", "other"} | others


def test_what_a_living_process_writes_is_left_alone(tmp_path, writer):
    write_whole(tmp_path / "weights", lambda file: file.write(b"new"))
    assert len(os.listdir(tmp_path)) == 2
    writer.communicate(b"go on\n")
    assert writer.returncode == 0
    assert (tmp_path / "weights").read_bytes() == b"half and half" and os.listdir(tmp_path) == ["weights"]
