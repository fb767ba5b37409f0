"""What is worth showing live in a class: `course.demo()` lists it for the chapter that is open.

The list is made from the chapter's notebook: its predictions, the pictures that move, what is trained before the eyes,
and the experiments of *Break it*. Nothing is executed.
"""

import html
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from course import lesson
from course.findings import GUESS
from course.mine import cells as run_cells

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
MOVES = re.compile(r"\b(?:moving\.\w+|step_through)\(")
RUNS = "something live"  # what is stored in place of a widget or a progress bar begins so
WHICH = 'Which chapter? It cannot be told here which notebook is open: name it, as in course.demo("04").'


class Live(NamedTuple):
    """A cell to show live: what it is, the question that it answers, its section, and where and when it comes.

    `id` is the cell to go to, `count` the number that stands beside the cell to run, `minute` when it comes in the
    chapter and `minutes` how long it takes, both estimated.
    """

    kind: str
    title: str
    section: str
    id: str
    count: int
    minute: int
    minutes: int


def demo(chapter: str | int | None = None) -> None:
    """Show what is worth showing live in the chapter that is open, or in another: `demo("08")`.

    In JupyterLab each line is a link to its cell; elsewhere the section and the number beside the cell say where it is.
    Raises ValueError for a chapter that does not exist.
    """
    opened = open_notebook()
    name = chapter_of(opened) if chapter is None else f"{int(chapter):02}" if str(chapter).isdigit() else str(chapter)
    if name is None:
        print(WHICH)
        return
    path = next(NOTEBOOKS.glob(f"{name}_*.ipynb"), None) if re.fullmatch(r"\d\d", name) else None
    if path is None:
        known = ", ".join(file.name[:2] for file in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")))
        raise ValueError(
            f"demo: there is no chapter {chapter!r}; give one of {known or 'no chapters: they are missing'}"
        )
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    show(cells, target(path, opened))


def show(cells: Sequence[dict[str, Any]], link: str | None) -> None:
    """Show the list of a chapter's cells as a table with links, or print it where there is no notebook."""
    title = re.sub(r"^# ", "", lesson.source(cells[0]).split("\n")[0])
    heading = f"{title}: what to show live, in {lesson.promised(cells)} minutes"
    found = live(cells)
    tip = re.search(r"Live demo: .*?\.(?= |$)", lesson.for_instructors(cells))
    lines = [heading, *([tip[0]] if tip else [])]
    for item in found:
        lines.append(f"  {item.minute:>3}'  {item.minutes:>2} min  {item.kind:<14}  {item.title}")
        lines.append(f"{'':>27}{item.section}, cell [{item.count}]")
    text = "\n".join(lines)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        print(text)
        return
    from IPython.display import display

    display({"text/html": table(heading, tip[0] if tip else "", found, link), "text/plain": text}, raw=True)


def table(heading: str, tip: str, found: Sequence[Live], link: str | None) -> str:
    """Return the list as an HTML table; `link` is the address of the notebook, None where links lead nowhere."""
    rows = []
    for item in found:
        place = f"{html.escape(item.section)}, cell [{item.count}]"
        if link is not None:
            place = f'<a href="{html.escape(link)}#cell-id={item.id}">{place}</a>'
        words = [f"{item.minute}'", f"{item.minutes} min", item.kind, html.escape(item.title)]
        rows.append("<tr>" + "".join(f'<td style="text-align: left">{word}</td>' for word in [*words, place]) + "</tr>")
    names = ("from minute", "takes about", "what", "the question", "where")
    head = "".join(f'<th scope="col" style="text-align: left">{name}</th>' for name in names)
    caption = f"<p><strong>{html.escape(heading)}</strong>{'<br>' + html.escape(tip) if tip else ''}</p>"
    return f"{caption}<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def live(cells: Sequence[dict[str, Any]]) -> list[Live]:
    """Return the cells of a chapter that are worth showing live, in their order."""
    starts, total = lesson.pace(cells)
    found: list[Live] = []
    section, question, asked, waiting, experiment = "", "", 0, False, False
    for place, cell in enumerate(cells):
        text = lesson.source(cell)
        if cell["cell_type"] == "markdown":
            if heading := re.search(r"^## (.+)$", text, re.MULTILINE):
                section, experiment = lesson.plain(heading[1]), heading[1] == "Break it"
            if not waiting:  # else the answer to the question before has not come yet
                question, asked = asks(text), place
            elif GUESS.search(lesson.source(cells[min(place + 1, len(cells) - 1)])):
                question = f"{question} {asks(text)}"
            continue
        if lesson.role(cell):
            continue
        waiting = waiting or GUESS.search(text) is not None
        outputs = cell["outputs"]
        runs = any("".join(o.get("data", {}).get("text/plain", "")).startswith(f"({RUNS}") for o in outputs)
        kind = (
            "moving picture" if MOVES.search(text) else "runs for a while" if runs else "prediction" if waiting else ""
        )
        if not outputs or not (kind or experiment):
            continue
        after = next((n for n in range(place + 1, len(cells)) if cells[n]["cell_type"] == "markdown"), place)
        end = starts[after + 1] if after + 1 < len(cells) else total
        begin = asked if waiting or kind == "moving picture" else place
        minutes = max(1, round(end - starts[begin]))
        where = cells[begin]["id"]
        count = cell["execution_count"]
        found.append(Live(kind or "experiment", question, section, where, count, int(starts[begin]), minutes))
        waiting, experiment = False, False
    return found


def asks(text: str) -> str:
    """Return the question of a Markdown cell as plain text: what is bold and asked, else its last sentence."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if re.match(r"\s*(?:[^#|*\s]|\*\*)", part)]
    every = [sentence for part in paragraphs for sentence in lesson.sentences(part)]
    return lesson.plain(" ".join([sentence for sentence in every if lesson.is_question(sentence)] or every[-1:]))


def open_notebook() -> str | None:
    """Return the path of the notebook that is open, as Jupyter's server or an editor names it; None if nobody does."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return None
    return os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")


def chapter_of(opened: str | None) -> str | None:
    """Return the number of the chapter that is open: by its name, else by the cells that were run; or None."""
    if opened and (number := re.match(r"(\d\d)_", PurePosixPath(opened.replace("\\", "/")).name)):
        return number[1]
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    run = {text.strip() for text in run_cells.cells(shell.user_ns)} if shell is not None else set()
    alike: dict[str, int] = {}
    for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        own = {lesson.source(cell).strip() for cell in cells if lesson.role(cell) != "bootstrap"}
        alike[path.name[:2]] = sum(text in own and len(text) > 20 for text in run)
    best = max(alike, key=lambda number: alike[number], default=None)
    return best if best and alike[best] else None


def target(path: Path, opened: str | None) -> str | None:
    """Return where the links lead: a notebook beside the one that is open; None where Jupyter's server is not known."""
    if opened is None or "JPY_SESSION_NAME" not in os.environ:
        return None
    here = PurePosixPath(opened.replace("\\", "/"))
    name = here.name if here.name.startswith(path.name[:3]) else path.name
    return f"../{path.name}" if here.parent.name == "solutions" else name
