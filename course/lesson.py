"""What a chapter's notebook says about itself: its guesses, its questions, its minutes, its sentences.

The slides and `course.demo` are made from it, so that no list is kept by hand.
"""

import re
from collections.abc import Sequence
from typing import Any

CARD_MINUTES = re.compile(r"^### .*· (\d+) min(, optional)?", re.MULTILINE)
OPEN = re.compile(r"^[^#\n]*= \.\.\.", re.MULTILINE)  # what the reader is to write down
NOT_SAID = re.compile(r"```.*?```|\]\([^)]*\)|<[^>]+>|^\[I found a mistake\].*", re.DOTALL | re.MULTILINE)
# What has full stops and spaces that end no sentence: code, formulas, links, bold and italic text, brackets.
WHOLE = re.compile(
    r"``.+?``|`[^`]*`|\$\$.+?\$\$|\$[^$]+\$|\*\*.+?\*\*|\[[^\]]*\]\([^)]*\)|(?<![\w*])\*[^*\s][^*]*\*|\b(?:e\.g|i\.e)\.",
    re.DOTALL,
)
INSIDE, ENDS = (
    0xE000,
    0xF000,
)  # characters for private use, which stand for such a piece, and for one that ends with .?!


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph of Markdown; bold text that holds several stays one piece."""
    pieces: list[str] = []

    def put_away(found: re.Match[str]) -> str:
        pieces.append(found[0])
        ends = re.search(r"[.?!]\*+$", found[0])
        return chr((ENDS if ends else INSIDE) + len(pieces) - 1)

    masked = WHOLE.sub(put_away, " ".join(text.split()))
    cut = re.split(r"(?:(?<=[.?!][)”\"])|(?<=[.?!\uf000-\uf8ff]))\s+(?=[^a-z(]|\()", masked)
    return [
        re.sub("[\ue000-\uf8ff]", lambda found: pieces[ord(found[0]) % 0x1000], sentence)
        for sentence in cut
        if sentence.strip()
    ]


def is_question(sentence: str) -> bool:
    """Return whether a sentence is one that the reader has to answer: bold, of more words than a term."""
    bold = re.findall(r"\*\*(.+?)\*\*", sentence, re.DOTALL)
    return any("?" in words or (words.rstrip()[-1] in ".:" and len(words.split()) > 3) for words in bold)


def plain(text: str) -> str:
    """Return a line of Markdown as plain text: without marks, and without the addresses of links."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\$([^$]+)\$", lambda found: re.sub(r"[{}\\]", "", found[1]), text)
    return re.sub(r"\*\*|`|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)", "", text).strip()


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def role(cell: dict[str, Any]) -> str:
    return cell["metadata"].get("course", {}).get("role", "")


def for_instructors(cells: Sequence[dict[str, Any]]) -> str:
    """Return the text of the folded cell *For instructors*, as plain text; "" where there is none."""
    found = re.search(r"<summary>For instructors</summary>(.*?)</details>", "\n".join(map(source, cells)), re.DOTALL)
    return plain(re.sub(r"<[^>]+>", "", found[1])) if found else ""


def reading_minutes(cell: dict[str, Any]) -> float:
    """Return what a cell takes in class: 120 words a minute, ten lines of code a minute, a minute for a prediction.

    Exercises are not counted, nor what only serves the notebook. `docs/teaching_chapters.md` has the sums.
    """
    text = source(cell)
    if cell["cell_type"] == "markdown":
        said = role(cell) not in ("card", "hints") and "For instructors" not in text
        return len(re.findall(r"\w+", NOT_SAID.sub(" ", text))) / 120 if said else 0.0
    if role(cell) in ("bootstrap", "stub", "check"):
        return 0.0
    return sum(bool(line.strip()) for line in text.splitlines()) / 10 + bool(OPEN.search(text))


def pace(cells: Sequence[dict[str, Any]]) -> tuple[list[float], int]:
    """Return at which minute each cell begins, and how many minutes the chapter takes.

    An exercise takes the minutes that its card names, from its stub on; an optional one none.
    """
    starts, now, exercise = [], 0.0, 0
    for cell in cells:
        starts.append(now)
        if card := CARD_MINUTES.search(source(cell)):
            exercise = 0 if card[2] else int(card[1])
        now += exercise if role(cell) == "stub" else reading_minutes(cell)
    return starts, round(now)


def promised(cells: Sequence[dict[str, Any]]) -> int:
    """Return how many minutes a chapter states in its opening: those of `pace`, rounded up to five.

    Whoever shows the minutes of a chapter takes them from here. Without such a statement it is what `pace` gives.
    """
    found = re.search(r"\*\*(\d+) minutes", source(cells[0]))
    return int(found[1]) if found else pace(cells)[1]
