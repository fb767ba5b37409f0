"""The parts of a slide, each with the height that it is estimated to have."""

import re
from dataclasses import dataclass, field

from slides import prose, sizes
from slides.figures import Figure

LEAST = 0.75  # of its largest size a figure keeps when text comes onto its slide


@dataclass
class Block:
    """A part of a slide: its HTML, its height, and what it is (text, question, code, printed, figure, …)."""

    kind: str
    html: str
    height: float
    words: int = 0
    longest: int = 0  # line of printed text, in letters
    figure: Figure | None = None

    @property
    def least(self) -> float:
        """The height that it needs at least."""
        return self.height if self.figure is None else LEAST * self.figure.size(sizes.ROOM)[1]


@dataclass
class Slide:
    """A slide: the title above it, its parts, the speaker's notes, the cell it comes from, and the minute."""

    title: str
    kind: str
    blocks: list[Block]
    notes: list[str] = field(default_factory=list)
    cell: int = 0
    minute: float = 0.0
    first: bool = False  # of its section
    part: str = ""  # "2 of 3", of code that comes in steps

    @property
    def height(self) -> float:
        return sum(block.height for block in self.blocks) + sizes.GAP * max(0, len(self.blocks) - 1)

    def fits(self, *more: Block) -> bool:
        """Whether the slide has room for more blocks, where a figure may become a little smaller."""
        blocks = [*self.blocks, *more]
        need = sum(block.least for block in blocks) + sizes.GAP * (len(blocks) - 1)
        return need <= sizes.ROOM

    def fit(self) -> None:
        """Give the figure, if there is one, the room that the rest leaves."""
        for place, block in enumerate(self.blocks):
            if block.figure is not None:
                rest = self.height - block.height
                self.blocks[place] = figure_block(block.figure, sizes.ROOM - rest)

    @property
    def roomy(self) -> bool:
        """Whether there is room for letters a fifth larger."""
        kinds = {block.kind for block in self.blocks}
        longest = max((block.longest for block in self.blocks), default=0)
        text = kinds <= {"text", "question", "asked", "answer", "printed", "item", "promise"} and self.kind != "title"
        return text and self.height * 1.6 <= sizes.ROOM and longest * 1.22 <= sizes.COLUMNS

    @property
    def words(self) -> int:
        return sum(block.words for block in self.blocks)


def text_block(sentences: list[str], kind: str = "text", fragment: bool = False) -> Block:
    """Return sentences, one below the other."""
    size = sizes.QUESTION if kind == "question" else sizes.TEXT
    room = sizes.INNER - (60 if kind in ("item", "question", "answer") else 0)
    height = sum(sizes.paragraph(prose.shown(s), size, room) + tall(s) for s in sentences)
    paragraphs = "".join(f"<p>{prose.inline(sentence)}</p>" for sentence in sentences)
    name = f"{kind} fragment" if fragment else kind
    inner = 10 * (len(sentences) - 1) + (24 if kind in ("question", "answer") else 0)
    return Block(kind, f'<div class="{name}">{paragraphs}</div>', height + inner, sum(map(prose.words, sentences)))


def tall(text: str) -> int:
    """Return how much higher formulas make a line than letters do."""
    return 22 * len(re.findall(r"\\d?frac|\\sum|\\prod|\\int", text)) + 6 * ("$" in text)


def formula_block(text: str) -> Block:
    tex = text.strip().strip("$").strip(" .,")
    rows = 1 + tex.count(r"\\")
    high = 1 + 0.9 * bool(re.search(r"\\d?frac|\\sum|\\prod|\\lim", tex))
    wide = sizes.width(prose.shown(f"$x {tex}$"), 34) > sizes.INNER - 100
    name = "formula wide" if wide else "formula"
    return Block("formula", f'<div class="{name}">{prose.rendered(f"$${tex}$$")}</div>', rows * 60 * high)


def table_blocks(text: str) -> list[Block]:
    """Return a table, in parts with the same head where it is higher than a slide."""
    rows = [row.strip() for row in text.split("\n")]
    cells = [re.split(r"(?<!\\)\|", row.strip().strip("|")) for row in rows]
    wide = [
        max(sizes.width(prose.shown(cell), sizes.SMALL) + 24 for cell in column) for column in zip(*cells, strict=True)
    ]
    shrink = min(1, (sizes.INNER - 20) / sum(wide))  # about as a browser divides the width
    high = [
        max(
            sizes.paragraph(prose.shown(cell), sizes.SMALL, full * shrink - 20)
            for cell, full in zip(row, wide, strict=True)
        )
        + 20
        for row in cells
    ]
    parts: list[Block] = []
    body: list[int] = []
    for number in range(2, len(rows) + 1):
        here = high[0] + sum(high[n] for n in body)
        if body and (number == len(rows) or here + high[number] > sizes.ROOM):
            part = "\n".join([*rows[:2], *(rows[n] for n in body)])
            parts.append(Block("table", prose.rendered(part), here))
            body = []
        body.append(number)
    return parts


def fenced(text: str) -> str:
    """Return the code of a fenced block of Markdown."""
    return re.sub(r"^```\w*\n|\n?```$", "", text)


def figure_block(figure: Figure, room: float = sizes.ROOM) -> Block:
    return Block("figure", figure.html(room), figure.size(room)[1], figure=figure)
