"""PyTorch's recorded numbers are PyTorch's, are checked where it is installed, and are what our engine gives."""

import json
import math
import os

import pytest

import autograd.scalar as scalar
from autograd.scalar import Value, grad
from course import reference
from course.reference_programs import PROGRAMS

needs_torch = pytest.mark.skipif(not reference.installed(), reason="PyTorch is not installed")


def close(number):
    return pytest.approx(number, rel=1e-9, abs=1e-12, nan_ok=True)


@needs_torch
@pytest.mark.parametrize("name", PROGRAMS)
def test_recorded_numbers_are_pytorchs(name):
    reference.compare(name, reference.recorded(name), PROGRAMS[name]())


@needs_torch
def test_recording_again_writes_the_same_keys(tmp_path):
    reference.record(tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text())
    stored = json.loads(reference.FILE.read_text())
    assert again["programs"].keys() == stored["programs"].keys() == PROGRAMS.keys()
    assert os.listdir(tmp_path) == ["again.json"]


@needs_torch
def test_recording_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "reference.json"
    file.write_text("{}")

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        reference.record(file)
    assert (os.listdir(tmp_path), file.read_text()) == (["reference.json"], "{}")


def test_without_pytorch_the_recorded_numbers_are_given(monkeypatch):
    monkeypatch.setattr(reference, "installed", lambda: False)
    monkeypatch.setattr(reference, "_computed", None)
    assert reference.pytorch("neuron")["value"] == close(math.sqrt(0.5))


def test_where_only_recorded_numbers_are_wanted_pytorch_is_not_asked(monkeypatch):
    monkeypatch.setenv("COURSE_REFERENCE", "recorded")
    monkeypatch.setattr(reference, "_computed", None)
    assert reference.pytorch("neuron")["value"] == close(math.sqrt(0.5))


def test_another_number_is_an_error_that_names_everything(monkeypatch):
    other = json.loads(json.dumps(reference.recorded("neuron")))
    other["gradients"]["w1"] = 1.5
    monkeypatch.delenv("COURSE_REFERENCE", raising=False)
    monkeypatch.setattr(reference, "installed", lambda: True)
    monkeypatch.setattr(reference, "_computed", lambda name: other)
    with pytest.raises(reference.ReferenceMismatch) as caught:
        reference.pytorch("neuron")
    assert all(part in str(caught.value) for part in ("'neuron'", "gradients.w1", "0.99999", "1.5", "--record"))


@pytest.mark.parametrize(
    ("recorded", "computed"),
    [
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": 1.0}, {}),
        ([1.0, 2.0], [1.0]),
        ([[1.0]], [1.0]),
        (1.0, 1.0 + 1e-8),
        (math.inf, -math.inf),
        (math.nan, 0.0),
        (0.0, 1e-11),
        (1.0, True),
        (1.0, "1.0"),
    ],
)
def test_every_kind_of_difference_is_found(recorded, computed):
    with pytest.raises(reference.ReferenceMismatch):
        reference.compare("test", recorded, computed)
    reference.compare("test", recorded, recorded)


def test_last_digits_do_not_count():
    reference.compare("test", {"a": [1.0, math.nan, math.inf]}, {"a": [1.0 + 1e-12, math.nan, math.inf]})


@pytest.mark.parametrize("name", ["", "no such", None])
def test_an_unknown_program_says_which_exist(name):
    with pytest.raises(KeyError, match="neuron, expression"):
        reference.pytorch(name)


def test_the_file_is_strict_json():
    def refuse(constant):
        raise AssertionError(constant)

    content = json.loads(reference.FILE.read_text(), parse_constant=refuse)
    assert content["torch"] == reference.recorded_version() == "2.13.0"


@pytest.mark.parametrize(("arguments", "status"), [(["--nonsense"], 2), (["--record", "x"], 2)])
def test_wrong_usage(arguments, status, capsys):
    assert reference.main(arguments) == status
    assert "usage" in capsys.readouterr().err


def test_recording_needs_pytorch(monkeypatch, capsys):
    monkeypatch.setattr(reference, "installed", lambda: False)
    assert reference.main(["--record"]) == 1
    assert "PyTorch is not installed" in capsys.readouterr().err


# ---- our engine against the recorded numbers


def test_the_polynomial_to_third_order():
    recorded = reference.pytorch("polynomial")
    for index, point in enumerate(recorded["x"]):
        x = Value(point)
        y = x**3 - 2 * x**2 + x
        for name in ("value", "first", "second", "third"):
            assert y.data == pytest.approx(recorded[name][index], abs=1e-12)
            y = grad(y, x, create_graph=True)


BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "max": lambda a, b: a.max(b),
    "min": lambda a, b: a.min(b),
    "neg": lambda a: -a,
    "abs": abs,
}
CASES = [(op, case) for op, cases in reference.recorded("scalar_operations").items() for case in cases]


@pytest.mark.parametrize(("op", "case"), CASES, ids=[f"{op}{case['inputs']}" for op, case in CASES])
def test_every_operation_at_every_point(op, case):
    inputs = [Value(number) for number in case["inputs"]]
    output = (BINARY.get(op) or getattr(scalar, op))(*inputs)
    output.backward()
    assert output.data == close(case["value"])
    assert [value.grad for value in inputs] == [close(number) for number in case["gradients"]]
