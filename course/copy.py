"""Makes and renews the reader's copy of the chapters: `python -m course.copy`

The notebooks of the course hold their outputs, and whoever sees the answer under a question cannot guess it. Readers
work in `my-course/`, where the same cells stand without outputs, and the text below an answer is folded (see
`course.findings`). When the course has changed, a chapter that they have not touched is replaced; one that they have
worked in is merged (see `course.merge`), and what it was is kept in `my-course/before/`.

Nothing that a reader wrote is lost, whenever this is interrupted: each file is written whole or not at all, a chapter
is kept in `before/` before it is replaced, and every copy names in its own metadata the version that it was made from.
So a second run finds out what is left to do from the files alone.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from autograd.files import write_whole
from course.findings import fold_findings
from course.merge import Notebook, by_id, kind_and_source, merged

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "my-course"
BEFORE, BASES = "before", ".versions"
CHAPTERS = ("[0-9][0-9]_*.ipynb", "solutions/[0-9][0-9]_*.ipynb")


class Unreadable(ValueError):
    """A file that is no notebook: cut, damaged or something else."""


def renew(root: Path = ROOT, folder: Path | None = None) -> list[str]:
    """Make the reader's copy of the course at `root`, or bring it up to date; return what was done, in sentences.

    `folder` is the folder of the copy, `my-course` in the root unless it is given. Raises OSError when a file cannot
    be read or written; what is done by then stays, and the next call does the rest.
    """
    copy = Copy(root / FOLDER if folder is None else folder)
    chapters = {path.relative_to(root / "notebooks"): stripped(path) for path in found(root / "notebooks")}
    if not chapters:
        raise FileNotFoundError(f"there are no chapters in {root / 'notebooks'}")
    for last in (*[False] * 9, True):
        try:
            copy.renew(chapters)
            break
        except FileNotFoundError:  # another call is at the same work, and has moved this file: look again
            if last:
                raise
    counted = []
    if copy.made:
        counted.append(f"{copy.made} new in {copy.folder.name}/, your copy of the course without outputs.")
    if copy.replaced:
        counted.append(f"{copy.replaced} that you had not changed replaced by the course's new version.")
    return [f"Notebooks: {sentence}" for sentence in counted] + copy.said


class Copy:
    """The reader's folder: the chapters, the versions they were made from, and what they were before a change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = self.replaced = 0
        self.said: list[str] = []

    def renew(self, chapters: dict[Path, Notebook]) -> None:
        """Bring each chapter, and put away what has no chapter (any more); what is done already is passed over."""
        for name, new in chapters.items():
            self.bring(name, new, chapters)
        for name in self.left_over(chapters):
            self.put_away(name, chapters)

    def bring(self, name: Path, new: Notebook, chapters: dict[Path, Notebook]) -> None:
        """Make one chapter what it should be: `new`, around what the reader wrote."""
        self.remember(new)
        target = self.folder / name
        origin = target if target.exists() else self.renamed(new, chapters)
        if origin is None:
            write(target, text_of(new))
            self.made += 1
            return
        current = origin.read_bytes()
        result, sentence = self.result(name, current, new)
        if result == current and origin == target:
            return
        kept = self.keep(origin, current) if sentence else ""
        if origin.read_bytes() != current:  # it was saved a moment ago: look again
            return self.bring(name, new, chapters)
        write(target, result)
        if sentence:
            self.said.append(f"{sentence} As it was: {kept}")
        else:
            self.replaced += 1
        if origin != target:
            origin.unlink()

    def result(self, name: Path, current: bytes, new: Notebook) -> tuple[bytes, str]:
        """Return what a chapter should hold, and what to say where it holds more than the course's new version."""
        try:
            theirs = parsed(current)
        except Unreadable as damage:
            return text_of(new), f"{name} could not be read ({damage}); a new one is in its place."
        if version(theirs) == version(new):
            return current, ""
        base = self.base_of(theirs)
        if current == text_of(base):
            return text_of(new), ""
        own = {**theirs.get("metadata", {}), "course": new["metadata"]["course"]}
        if theirs["cells"] == base["cells"]:  # it was only opened: JupyterLab notes which Python that was
            return text_of({**new, "metadata": own}), ""
        both = {**merged(base, theirs, new), "metadata": own}
        return text_of(both), f"{name} has the course's changes around what you wrote."

    def remember(self, new: Notebook) -> None:
        """Keep a version of a chapter under its checksum, for the merge with a later one."""
        path = self.folder / BASES / f"{version(new)}.ipynb"
        if not path.exists() or path.read_bytes() != text_of(new):
            write(path, text_of(new))

    def base_of(self, theirs: Notebook) -> Notebook:
        """Return the version that a copy was made from; if that is unknown, the one it has most in common with."""
        known = {path.stem: path for path in sorted((self.folder / BASES).glob("*.ipynb"))}
        if version(theirs) in known:
            known = {version(theirs): known[version(theirs)]}
        cells = set(map(kind_and_source, theirs["cells"]))
        best, most = {**theirs, "cells": []}, 0
        for path in known.values():
            try:
                base = parsed(path.read_bytes())
            except Unreadable:
                continue
            shared = len(cells & set(map(kind_and_source, base["cells"])))
            if shared > most or version(base) == version(theirs):
                best, most = base, shared
        return best

    def renamed(self, new: Notebook, chapters: dict[Path, Notebook]) -> Path | None:
        """Return the copy of the same chapter under a name that the course no longer has."""
        for name in self.left_over(chapters):
            if successor(self.opened(name), chapters) is new:
                return self.folder / name
        return None

    def left_over(self, chapters: dict[Path, Notebook]) -> list[Path]:
        """Return the names of copies whose chapters are not in the course (any more)."""
        names = [path.relative_to(self.folder) for path in found(self.folder)]
        return [name for name in names if name not in chapters and version(self.opened(name))]

    def opened(self, name: Path) -> Notebook:
        """Return a notebook of the copy; one without cells if it cannot be read."""
        try:
            return parsed((self.folder / name).read_bytes())
        except Unreadable:
            return {"cells": [], "metadata": {}}

    def put_away(self, name: Path, chapters: dict[Path, Notebook]) -> None:
        """Move a chapter that has left the course to `before/`, unless the reader has worked in it."""
        path = self.folder / name
        current, theirs = path.read_bytes(), self.opened(name)
        carried_on = successor(theirs, chapters) is not None and self.kept(current)  # interrupted while it was renamed
        if not carried_on and theirs["cells"] != self.base_of(theirs)["cells"]:
            self.said.append(f"{name} is no longer part of the course; your copy stays where it is.")
            return
        self.said.append(f"{name} is no longer part of the course. As it was: {self.keep(path, current)}")
        path.unlink()

    def keep(self, path: Path, content: bytes) -> str:
        """Keep a file as it is in `before/`, once, and return where."""
        kept = self.kept(content)
        if kept is None:
            name = "-".join(path.relative_to(self.folder).with_suffix("").parts)
            start = f"{name}.{datetime.now():%Y-%m-%d}"
            numbered = (
                self.folder / BEFORE / f"{start}{end}.ipynb" for end in ("", *map(".{}".format, range(2, 9999)))
            )
            kept = next(path for path in numbered if not path.exists())
            write(kept, content)
        return kept.relative_to(self.folder.parent).as_posix()

    def kept(self, content: bytes) -> Path | None:
        """Return the file in `before/` that holds exactly this."""
        files = sorted((self.folder / BEFORE).glob("*.ipynb"))
        return next((path for path in files if path.read_bytes() == content), None)


