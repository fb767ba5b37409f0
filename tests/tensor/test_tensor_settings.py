"""How tensors print, as PyTorch prints them, and what compiling does: nothing."""

import math

import numpy as np
import pytest

import autograd.tensor as ours
from autograd.tensor.api import compiling, printing

NUMBERS = np.random.default_rng(0).normal(size=(9, 12))
SETTINGS = [
    {},
    {"precision": 2},
    {"precision": 7},
    {"threshold": 5},
    {"threshold": 5, "edgeitems": 1},
    {"linewidth": 40},
    {"linewidth": 200, "threshold": math.inf},
    {"profile": "short"},
    {"profile": "full"},
    {"profile": "short", "precision": 6, "threshold": 3},
    {"sci_mode": True},
    {"sci_mode": False},
]
ARRAYS = {
    "table": NUMBERS,
    "large": NUMBERS * 1e5,
    "whole": np.arange(12.0),
    "integers": np.arange(30).reshape(3, 10),
    "large and small": np.array([1e-7, 1.0, 1e9]),
    "one": np.array(3.25),
    "none": np.zeros((0, 3)),
}
TENSORS = {name: x if x.dtype.kind == "i" else x.astype(np.float32) for name, x in ARRAYS.items()}


@pytest.fixture(autouse=True)
def defaults():
    yield
    printing.set_printoptions(profile="default")


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("name", TENSORS)
def test_tensors_print_as_in_pytorch(settings, name):
    torch = pytest.importorskip("torch", reason="PyTorch, whose printing is compared, is not installed")
    try:
        torch.set_printoptions(profile="default")
        torch.set_printoptions(**settings)
        expected = repr(torch.from_numpy(TENSORS[name]))
    finally:
        torch.set_printoptions(profile="default")
    printing.set_printoptions(**settings)
    assert repr(ours.from_numpy(TENSORS[name])) == expected


def test_what_is_not_named_stays():
    printing.set_printoptions(precision=2)
    printing.set_printoptions(threshold=7)
    assert printing.get_printoptions() == {
        "precision": 2, "threshold": 7, "edgeitems": 3, "linewidth": 80, "sci_mode": None,
    }  # fmt: skip


def test_an_unknown_profile_is_refused():
    with pytest.raises(ValueError, match="one of default, short, full, got 'long'"):
        printing.set_printoptions(profile="long")


def test_compile_returns_what_it_is_given():
    model = ours.nn.Linear(2, 2)
    assert compiling.compile(model, mode="max-autotune") is model

    @compiling.compile
    def twice(x):
        return 2 * x

    @compiling.compile(fullgraph=True)
    def thrice(x):
        return 3 * x

    assert twice(1) == 2 and thrice(1) == 3
    with pytest.raises(TypeError, match="a function or a module, got 3"):
        compiling.compile(3)
    with pytest.raises(RuntimeError, match="mode or options"):
        compiling.compile(model, mode="default", options={})
