"""The programs in examples/: what they print, train and draw, and that each can be read, run and copied by itself."""

import ast
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from autograd.draw import draw_dot
from autograd.scalar import Value
from course import tour

FILES = sorted(tour.EXAMPLES.glob("*.py"))


def test_a_an_expression_with_relu():
    y, inputs = tour.load("relu").expression()
    a, b = inputs["a"], inputs["b"]
    y.backward()
    # by hand: c = 3.75, c - b/a = 49/12, b - 1 < 0, y = d**0.5 - 3/4.75
    d_slope, c_slope = 0.5 * (49 / 12) ** -0.5, 3 / 4.75**2
    assert y.data == pytest.approx((49 / 12) ** 0.5 - 3 / 4.75, rel=1e-14)
    assert a.grad == pytest.approx(
        (d_slope + c_slope) * (b.data + 4 * a.data) + d_slope * b.data / a.data**2, rel=1e-13
    )
    assert b.grad == pytest.approx((d_slope + c_slope) * a.data - d_slope / a.data, rel=1e-13)
    assert f"{y.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "1.3891 2.0372 0.4056"


def test_b_a_network_forward_and_backward():
    model, losses = tour.load("four_points").train(rounds=0)
    assert losses == []
    assert len(model.parameters()) == (3 + 1) * 4 + (4 + 1) * 4 + (4 + 1) * 1 == 41
    output = model([2.0, 3.0, -1.0])
    output.backward()
    assert type(output) is Value
    # The last bias reaches the output along one edge; the first weights get what finite differences say.
    assert model.parameters()[-1].grad == 1.0
    weight = model.parameters()[0]
    before, gradient = weight.data, weight.grad
    sides = []
    for weight.data in (before + 1e-6, before - 1e-6):
        sides.append(model([2.0, 3.0, -1.0]).data)
    assert gradient == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["xor", "four_points"])
def test_c_networks_learn(name):
    example = tour.load(name)
    model, losses = example.train()
    assert losses[-1] < 0.01 < 0.5 < losses[0]
    assert [round(model(x).data) for x in example.INPUTS] == example.TARGETS


def test_d_a_tanh_neuron_drawn_before_and_after(tmp_path):
    example = tour.load("neuron")
    output, inputs = example.expression()
    paths = example.draw(tmp_path)
    assert paths == [
        str(tmp_path / f"graph_{moment}.{kind}") for moment in ("before", "after") for kind in ("dot", "svg")
    ]
    before, before_svg, after, after_svg = (open(path, encoding="utf-8").read() for path in paths)
    assert before == draw_dot(output).source
    output.backward()
    assert after == draw_dot(output).source
    assert inputs["x1"].grad == pytest.approx(-1.5)
    for text, svg, field in ((before, before_svg, "grad 0"), (after, after_svg, "grad -1.5")):
        assert f"x1 | data 2 | {field}" in text
        texts = [element.text for element in ElementTree.fromstring(svg).iter() if element.text]
        assert field in texts
        assert {"x1", "x2", "w1", "w2", "b", "output", "tanh"} <= set(texts)


def test_e_an_expression_that_reuses_its_numbers():
    g, inputs = tour.load("expression").expression()
    g.backward()
    # by hand: f = (c - d)**2 = 4, so g = f/2 + 10/f has the slope 1/2 - 10/16 by f, and f the slope 2 e = -4 by e
    assert g.data == 4.5
    slope = (1 / 2 - 10 / 16) * -4
    assert inputs["a"].grad == slope * (1 - 2)
    assert inputs["b"].grad == slope * (1 - (-4 + 3 * 2**2))


# ---- each file by itself


def test_there_is_a_file_for_each_program_of_the_tour():
    assert [path.stem for path in FILES] == sorted(tour.PROGRAMS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_example_is_short_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert 15 <= len(text.splitlines()) <= 50
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert len(tour.title(tour.load(path.stem))) <= 110
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert all(ast.get_docstring(function) for function in functions)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_example_imports_the_standard_library_and_autograd_only(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names | {"autograd"}
    assert "argparse" not in imported


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_example_runs_from_any_folder_without_any_package(path, tmp_path):
    # -S: no site-packages, so that only the standard library and the checkout are there.
    shown = printed([sys.executable, "-S", str(path)], tmp_path)
    assert "loss" in shown or "gradient of" in shown
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_copy_of_an_example_runs_where_autograd_can_be_found(path, tmp_path):
    shutil.copy(path, tmp_path)
    copied = printed([sys.executable, path.name], tmp_path, PYTHONPATH=str(tour.ROOT))
    assert copied == printed([sys.executable, str(path)], tmp_path)


def printed(command, folder, **variables):
    """Return what a program prints that is run in a folder; it must end well and say nothing on stderr."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout
