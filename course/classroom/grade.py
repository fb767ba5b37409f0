"""Grades a release's submissions: a line over nbgrader's own commands, and what a teacher has to know of it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from course.classroom.release import STUDENTS, Refusal, listed
from course.copy import Unreadable, parsed
from course.mine.answers import stamp

LOG = "grading.log"
NAMED = re.compile(r"(.+?)_(\d\d_[a-z_]+)")  # as in nbgrader_config.py: ada_02_expression_graphs.ipynb
TOLD = re.compile(r"WARNING\] (Look at .*)|ERROR\] There was an error processing assignment '(.*)' for student '(.*)'")


def grade(folder: Path, again: bool = False, students: Iterable[str] = ()) -> tuple[list[str], bool]:
    """Grade what is in `submitted/`, write grades.csv and feedback/, and return sentences, and whether all went well.

    What has been graded before is left alone, unless it is one of the `students`', or all shall be graded `again`.
    Raises Refusal where the folder is no release for nbgrader, where nothing was handed in, or nothing by one of the
    `students`.
    """
    about = listed(folder)
    if not about.get("nbgrader"):
        raise Refusal(f"{folder} is no release for nbgrader: make one with `release {folder} --nbgrader`.")
    chapters = [name for name in about["chapters"] if handed_in(folder, name)]
    if not chapters:
        example = submission(folder, "STUDENT", about["chapters"][0])
        raise Refusal(f"Nothing was handed in: a submission is a file such as {example}")
    students = list(dict.fromkeys(students))
    require_submissions(folder, chapters, students)
    named = [f"--again={student}" for student in students]
    command = [sys.executable, "-m", "course.classroom.steps", *chapters, *["--again"] * again, *named]
    before = stamp(folder / "grades.csv")
    # There `course` is the one that was handed out, whichever is imported here: the folder comes first on the path.
    environment = {**os.environ, "PYTHONSAFEPATH": ""}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, cwd=folder / STUDENTS, env=environment, **streams, check=False)
    log = done.stdout.decode(errors="replace")
    (folder / LOG).write_text(log, encoding="utf-8")
    said = []
    for look, chapter, student in dict.fromkeys(TOLD.findall(log)):
        said.append(look or f"{student} has no grade for {chapter}: {why_not(folder, student, chapter)}")
    for chapter in chapters:
        students = [path.parent.name for path in folder.glob(f"submitted/*/{chapter}")]
        graded = [name for name in students if (folder / "autograded" / name / chapter / f"{chapter}.ipynb").exists()]
        said += [again_since(folder, name, chapter) for name in sorted(graded) if is_late(folder, name, chapter)]
        said.append(f"{chapter}: {len(graded)} of {len(students)} submissions are graded.")
    said += overlooked(folder, about["chapters"])
    if stamp(folder / "grades.csv") != before:
        said.append(f"{folder / 'grades.csv'} and {folder / 'feedback'} are written.")
    if done.returncode:
        said.append(f"nbgrader has met an error; all that it said is in {folder / LOG}.")
    return said, not done.returncode


def is_newer(source: Path, made: Path) -> bool:
    """Whether an assignment was renewed since it was written into the gradebook, or is not there yet."""
    times = [max((path.stat().st_mtime_ns for path in place.glob("*.ipynb")), default=0) for place in (source, made)]
    return times[0] > times[1]


def handed_in(folder: Path, chapter: str) -> bool:
    return any(folder.glob(f"submitted/*/{chapter}")) or (folder / "downloaded" / chapter / "archive").is_dir()


def require_submissions(folder: Path, chapters: list[str], students: list[str]) -> None:
    """Raise Refusal if one of the students has handed in nothing, before anybody is graded."""
    known = {path.parent.name for chapter in chapters for path in folder.glob(f"submitted/*/{chapter}")}
    for chapter in chapters:
        for path in folder.glob(f"downloaded/{chapter}/archive/*"):
            if path.suffix == ".zip" and not (folder / "downloaded" / chapter / "extracted").is_dir():
                return  # whose files are in it is known when nbgrader has unpacked it
            known |= {named[1] for named in [NAMED.match(path.name)] if named}
    if strangers := [student for student in students if student not in known]:
        verb = "has" if len(strangers) == 1 else "have"
        there = sorted(known)
        shown = ", ".join(there[:20]) + (f" and {len(there) - 20} more" if len(there) > 20 else "")
        near = [f"{one}: {', '.join(found)}" for one in strangers if (found := get_close_matches(one, there))]
        raise Refusal(
            f"{', '.join(strangers)} {verb} handed in nothing, so nobody was graded. Names are those of the folders in "
            f"{folder / 'submitted'}: {shown}." + (f" Similar names: {'; '.join(near)}." if near else "")
        )


def submission(folder: Path, student: str, chapter: str) -> Path:
    return folder / "submitted" / student / chapter / f"{chapter}.ipynb"


def is_late(folder: Path, student: str, chapter: str) -> bool:
    """Whether a file was handed in after the one that is graded."""
    theirs, graded = submission(folder, student, chapter), folder / "autograded" / student / chapter
    return theirs.exists() and theirs.stat().st_mtime_ns > (graded / f"{chapter}.ipynb").stat().st_mtime_ns


def again_since(folder: Path, student: str, chapter: str) -> str:
    return f"{student} has handed in {chapter} again since it was graded: `grade {folder} --again {student}` grades it."


def overlooked(folder: Path, chapters: list[str]) -> list[str]:
    """A sentence for each notebook that was handed in and that no step of the grading looks at."""
    said = []
    for path in sorted(folder.glob("submitted/**/*.ipynb")):
        student, *inside = path.relative_to(folder / "submitted").parts[:-1] or ("STUDENT",)
        if not (len(inside) == 1 and inside[0] in chapters) and ".ipynb_checkpoints" not in inside:
            right = submission(folder, student, "CHAPTER")
            said.append(f"{path} is not graded: its place would be {right}, with one of {', '.join(chapters)}.")
    for chapter in chapters:
        archive, extracted = (folder / "downloaded" / chapter / name for name in ("archive", "extracted"))
        for path in sorted(extracted.rglob("*.ipynb")):
            if not ((named := NAMED.match(path.name)) and named[2] == chapter):
                said.append(f"{path} is not graded: its name would be STUDENT_{chapter}.ipynb, as in {archive}.")
        new = [path.name for path in sorted(archive.glob("*")) if is_new(path, extracted)] if extracted.is_dir() else []
        if new:
            whose = [named and named[1] for named in map(NAMED.match, new)]
            again = " ".join(["--again", *dict.fromkeys(whose if all(whose) else [])])
            way = f"`nbgrader zip_collect {chapter} --force` in {folder}, and then `grade {folder} {again}`"
            said.append(f"{', '.join(new)} came after {archive} was collected, and is not graded: {way}.")
    return said


def is_new(path: Path, extracted: Path) -> bool:
    """Whether a file of a learning platform's came, or came again, after the others were collected."""
    if path.suffix != ".ipynb":  # a zip file, which was unpacked
        return path.stat().st_mtime_ns > extracted.stat().st_mtime_ns
    copy = extracted / path.name
    return not copy.exists() or copy.read_bytes() != path.read_bytes()


def why_not(folder: Path, student: str, chapter: str) -> str:
    """Why a submission could not be graded, in a few words."""
    try:
        parsed(submission(folder, student, chapter).read_bytes())
    except FileNotFoundError:
        return f"there is no {chapter}.ipynb in its folder."
    except (OSError, Unreadable) as damage:
        return f"the file cannot be read ({damage}). Ask for it again."
    return f"see {folder / LOG}."
