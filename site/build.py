"""Builds the web site of the course from its notebooks and pages: python site/build.py [FOLDER]

The site shows the outputs that are stored in the notebooks, and nothing is executed. The pages are prepared in a
folder of their own, from which Sphinx builds; FOLDER (default: build/site) is replaced when all of it has succeeded.
The decks of the chapters are built into it too, unless --without-slides is given.
"""

import argparse
import html
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT)]

import address  # noqa: E402
import decks  # noqa: E402

from course.findings import GUESS, fold_findings  # noqa: E402

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("[0-9][0-9]_*.ipynb"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").iterdir())]  # of the README the start page shows the chapters
BADGE = re.compile(r"\[!\[([^\]]+)\]\([^)]*\)\]\(([^)]*)\)")  # a picture, from another host, that is a link
BADGES = re.compile(rf"{BADGE.pattern}(?:\s*{BADGE.pattern})*")
PICTURES = ("image/png", "image/svg+xml")
LITE = ROOT / "build" / "lite"  # the edition that runs in a browser alone, if `make lite` has built it
IN_BROWSER = "Open in this browser"
BACK = '<p><a href="../index.html">The course as pages to read</a></p>'
SET_UP = "The cell that finds the course's files"
ANSWER = "Write down your guess, then open the answer"
FINDING = "After your guess, read on here"
ADDRESS = address.written()
PAGE_ON_GITHUB = re.compile(rf"(?<=\(){re.escape(ADDRESS)}/blob/main/(docs/\w+\.md)(?=[)#])")


def prepared(name: str, notebook: dict[str, Any], slides: bool = True, lite: bool = False) -> dict[str, Any]:
    """Return the notebook `name` (its path from the root) as the site shows it, with links to slides and edition."""
    fold_findings(notebook["cells"], FINDING)
    answering = shown = False  # a guess waits for its answer; a part of the answer was shown
    for cell in notebook["cells"]:
        cell["source"] = source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            cell["source"] = markdown(source, name, slides, lite)
            answering = answering and not shown
        elif cell["metadata"].get("course", {}).get("role") == "bootstrap":
            fold(cell, "hide-input", SET_UP)
        elif GUESS.search(source):
            answering, shown = True, False
        elif answering and cell["outputs"]:
            fold(cell, "hide-output", ANSWER)
            shown = True
        if alt := words(cell.get("outputs", [])):
            cell["metadata"].setdefault("mystnb", {})["image"] = {"alt": alt}
    return notebook


def fold(cell: dict[str, Any], tag: str, summary: str) -> None:
    """Let a part of the cell be hidden in <details>, which opens without JavaScript too."""
    cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), tag]
    cell["metadata"]["mystnb"] = {"code_prompt_show": summary, "code_prompt_hide": summary}


def markdown(text: str, name: str, slides: bool = True, lite: bool = False) -> str:
    """Return the text of a cell of the notebook `name` with links inside the site, and no picture from elsewhere."""
    up = "../" * name.count("/")
    text = PAGE_ON_GITHUB.sub(lambda found: up + found[1], text)
    deck = [("Slides", f"{up}slides/{Path(name).stem}.html")] if slides and "solutions" not in name else []
    here = [(IN_BROWSER, f"{up}lite/index.html?chapter={name.removeprefix('notebooks/')}")] if lite else []
    text = BADGES.sub(lambda found: " ".join(button(*badge) for badge in here + BADGE.findall(found[0]) + deck), text)
    return re.sub(r"<details>.*?</details>", lambda found: with_formulas(found[0]), text, flags=re.DOTALL)


def button(label: str, link: str) -> str:
    """Return the HTML of a link that looks like a button."""
    return f'<a class="launch" href="{html.escape(link)}">{label}</a>'


def with_formulas(folded: str) -> str:
    """Return a <details> whose formulas are seen: up to the next blank line, a block of HTML is taken as it is."""
    if "$" not in folded:
        return folded
    return re.sub(r"</summary>\s*(.*?)\s*</details>", "</summary>\n\n\\1\n\n</details>", folded, flags=re.DOTALL)


