"""Code and printed text on slides: laid out for short lines, without what only serves the notebook, in steps."""

import ast
import io
import json
import re
import subprocess
import sys
import tempfile
import tokenize
from pathlib import Path
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course.findings import GUESS
from slides import sizes

PLOT = re.compile(r"\b(?:plt|figures|axe?s?|fig|moving|step_through)\b")
FENCE = re.compile(r"```\w*\n(.*?)\n```", re.DOTALL)
LIVE = "(something live: run this cell to see it)"  # what is stored where a widget or a progress bar was
# The reader's guess is printed beside the result. In class it was said aloud.
NO_GUESS = re.compile(r"[ \t]*\s?(?:(?:your )?guess[\w ]*:?\s*|your [\w ]+: )?\(no guess\)(?:,[^\n]*)?")
GUESS_LINE = re.compile(GUESS.pattern + r".*\n?", re.MULTILINE)
GUESS_PRINTED = re.compile(
    r"""^[ ]*print\(f?"(?:your )?guess:? ?(?:\{guess\})?"(?:, guess)?\)\n?"""
    r"""|[ ]*\s?(?:your )?guess[\w ]*:?\s\{guess\w*\}(?=["\\])"""
    r"""|,\s*f?"\s*(?:your )?guess:?(?: \{guess\})?"(?:,\s*guess)?"""
    r"""|\s*your guess:?(?="\s*,\s*guess\b)|(?<=")\s*,\s*guess\b(?=,|\))""",
    re.MULTILINE,
)


