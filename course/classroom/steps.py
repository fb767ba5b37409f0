"""Lets nbgrader collect, grade and report in one process: `python -m course.classroom.steps CHAPTER …`

It is started in a release's `students/`, so that the course is the one which was handed out, and it works in the folder
above. `--again` grades what has been graded before, too.
"""

import os
import sys
from pathlib import Path
from typing import Any

from nbgrader import apps

from course.classroom.grade import is_newer


def main(chapters: list[str], again: bool) -> int:
    """Take every step for each chapter; return how many of them nbgrader has ended with an error."""
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
    sys.exit(min(main([name for name in sys.argv[1:] if name != "--again"], "--again" in sys.argv), 1))
