"""The rules that make slides of a chapter's cells.

- A section begins with its title. Each paragraph is a slide: its first sentence, what is bold, and as much of the rest
  as `prose.WORDS` allows. The whole text stands in the speaker's notes.
- A prediction is a slide with the question. Then come the code that answers it, without what it prints, and the answer.
- Elsewhere code and what it prints share a slide if they fit; longer code comes in steps.
- A figure comes without the code that draws it, below its question and above a short explanation where both leave it
  three quarters of its size; a strip of stills is shown one still at a time.
- A folded answer appears at a press under its question. An exercise is its card and its stub.
- The cells that serve the notebook (the bootstrap, checks, hints) are left out, hints go into the notes.
"""

import html
import re
from typing import Any

from course import lesson, live
from course.findings import GUESS
from slides import listing, prose, sizes
from slides.blocks import Block, Slide, fenced, figure_block, formula_block, table_blocks, text_block
from slides.figures import figures

BESIDE_CODE = 40  # words of a paragraph that may share a slide with the code below it
BESIDE_FIGURE = 30  # and with a figure


class Deck:
    """The slides of one chapter, made cell by cell."""

    def __init__(self, name: str, cells: list[dict[str, Any]]) -> None:
        self.name, self.cells = name, cells
        self.minutes, self.total = lesson.pace([{**cell, "source": cell["whole"]} for cell in cells])
        self.promised = lesson.promised(cells)
        self.title = re.search(r"^# (.+)$", lesson.source(cells[0]), re.MULTILINE)[1]
        self.section = self.chapter_section = ""  # the title above the slides; without those of exercises
        self.slides: list[Slide] = []
        self.begins = False  # the next slide is the first of its section
        self.answering = False  # a guess was asked for, and its answer has not come
        self.question: list[str] = []  # that was asked last
        self.place = 0
        for self.place, cell in enumerate(cells):
            self.add_cell(cell)
        self.slides = [slide for slide in merged(self.slides) if slide.blocks]
        self.annotate()

    def add(self, kind: str, blocks: list[Block], title: str = "", part: str = "") -> Slide:
        slide = Slide(title or self.section, kind, blocks, [], self.place, self.minutes[self.place], part=part)
        slide.first, self.begins = self.begins, False
        self.slides.append(slide)
        return slide

    def add_cell(self, cell: dict[str, Any]) -> None:
        role, text = lesson.role(cell), lesson.source(cell)
        if not role:
            self.section = self.chapter_section
        if self.place == 0:
            self.add_title(text)
        elif "<summary>For instructors" in text:
            self.slides[0].notes.append(prose.rendered(re.sub(r"</?details>|<summary>.*?</summary>", "", text)))
        elif role in ("bootstrap", "check"):
            pass
        elif role == "hints":
            self.slides[-1].notes.append(prose.rendered(text))
        elif role == "card":
            self.add_card(text)
        elif role == "stub":
            waits, self.answering = self.answering, False
            self.add_code(text)
            self.slides[-1].kind, self.answering = "stub", waits
        elif cell["cell_type"] == "markdown":
            self.add_markdown(text)
        else:
            self.add_code_cell(text, cell["outputs"])

    def add_title(self, text: str) -> None:
        """The title: promise, minutes, and where a student opens the chapter."""
        found = [piece.text for piece in prose.pieces(text) if piece.kind == "text"]
        promise, needs = found[0], next(piece for piece in found if "minutes" in piece)
        blocks = [text_block([promise], "promise"), text_block([needs])]
        if colab := re.search(r"Open in Colab\]\([^)]*\)\]\(([^)]*)\)", text):
            blocks.append(text_block([f"[Open this chapter in Colab]({colab[1]})"]))
        self.add("title", blocks, self.title)

    def add_markdown(self, text: str) -> None:
        found = prose.pieces(text)
        asks = self.guess_follows()
        last = max((number for number, piece in enumerate(found) if piece.kind == "text"), default=-1)
        for number, piece in enumerate(found):
            if piece.kind == "heading":
                level, _, self.section = piece.text.partition(" ")
                self.begins, self.answering = len(level) < 3, False
                self.chapter_section = self.section if self.begins else self.chapter_section
                continue
            if piece.kind == "text":
                self.add_paragraph(piece.text, asks and number == last)
                self.answering = self.answering or (asks and number == last)
            elif piece.kind == "item":
                self.add_item(piece.text)
            elif piece.kind == "folded":
                self.add_folded(piece)
            elif piece.kind == "formula":
                self.join(formula_block(piece.text), "text")
            elif piece.kind == "table":
                for block in table_blocks(piece.text):
                    self.join(block, "table")
            elif piece.kind == "fence":
                self.add_code(fenced(piece.text))
            if piece.kind in ("text", "item", "folded", "caption") and self.slides:
                self.slides[-1].notes.append(prose.rendered(piece.text))

    def guess_follows(self) -> bool:
        """Whether the cell is the question before a guess."""
        for cell in self.cells[self.place + 1 :]:
            if cell["cell_type"] == "markdown":
                return False
            if GUESS.search(lesson.source(cell)):
                return True
        return False

    def add_paragraph(self, text: str, asks: bool = False) -> None:
        chosen = prose.essence(text, prose.WORDS + (16 if asks else 0), asks)
        questions = [s for s in chosen if lesson.is_question(s)] if asks else []
        if not questions:
            if chosen:
                self.add("text", [text_block(chosen)])
            return
        self.question = [s.replace("**", "") for s in questions]
        first = chosen.index(questions[0])
        after = [s for s in chosen[first:] if s not in questions]
        parts = (chosen[:first], "text"), (self.question, "question"), (after, "text")
        self.add("predict", [text_block(part, kind) for part, kind in parts if part])

    def add_item(self, text: str) -> None:
        number = re.match(r"\d+[.)]|[-*]", text)[0]
        body = text[len(number) :].strip()
        mark = f"{number} " if number[0].isdigit() else "• "
        block = text_block([body], "item")
        block.html = block.html.replace("<p>", f'<p><span class="mark">{mark}</span>', 1)
        if self.section in ("Warm-up", "Questions"):
            self.add("recall", [block])
        else:
            self.join(block, "list")

    def join(self, block: Block, kind: str) -> None:
        """Put a block on the last slide of the same cell if it fits, else on a slide of its own."""
        last = self.slides[-1] if self.slides else None
        here = last and last.cell == self.place and not self.begins and last.kind in ("text", "list", "table", "card")
        if here and last.height + sizes.GAP + block.height <= sizes.ROOM:
            last.blocks.append(block)
        else:
            self.add(kind, [block])

    def add_folded(self, piece: prose.Piece) -> None:
        inner = prose.pieces(piece.text)
        fences = [p for p in inner if p.kind == "fence"]
        sentences = [f"**{re.sub(r'<[^>]+>', '', piece.summary)}:**"] if not piece.summary.startswith("Answer") else []
        body = re.sub(r"<(/?)code>", "`", "\n\n".join(p.text for p in inner if p.kind in ("text", "item")))
        kept = [] if not body else prose.essence(body)
        block = text_block([*sentences, *kept], "answer", fragment=True)
        extra = [formula_block(p.text) for p in inner if p.kind == "formula"]
        extra += [block for p in inner if p.kind == "table" for block in table_blocks(p.text)]
        for one in extra:
            one.html = f'<div class="fragment">{one.html}</div>'
        last = self.slides[-1]
        for one in [block, *extra]:
            last = self.slides[-1]
            if last.cell == self.place and last.height + sizes.GAP + one.height <= sizes.ROOM:
                last.blocks.append(one)
            else:
                one.html = re.sub(r'class="([a-z ]*?) ?fragment"', r'class="\1"', one.html)
                self.add("answer", [one])
        for fence in fences:
            self.add_code(fenced(fence.text))

    def add_card(self, text: str) -> None:
        heading, *rest = prose.pieces(text)
        title, stars, minutes = re.fullmatch(r"#+ (.+?) ([●○]+) · (.+)", heading.text).groups()
        self.section, self.begins = title, False
        difficulty = f'<span role="img" aria-label="difficulty {stars.count("●")} of 3">{stars}</span>'
        line = f'<p class="meta">{difficulty} · {minutes} · in your notebook</p>'
        self.add("card", [Block("meta", line, sizes.paragraph("x", sizes.SMALL))])
        for piece in rest:
            blocks = [text_block([piece.text.lstrip("-* ")], "item")]
            if piece.kind == "text":
                whole = prose.words(piece.text) <= 75
                blocks = [text_block(lesson.sentences(piece.text) if whole else prose.essence(piece.text, 60))]
            elif piece.kind in ("formula", "table"):
                blocks = [formula_block(piece.text)] if piece.kind == "formula" else table_blocks(piece.text)
            for block in blocks:
                self.join(block, "card")
                self.slides[-1].kind = "card"
        self.slides[-1].notes.append(prose.rendered(text))

    def add_code(self, text: str) -> list[Slide]:
        parts = listing.steps(text)
        made = []
        for number, part in enumerate(parts, 1):
            block = Block("code", listing.block(part, "code"), sizes.code(part.split("\n")))
            name = f"{number} of {len(parts)}" if len(parts) > 1 else ""
            made.append(self.add("code", self.under_question(block), part=name))
        return made

    def under_question(self, block: Block) -> list[Block]:
        """Return the block below the question that it answers, if a question waits and both fit."""
        if not (self.answering and self.question):
            return [block]
        asked = text_block(self.question, "asked")
        return [asked, block] if asked.height + sizes.GAP + block.least <= sizes.ROOM else [block]

    def add_code_cell(self, source: str, outputs: list[dict[str, Any]]) -> None:
        code = listing.for_class(source)
        pictures = [figure for output in outputs for figure in figures(output)]
        shown_source = "show_source(" in source
        note = f"<p>In the notebook:</p><pre>{html.escape(self.cells[self.place]['whole'])}</pre>"
        if pictures:
            code = listing.without_plot(code)
        if code and ("class " in code or not shown_source):  # the source that it shows stands for the cell
            self.add_code(code)
        open_ = re.search(r"(?:=|return|:) \.\.\.", code) is not None  # the reader is to fill it in
        text = "\n".join(listing.printed("".join(o.get("text", []))) for o in outputs if o["output_type"] == "stream")
        texts = [
            o for o in outputs if "image/png" not in o.get("data", {}) and "image/svg+xml" not in o.get("data", {})
        ]
        plain = ["".join(o["data"]["text/plain"]) for o in texts if "data" in o and "text/markdown" not in o["data"]]
        text = "\n".join(part for part in (text.strip("\n"), *map(listing.printed, plain)) if part)
        for output in texts:
            if markdown := "".join(output.get("data", {}).get("text/markdown", "")):
                for fence in listing.FENCE.findall(markdown):
                    self.add_code(fence)
        below: list[Block] = []
        if text and not open_:
            block = self.printed_block(text, sizes.ROOM)
            last = self.slides[-1]
            same = code and not self.answering and last.cell == self.place and last.kind == "code"
            if same and last.height + sizes.GAP + block.height <= sizes.ROOM:
                last.blocks.append(block)
            elif len(pictures) != 1 or block.height > 4 * sizes.CODE_LINE + sizes.CODE_PADDING:
                self.add("result", self.under_question(block))
            else:
                below = [block]
        for number, figure in enumerate(pictures, 1):
            name = f"{number} of {len(pictures)}" if len(pictures) > 1 else ""
            slide = self.add("figure", [figure_block(figure), *below], part=name)
            asked = text_block(self.question, "asked")
            if self.answering and self.question and not name and slide.fits(asked):
                slide.blocks.insert(0, asked)
            slide.fit()
            slide.notes.append(f"<p>{html.escape(figure.alt)}</p>")
        here = [slide for slide in self.slides if slide.cell == self.place]
        if here:
            here[0].notes.append(note)
            if live.MOVES.search(source):
                here[0].notes.insert(0, "<p>In the notebook this picture moves: run the cell there.</p>")
        self.answering = self.answering and not (text or pictures)

    @staticmethod
    def printed_block(text: str, room: int) -> Block:
        text = listing.shortened(text, room)
        rows = text.split("\n")
        return Block("printed", listing.block(text, "printed"), sizes.code(rows), longest=max(map(len, rows)))

    def annotate(self) -> None:
        """Write into the notes at which minute a slide comes, and what the class is to do."""
        for slide in self.slides:
            todo = {
                "predict": "Let everybody write down a guess before you go on.",
                "card": "The class works on it; the whole card stands in the notebook, and its hints below.",
            }.get(slide.kind, "")
            slide.notes.insert(0, f"<p><strong>Minute {slide.minute:.0f} of {self.promised}.</strong> {todo}</p>")


