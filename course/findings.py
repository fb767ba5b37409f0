"""Folds the text that says what came out of a guess: it opens with a click, after the reader has run the cells above.

A chapter tells the finding right below the cells that answer a guess, so it would stand on the screen together with the
question. Readers' copies and the site have it in <details>, which browsers open without any code.
"""

import re
from typing import Any

GUESS = re.compile(r"^\w*guess\w* = \.\.\.", re.MULTILINE)
SUMMARY = "Run the cells above, then open this."
HEADING = re.compile(r"(?:#{1,6} .*(?:\n+|\Z))?")


def fold_findings(cells: list[dict[str, Any]], summary: str = SUMMARY) -> None:
    """Fold, in a notebook's cells, the first text below the answer of each guess; a heading at its start stays.

    The cells must still have the outputs that are stored in the course: an answer is a cell that shows something.
    """
    for cell in findings(cells):
        text = "".join(cell["source"])
        heading = HEADING.match(text)[0]
        if finding := text[len(heading) :].strip():
            folded = f"<details><summary>{summary}</summary>\n\n{finding}\n\n</details>"
            cell["source"] = (heading + folded).splitlines(keepends=True)


def findings(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the texts below the answers: for each guess, the first one that follows an output, besides exercises."""
    found = []
    waiting = shown = again = False  # for an answer; a part of it was shown; its last cell asks for the next guess
    for cell in cells:
        if "exercise" in cell["metadata"].get("course", {}):
            continue
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            shown = shown or (waiting and bool(cell["outputs"]))
            if guess := GUESS.search(source):
                waiting, again = True, shown
                judged_here = "guess" in source[guess.end() :]
                shown = shown or (judged_here and bool(cell["outputs"]))
        elif shown:
            found.append(cell)
            waiting, shown, again = again, False, False
    return found
