"""The texts that a release carries: for students, for the teacher, and for nbgrader."""

from pathlib import Path

NEXT = "Zip it and hand it out: its README.md tells students the two lines that start it."
NEXT_NBGRADER = "Hand out students/, and go on with README.md in that folder."

STUDENTS = """# Autograd from First Principles

You need Python 3.11 or newer. Unpack this folder, open a terminal in it, and give two lines.

On Linux and macOS:

```sh
python3 scripts/environment.py
.venv/bin/python -m course.lab
```

On Windows, in PowerShell:

```powershell
py scripts\\environment.py
.venv\\Scripts\\python -m course.lab
```

The first line installs what the course needs into `.venv` (about 700 MB, a minute or two, once). The second opens
JupyterLab with your own copy of the chapters, in `my-course/`. From then on the second line is enough.

{chapters}

Each exercise has a cell that checks your answer as often as you like. Before you hand in a chapter, choose *Run*,
*Restart Kernel and Run All Cells* and look at the checks once more; then hand in the one file in `my-course/`, such as
`my-course/{first}`. An answer may use what stands above its check in the same notebook, and no other file of yours.

When you get a newer folder, unpack it over this one and give the second line: your copy is renewed, and what you have
written in it stays.
"""

TEACHERS = """# Hand out, collect, grade

1. Zip `students/` and hand it out. Students get two lines that start it; from then on they have no need of this folder.
2. Each hands in one file for a chapter. Put it to `submitted/STUDENT/{first}/{first}.ipynb`; or, if a learning platform
   gives you files such as `ada_{first}.ipynb`, put them as they are into `downloaded/{first}/archive/`.
3. In the course's folder, with a Python that has nbgrader 0.9.6: `python -m course.classroom grade FOLDER`, where
   FOLDER is this one. It writes `grades.csv`, and pages for students in `feedback/`.
4. For answers in words: `jupyter lab` in this folder, menu *Nbgrader*, *Formgrader*. Then step 3 once more.

`docs/grading.md` of the course says what is done there, and which of nbgrader's own commands do the same one by one.

Chapters here:

{chapters}
"""

CONFIG = r'''"""What nbgrader does here: each answer is judged in a process of its own (students/course/classroom)."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "students"))
# nbgrader calls `alembic` by its name alone, and fails where the environment of this Python is not activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

from nbgrader import preprocessors as steps  # noqa: E402

from course.classroom.grading import JudgeApart, Restore  # noqa: E402

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.course_id = "autograd"
# How files are called that a learning platform gives: ada_02_expression_graphs.ipynb
c.FileNameCollectorPlugin.named_regexp = r".*[/\\](?P<student_id>[^/\\]+?)_(?P<file_id>\d\d_[a-z_]+)"
# Without ClearSolutions, which would empty the stubs. A release has no solutions.
c.GenerateAssignment.preprocessors = [
    steps.IncludeHeaderFooter,
    steps.LockCells,
    steps.ClearOutput,
    steps.CheckCellMetadata,
    steps.ComputeChecksums,
    steps.SaveCells,
    steps.ClearHiddenTests,
    steps.ClearMarkScheme,
    steps.ComputeChecksums,
    steps.CheckCellMetadata,
]
c.Autograde.sanitize_preprocessors = [
    Restore,
    steps.ClearOutput,
    steps.DeduplicateIds,
    steps.OverwriteKernelspec,
    steps.OverwriteCells,
    steps.CheckCellMetadata,
]
# JudgeApart in place of Execute, which would run the whole submission here.
c.Autograde.autograde_preprocessors = [
    JudgeApart,
    steps.LimitOutput,
    steps.SaveAutoGrades,
    steps.AssignLatePenalties,
    steps.CheckCellMetadata,
]
'''


def students(chapters: list[Path]) -> str:
    """The README of what students get."""
    names = "\n".join(f"- `{path.name}`" for path in chapters)
    return STUDENTS.format(chapters=f"Chapters in it:\n\n{names}", first=chapters[0].name)


def teachers(names: list[str]) -> str:
    """The README of a release for nbgrader."""
    return TEACHERS.format(first=names[0], chapters="\n".join(f"- {name}" for name in names))