def merged(slides: list[Slide]) -> list[Slide]:
    """Put short paragraphs together, and a short one onto the slide of the code or answer that it belongs to."""
    found: list[Slide] = []
    for slide in slides:
        last = found[-1] if found else None
        if last and joins(last, slide):
            last.blocks += slide.blocks
            last.notes += slide.notes
            last.kind = slide.kind if last.kind == "text" else last.kind
            last.part = last.part or slide.part
            last.fit()
        else:
            found.append(slide)
    return found


def joins(last: Slide, slide: Slide) -> bool:
    if slide.first or last.title != slide.title or not last.fits(*slide.blocks):
        return False
    if last.part or (slide.part and not slide.part.startswith("1 of")) or last.kind == "title":
        return False
    pair = last.kind, slide.kind
    if pair == ("text", "text"):
        return last.cell == slide.cell and last.words + slide.words <= prose.WORDS
    if pair == ("text", "predict"):
        return last.cell == slide.cell and last.words + slide.words <= prose.WORDS
    if pair in (("text", "code"), ("text", "result")):
        return last.words <= BESIDE_CODE
    if pair == ("result", "text"):
        return slide.words <= prose.WORDS
    if "figure" in pair and set(pair) == {"figure", "text"}:
        return not slide.part and (slide.words if slide.kind == "text" else last.words) <= BESIDE_FIGURE
    return pair in (("card", "stub"), ("text", "list"))
