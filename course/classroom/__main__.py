"""Hands the chapters out, and grades what comes back.

python -m course.classroom release FOLDER [02 03 …]             a folder that students unpack and start
python -m course.classroom release FOLDER [02 03 …] --nbgrader  the same, and an assignment for nbgrader of each chapter
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from course.classroom.release import Refusal, release

INSTALL = "nbgrader is not installed here: `python -m pip install nbgrader==0.9.6` installs it."


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; return 0, or 1 with a message where it cannot be done."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m course.classroom", description=__doc__, formatter_class=form)
    commands = parser.add_subparsers(dest="command", metavar="", required=True)
    command = commands.add_parser("release", help="write a folder without solutions")
    command.add_argument("folder", type=Path, metavar="FOLDER")
    command.add_argument("chapters", nargs="*", metavar="CHAPTER", help="numbers such as 02; all if none is given")
    command.add_argument("--nbgrader", action="store_true", help="with an assignment of each chapter for nbgrader 0.9")
    options = parser.parse_args(arguments)
    try:
        if options.nbgrader and find_spec("nbgrader") is None:
            raise Refusal(INSTALL)
        print("\n".join(release(options.folder, options.chapters, options.nbgrader)))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The release could not be written, and nothing was changed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