def found(folder: Path) -> Iterator[Path]:
    """The chapters and solutions in a folder, in order."""
    for pattern in CHAPTERS:
        yield from sorted(folder.glob(pattern))


def successor(theirs: Notebook, chapters: dict[Path, Notebook]) -> Notebook | None:
    """Return the chapter that has most of the cells of a copy: the same chapter, whatever it is called now."""
    ids = {cell.get("id") for cell in theirs["cells"]}
    most = max(chapters.values(), key=lambda new: len(ids & by_id(new).keys()))
    return most if len(ids & by_id(most).keys()) > len(most["cells"]) / 2 else None


def stripped(path: Path) -> Notebook:
    """Return a notebook of the course as readers get it: no outputs, no counts; findings and bootstrap cell folded."""
    notebook = parsed(path.read_bytes())
    fold_findings(notebook["cells"])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        if cell["metadata"].get("course", {}).get("role") == "bootstrap":
            cell["metadata"] |= {"jupyter": {"source_hidden": True}, "cellView": "form"}  # JupyterLab; Colab
    content = json.dumps(notebook["cells"], sort_keys=True).encode()
    notebook["metadata"]["course"] = {"version": hashlib.sha256(content).hexdigest()[:16]}
    return notebook


def parsed(content: bytes) -> Notebook:
    """Return the notebook that a file holds; raise Unreadable, in words, if that is none."""
    try:
        notebook = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise Unreadable(f"it may be cut: {error}" if content else "it is empty") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable("it is not a notebook")
    if not isinstance(notebook.get("metadata", {}), dict) or not all(map(is_cell, notebook["cells"])):
        raise Unreadable("it is damaged: not all of its cells are cells of a notebook")
    return notebook


def is_cell(cell: Any) -> bool:
    """Return whether what is used of a cell here is of its kind. nbformat would say more, but may not be installed."""
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return False
    text = cell.get("source", "")
    lines = text if isinstance(text, list) else [text]
    known = isinstance(cell.get("metadata", {}), dict) and isinstance(cell.get("id"), str | None)
    return known and all(isinstance(line, str) for line in lines)


def version(notebook: Notebook) -> str:
    """Return which version of a chapter a copy was made from, or ""."""
    metadata = notebook.get("metadata")
    course: Any = metadata.get("course") if isinstance(metadata, dict) else None
    return str(course.get("version", "")) if isinstance(course, dict) else ""


def text_of(notebook: Notebook) -> bytes:
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return text.encode("utf-8", "backslashreplace")  # half a character becomes the escape that JSON has for it


def write(path: Path, content: bytes) -> None:
    write_whole(path, lambda file: file.write(content))


def publish(root: Path, folder: Path) -> None:
    """Write all chapters without outputs into `folder`, under the names they have in the course."""
    for path in found(root / "notebooks"):
        write(folder / path.relative_to(root), text_of(stripped(path)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m course.copy", description=__doc__.splitlines()[0])
    parser.add_argument("--publish", type=Path, metavar="FOLDER", help="write plain copies there, and nothing else")
    options = parser.parse_args(arguments)
    try:
        if options.publish:
            publish(ROOT, options.publish)
        else:
            for sentence in renew():
                print(sentence)
    except OSError as error:
        print(f"The copy of the course could not be made: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
