"""Makes what a teacher hands out: chapters without outputs and without solutions, and what a machine needs to run them.

A release is written beside the folder that it becomes, and moved there when it is complete. It lists its files, each
with a checksum; so a later release into the same folder knows what is still as it was, and refuses to replace what
somebody has changed.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from course.classroom import texts
from course.classroom.assignment import marked, text
from course.copy import ROOT, found, stripped, text_of, write
from course.merge import Notebook

LIST = ".release.json"
KIND = "a release of Autograd from First Principles"
PACKAGES = ("autograd", "course")
BESIDE = ("LICENSE", "constraints.txt", "requirements.txt", "scripts/environment.py")
BESIDE += ("data/README.md", "data/course.txt", "data/names.txt")
STUDENTS, SOURCE, NBGRADER = "students", "source", "nbgrader_config.py"
SOLUTION = re.compile(r"\n*^Solution: \[.*\]\(solutions/.*\)\s*$", re.MULTILINE)
TOLD = re.compile(r"\s*\(The solution (?:tells|names [^()]*)\.\)")
NOTE = "<summary>For instructors</summary>"
CHAPTER = re.compile(r"\[([^\]]+)\]\((\d\d_\w+\.ipynb)\)")


class Refusal(ValueError):
    """A release that cannot be made; the text says why, in a sentence."""


def release(folder: Path, asked: list[str], nbgrader: bool = False, root: Path = ROOT) -> list[str]:
    """Write a release of the chapters, all of them if none is asked for; return what was done, in sentences.

    Raises Refusal where a chapter does not exist or the folder holds something else, and OSError where it cannot be
    written; then the folder is as it was.
    """
    known = {path.stem: path for path in found(root / "notebooks") if path.parent.name != "solutions"}
    names = chosen(asked, list(known))
    earlier = listed(folder)
    if earlier and earlier["nbgrader"] != nbgrader:
        kind = "for nbgrader" if earlier["nbgrader"] else "without nbgrader"
        raise Refusal(f"{folder} is a release {kind}: name another folder for this one.")
    names = sorted({*names, *(name for name in earlier.get("chapters", []) if name in known)})
    files = contents(root, [known[name] for name in names], nbgrader)
    require_untouched(folder, earlier, files)
    put(folder, earlier, files, {"kind": KIND, "nbgrader": nbgrader, "chapters": names})
    said = [f"{folder} has {len(names)} chapter{'s' * (len(names) != 1)}: {', '.join(names)}."]
    return [*said, texts.NEXT_NBGRADER if nbgrader else texts.NEXT]


def chosen(asked: list[str], known: list[str]) -> list[str]:
    """The names of the chapters that are asked for by number or by name; Refusal where there is no such chapter."""
    numbers = {name[:2]: name for name in known}
    names = []
    for one in asked:
        name = one.removesuffix(".ipynb")
        name = numbers.get(name.zfill(2), name)
        if name not in known:
            raise Refusal(f"There is no chapter {one}: the course has {', '.join(sorted(numbers))}.")
        names.append(name)
    return names or known


def contents(root: Path, chapters: list[Path], nbgrader: bool) -> dict[str, bytes]:
    """The files of a release by their path in it."""
    at = f"{STUDENTS}/" if nbgrader else ""
    files = {f"{at}{path.relative_to(root).as_posix()}": path.read_bytes() for path in course_files(root)}
    names = {path.name for path in chapters}
    for path in chapters:
        notebook = without_solutions(stripped(path), names)
        if nbgrader:
            assignment = marked(notebook)
            files[f"{SOURCE}/{path.stem}/{path.name}"] = text_of(assignment)
            notebook = {**assignment, "cells": [*map(seen, notebook_cells(notebook, assignment))]}
        files[f"{at}notebooks/{path.name}"] = text_of(notebook)
    files[f"{at}README.md"] = texts.students(chapters).encode()
    if nbgrader:
        files["README.md"] = texts.teachers([path.stem for path in chapters]).encode()
        files[NBGRADER] = texts.CONFIG.encode()
    return files


def notebook_cells(plain: Notebook, assignment: Notebook) -> Iterator[tuple[dict, dict]]:
    """Each cell of an assignment with the one of the plain chapter, itself where the chapter has none."""
    cells = {cell["id"]: cell for cell in plain["cells"]}
    for cell in assignment["cells"]:
        yield cells.get(cell["id"], cell), cell


def seen(pair: tuple[dict, dict]) -> dict:
    """A cell as students see it: the chapter's text, which has no hidden test, and nbgrader's entry."""
    plain, assignment = pair
    return {**plain, "metadata": assignment["metadata"]}


def course_files(root: Path) -> Iterator[Path]:
    """What every machine needs, solutions and what Python makes itself left out."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                yield path
    for name in BESIDE:
        if (root / name).is_file():  # a release can be made from a release, which has no more than this
            yield root / name


