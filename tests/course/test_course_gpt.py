"""python -m course.gpt: what it refuses, what it saves, and that an interruption changes nothing."""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import ended

import autograd.tensor as ag
from course import datasets, gpt, gpt_model, mine
from course.byte_pairs import BytePairs

pytest.importorskip("safetensors", reason="weights are saved with safetensors")
ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = {"context": 8, "width": 8, "heads": 2, "layers": 1, "merges": 20, "batch_size": 4}
OPTIONS = [part for name, value in SMALL.items() for part in (f"--{name.replace('_', '-')}", str(value))]
WEIGHTS, CHECKPOINT = "gpt.safetensors", "gpt.checkpoint.safetensors"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a short text, in which the program runs."""
    (tmp_path / "text.txt").write_text(datasets.course_text()[:3000])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def program(folder, capsys):
    """The program, small: its exit code, what it printed, and what it said to standard error."""

    return lambda *arguments, text="text.txt": ended(gpt.main, ["--text", text, *OPTIONS, *arguments], capsys)


@pytest.fixture
def no_training(monkeypatch):
    """Fails the test if a step is taken."""
    monkeypatch.setattr(gpt.Training, "step", lambda self: pytest.fail("trained"))


def files(folder):
    """What the files in a folder hold: of safetensors files the header, whose order is any, and all numbers."""
    return {path.name: parsed(path.read_bytes()) for path in folder.iterdir()}


def parsed(content):
    if b'{"' not in content[8:10]:
        return content
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def test_it_reports_samples_and_saves(program, folder):
    code, out, err = program("--steps", 12, "--every", 5, "--save", WEIGHTS)
    assert code is None
    lines = out.splitlines()
    assert "pieces to learn from" in lines[0] and lines[-1] == f"weights saved in {WEIGHTS}"
    assert [line.split(":")[0] for line in lines if line.startswith("step ")] == ["step 5", "step 10", "step 12"]
    assert sum(line.startswith("  '") or line.startswith('  "') for line in lines) == 2
    assert len(out.split("a sample:\n")[1].split(f"\nweights saved in {WEIGHTS}")[0]) == gpt.SAMPLE
    assert sorted(files(folder)) == [CHECKPOINT, WEIGHTS, "text.txt"]
    assert "steps 1 to 5 of 12" in err


def test_the_command_in_the_readme_is_one_that_the_program_takes(program, folder, monkeypatch):
    command = re.search(r"`\.venv/bin/python -m course\.gpt ([^`]*)`", (ROOT / "README.md").read_text()).group(1)
    runs = []
    monkeypatch.setattr(gpt, "run", lambda options, cluster: runs.append(options))
    gpt.main(command.split())
    assert (ROOT / runs[0].text).is_file() and runs[0].steps == 1000


def test_nothing_is_written_unless_a_file_is_named(program, folder):
    code, out, _ = program("--steps", 2)
    assert code is None and out.startswith("The weights will not be kept: --save FILE does that.")
    assert os.listdir(folder) == ["text.txt"]


def test_it_learns(program, folder):
    (folder / "text.txt").write_text("the cat sat on the mat. " * 200)
    code, out, _ = program("--steps", 150, "--every", 50, "--merges", 0, "--lr", 0.02)
    held_out = [float(line.split()[-3]) for line in out.splitlines() if line.startswith("step ")]
    assert held_out[0] > 1 > 0.3 > held_out[-1]
    assert code is None and " the " in out.split("a sample:\n")[1]


def test_a_sample_that_the_screen_cannot_show_is_shown_in_numbers(folder):
    (folder / "text.txt").write_text("\u03b1\u03b2\u03b3 \u4e2d\u6587. " * 200, encoding="utf-8")
    arguments = ["-m", "course.gpt", "--text", "text.txt", *OPTIONS, "--steps", "1", "--save", WEIGHTS]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "\\u03b1" in done.stdout and done.stdout.endswith(f"weights saved in {WEIGHTS}\n")


@pytest.mark.parametrize("steps", [1, 2])
def test_weights_that_a_last_step_has_spoilt_are_not_kept(program, folder, monkeypatch, steps):
    """The loss before a step is a number, and what the step leaves is none."""
    whole = gpt.Training.step

    def step(self):
        loss = whole(self)
        if self.steps == steps:
            self.model.scores.bias.data.fill_(float("nan"))
        return loss

    monkeypatch.setattr(gpt.Training, "step", step)
    code, _, err = program("--steps", 2, "--every", steps, "--save", WEIGHTS)
    assert code == 2 and "the loss is no number any more at step" in err
    assert os.listdir(folder) == ["text.txt"]


# ---- weights


def test_pytorch_loads_the_weights_and_gives_the_same_scores(program, folder):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    program("--steps", 5, "--save", WEIGHTS)
    text = gpt.read(folder / "text.txt", SMALL["merges"], SMALL["context"])
    sizes = [text.pairs.size, *(SMALL[name] for name in ("context", "width", "heads", "layers"))]
    source = Path(gpt_model.__file__).read_text(encoding="utf-8")
    swapped = source.replace("import autograd.tensor as torch", "import torch").replace("autograd.tensor", "torch")
    assert "autograd" not in swapped
    exec(compile(swapped, "gpt_model.py", "exec"), namespace := {"__name__": "swapped"})
    theirs, ours = namespace["GPT"](*sizes), gpt_model.GPT(*sizes)
    theirs.load_state_dict(load_file(folder / WEIGHTS))
    ours.load_state_dict(ag.load(folder / WEIGHTS))
    numbers = text.rest[:16].reshape(2, 8)
    with torch.no_grad(), ag.no_grad():
        expected, got = theirs(torch.tensor(numbers.numpy())).numpy(), ours(numbers).numpy()
    np.testing.assert_allclose(got, expected, atol=2e-6)
    assert expected.std() > 0.1


def test_the_readers_gpt_takes_the_same_weights(program, folder):
    program("--steps", 5, "--save", WEIGHTS)
    state = {name: tensor.numpy() for name, tensor in ag.load(folder / WEIGHTS).items()}
    tokens = len(state["tokens.weight"])
    sizes = [tokens, *(SMALL[name] for name in ("context", "width", "heads", "layers"))]
    theirs, ours = mine.chapter(19).GPT(*sizes), gpt_model.GPT(*sizes)
    theirs.load_state_dict(state)
    ours.load_state_dict(ag.load(folder / WEIGHTS))
    numbers = np.arange(16).reshape(2, 8) % tokens
    with ag.no_grad():
        np.testing.assert_allclose(theirs(numbers).data, ours(ag.tensor(numbers)).numpy(), atol=2e-6)


def test_the_header_of_the_weights_holds_the_settings_and_the_pieces(program, folder):
    from safetensors import safe_open

    program("--steps", 1, "--save", WEIGHTS)
    with safe_open(folder / WEIGHTS, "np") as file:
        told = {name: json.loads(value) for name, value in file.metadata().items() if name != "format"}
    text = (folder / "text.txt").read_text()
    assert told["pieces"] == BytePairs(gpt.learn_merges(text[:2700], 20), text).pieces
    assert told["settings"] == SMALL | {"lr": 0.003, "seed": 0, "parts": 1}


# ---- interruptions

# Ends its own process at a point: before the step of a number, or in a call of `fsync` or `replace` of a number. Trying
# out takes two calls of fsync; then each file takes one of fsync and one of replace.
KILLED = """
import os, signal, sys
from course import gpt
where, number, sign, *arguments = sys.argv[1:]
left, module, name = int(number), *({"step": (gpt.Training, "step")}.get(where) or (os, where))
whole = getattr(module, name)
def interrupted(*inputs, **how):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), getattr(signal, sign))
    return whole(*inputs, **how)
