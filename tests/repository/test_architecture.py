"""docs/architecture.md and CONTRIBUTING.md name what exists, and docs/*.svg are what scripts/pictures.py draws."""

import ast
import contextlib
import functools
import inspect
import io
import pathlib
import re
import sys
import tomllib
from xml.etree import ElementTree

import pytest

import autograd.tensor as torch
from autograd.gradcheck import GradientError, gradcheck
from autograd.tensor.core import forms
from autograd.tensor.core.nodes import Shape
from autograd.tensor.table import elementwise

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import pictures  # noqa: E402

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# What else stands in backticks: numbers of an example, parameters, arguments, commands, roles of cells.
WORDS = set("g y x z a b like_ x.grad y.grad dim keepdim grad _ shown _shown assert make card stub hints alt".split())
MADE = {"my-course/"}  # by `make lab`


def place(path):
    """Return the file or folder that a document means, or None."""
    found = [base / path for base in (ROOT, ROOT / "autograd", ROOT / "autograd" / "tensor") if (base / path).exists()]
    return found[0] if found else None


@functools.cache
def names_in(file):
    """Return what a Python file defines: functions, classes, their methods, and what is assigned."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                names |= {f"{node.name}.{inner.name}", inner.name} if isinstance(inner, ast.FunctionDef) else set()
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {x.id for target in targets for x in ast.walk(target) if isinstance(x, ast.Name)}
    return names


def missing(text):
    """Return the files and names in backticks that do not exist.

    After "`file.py`: " the names must stand in that file, elsewhere in one of the files that the document names.
    """
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    quoted = re.findall(r"`([^`]+)`", text)
    endings = (".py", ".md", ".toml", "/")
    paths = {x for x in quoted if re.fullmatch(r"[\w./-]+", x) and x.endswith(endings)}
    wrong = {x for x in paths - MADE if place(x) is None}
    known = {x: names_in(place(x)) for x in paths - wrong if x.endswith(".py")}
    for path, listed in re.findall(r"`([\w./]+\.py)`: ((?:`[\w.]+`(?:, )?)+)", text):
        wrong |= {f"{path}: {x}" for x in re.findall(r"`([^`]+)`", listed) if x not in known.get(path, ())}
    everywhere = set().union(*known.values())
    words = {x for x in quoted if re.fullmatch(r"[A-Za-z_][\w.]*", x)} - paths - WORDS
    return sorted(wrong | {x for x in words - everywhere if place(x) is None})


@pytest.mark.parametrize("text", [PAGE, CONTRIBUTING], ids=["architecture", "contributing"])
def test_every_file_and_function_that_is_named_exists(text):
    assert missing(text) == []


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("`test_every_entry_is_covered`", "`test_every_entry_is_there`", "test_every_entry_is_there"),
        ("`tests/tensor/tensor_cases.py`", "`tests/cases.py`", "tests/cases.py"),
        ("`core/tensor.py`", "`core/tensors.py`", "core/tensors.py"),
        ("`core/nodes.py`: `Node`", "`core/nodes.py`: `Tensor`", "core/nodes.py: Tensor"),
        ("`first_gradient`", "`last_gradient`", "last_gradient"),
        ("`Plan.gradients`", "`Plan.gradient`", "Plan.gradient"),
        ("`table/`", "`tables/`", "tables/"),
    ],
)
def test_a_name_that_does_not_exist_is_found(right, wrong, said):
    both = PAGE + CONTRIBUTING
    assert right in both
    assert said in missing(both.replace(right, wrong))


def test_the_program_of_the_page_prints_what_stands_beside_it():
    program = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL).group(1)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})
    assert printed.getvalue().strip() == re.search(r"print\(x\.grad\)  # (.*)", program).group(1)


# --- the way of a number ---

PATH = [(step.file, step.function) for step in pictures.FORWARD + pictures.BACKWARD]


def entry_of(path, line):
    """Return the name that a file gives to what stands in this line: an entry of the table, of which a rule is part."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.lineno <= line <= node.end_lineno:
            return node.targets[0].id
    return None


def called():
    """Return the functions of the package that the page's program calls, in order, as (file, name)."""
    calls = []

    def profile(frame, event, argument):
        code = frame.f_code
        path = pathlib.Path(code.co_filename)
        if event == "call" and path.is_relative_to(ROOT / "autograd"):
            name = code.co_qualname.partition(".<locals>")[0]
            name = entry_of(path, code.co_firstlineno) if name == "<lambda>" else name
            calls.append((path.relative_to(ROOT / "autograd").as_posix(), name))

    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = torch.tensor(4.0, requires_grad=True)
    sys.setprofile(profile)
    try:
        (x * y).sum().backward()
    finally:
        sys.setprofile(None)
    return calls


def test_the_functions_of_the_picture_are_called_in_its_order():
    remaining = iter(called())
    assert [step for step in PATH if step not in remaining] == []  # `in` reads on until it finds the step


