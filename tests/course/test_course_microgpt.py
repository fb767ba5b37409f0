"""The smallest GPT has PyTorch's losses on every engine, and the published ones where its own names are."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

import autograd.tensor as ag
from autograd.scalar import Value
from course import datasets, microgpt, mine, reference

RECORDED = reference.recorded("microgpt")["losses"]
PUBLISHED = Path(os.path.expanduser(os.environ.get("AUTOGRAD_DATA", "")), "names.txt")


def on_values(begin):
    return microgpt.by_number(Value, begin)


def on_fused_values(begin):
    return microgpt.by_number(Value, begin, Value.dot, Value.sum)


def on_the_readers_values(begin):
    return microgpt.by_number(mine.chapter(8).Value, begin)


def on_the_readers_dot(begin):
    engine = mine.chapter(9)
    return microgpt.by_number(engine.Value, begin, engine.dot)


def on_the_readers_arrays(begin):
    return microgpt.by_array(mine.chapter(19), begin)


def on_arrays(begin):
    return microgpt.by_framework(ag, begin)


def on_pytorch(begin):
    return microgpt.by_framework(pytest.importorskip("torch"), begin)


RUNGS = {
    on_values: 3,
    on_fused_values: 8,
    on_the_readers_values: 2,
    on_the_readers_dot: 8,
    on_the_readers_arrays: 10,
    on_arrays: 10,
    on_pytorch: 3,
}


def begun(rung):
    begin = microgpt.start(datasets.names())
    return rung(begin), begin


@pytest.mark.parametrize(("rung", "steps"), RUNGS.items(), ids=[rung.__name__ for rung in RUNGS])
def test_every_rung_has_pytorchs_losses(rung, steps):
    model, begin = begun(rung)
    assert [step.loss for step in microgpt.train(model, begin.names, steps)] == pytest.approx(
        RECORDED[:steps], rel=1e-9
    )


def test_dot_nodes_are_a_fourteenth_of_all_nodes_and_arrays_leave_some_dozens():
    """The first name is davit: six places."""
    counts = {}
    for rung in (on_values, on_fused_values, on_the_readers_values, on_the_readers_dot, on_arrays):
        model, begin = begun(rung)
        (step,) = microgpt.train(model, begin.names, 1)
        counts[rung] = step.nodes - len(model.parameters)
    assert counts.pop(on_arrays) < 60
    assert counts == {
        on_values: 44_645,
        on_fused_values: 2_873,
        on_the_readers_values: 44_645,
        on_the_readers_dot: 3_125,
    }


def test_nodes_are_counted_once_each_leaves_included():
    a, b = Value(2.0), Value(3.0)
    assert microgpt.count_nodes(a * b + a) == 4
    assert microgpt.count_nodes(a) == 1
    x = mine.chapter(18).Tensor([2.0], requires_grad=True)
    assert microgpt.count_nodes((x * x + 1).sum()) == 4


def test_weights_are_4192_and_stand_in_their_order():
    begin = microgpt.start(["anna", "bo"], seed=1)
    assert sum(len(row) for rows in begin.weights.values() for row in rows) == 4192
    assert sorted(begin.names) == ["anna", "bo"]
    assert {name: (len(rows), len(rows[0])) for name, rows in begin.weights.items()} == microgpt.SIZES


def test_a_name_stands_between_two_ends_and_no_more_of_it_is_read_than_the_context_holds():
    assert microgpt.numbers("abz") == [26, 0, 1, 25, 26]
    assert microgpt.numbers("a" * 20) == [26, *[0] * 16]
    assert microgpt.numbers("a" * 15) == [26, *[0] * 15, 26]


@pytest.mark.parametrize("rung", [on_fused_values, on_the_readers_arrays])
def test_scores_of_a_place_do_not_depend_on_what_comes_later(rung):
    model, _ = begun(rung)
    one, other = (model.scores(microgpt.numbers(name)[:-1]) for name in ("maria", "marlo"))
    rows = [[getattr(x, "data", x) for x in scores[n]] if type(scores) is list else scores.data[n].tolist()
            for n in range(5) for scores in (one, other)]  # fmt: skip
    same = [a == pytest.approx(b, rel=1e-12) for a, b in zip(rows[::2], rows[1::2], strict=True)]
    assert same == [True, True, True, True, False]


def test_what_is_written_is_a_name_of_the_letters_a_to_z_and_the_same_on_numbers_and_arrays():
    written = []
    for rung in (on_fused_values, on_arrays):
        model, begin = begun(rung)
        written.append([microgpt.write(model, begin.rng) for _ in range(2)])
    assert written[0] == written[1]
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz") and len(name) <= 16 for name in written[0])


def test_training_lowers_the_loss_of_the_courses_names():
    model, begin = begun(on_arrays)
    losses = [step.loss for step in microgpt.train(model, begin.names, 300, planned=300)]
    assert sum(losses[-50:]) / 50 < 2.6 < 2.9 < sum(losses[:50]) / 50
    assert all(one != other for one, other in pairwise(losses))


@pytest.mark.skipif(
    not os.environ.get("AUTOGRAD_DATA") or not PUBLISHED.is_file(),
    reason="The names that microgpt was published with are not on this machine: AUTOGRAD_DATA names no folder with a "
    "names.txt.",
)
def test_with_the_published_names_the_published_losses_and_names_come_out():
    """The first and the last printed loss, and what is written after 1,000 steps."""
    begin = microgpt.start(PUBLISHED.read_text(encoding="ascii").split())
    model = on_arrays(begin)
    losses = [step.loss for step in microgpt.train(model, begin.names, 1000)]
    assert (f"{losses[0]:.4f}", f"{losses[-1]:.4f}") == ("3.3660", "2.6497")
    written = [microgpt.write(model, begin.rng) for _ in range(20)]
    assert (written[:6], written[-1]) == (["kamon", "ann", "karai", "jaire", "vialan", "karia"], "anton")