setattr(module, name, interrupted)
gpt.main(arguments)
"""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The files and the output of a run of 17 steps that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "text.txt").write_text(datasets.course_text()[:3000])
    return killed(folder, "step", 0, "SIGKILL").stdout, files(folder)


def killed(folder, where, number, sign):
    arguments = ["--text", "text.txt", *OPTIONS, "--steps", "17", "--every", "5", "--save", WEIGHTS]
    command = [sys.executable, "-c", KILLED, where, str(number), sign, *arguments]
    paths = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=os.environ | paths, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("where", "number", "kept"),
    [("step", 3, None), ("step", 9, 5), ("fsync", 4, 5), ("replace", 2, 5), ("step", 17, 15), ("fsync", 7, 17)],
)
def test_a_killed_run_goes_on_bit_for_bit(program, folder, uninterrupted, where, number, kept):
    output, whole = uninterrupted
    done = killed(folder, where, number, "SIGKILL")
    assert done.returncode == -9
    before = files(folder)
    assert WEIGHTS not in before
    assert (ag.load(folder / CHECKPOINT)["steps"] if CHECKPOINT in before else None) == kept
    code, out, _ = program("--steps", 17, "--every", 5, "--save", WEIGHTS)
    assert code is None
    assert files(folder) == whole  # the weights, the checkpoint, and nothing that was left half written
    if kept:
        first, *rest = out.splitlines()
        assert first == f"{CHECKPOINT} is a checkpoint after {kept} steps: going on from there"
        assert rest[1:] == output.splitlines()[-len(rest[1:]) :]
    else:
        assert out == output


def test_an_interruption_from_the_keyboard_is_a_sentence(folder):
    done = killed(folder, "step", 8, "SIGINT")
    assert done.returncode == 130 and "Traceback" not in done.stderr
    said = "python -m course.gpt: interrupted; the same command goes on from the last checkpoint, or anew"
    assert done.stderr.splitlines()[-1] == said
    assert ag.load(folder / CHECKPOINT)["steps"] == 5


def test_more_steps_later_are_the_same_as_all_at_once(program, folder, uninterrupted):
    for steps in (3, 10, 17):
        assert program("--steps", steps, "--every", 5, "--save", WEIGHTS)[0] is None
    assert files(folder) == uninterrupted[1]


def test_the_same_run_again_trains_no_more_and_saves_the_same(program, folder, monkeypatch):
    program("--steps", 6, "--save", WEIGHTS)
    before = files(folder)
    (folder / WEIGHTS).unlink()
    monkeypatch.setattr(gpt.Training, "step", lambda self: pytest.fail("trained"))
    assert program("--steps", 6, "--save", WEIGHTS)[0] is None
    assert files(folder) == before


def test_looking_more_often_changes_no_weight(program, folder):
    program("--steps", 9, "--every", 9, "--save", "one.safetensors")
    program("--steps", 9, "--every", 2, "--save", "other.safetensors")
    found = files(folder)
    assert found["one.safetensors"] == found["other.safetensors"]


# ---- what is refused


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "cannot be read: there is no such file"),
        (lambda path: path.mkdir(), "cannot be read: that is a folder"),
        (lambda path: path.write_bytes(b""), "is empty: there is nothing to learn"),
        (lambda path: path.write_bytes(b" \n\t\n" * 100), "is empty: there is nothing to learn"),
        (lambda path: path.write_bytes(b"\xef\xbb\xbf"), "is empty: there is nothing to learn"),
        (lambda path: path.write_bytes(b"abc\0def" * 100), "is no text: it holds zero bytes"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" * 100), "is no text in UTF-8: byte 0 is 137, which"),
        (lambda path: path.write_bytes("caf\u00e9 ".encode("latin-1") * 100), "is no text in UTF-8: byte 3 is 233"),
        (lambda path: path.write_bytes("text ".encode("utf-16") * 100), "is no text in UTF-8: byte 0 is 255"),
        (
            lambda path: path.write_text("too short"),
            "is too short: its last tenth, which is kept aside to measure, has",
        ),
        (lambda path: path.write_text("abcdefgh" * 10), "has 8 pieces, and a context of 8 needs 9; name a longer text"),
    ],
)
def test_what_is_no_text_is_refused_in_a_sentence(program, folder, no_training, make, said):
    make(folder / "other")
    code, out, err = program("--merges", 0, "--save", WEIGHTS, text="other")
    assert (code, out) == (2, "") and err.startswith("python -m course.gpt: other ") and said in err
    assert err.count("\n") == 1 and not {WEIGHTS, CHECKPOINT} & set(os.listdir(folder))


def test_the_shortest_text_is_learnt(program, folder):
    (folder / "other").write_text("abcdefghi" * 10)
    assert program("--merges", 0, "--steps", 1, text="other")[0] is None


def test_characters_that_only_the_measured_part_has_and_windows_line_ends_are_read(program, folder):
    (folder / "other").write_bytes(("\ufeff" + "one two\r\n" * 100 + "\u00e9t\u00e9 " * 30).encode())
    assert program("--steps", 1, text="other")[0] is None
    text = gpt.read(folder / "other", 0, 8)
    assert "\r" not in text.pairs.pieces and "\ufeff" not in text.pairs.pieces and "\u00e9" in text.pairs.pieces


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--steps", "0"], "argument --steps: must be at least 1, not 0"),
        (["--steps", "-5"], "argument --steps: must be at least 1, not -5"),
        (["--steps", "many"], "argument --steps: must be a whole number of at least 1, not 'many'"),
        (["--merges", "-1"], "argument --merges: must be at least 0, not -1"),
        (["--context", "0"], "argument --context: must be at least 1, not 0"),
        (["--lr", "nan"], "argument --lr: must be a number above 0, not nan"),
        (["--lr", "fast"], "argument --lr: must be a number above 0, not fast"),
        (["--heads", "3"], "--width 8 cannot be shared equally by --heads 3"),
        (["--save", "text.txt"], "--save text.txt would overwrite the text"),
        (["--save", "nowhere/w"], "the weights cannot be saved in nowhere/w: there is no folder nowhere"),
        (["--save", "."], "the weights cannot be saved in .: that is a folder, name a file in it"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_sentence(program, folder, no_training, arguments, said):
    before = files(folder)
    code, _, err = program(*arguments)
    assert code == 2 and err.rstrip("\n").endswith(said), err
    assert files(folder) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--width", "16"], "was made with --width 8, not 16: take that, or name another file with --save"),
        (["--batch-size", "5"], "was made with --batch-size 4, not 5"),
        (["--seed", "1"], "was made with --seed 0, not 1"),
        (["--lr", "1"], "was made with --lr 0.003, not 1.0"),
        (["--steps", "5"], "6 steps were taken already, and --steps 5 is fewer"),
        (["--text", "other"], f"{CHECKPOINT} was made from another text than other: name another file with --save"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused_and_stays(program, folder, arguments, said, monkeypatch):
    program("--steps", 6, "--save", WEIGHTS)
    (folder / "other").write_text(datasets.course_text()[3000:6000])
    before = files(folder)
    monkeypatch.setattr(gpt.Training, "step", lambda self: pytest.fail("trained"))
    code, _, err = program("--steps", 9, "--save", WEIGHTS, *arguments)
    assert code == 2 and said in err and err.count("\n") == 1
    assert files(folder) == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-100]), "is damaged, or something else"),
        (lambda path: path.write_bytes(b""), "is damaged, or something else"),
        (lambda path: path.write_text("my notes"), "is damaged, or something else"),
        (lambda path: ag.save({"weight": ag.zeros(2)}, path), "is no checkpoint of this program"),
        (lambda path: ag.save([1, 2], path), "is no checkpoint of this program"),
    ],
)
def test_a_damaged_checkpoint_is_refused_and_stays(program, folder, no_training, damage, said):
    path = folder / CHECKPOINT
    ag.save({"tensor": ag.zeros(100)}, path)
    damage(path)
    before = files(folder)
    code, _, err = program("--steps", 9, "--save", WEIGHTS)
    assert code == 2 and f"{CHECKPOINT} {said}: name another file with --save, or remove that one\n" in err
    assert files(folder) == before


def test_a_disk_that_becomes_full_leaves_the_last_checkpoint(program, folder, monkeypatch):
    program("--steps", 5, "--every", 5, "--save", WEIGHTS)
    before, fsync, calls = files(folder), os.fsync, []

    def full_at_last(file):
        calls.append(file)
        if len(calls) > 2:  # what is tried out before training
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(file)

    monkeypatch.setattr(os, "fsync", full_at_last)
    code, _, err = program("--steps", 20, "--every", 5, "--save", WEIGHTS)
    assert code == 2 and f"the checkpoint cannot be saved in {CHECKPOINT}: {os.strerror(errno.ENOSPC)}\n" in err
    assert files(folder) == before


def test_a_loss_that_explodes_is_named_and_not_kept(program, folder):
    with np.errstate(all="ignore"):
        code, _, err = program("--steps", 60, "--lr", "1e30", "--save", WEIGHTS)
    assert code == 2 and "try a smaller --lr than 1e+30" in err and "Traceback" not in err
    assert os.listdir(folder) == ["text.txt"]


def test_a_missing_library_is_named_before_training(program, no_training, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    code, _, err = program("--save", WEIGHTS)
    assert code == 2 and "pip install safetensors" in err
