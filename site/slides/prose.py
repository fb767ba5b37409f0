"""The Markdown of a notebook in pieces, and what of a paragraph stands on a slide."""

import html
import re
from typing import NamedTuple

from formulas import mathml
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from course import lesson

WORDS = 44  # of a paragraph, on a slide; the rest stands in the notes
# Who is told to go to a place of the notebook sits in front of it: such sentences stand in the notes only.
NOTEBOOK_ONLY = re.compile(
    r"\b(?:both|these|those|in the last) cells?\b|\b(?:cells?|line) (?:below|above|after|before)\b"
)
# And what a sentence calls below is on this slide or on the next.
ON_SLIDES = ((r"^Below, ", "Here, "), (r"^Below (is|are) ", r"Here \1 "), (r"\b([Tt]he) (?:next )?cell\b", r"\1 code"))
DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
MARKDOWN.use(
    dollarmath_plugin,
    double_inline=True,
    renderer=lambda tex, options: mathml(tex, "block" if options["display_mode"] else "inline"),
)


class Piece(NamedTuple):
    """A part of a cell: its kind, its Markdown, and for what is folded the line that unfolds it.

    Kinds: heading, text, caption, formula, table, fence, item, folded.
    """

    kind: str
    text: str
    summary: str = ""


def pieces(source: str) -> list[Piece]:
    """Return the parts of a Markdown cell in order: paragraphs, formulas, tables, items of lists, folded answers."""
    folded: list[tuple[str, str]] = []

    def put_away(found: re.Match[str]) -> str:
        folded.append((found[1], found[2].strip()))
        return f"\n\n\ue000{len(folded) - 1}\n\n"

    source = DETAILS.sub(put_away, source)
    rows = source.split("\n")
    found: list[Piece] = []
    kinds = {"heading_open": "heading", "paragraph_open": "text", "table_open": "table", "math_block": "formula"}
    kinds |= {"fence": "fence", "list_item_open": "item"}
    inside = -1
    for token in MARKDOWN.parse(source):
        if token.type not in kinds or token.map is None or token.map[0] < inside:
            continue
        start, inside = token.map
        text = "\n".join(rows[start:inside]).strip()
        kind = kinds[token.type]
        if text.startswith("\ue000"):
            summary, text = folded[int(text[1:])]
            found.append(Piece("folded", text, summary))
        elif kind == "text" and re.fullmatch(r"\*[^*].*[^*]\*", text, re.DOTALL):
            found.append(Piece("caption", text))
        elif kind == "text" and text.startswith("$$"):
            found.append(Piece("formula", text))
        else:
            found.append(Piece(kind, text))
    return found


def rendered(text: str) -> str:
    """Return Markdown as HTML; links that lead to other notebooks become plain text."""
    text = re.sub(r"\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", text)
    return re.sub(r"<a href", '<a target="_blank" href', MARKDOWN.render(text).strip())


def inline(text: str) -> str:
    """Return a paragraph of Markdown as HTML without its <p>."""
    found = rendered(" ".join(text.split()))
    found = re.sub(r"^<p>(.*)</p>$", r"\1", found, flags=re.DOTALL)
    # A browser may begin a line with the full stop after a formula.
    formula = r'<span class="math inline">(?:(?!</math>).)*</math></span>'
    return re.sub(rf"({formula})([.,;:?!)]+)", r'<span class="whole">\1\2</span>', found)


def shown(text: str) -> str:
    """Return Markdown as the plain text that is about as wide: formulas lose their commands and brackets."""

    def formula(found: re.Match[str]) -> str:
        tex = re.sub(r"\\(?:frac|text|mathrm|left|right|big|Big|cdot|,|;| )", " ", found[1])
        return re.sub(r"\\[a-zA-Z]+", "W", tex).replace("{", "").replace("}", "") + " "

    text = re.sub(r"\$+([^$]+)\$+", formula, text)
    text = re.sub(r"`([^`]*)`", lambda found: found[1] + " " * (len(found[1]) // 5), text)
    return html.unescape(re.sub(r"<[^>]+>", "", lesson.plain(text)))


def in_class(sentence: str) -> str:
    """Return a sentence without the places that only a notebook has: its cells, and what is below."""
    for pattern, words_ in ON_SLIDES:
        sentence = re.sub(pattern, words_, sentence)
    return sentence


def words(text: str) -> int:
    return len(shown(text).split())


def essence(text: str, limit: int = WORDS, asks: bool = False) -> list[str]:
    """Return the sentences of a paragraph that stand on a slide: the first, those in bold, and others that fit.

    A sentence in parentheses comes last: it is a remark, and where something has to be left out, the other says more.
    With `asks` the paragraph ends in the question of a prediction, and the sentences just before it come first.
    """
    found = [in_class(sentence) for sentence in lesson.sentences(text) if not NOTEBOOK_ONLY.search(sentence)]
    if not found:
        return []
    asked = [place for place, sentence in enumerate(found) if lesson.is_question(sentence)]
    if asks and asked:
        near = [*range(asked[-1] + 1, len(found)), *range(asked[0] - 1, -1, -1)]
        kept = set(asked)
    else:
        bold = [place for place, sentence in enumerate(found) if "**" in sentence]
        goes_on = (
            [len(found) - 1] if not re.search(r"[.?!][)*\"]*$", text.rstrip()) else []
        )  # before a formula, or code
        near = sorted(range(len(found)), key=lambda place: found[place].startswith("("))
        kept = {near[0], *bold, *goes_on}
    count = sum(words(found[place]) for place in kept)
    for place in near:
        if place in kept:
            continue
        if count + words(found[place]) > limit:
            break
        kept.add(place)
        count += words(found[place])
    return [found[place] for place in sorted(kept)]