def test_the_table_of_the_page_has_the_steps_of_the_picture():
    rows = re.findall(r"^\| (\d+) \| `([\w./]+)` \| `([\w.]+)` \|", PAGE, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, len(PATH) + 1))
    assert [(file.removeprefix("tensor/"), function) for file, function in PATH] == [row[1:] for row in rows]


# --- the pictures ---


def content(svg):
    """Return what an SVG of Graphviz shows: for each node and edge its name, its words and its colors.

    Coordinates are left out, because they differ from one version of Graphviz to the next.
    """
    parts = []
    for group in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}g"):
        texts = [" ".join(x.text.split()) for x in group if x.tag.endswith("}text")]
        title = next(x.text for x in group if x.tag.endswith("}title"))
        shape = next(x for x in group if x.tag.rpartition("}")[2] in ("path", "polygon", "ellipse"))
        parts.append((title, texts, shape.get("fill"), shape.get("stroke").replace("transparent", "none")))
    return sorted(parts)


@pytest.mark.parametrize("name", pictures.DRAWINGS)
def test_a_picture_is_what_the_script_draws(name):
    stored = (ROOT / "docs" / name).read_text(encoding="utf-8")
    drawn = pictures.DRAWINGS[name]().svg()
    assert content(stored) == content(drawn)
    assert len(content(stored)) > 20


def test_a_change_of_a_picture_is_found(monkeypatch):
    step = pictures.FORWARD[0]._replace(does="something else")
    monkeypatch.setattr(pictures, "FORWARD", (step, *pictures.FORWARD[1:]))
    stored = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert content(stored) != content(pictures.architecture().svg())


# --- layers, and what is kept ---


def rows_of(heading):
    """Return the rows of the first table under a heading, as lists of cells."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_layers_of_the_page_are_those_of_the_contract():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = [c["layers"] for c in settings["tool"]["importlinter"]["contracts"] if "containers" in c]
    heading = f"{('No', 'One', 'Two', 'Three', 'Four', 'Five')[len(layers)]} layers"
    page = [re.findall(r"(\w+)(?:/|\.py)", row[0]) for row in rows_of(heading)]
    assert page == [layer.split(" | ") for layer in layers]
    assert list(pictures.LAYERS)[:-1] == [", ".join(layer.split(" | ")) for layer in layers]


@pytest.mark.parametrize("row", rows_of("What is kept for the backward pass"), ids=lambda row: row[0].strip("`"))
def test_a_node_keeps_what_the_page_says(row):
    operation, reads, keeps = row
    function = getattr(elementwise, operation.strip("`"))
    inputs = [torch.tensor([2.0], requires_grad=True) for _ in range(1 if operation == "`exp`" else 2)]
    node = function(*inputs).node
    assert {f"`{name}`" for rule in node.plan.rules for name in inspect.signature(rule).parameters} == set(
        reads.split(", ")
    )
    assert (node.output is not None) == keeps.startswith("its result")
    kept = [x is not None for x in node.inputs]
    assert kept == [keeps.startswith("an input")] * len(inputs)
    assert not any(isinstance(x, Shape) for x in node.inputs)
    if kept == [True, True]:
        alone = function(inputs[0], inputs[1].detach()).node
        assert [x is not None for x in alone.inputs] == [False, True]


@pytest.mark.parametrize("layer", ["core", "table"])
def test_the_head_of_a_layer_names_each_of_its_files_in_reading_order(layer):
    folder = ROOT / "autograd" / "tensor" / layer
    head = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert "To be read in this order:" in head
    assert files - set(re.findall(r"\w+", head.partition("in this order")[2])) == set()


# --- what a wrong rule gives ---

WRONG_RULES = [(GradientError, lambda g, a: 2 * g * a), (TypeError, lambda g, c: g), (RuntimeError, lambda g, a: g[:3])]


@pytest.mark.parametrize(("error", "rule"), WRONG_RULES, ids=["a factor", "an unknown parameter", "another shape"])
def test_what_contributing_says_of_a_wrong_rule_is_what_it_gives(monkeypatch, error, rule):
    monkeypatch.setattr(forms, "ENTRIES", [])
    rules = {"a": lambda g, b: g * b, "b": rule} if error is not TypeError else {"a": rule, "b": lambda g, a: g * a}
    a, b = torch.tensor([0.1, 0.2, 0.3, 0.4], requires_grad=True), torch.tensor([0.9] * 4, requires_grad=True)
    with pytest.raises(error) as raised:
        gradcheck(forms.elementwise(lambda a, b: a * b, name="xlogy", **rules), [a.double(), b.double()])
    said, page = (re.sub(r"-?\d+\.\d+", "a number", text) for text in (str(raised.value), CONTRIBUTING))
    assert f"`{said}`" in page
