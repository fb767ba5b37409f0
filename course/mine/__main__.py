"""The reader's engine from a terminal.

python -m course.mine                         says which parts are whose
python -m course.mine export my_autograd.py   writes the engine of single numbers as one file, and its tests;
                                              --tensor writes the engine of arrays
python -m course.mine import FOLDER           takes answers over from another folder: they are run to be
                                              checked, so take those of people you trust
"""

import argparse
import os
import sys
from pathlib import Path

from course import mine
from course.mine import answers
from course.mine.bring import bring
from course.mine.exporting import Refusal, write


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; return 0, or 1 with a message where it cannot be done."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m course.mine", description=__doc__, formatter_class=form)
    commands = parser.add_subparsers(dest="command", metavar="")
    for name, what in (("export", "FILE"), ("import", "FOLDER")):
        command = commands.add_parser(name)
        command.add_argument("path", type=Path, metavar=what)
        command.add_argument("--replace", action="store_true", help="even what is there already and differs")
        if name == "export":
            command.add_argument("--tensor", action="store_true", help="the engine of arrays")
    options = parser.parse_args(arguments)
    os.environ.setdefault("COURSE_ANSWERS", str(answers.COPY / "answers"))  # wherever the command is given
    try:
        if options.command is None:
            mine.report()
        elif options.command == "export":
            print("\n".join(write(options.path, options.replace, options.tensor)))
        else:
            print("\n".join(bring(options.path, options.replace)))
    except (OSError, Refusal) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
