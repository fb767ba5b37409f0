"""Chapter 13's picture of a network shows every tensor, and tells those that are known from the others."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from course.mine.tensor_modules import Linear, Module
from course.module_tree import draw_modules


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def network():
    model = Module()
    model.hidden, model.last = [Linear(3, 2), Linear(2, 4)], Linear(4, 5)
    model.name, model.function, model.nothing, model.table, model.kind = "a", np.tanh, None, {"empty": []}, Module
    return model


def boxes(ax):
    return [(text.get_text(), text.get_bbox_patch()) for text in ax.texts]


def test_every_tensor_has_a_box_with_its_shape():
    ax = draw_modules(network(), [], title="a network")
    shown = [text for text, _ in boxes(ax)]
    assert [text for text in shown if "weight" in text] == ["weight\n2 × 3", "weight\n4 × 2", "weight\n5 × 4"]
    assert [text for text in shown if "bias" in text] == ["bias\n2", "bias\n4", "bias\n5"]
    assert sorted(text for text in shown if "\n" not in text) == ["Module", "[0]", "[1]", "hidden", "last"]
    assert ax.get_title(loc="left") or ax.get_title() == "a network"


def test_known_tensors_are_told_from_others_without_colours():
    model = network()
    ax = draw_modules(model, model.last.parameters())
    looks = {text: (to_hex(box.get_facecolor()) != "#ffffff", box.get_linestyle()) for text, box in boxes(ax)}
    assert looks["weight\n5 × 4"] == looks["bias\n5"] == (True, "-")
    assert looks["weight\n2 × 3"] == looks["bias\n4"] == looks["hidden"] == looks["[1]"] == (False, "--")
    assert looks["last"] == looks["Module"] == (False, "-")
    assert sorted(line.get_linestyle() for line in ax.lines) == ["-"] * 3 + ["--"] * 7


def test_boxes_of_tensors_do_not_overlap():
    ax = draw_modules(network(), [])
    ax.figure.canvas.draw()
    extents = [box.get_window_extent() for _, box in boxes(ax)]
    assert not [1 for i, one in enumerate(extents) for other in extents[:i] if one.overlaps(other)]
    assert all(ax.figure.bbox.contains(*corner) for box in extents for corner in (box.min, box.max))


def test_a_model_without_tensors_and_one_that_holds_itself_are_refused_in_words():
    with pytest.raises(ValueError, match="this Module holds no tensors"):
        draw_modules(Module(), [])
    model = network()
    model.last.whole = model
    with pytest.raises(ValueError, match="whole holds itself"):
        draw_modules(model, [])
