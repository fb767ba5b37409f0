"""Lets nbgrader collect, grade and report in one process: `python -m course.classroom.steps CHAPTER …`

It is started in a release's `students/`, so that the course is the one which was handed out, and it works in the folder
above. `--again` grades what has been graded before, too, and `--again=STUDENT` does so for one of them.
"""

import os
import sys
from pathlib import Path
from typing import Any

from nbgrader import apps

from course.classroom.grade import is_newer


def main(chapters: list[str], again: bool, students: list[str]) -> int:
    """Take every step for each chapter; return how many of them nbgrader has ended with an error.

    What has been graded before is graded again with `again`, else only that of the named `students`.
    """
    root, failed = Path.cwd().parent, 0
    os.chdir(root)
    force = ["--force"] * again
    for chapter in chapters:
        if is_newer(root / "source" / chapter, root / "release" / chapter):
            failed += run(apps.GenerateAssignmentApp, chapter, "--force")
        if (root / "downloaded" / chapter / "archive").is_dir() and not (
            root / "downloaded" / chapter / "extracted"
        ).is_dir():
            failed += run(apps.ZipCollectApp, chapter)
        for student in students:
            if (root / "submitted" / student / chapter).is_dir():
                failed += run(apps.AutogradeApp, chapter, f"--student={student}", "--force")
        failed += run(apps.AutogradeApp, chapter, *force)
        failed += run(apps.GenerateFeedbackApp, chapter, "--force")
    return failed + run(apps.ExportApp)


def run(app: Any, *arguments: str) -> bool:
    """Run one of nbgrader's commands and return whether it has failed; nbgrader itself says why."""
    command = app.instance()
    try:
        command.initialize(list(arguments))
        command.start()
    except SystemExit as end:
        return bool(end.code)
    finally:
        app.clear_instance()
    return False


if __name__ == "__main__":
    named = [argument.removeprefix("--again=") for argument in sys.argv[1:] if argument.startswith("--again=")]
    chosen = [argument for argument in sys.argv[1:] if not argument.startswith("--again")]
    sys.exit(min(main(chosen, "--again" in sys.argv, named), 1))