def without_solutions(notebook: Notebook, names: set[str]) -> Notebook:
    """A chapter without its note for instructors, whose cells lead to no solution and to no chapter not handed out."""
    del notebook["metadata"]["course"]  # the version of a copy; this is a chapter that copies are made of
    notebook["cells"] = [cell for cell in notebook["cells"] if NOTE not in text(cell)]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            new = TOLD.sub("", SOLUTION.sub("", text(cell))).replace(", its hints and its solution", " and its hints")
            new = CHAPTER.sub(lambda link: link[0] if link[2] in names else link[1], new)
            cell["source"] = new.splitlines(keepends=True)
    return notebook


def listed(folder: Path) -> dict:
    """What a release in the folder says of itself; {} where there is nothing yet.

    Raises Refusal where something else is there.
    """
    try:
        if not folder.is_dir():
            if os.path.lexists(folder):
                raise Refusal(f"{folder} is no folder: name another one.")
            return {}
        about = json.loads((folder / LIST).read_text(encoding="utf-8"))
        if about["kind"] == KIND and {"nbgrader", "chapters", "files"} <= about.keys():
            return dict(about)
    except FileNotFoundError:
        if not any(folder.iterdir()):
            return {}
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, Refusal):
            raise
    raise Refusal(f"{folder} exists and is no release of this course: name another folder, or move that one away.")


def require_untouched(folder: Path, earlier: dict, files: dict[str, bytes]) -> None:
    """Raise Refusal if the folder holds anything in a place of the release that no release has put there."""
    known = earlier.get("files", {})
    places = {**dict.fromkeys(files, []), **known}
    changed = [
        name for name, sums in places.items() if os.path.lexists(folder / name) and sum_of(folder / name) not in sums
    ]
    if changed:
        shown = ", ".join(sorted(changed)[:3]) + (", …" if len(changed) > 3 else "")
        raise Refusal(f"{folder} was changed since it was released ({shown}): name another folder, or move it away.")


def put(folder: Path, earlier: dict, files: dict[str, bytes], about: dict) -> None:
    """Write the files whole, all of them or none, and remove those of an earlier release that are not among them."""
    sums = {name: [hashlib.sha256(content).hexdigest()] for name, content in files.items()}
    folder.parent.mkdir(parents=True, exist_ok=True)
    complete = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        for name, content in files.items():
            path = complete / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (complete / LIST).write_bytes(text_of({**about, "files": sums}))
        complete.chmod(0o777 & ~mask())
        if not earlier:
            if folder.is_dir():  # it is empty
                folder.rmdir()
            complete.rename(folder)
            return
        # From here on a release that is interrupted has files of both; both are known as untouched.
        before = earlier["files"]
        both = {name: before.get(name, []) + sums.get(name, []) for name in before | sums}
        write(folder / LIST, text_of({**about, "files": both}))
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(complete / name, folder / name)
        for name in before.keys() - files.keys():
            (folder / name).unlink(missing_ok=True)
        os.replace(complete / LIST, folder / LIST)
    finally:
        shutil.rmtree(complete, ignore_errors=True)


def sum_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"


def mask() -> int:
    """The rights that new files of this process do not get."""
    found = os.umask(0)
    os.umask(found)
    return found
