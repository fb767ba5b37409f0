"""Builds the slides of the chapters from their notebooks: python site/decks.py [FOLDER]

Each deck is one HTML file that needs nothing else, no network either: reveal.js, fonts and figures are inside. The
outputs are those that are stored in the notebooks, and nothing is executed. FOLDER is build/slides unless given.
"""

import argparse
import html
import importlib.util
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
sys.path[:0] = [str(ROOT), str(SITE)]

NEEDED = ("sphinx_revealjs", "latex2mathml", "markdown_it", "mdit_py_plugins", "ruff")
FONTS = "/* the fonts */"
DATA = re.compile(r'"data:[^"]*"')
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def reveal() -> Path:
    """Return the folder of reveal.js, which the package sphinx-revealjs brings along."""
    package = importlib.util.find_spec("sphinx_revealjs")
    return Path(package.submodule_search_locations[0]) / "_static" / "revealjs"


def page(deck) -> str:
    """Return a deck as an HTML page, with FONTS in place of the fonts."""
    from slides import sizes

    template = (SITE / "slides" / "deck.html").read_text(encoding="utf-8")
    style = "\n".join(
        [
            (reveal() / "dist" / "reveal.css").read_text(encoding="utf-8"),
            FONTS,
            (SITE / "slides" / "deck.css").read_text(encoding="utf-8"),
        ]
    )
    style = style.replace("/*SIZES*/", ":root { " + variables(sizes) + " }")
    script = "\n".join(
        (reveal() / path).read_text(encoding="utf-8") for path in ("dist/reveal.js", "plugin/notes/notes.js")
    ).replace("</script", "<\\/script")
    stacks: list[list[str]] = []
    for number, slide in enumerate(deck.slides, 1):
        if slide.first or not stacks:
            stacks.append([])
        stacks[-1].append(section(slide, number, len(deck.slides), seconds(deck, number - 1)))
    slides = "\n".join("<section>\n" + "\n".join(stack) + "\n</section>" for stack in stacks)
    parts = {"TITLE": html.escape(deck.title.replace("`", "")), "STYLE": style, "SCRIPT": script, "SLIDES": slides}
    parts["MINUTES"] = str(deck.total)
    return re.sub(r"@@(\w+)@@", lambda found: parts[found[1]], template)


def variables(sizes) -> str:
    names = ("WIDTH", "HEIGHT", "SIDE", "ABOVE", "HEADER", "GAP", "TEXT", "SMALL", "QUESTION", "BIG", "CODE_LINE")
    return " ".join(f"--{name.lower().replace('_', '-')}: {getattr(sizes, name)}px;" for name in names)


def seconds(deck, place: int) -> int:
    """Return how long a slide stands, for the clock of the speaker's view; slides of one cell have equal shares."""
    minute = deck.slides[place].minute
    following = [slide.minute for slide in deck.slides if slide.minute > minute] + [deck.total]
    return round(60 * (following[0] - minute) / sum(slide.minute == minute for slide in deck.slides))


def section(slide, number: int, count: int, timing: int) -> str:
    from slides import prose

    title = prose.inline(slide.title)
    part = f" <small>({slide.part})</small>" if slide.part else ""
    level = 1 if slide.kind == "title" else 2
    body = "\n".join(block.html for block in slide.blocks)
    name = " ".join(name for name in ("first", "roomy") if getattr(slide, name))
    return (
        f'<section id="slide-{number}" class="{name}" data-kind="{slide.kind}" data-timing="{timing}">'
        f'<header><h{level}>{title}{part}</h{level}><span class="count">{number}&#8239;/&#8239;{count}</span></header>'
        f'<div class="body">{body}</div><aside class="notes">{"".join(slide.notes)}</aside></section>'
    )


def build(target: Path, chapters: list[Path] = CHAPTERS) -> int:
    """Write the decks into the folder `target`; return 0, or another number when they could not be built."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(f"Missing: {', '.join(missing)}. `make slides` installs what the slides need.", file=sys.stderr)
        return 1
    from slides import listing, rules, sizes

    pages = {name: page(rules.Deck(name, cells)) for name, cells in listing.narrow(chapters).items()}
    letters = {letter for text in pages.values() for letter in html.unescape(DATA.sub("", text))}
    fonts = sizes.font_faces(letters)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (target / f"{name}.html").write_text(text.replace(FONTS, fonts), encoding="utf-8")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the slides of the chapters from the stored notebooks.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "slides", help="default: build/slides")
    target = parser.parse_args(arguments).folder.resolve()
    failed = build(target)
    if not failed:
        print(f"The decks are in {target}: open one in a browser. S opens the speaker's notes.")
    return failed


if __name__ == "__main__":
    sys.exit(main())
