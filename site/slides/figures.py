"""Figures on slides: wholly visible, as large as the room allows, and a strip of stills one still at a time."""

import base64
import html
import io
import re
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from slides import sizes

LARGEST = 3  # times the size in the notebook
COLUMNS = 3  # of a strip of stills, as `course.moving` and `course.widgets` lay them out


class Figure(NamedTuple):
    """A picture: its address, what it shows in words, and its width and height."""

    source: str
    alt: str
    width: float
    height: float

    def size(self, room: float) -> tuple[int, int]:
        """Return its width and height as large as they can be in a slide's width and `room` pixels of height."""
        scale = min(sizes.INNER / self.width, room / self.height, LARGEST)
        return round(self.width * scale), int(self.height * scale)

    def html(self, room: float) -> str:
        width, height = self.size(room)
        return f'<img src="{self.source}" alt="{html.escape(self.alt)}" width="{width}" height="{height}">'


def figures(output: dict[str, Any]) -> list[Figure]:
    """Return the pictures of a stored output: none, one, or the stills of a strip."""
    data = output.get("data", {})
    words = "".join(data.get("text/plain", ""))
    if "image/png" in data:
        stored = output["metadata"].get("image/png", {})
        image = Image.open(io.BytesIO(base64.b64decode("".join(data["image/png"]))))
        wide = stored.get("width", image.width)
        captions = re.split(r"\n(?=\d+\. )", words)
        if captions[0].startswith("0. ") and len(captions) > 1:
            return stills(image, captions, wide)
        alt = stored.get("alt") or " ".join(words.split())
        return [Figure(address(image), alt, wide, stored.get("height", image.height))]
    if "image/svg+xml" in data:
        svg = "".join(data["image/svg+xml"])
        captions = re.split(r"\n(?=\d+\. )", words)
        count = len(captions) if captions[0].startswith("0. ") else 1
        alt = re.search(r'<svg[^>]* aria-label="([^"]*)"', svg)
        texts = captions if count > 1 or alt is None else [html.unescape(alt[1])]
        return [drawing(svg, place, count, " ".join(text.split())) for place, text in enumerate(texts)]
    return []


def drawing(svg: str, place: int, count: int, alt: str) -> Figure:
    """Return a drawing, or the still at `place` of a strip of `count` stills one below the other."""
    frame = re.search(r'viewBox="([\d.-]+)[ ,]+([\d.-]+)[ ,]+([\d.]+)[ ,]+([\d.]+)"', svg)
    if frame is None:
        raise ValueError(f"an SVG without a viewBox cannot be scaled to a slide: {svg[:80]!r}")
    left, top, wide, high = map(float, frame.groups())
    high /= count
    head = svg[: frame.end()].replace(frame[0], f'viewBox="{left:g} {top + place * high:g} {wide:g} {high:g}"')
    head = re.sub(r'(<svg\b[^>]*?) width="[^"]*"', rf'\1 width="{wide:g}"', head)
    head = re.sub(r'(<svg\b[^>]*?) height="[^"]*"', rf'\1 height="{high:g}"', head)
    encoded = base64.b64encode((head + svg[frame.end() :]).encode()).decode()
    return Figure(f"data:image/svg+xml;base64,{encoded}", alt, wide, high)


def stills(image: Image.Image, captions: list[str], wide: float) -> list[Figure]:
    """Return the stills of a strip one by one, each with its caption as the words for it."""
    rows = -(-len(captions) // COLUMNS)
    ink = np.asarray(image.convert("L")) < 250
    lefts, tops = cuts(ink.any(axis=0), COLUMNS), cuts(ink.any(axis=1), rows)
    scale = wide / image.width
    found = []
    for place, caption in enumerate(captions):
        column, row = place % COLUMNS, place // COLUMNS
        still = image.crop((lefts[column], tops[row], lefts[column + 1], tops[row + 1]))
        found.append(Figure(address(still), " ".join(caption.split()), still.width * scale, still.height * scale))
    return found


def cuts(ink: np.ndarray, parts: int) -> list[int]:
    """Return where to cut a picture into parts of about one size: in the middle of the white that is nearest.

    `ink` says of each row, or column, of pixels whether there is anything in it.
    """
    size = len(ink) / parts
    found = [0]
    for number in range(1, parts):
        near = range(round((number - 0.25) * size), round((number + 0.25) * size))
        white = [place for place in near if not ink[place]]
        first = last = min(white, key=lambda n: abs(n - number * size), default=round(number * size))
        while first in near and not ink[first - 1]:
            first -= 1
        while last in near and not ink[last + 1]:
            last += 1
        found.append((first + last + 1) // 2)
    return [*found, len(ink)]


def address(image: Image.Image) -> str:
    written = io.BytesIO()
    image.save(written, "PNG")
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"
