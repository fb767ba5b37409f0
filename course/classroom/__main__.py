"""Hands the chapters out, and grades what comes back.

python -m course.classroom release FOLDER [02 03 …]             a folder that students unpack and start
python -m course.classroom release FOLDER [02 03 …] --nbgrader  the same, and an assignment for nbgrader of each chapter
python -m course.classroom grade FOLDER                         grades what was handed in, with nbgrader
python -m course.classroom grade FOLDER --again [STUDENT …]     also what has been graded before: of these, or of all
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from course.classroom.grade import grade
from course.classroom.release import Refusal, release

INSTALL = "nbgrader is not installed here: `python -m pip install nbgrader==0.9.6` installs it."


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; return 0, or 1 with a message where it cannot be done."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m course.classroom", description=__doc__, formatter_class=form)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    command = commands.add_parser("release", help="write a folder without solutions")
    command.add_argument("folder", type=Path, metavar="FOLDER")
    command.add_argument("chapters", nargs="*", metavar="CHAPTER", help="numbers such as 02; all if none is given")
    command.add_argument("--nbgrader", action="store_true", help="with an assignment of each chapter for nbgrader 0.9")
    command = commands.add_parser("grade", help="grade the submissions of a release for nbgrader")
    command.add_argument("folder", type=Path, nargs="?", metavar="FOLDER")
    again = "also what has been graded before, of these students or of all"
    command.add_argument("--again", action="append", nargs="*", default=[], metavar="STUDENT", help=again)
    options = parser.parse_args(arguments)
    if options.command == "grade" and options.folder is None:
        if len(options.again) != 1 or len(options.again[0]) != 1:
            command.error("the FOLDER of the release is missing: it comes first, as in `grade FOLDER --again STUDENT`")
        options.folder, options.again = Path(options.again[0][0]), [[]]  # `grade --again FOLDER`
    grades, fine = options.command == "grade", True
    try:
        if (grades or options.nbgrader) and find_spec("nbgrader") is None:
            raise Refusal(INSTALL)
        if grades:
            students = [student for named in options.again for student in named]
            said, fine = grade(options.folder, [] in options.again, students)
        else:
            said = release(options.folder, options.chapters, options.nbgrader)
        print("\n".join(said))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        what = (
            "grades could not be written"
            if grades
            else "release could not be written, and nothing of yours was changed"
        )
        print(f"The {what}: {error.strerror or error} ({error.filename})", file=sys.stderr)
        return 1
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
