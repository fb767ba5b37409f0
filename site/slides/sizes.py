"""How much room text takes on a slide: the widths of the letters of the fonts that the decks bring along.

The fonts are Matplotlib's, DejaVu Sans and DejaVu Sans Mono, which may be passed on. A deck holds the letters that the
chapters use, so a slide breaks its lines on every machine as it does here.
"""

import base64
import functools
import io
import re
from collections.abc import Iterable
from pathlib import Path

import matplotlib
from fontTools import subset
from fontTools.ttLib import TTFont

WIDTH, HEIGHT = 1280, 720  # of a slide, in the pixels in which everything here is measured
SIDE, ABOVE, HEADER, GAP = 56, 28, 64, 18  # margins left and right, above and below; the line with the title; between
INNER = WIDTH - 2 * SIDE
ROOM = HEIGHT - 2 * ABOVE - HEADER  # the height that is left for what a slide says
TEXT, SMALL, QUESTION, BIG = 31, 29, 36, 48  # sizes of letters: 4 % of 720 are 28.8
CODE_LINE, CODE_PADDING = 35, 24

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
FACES = {
    ("Deck", 400, "normal"): "DejaVuSans.ttf",
    ("Deck", 700, "normal"): "DejaVuSans-Bold.ttf",
    ("Deck", 400, "italic"): "DejaVuSans-Oblique.ttf",
    ("Deck Mono", 400, "normal"): "DejaVuSansMono.ttf",
    ("Deck Mono", 700, "normal"): "DejaVuSansMono-Bold.ttf",
}


@functools.cache
def advances(file: str) -> tuple[dict[int, str], dict[str, tuple[int, int]], int]:
    with TTFont(FONTS / file) as font:
        return font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm


def width(text: str, size: float, file: str = "DejaVuSans-Bold.ttf") -> float:
    """Return how many pixels wide a text is; by default in bold letters, so that the estimate is never too small."""
    names, metrics, em = advances(file)
    return sum(metrics[names.get(ord(letter), ".notdef")][0] for letter in text) * size / em


COLUMNS = int((INNER - 2 * CODE_PADDING) / width("m", SMALL, "DejaVuSansMono.ttf"))  # of code, on a line


def lines(text: str, size: float, room: float = INNER) -> int:
    """Return on how many lines a paragraph of plain text stands."""
    count, used, space = 1, 0.0, width(" ", size)
    for word in text.split():
        wide = width(word, size)
        if used and used + space + wide > room:
            count, used = count + 1, wide
        else:
            used += wide + (space if used else 0)
    return count


def paragraph(text: str, size: float = TEXT, room: float = INNER) -> int:
    """Return the height of a paragraph of plain text."""
    return round(lines(text, size, room) * size * 1.36)


@functools.cache
def code_rows(line: str) -> int:
    """Return on how many lines of a slide a line of code stands; what goes on is indented by four more."""
    indent = len(line) - len(line.lstrip())
    rows, room, used = 1, COLUMNS, indent
    for space, word in re.findall(r"(\s*)(\S+)", line[indent:]):
        used += len(space)
        if used > indent and used + len(word) > room:
            rows, used, room = rows + 1, 0, COLUMNS - indent - 4
        used += len(word)
        while used > room:
            rows, used, room = rows + 1, used - room, COLUMNS - indent - 4
    return rows


def code(text: list[str]) -> int:
    """Return the height of lines of code, or of printed text."""
    return sum(map(code_rows, text)) * CODE_LINE + CODE_PADDING


def font_faces(letters: Iterable[str]) -> str:
    """Return the CSS that brings along the fonts, with no more than these letters."""
    wanted = sorted({ord(letter) for text in letters for letter in text if letter.isprintable()} | set(range(32, 127)))
    faces = []
    for (family, weight, style), file in FACES.items():
        options = subset.Options(flavor="woff", hinting=False, layout_features=[], notdef_outline=True)
        options.drop_tables += ["FFTM"]
        chosen = subset.Subsetter(options)
        chosen.populate(unicodes=wanted)
        with TTFont(FONTS / file) as font, io.BytesIO() as written:
            chosen.subset(font)
            font.flavor = "woff"
            font.save(written)
            data = base64.b64encode(written.getvalue()).decode()
        faces.append(
            f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style};'
            f" src: url(data:font/woff;base64,{data}) }}"
        )
    return "\n".join(faces)
