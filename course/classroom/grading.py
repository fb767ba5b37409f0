"""Two steps for nbgrader's autograding; `nbgrader_config.py` of a release names them.

nbgrader runs a submission from top to bottom in one process, and gives full points where nothing complains: a
submission that rebinds `check`, or one line of the course, would grade itself. Here its cells are put in order first,
and each answer is judged apart, with the statements that it needs and nothing else.
"""

import json
from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbgrader.preprocessors import NbGraderPreprocessor

from course.classroom.apart import copy_of_the_course, judge_apart
from course.classroom.submission import jobs, outputs, restored, worth_a_look


class Restore(NbGraderPreprocessor):
    """Puts a submission into the order of the assignment: its graded cells as they were, its answers as handed in."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        course = self.parent.parent.coursedir
        about = resources["nbgrader"]
        folder = Path(course.format_path(course.source_directory, ".", about["assignment"]))
        source = json.loads((folder / f"{about['notebook']}.ipynb").read_text(encoding="utf-8"))
        found = restored(source, nb, lambda what: self.log.warning("Look at %s: %s", about["student"], what))
        return from_dict(found), resources


class JudgeApart(NbGraderPreprocessor):
    """Takes the place of nbgrader's Execute: gives each graded cell the verdict on its answer, and its points."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        student = resources["nbgrader"]["student"]
        with copy_of_the_course() as copy:
            for cell, job in jobs(nb):
                found = judge_apart(job, copy)
                cell["outputs"] = outputs(found, cell["metadata"]["nbgrader"]["points"])
                cell["execution_count"] = None
                for sentence in worth_a_look(found):
                    self.log.warning("Look at %s: %s", student, sentence)
        return from_dict(nb), resources
