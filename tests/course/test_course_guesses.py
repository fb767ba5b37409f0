"""A guess that was left open is printed as "(no guess)", and one that was written down as it is."""

import nbformat
import pytest
from nbclient import NotebookClient
from notebook_files import ROOT

from course.guesses import NO_GUESS, replace_open

START = f"import runpy\nrunpy.run_path(r'{ROOT / 'course' / 'bootstrap.py'}')['prepare'](r'{ROOT}')"


def printed(*sources):
    cells = [nbformat.v4.new_code_cell(source) for source in (START, *sources)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return "".join(output.get("text", "") for cell in cells for output in cell.outputs)


def test_a_notebook_prints_an_open_guess_in_words():
    shown = printed(
        "guess = ...",
        'print("your guess:", guess, f"{guess}", f"{guess:>4}")',
        START,
        "guess_for_20 = ...\nother = ...",
        "print(guess_for_20, other)",
        "guess = 7",
        "print(guess)",
    )
    assert shown == "your guess: (no guess) (no guess) (no guess)\n(no guess) Ellipsis\n7\n"


@pytest.mark.parametrize("value", [0, "", None, "...", [...]])
def test_what_a_reader_wrote_stays(value):
    names = {"guess": value, "my_guess": ..., "mine": ...}
    replace_open(names)
    assert names == {"guess": value, "my_guess": NO_GUESS, "mine": ...}
