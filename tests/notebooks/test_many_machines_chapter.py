"""Chapter 24: what it shows where Dask is not installed, and numbers that its text says and no stored output holds."""

import contextlib
import functools
import io
import re
import sys

import numpy as np
from mutants import ch24
from notebook_files import ROOT, cells, exercises, role, tags

from course.checks import judge

CHAPTER = ROOT / "notebooks" / "24_many_machines.ipynb"
CELLS = {cell["id"]: cell for cell in cells(CHAPTER)}
# Times alone are measured in these; the source is shown in another way outside of notebooks.
LEFT_OUT = {"pays", "library-source", "paper-times"}


def stored(id):
    return "".join("".join(output.get("text", "")) for output in CELLS[id]["outputs"])


@functools.cache
def run_without_dask():
    """Return what each cell prints where Dask cannot be imported, and the names that are left."""
    namespace, printed, before = {}, {}, sys.modules.get("distributed")
    sys.modules["distributed"] = None
    try:
        for id, cell in CELLS.items():
            if cell["cell_type"] == "code" and id not in LEFT_OUT and not role(cell):
                source = cell["source"].replace("your_rate = ...", "your_rate = 0.25")
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    exec(source, namespace)
                printed[id] = out.getvalue().replace("Ellipsis", "(no guess)")
    finally:
        del sys.modules["distributed"]
        if before:
            sys.modules["distributed"] = before
    return printed, namespace


def test_without_dask_the_chapter_says_so_and_shows_the_same_numbers():
    printed, _ = run_without_dask()
    said = (
        "Dask is not installed: pip install 'dask[distributed]' installs it. Until then, this process computes alone."
    )
    assert printed["cluster"] == f"{said}\nNone\n"
    compared = [id for id in printed if "nbval-ignore-output" not in tags(CELLS[id]) and id != "break-rates"]
    assert [(id, printed[id]) for id in compared] == [(id, stored(id)) for id in compared]
    assert len(compared) > 20


def test_the_damage_is_what_is_said():
    said, lines = CELLS["break-found"]["source"], run_without_dask()[0]["break-rates"].splitlines()
    one, one_at_1, one_at_2, four, four_at_a_quarter = (line.split(": ")[1] for line in lines)
    assert f"One worker ends at loss {one} with rate 0.5" in CELLS["break-it"]["source"]
    assert said.startswith(f"<details><summary>Damage</summary>{four}, as one worker at rate 2; with 0.25, four")
    assert one_at_1 == four_at_a_quarter and f"end at {one_at_1}, as one at rate 1" in said
    assert one_at_2 == four


def test_a_rate_of_3_gives_one_answer_to_nearly_all_pictures():
    assert "at 3 nearly every picture gets the same answer" in CELLS["sweep-found"]["source"]
    answers, source = [], CELLS["sweep"]["source"].split("settings =")[0]
    names = {**run_without_dask()[1], "keep": lambda answer: answers.append(answer.numpy()) or answer}
    exec(source.replace("model(inputs[1500:]).argmax(1)", "keep(model(inputs[1500:]).argmax(1))"), names)
    accuracies = [names["accuracy"]((seed, 3)) for seed in (0, 1, 2)]
    (line,) = re.findall(r"^rate   3 +(.+)$", stored("sweep-table"), re.MULTILINE)
    assert [f"{share:.0%}" for share in accuracies] == line.split()
    assert [np.bincount(answer).max() / len(answer) > 0.95 for answer in answers] == 3 * [True]


def test_the_text_says_how_many_times_as_fast_two_workers_were_in_the_runs_that_are_stored():
    (measured,) = re.findall(r": x([\d.]+)", stored("sweep"))
    assert f"{measured} times in the run that is stored here" in CELLS["sweep-found"]["source"]
    steps = {}  # of each network: milliseconds alone, and how many times as fast two workers are
    for name, *_ in (lines := re.findall(r"^(wide|convolution) (.*)$", stored("pays"), re.MULTILINE)):
        steps[name] = [(int(ms), float(x)) for ms, x in re.findall(r"(\d+) ms, \d+: x([\d.]+)", dict(lines)[name])]
    said = CELLS["pays-found"]["source"]
    gains = re.search(r"gained from about (\d+) ms a step on, and the other from (\d+); .* were ([\d.]+) times", said)
    for name, from_here in zip(("convolution", "wide"), gains.groups(), strict=False):
        assert all((ms > int(from_here)) == (times > 1) for ms, times in steps[name]), name
    assert {f"{times[-1][1]:.1f}" for times in steps.values()} == {gains[3]}


def trained(compress, count, forget):
    """Train as exercise 24.4 suggests; return loss, share of unseen digits, and how many weights ever moved."""
    names = run_without_dask()[1]
    model, left, moved, loss_of = names["new_model"](), np.zeros(4810), set(), names["part"]
    weights = names["parameters_to_vector"](model.parameters()).detach().numpy().copy()
    for _ in range(100):
        model.zero_grad()
        _, gradient = loss_of(model, names["inputs"][:1500], names["labels"][:1500])
        places, values, left = compress(gradient, np.zeros(4810) if forget else left, count)
        weights[places] -= 0.5 * values
        moved.update(places.tolist())
        names["vector_to_parameters"](names["ag"].tensor(weights), model.parameters())
    right = (model(names["inputs"][1500:]).argmax(1) == names["labels"][1500:]).numpy().mean()
    return loss_of(model, names["inputs"][:1500], names["labels"][:1500])[0], right, len(moved)


def test_a_hundredth_of_the_gradient_does_what_is_said():
    solved = exercises(ROOT / "notebooks" / "solutions" / CHAPTER.name)["24.4"]["solution"]["source"]
    namespace = {"np": np}
    exec(solved, namespace)
    runs = [trained(namespace["compress"], *setting) for setting in ((4810, False), (48, False), (48, True))]
    whole, kept, forgotten = (f"{loss:.2f} and {right:.0%}".replace("%", " %") for loss, right, _ in runs)
    hint = CELLS["ex-24-4-hints"]["source"]
    assert f"all 4,810 numbers give loss {whole} of unseen digits, the 48 largest {kept}" in hint
    assert f"is forgotten, {forgotten}." in hint
    why = cells(ROOT / "notebooks" / "solutions" / CHAPTER.name)[-1]["source"]
    assert f"{runs[2][2]:,} weights had ever moved, and {runs[1][2]:,} if what is left is kept" in why


def test_the_readers_own_step_has_the_bits_of_the_library(capsys):
    names = {**run_without_dask()[1], "np": np}
    for id in ("24.1", "24.2"):
        exec(exercises(ROOT / "notebooks" / "solutions" / CHAPTER.name)[id]["solution"]["source"], names)
    exec(re.search(r"```python\n(.*?)```", CELLS["bits-found"]["source"], re.DOTALL)[1], names)
    exec(CELLS["yours"]["source"].replace("yours = ...", ""), names)
    assert capsys.readouterr().out == "same bits: True\n"


def test_only_who_leaves_out_each_last_row_is_told_where_a_slice_ends():
    for wrong, told in ((ch24.both_ends, True), (ch24.rest_lost, False), (ch24.starts_and_lengths, False)):
        assert ("a slice ends before its stop" in judge("24.1", wrong).message) == told, wrong.__name__
