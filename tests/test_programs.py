"""Five whole programs, written as a reader would write them, and what they must print, train and draw."""

import xml.etree.ElementTree as ElementTree

import pytest

from autograd.draw import draw_dot
from autograd.optim import SGD
from autograd.scalar import MLP, Value, mse
from course import reference


def test_a_an_expression_with_relu():
    a, b = Value(1.5, label="a"), Value(-0.5, label="b")
    c = a * b + 2 * a**2
    d = (c - b / a).relu() + (b - 1).relu()
    y = d**0.5 - 3 / (1 + c)
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
    model = MLP(3, [4, 4, 1])
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


def test_c_xor():
    inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    model = MLP(2, [4, 1], activation="tanh")
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(200):
        loss = mse([model(x) for x in inputs], targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    assert losses[-1] < 0.01 < 0.1 < losses[0]
    assert [round(model(x).data) for x in inputs] == targets


def neuron():
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    output = (x1 * w1 + x2 * w2 + b).tanh()
    output.label = "output"
    return output, {"x1": x1, "x2": x2, "w1": w1, "w2": w2, "b": b}


def test_d_a_tanh_neuron_drawn_before_and_after(tmp_path):
    output, leaves = neuron()
    written = {}
    for moment in ("before", "after"):
        for format in ("dot", "svg"):
            path = draw_dot(output).render(tmp_path / moment, format=format)
            written[moment, format] = open(path, encoding="utf-8").read()
        if moment == "before":
            output.backward()
    gradients = {name: leaf.grad for name, leaf in leaves.items()}
    assert gradients == pytest.approx({"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5}, abs=1e-12)
    expected = reference.pytorch("neuron")
    assert output.data == pytest.approx(expected["value"], rel=1e-15)
    assert gradients == pytest.approx(expected["gradients"], rel=1e-12, abs=1e-15)
    for moment, field in (("before", "grad 0"), ("after", "grad -1.5")):
        assert f"x1 | data 2 | {field}" in written[moment, "dot"]
        texts = [element.text for element in ElementTree.fromstring(written[moment, "svg"]).iter() if element.text]
        assert field in texts
        assert {"x1", "x2", "w1", "w2", "b", "output", "tanh"} <= set(texts)


def test_e_an_expression_that_reuses_its_numbers():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    e = c - d
    f = e**2
    g = f / 2
    g += 10 / f
    g.backward()
    expected = reference.pytorch("expression")
    assert g.data == pytest.approx(expected["value"], rel=1e-15)
    assert {"a": a.grad, "b": b.grad} == pytest.approx(expected["gradients"], rel=1e-15)
