"""python -m course.gpt and course.mnist on several workers: the weights of one, to the last bit, whatever dies."""

import json
import subprocess
import sys
import threading

import psutil
import pytest
from addresses import ROOT, WITHOUT, Address
from command_line import ended

pytest.importorskip("distributed")
from course import datasets, digits, gpt, mnist  # noqa: E402

SMALL = "--text text.txt --context 8 --width 8 --heads 2 --layers 1 --merges 20 --batch-size 6 --every 3".split()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "text.txt").write_text(datasets.course_text()[:3000])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def weights(path):
    """Return the header of a safetensors file, whose order is any, and all its numbers."""
    content = path.read_bytes()
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


KILLED = []


def kill_a_worker_now_and_then(done):
    """Kill a process that this one started, at three moments; `done` ends it."""
    for _ in range(3):
        if done.wait(0.3):
            return
        workers = [p for p in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]
        if workers:
            workers[0].kill()
            KILLED.append(workers[0].pid)


def test_the_gpt_has_the_weights_of_one_process(folder, capsys):
    for workers in (1, 2):
        options = ["--steps", 7, "--save", f"{workers}.safetensors", "--workers", workers]
        code, out, _ = ended(gpt.main, [*SMALL, *options], capsys)
        assert code is None and ("in 4 parts by 2 workers" in out) == (workers == 2)
    assert weights(folder / "1.safetensors") == weights(folder / "2.safetensors")


def test_the_digits_are_learnt_with_the_same_weights_while_workers_are_killed(folder, capsys, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(datasets, "mnist", lambda n: digits.stand_in(n))
    done, epoch, printed = threading.Event(), mnist.Training.epoch, []

    def epoch_with_a_killer(training):
        if training.parallel.cluster is not None:
            threading.Thread(target=kill_a_worker_now_and_then, args=(done,), daemon=True).start()
        return epoch(training)

    monkeypatch.setattr(mnist.Training, "epoch", epoch_with_a_killer)
    for workers in (1, 2):
        options = ["--epochs", 1, "--save", f"{workers}.safetensors", "--workers", workers, "--batch-size", 64]
        code, out, err = ended(mnist.main, options, capsys)
        assert code is None, err
        printed.append(out.splitlines()[-1])
    done.set()
    assert weights(folder / "1.safetensors") == weights(folder / "2.safetensors")
    assert printed[0] == printed[1] and KILLED


def test_a_scheduler_that_dies_costs_a_line_and_the_run_goes_on_to_the_same_weights(folder, capsys):
    address = Address(folder)
    try:
        address.worker()
        command = [sys.executable, "-m", "course.gpt", *SMALL, "--steps", "100000", "--save", "there.safetensors"]
        command += ["--scheduler", address.address]
        environment = WITHOUT | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, env=environment, stdout=-1, stderr=-1, text=True) as process:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("step 6:"):
                    address.scheduler.kill()
                    break
            out, err = process.communicate(timeout=60)
    finally:
        address.end()
    assert process.returncode == 2
    said = f"the scheduler {address.address} is gone; the same command goes on from the last checkpoint, or anew\n"
    assert err.rpartition("\r")[2].lstrip().rpartition("python -m course.gpt: ")[2] == said and "Traceback" not in err
    reached = [int(line.split()[1][:-1]) for line in [*lines, *out.splitlines()] if line.startswith("step ")][-1]
    options = ["--parts", 4, "--steps", reached + 4]
    code, out, _ = ended(gpt.main, [*SMALL, *options, "--save", "there.safetensors"], capsys)
    assert code is None and f"a checkpoint after {reached} steps: going on from there" in out
    assert ended(gpt.main, [*SMALL, *options, "--save", "here.safetensors"], capsys)[0] is None
    assert weights(folder / "here.safetensors") == weights(folder / "there.safetensors")


def test_nobody_at_the_address_is_said_before_anything_is_computed(folder, capsys, monkeypatch):
    monkeypatch.setattr("course.processes.REACH", 1.0)
    monkeypatch.setattr(gpt, "run", lambda *_: pytest.fail("trained"))
    code, _, err = ended(gpt.main, [*SMALL, "--scheduler", "tcp://127.0.0.1:9", "--save", "w.safetensors"], capsys)
    assert code == 2 and err.count("\n") == 1
    assert err.startswith("python -m course.gpt: no Dask scheduler answers at tcp://127.0.0.1:9: ")
    assert [path.name for path in folder.iterdir()] == ["text.txt"]


def test_workers_and_a_scheduler_exclude_one_another(folder, capsys):
    code, _, err = ended(mnist.main, ["--workers", 2, "--scheduler", "tcp://127.0.0.1:9"], capsys)
    assert code == 2 and "not allowed with argument --workers" in err


def test_a_checkpoint_of_other_parts_is_refused(folder, capsys):
    ended(gpt.main, [*SMALL, "--steps", 3, "--save", "w.safetensors"], capsys)
    code, _, err = ended(gpt.main, [*SMALL, "--steps", 6, "--save", "w.safetensors", "--workers", 1], capsys)
    assert code == 2 and "was made with --parts 1, not 4: take that, or name another file" in err
