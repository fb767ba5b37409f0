"""tests/chapter_shell.py: what cells print without a kernel is what they print in one."""

import nbformat
import pytest
from chapter_shell import CellError, printed_by
from nbclient import NotebookClient

CELLS = {
    "both streams, in their order": "import sys\nprint('one', flush=True)\nprint('two', file=sys.stderr)",
    "a result is shown, and not printed": "'shown'",
    "so is what is displayed": "from IPython.display import display, HTML\ndisplay(HTML('<b>shown</b>'), 'shown')",
    "a figure, and a widget": (
        "import ipywidgets, matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nipywidgets.IntSlider()"
    ),
    "a figure was closed": "print(plt.get_fignums())",
    "an error that may come": "print('before')\n1 / 0\nprint('after')",
    "names stay, and go to functions": "x = 3\ndef f():\n    return x\nprint(f(), __name__)",
    "the last result": "print(_)",
    "a generator": "import numpy as np\nprint(np.random.default_rng(0).integers(100))",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "several figures": "for _ in range(25):\n    plt.subplots()\n    plt.show()",
}
MAY_FAIL = [title == "an error that may come" for title in CELLS]


def test_a_shell_prints_what_a_kernel_prints(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS.values()])
    for cell, may in zip(notebook.cells, MAY_FAIL, strict=True):
        cell.metadata.tags = ["raises-exception"] if may else []
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    in_kernel = ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]
    in_shell = printed_by(list(CELLS.values()), str(tmp_path), MAY_FAIL)
    place = list(CELLS).index("a warning")
    for texts in (in_kernel, in_shell):
        assert "UserWarning: careful" in texts[place]  # and the number of a process, or of a cell
        texts[place] = ""
    assert in_shell == in_kernel


def test_each_chapter_has_a_process_an_environment_and_a_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_ANSWERS", "somewhere")
    first = "import os, sys\nsys.left = 1\nprint(os.getpid(), os.environ['COURSE_ANSWERS'], os.getcwd())"
    one, two = (printed_by([first, "print(hasattr(sys, 'left'))"], str(tmp_path), [False] * 2) for _ in range(2))
    assert one[0].split()[1:] == two[0].split()[1:] == ["somewhere", str(tmp_path)] and one[0] != two[0]
    (left,) = printed_by(["import sys; print(hasattr(sys, 'left'))"], str(tmp_path), [False])
    assert left == "False\n"


def test_a_cell_that_fails_is_shown_with_what_it_printed_and_why(tmp_path):
    with pytest.raises(CellError, match=r"(?s)cell 1 of 3:\nprint\('so far'\); 1 / 0\nso far\n.*ZeroDivisionError"):
        printed_by(["x = 1", "print('so far'); 1 / 0", "x"], str(tmp_path), [False] * 3)
    unshown = "class Unshown:\n    def __repr__(self):\n        1 / 0\nUnshown()"
    for source, why in ((unshown, "ZeroDivisionError"), ("x =", "SyntaxError"), ("raise SystemExit", "SystemExit")):
        with pytest.raises(CellError, match=why):
            printed_by([source], str(tmp_path), [False])
