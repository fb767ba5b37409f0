"""Every public name says what it is: a signature that Python can read, a docstring, a place that an editor finds."""

import importlib
import inspect
import pathlib
import types

import pytest

import autograd.tensor as torch
from course.derivative_source import parts

ROOT = pathlib.Path(__file__).parents[2]
MODULES = ["autograd.scalar"]
MODULES += [f"autograd.tensor{part}" for part in ("", ".nn", ".nn.functional", ".optim", ".linalg", ".utils.data")]

# What has no docstring or signature yet. The list can only shrink: a name that has both must leave it.
NOT_YET: set[str] = set()


def public():
    """Yield every public function, class and method with its full name."""
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name in getattr(module, "__all__", dir(module)):
            thing = getattr(module, name)
            if name.startswith("_") or isinstance(thing, types.ModuleType) or not callable(thing):
                continue
            if getattr(thing, "__module__", "").startswith("numpy"):
                continue  # NumPy's own
            yield f"{module_name}.{name}", thing
    for name, thing in vars(torch.Tensor).items():
        if not name.startswith("_") and not inspect.ismemberdescriptor(thing):
            yield f"Tensor.{name}", thing


PUBLIC = dict(public())


def faults(thing):
    """Yield what is missing."""
    doc = inspect.getdoc(thing) or ""
    first = doc.split("\n\n")[0]
    if not first.endswith((".", ":")) or len(first.split()) < 3:
        yield f"a docstring that starts with a sentence, not {first!r}"
    if not isinstance(thing, property):
        try:
            inspect.signature(thing)
        except (TypeError, ValueError):
            yield "a signature"


def test_every_public_name_has_a_signature_and_a_docstring():
    wrong = {name: list(faults(thing)) for name, thing in PUBLIC.items()}
    wrong = {name: found for name, found in wrong.items() if found}
    assert set(wrong) <= NOT_YET, {name: wrong[name] for name in set(wrong) - NOT_YET}
    assert NOT_YET <= set(wrong), f"these are right now, take them off the list: {sorted(NOT_YET - set(wrong))}"


def undocumented(): ...


def without_sentence():
    """nothing"""


@pytest.mark.parametrize("thing", [undocumented, without_sentence])
def test_a_name_without_a_docstring_is_found(thing):
    assert len(list(faults(thing))) == 1


def test_every_function_is_where_its_name_says():
    """An editor jumps to `def softmax` from `torch.softmax`; a function that another one made has no such place."""
    elsewhere = []
    for name, thing in PUBLIC.items():
        if inspect.isfunction(thing) and name.startswith("autograd.tensor."):
            function = inspect.unwrap(thing)
            short = name.rpartition(".")[2]
            source = inspect.getsource(function)
            if f"def {short}(" not in source or function.__qualname__ != short:
                elsewhere.append(name)
    assert set(elsewhere) == MADE, set(elsewhere) ^ MADE


# Functions that are made by other functions, or have another name there; the list can only shrink.
MADE = {
    "autograd.tensor.concat",
    "autograd.tensor.concatenate",
}


@pytest.mark.parametrize(
    ("operation", "derivative"),
    [
        (torch.tanh, "tanh = elementwise(np.tanh, x=lambda g, y: "),
        (torch.Tensor.tanh, "tanh = elementwise(np.tanh, x=lambda g, y: "),
        (torch.Tensor.tanh_, "tanh = elementwise(np.tanh, x=lambda g, y: "),
        (torch.absolute, "abs = elementwise(np.absolute, x=lambda g, x: "),
        (torch.Tensor.__mul__, "mul = elementwise(np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a"),
        (torch.Tensor.__pow__, "b=lambda g, y, a, b: masked("),
        (torch.pow, "def power_slope(g: Any, a: Any, b: Any)"),
        (torch.matmul, "matrix_product = primitive(np.matmul, a=lambda g, b: "),
        (torch.softmax, "softmax = primitive(softmax_of, x=lambda g, y, axis: "),
        (torch.clamp, "clamped = primitive("),
        (torch.nn.functional.mse_loss, "square = elementwise(np.square"),
    ],
)
def test_the_source_of_an_operation_shows_its_derivative(operation, derivative):
    assert derivative in "\n\n".join(parts(operation))


def test_the_source_of_every_function_of_numbers_shows_a_derivative():
    pointwise = importlib.import_module("autograd.tensor.api.pointwise")
    functions = [x for x in vars(pointwise).values() if inspect.isfunction(x) and x.__module__ == pointwise.__name__]
    assert len(functions) > 35
    for function in functions:
        shown = parts(function)
        assert shown[0].startswith("@public")
        assert any("lambda g" in part for part in shown[1:]), function.__name__


def test_what_is_no_operation_shows_only_itself():
    assert parts(torch.is_tensor) == [inspect.getsource(torch.is_tensor).rstrip()]
    assert parts(torch.nn.Linear) == []
    assert parts(3) == []