def narrow(notebooks: list[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return the cells of each notebook by its name, their code laid out for a slide; "whole" is as it was.

    That is also done with the library's source in the outputs. Ruff runs once for all of it.
    """
    books = {path.stem: json.loads(path.read_text(encoding="utf-8"))["cells"] for path in notebooks}
    sources = {name: library_sources(cells) for name, cells in books.items()}
    with tempfile.TemporaryDirectory() as folder:
        for name, cells in books.items():
            code = [without_guess("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
            extra = ["\n".join(first_lines(text)) for _, text in sources[name]]
            texts = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": text} for text in code + extra]
            book = {"cells": texts, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
            (Path(folder) / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")
        options = ["format", "--isolated", "--quiet", "--line-length", str(sizes.COLUMNS), folder]
        subprocess.run([sys.executable, "-m", "ruff", *options], check=True)
        for name, cells in books.items():
            laid_out = json.loads((Path(folder) / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
            texts = iter("".join(cell["source"]) for cell in laid_out)
            for cell in cells:
                cell["whole"] = "".join(cell["source"])  # as it stands in the notebook
                cell["source"] = cell["whole"]
                if cell["cell_type"] == "code":
                    cell["source"] = fewer_slides(joined(next(texts)), without_guess(cell["whole"]))
            for (data, text), short in zip(sources[name], texts, strict=True):
                chosen = fewer_slides(short, "\n".join(first_lines(text)))
                data["text/markdown"] = "".join(data["text/markdown"]).replace(text, chosen)
    return books


def fewer_slides(narrow: str, whole: str) -> str:
    """Return the layout of code that takes fewer slides: with short lines, or else its own, in which lines go on below.

    Its own is the better one where short lines would take a row for each argument.
    """
    return min(narrow, whole, key=lambda code: len(steps(for_class(code))))


def joined(code: str) -> str:
    """Return code in which what is printed stands on one line, which goes on below: so it takes less of the height."""

    def one_line(found: re.Match[str]) -> str:
        inner = " ".join(row.strip() for row in found[2].strip().split("\n"))
        inner = re.sub(r"([(\[{]) | (?=[)\]}])", r"\1", inner.rstrip(",")).replace(",)", ")").replace(",]", "]")
        line = f"{found[1]}print({inner})"
        try:
            same = ast.dump(ast.parse(line.strip())) == ast.dump(ast.parse(found[0].strip()))
        except SyntaxError:
            return found[0]
        return line if same and "#" not in inner else found[0]

    return re.sub(r"^( *)print\(\n((?:\1 .*\n)+)\1\)$", one_line, code, flags=re.MULTILINE)


def library_sources(cells: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Return the pieces of the library's source that a chapter shows, each with the output that it stands in."""
    found = []
    for data in (output.get("data", {}) for cell in cells for output in cell.get("outputs", [])):
        for text in FENCE.findall("".join(data.get("text/markdown", ""))):
            try:
                ast.parse(text)
            except SyntaxError:
                continue  # a line out of a table
            found.append((data, text))
    return found


def first_lines(text: str) -> list[str]:
    """Return the lines of code in which each docstring is its first line."""
    rows: list[str | None] = list(text.split("\n"))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (said := ast.get_docstring(node)):
            place = node.body[0]
            line = " " * place.col_offset + f'"""{said.splitlines()[0]}"""'
            rows[place.lineno - 1 : place.end_lineno] = [line, *[None] * (place.end_lineno - place.lineno)]
    return [row for row in rows if row is not None]


def without_guess(code: str) -> str:
    """Return the code of a cell that does not print the reader's guess."""
    return GUESS_PRINTED.sub("", code)


def for_class(code: str) -> str:
    """Return what of a cell's code is shown: not the guess, the imports, and the claims that it tests at its end."""
    code = GUESS_LINE.sub("", without_guess(code))
    rows, statements = code.split("\n"), ast.parse(code).body
    serving = [node for node in statements if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom)]
    for node in serving if len(serving) < len(statements) else []:
        rows[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip("\n")


def without_plot(code: str) -> str:
    """Return what of a cell that plots is no plotting: its functions and classes."""
    kept = [
        ast.get_source_segment(code, node) or ""
        for node in ast.parse(code).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not PLOT.search(ast.unparse(node))
    ]
    return "\n\n".join(kept)


def printed(text: str) -> str:
    """Return printed text without the guess that nobody wrote down."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace(LIVE, "")
    rows = NO_GUESS.sub("", text).strip("\n").split("\n")
    return "\n".join(row.rstrip() for row in rows if "no guess" not in row)


def steps(text: str, room: int = sizes.ROOM) -> list[str]:
    """Return code in as few parts as fit into `room` pixels, cut at blank lines, else where a line is indented least.

    Of all ways to cut it, the one with the least `cost` is taken.
    """
    rows, inside = text.split("\n"), in_brackets(text)
    best: list[tuple[float, int]] = [(0.0, 0)]  # for the first n rows: the cost, and where their last part begins
    for end in range(1, len(rows) + 1):
        starts = [n for n in range(end) if n == end - 1 or sizes.code(rows[n:end]) <= room]
        best.append(min((best[n][0] + cost(rows, n, end) + (25 if n in inside else 0), n) for n in starts))
    parts, end = [], len(rows)
    while end:
        start = best[end][1]
        parts.insert(0, "\n".join(rows[start:end]).strip("\n"))
        end = start
    return [part for part in parts if part]


def in_brackets(text: str) -> set[int]:
    """Return the numbers of the rows that begin inside brackets, or inside text: there a statement would be cut."""
    found: set[int] = set()
    opened: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.OP and token.string in "([{":
                opened.append(token.start[0])
            elif token.type == tokenize.OP and token.string in ")]}" and opened:
                found |= set(range(opened.pop(), token.end[0]))
            elif token.type == tokenize.STRING:
                found |= set(range(token.start[0], token.end[0]))
    except (tokenize.TokenError, SyntaxError):  # a piece of code alone
        pass
    return found


def cost(rows: list[str], start: int, end: int) -> float:
    """Return how bad it is that a part of the code is the rows from `start` to before `end`."""
    part, blank = 10.0, not rows[start].strip() or start == 0
    if not blank:
        closes = re.match(r"\s*(?:[)\]}]|else|elif|except|finally)", rows[start])
        part += 3 + (len(rows[start]) - len(rows[start].lstrip())) / 2 + (20 if closes else 0)
    return part + (6 if end - start < 4 else 0)


def shortened(text: str, room: int = sizes.ROOM) -> str:
    """Return printed text that fits: of what is longer the first lines and the last, and how many are left out."""
    rows = text.split("\n")
    if sizes.code(rows) <= room:
        return text
    last = rows[-2:]
    for first in range(len(rows) - 2, 0, -1):
        left = len(rows) - first - 2
        short = [*rows[:first], f"… {left} lines more …", *last]
        if sizes.code(short) <= room:
            return "\n".join(short)
    cut = max(n for n in range(len(text)) if sizes.code((text[:n] + " …").split("\n")) <= room)
    return text[:cut] + " …"


def block(text: str, kind: str) -> str:
    """Return lines of code ("code") or of printed text ("printed") as HTML; a long line goes on indented."""
    if kind == "code":
        text = highlight(text, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")
    else:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    rows = []
    for line in text.split("\n"):
        plain = re.sub(r"<[^>]+>", "", line)
        indent = len(plain) - len(plain.lstrip(" ")) + 4
        rows.append(f'<span class="row" style="--i:{indent}ch">{line or " "}</span>')
    return f'<pre class="{kind}" tabindex="-1"><code>{"".join(rows)}</code></pre>'