def with_files_on_github(path: Path) -> str:
    """Return the text of a page whose links to files that are not on the site lead to GitHub."""

    def link(found: re.Match[str]) -> str:
        file = (path.parent / found[1]).resolve()
        there = file in PAGES[1:] or file in NOTEBOOKS or not file.exists()  # the README itself is no page
        return found[0] if there else f"]({ADDRESS}/blob/main/{file.relative_to(ROOT).as_posix()}"

    return re.sub(r"\]\(([\w./-]+)", link, path.read_text(encoding="utf-8"))


def words(outputs: list[dict[str, Any]]) -> str:
    """Return the text of a cell's pictures, for those who cannot see them; "" if the cell has none."""
    for output in outputs:
        for kind in PICTURES:
            if kind in output.get("data", {}):
                text = output["metadata"].get(kind, {}).get("alt") or output["data"]["text/plain"]
                return " ".join("".join(text).split())
    return ""


def made_up_names() -> str:
    """Return the names that chapter 19's network has made up, from its stored output."""
    notebook = json.loads((ROOT / "notebooks" / "19_attention.ipynb").read_text(encoding="utf-8"))
    outputs = ["".join(o.get("text", [])) for cell in notebook["cells"] for o in cell.get("outputs", [])]
    (line,) = (text.splitlines()[0] for text in outputs if " in no list" in text)
    return ", ".join(line.split())


def prepare(folder: Path, slides: bool = True, lite: bool = False) -> None:
    """Write everything that Sphinx reads into a folder; with `slides` and `lite`, chapters link to these."""
    for path in PAGES:
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        if path.suffix == ".md":
            target.write_text(with_files_on_github(path), encoding="utf-8")
    names = made_up_names()
    for path in sorted(SITE.rglob("*.md")):
        target = folder / path.relative_to(SITE)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8").replace("MADE_UP_NAMES", names)
        text = text.replace("IN_BROWSER", button("Work in this browser", "lite/index.html") if lite else "")
        target.write_text(text, encoding="utf-8")
    for path in NOTEBOOKS:
        name = path.relative_to(ROOT).as_posix()
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        book = prepared(name, json.loads(path.read_text(encoding="utf-8")), slides, lite)
        target.write_text(json.dumps(book, ensure_ascii=False), encoding="utf-8")


def build(target: Path, slides: bool = True, lite: Path | None = None) -> int:
    """Build the site into the folder `target`; return 0, or another number when it could not be built.

    `lite` is the folder of the edition that runs in a browser alone: it becomes a part of the site, `lite/`.
    """
    try:
        from sphinx.cmd.build import main as sphinx
    except ImportError:
        print("Sphinx is not installed: `make site` installs what the site needs.", file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".site-") as name:
        place = Path(name)
        prepare(place / "source", slides, lite is not None)
        options = ["--quiet", "--fail-on-warning", "--keep-going", "--conf-dir", str(SITE)]
        options += ["--doctree-dir", str(place / "doctrees")]
        failed = sphinx([*options, str(place / "source"), str(place / "html")])
        failed = failed or (decks.build(place / "html" / "slides") if slides else 0)
        if failed:
            return failed
        if lite:
            shutil.copytree(lite, place / "html" / "lite")
            start = place / "html" / "lite" / "index.html"
            start.write_text(start.read_text(encoding="utf-8").replace("<!-- site -->", BACK), encoding="utf-8")
        if target.exists():
            os.replace(target, place / "before")
        os.replace(place / "html", target)
    print(f"The site is in {target}: open {target / 'index.html'}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the web site of the course from the stored notebooks.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "site", help="default: build/site")
    parser.add_argument("--without-slides", action="store_true", help="build no decks, and no links to them")
    parser.add_argument("--lite", type=Path, default=LITE, help="the edition in the browser; default: build/lite")
    options = parser.parse_args(arguments)
    lite = options.lite if (options.lite / "chapters.json").is_file() else None
    return build(options.folder.resolve(), not options.without_slides, lite)


if __name__ == "__main__":
    sys.exit(main())
