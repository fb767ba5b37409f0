"""The reader's engine: what the reader wrote in the exercises, put together, and the course's own for the rest.

Whoever imports this also lets `check` store every answer that passes, where answers are stored (`answers.folder`).
"""

from course import checks
from course.mine.assemble import chapter
from course.mine.exporting import export
from course.mine.keep import keep
from course.mine.report import progress, report

checks.AFTER_A_PASS.append(keep)

__all__ = ["chapter", "export", "progress", "report"]
