"""What helps the reader of the notebooks: checks, figures, data, PyTorch's recorded numbers.

`autograd` never imports this package. Only the standard library is imported here, so the chapters written in plain
Python work where nothing else is installed; figures and the like are imported where they are used.

The import has one effect: where NumPy is not loaded yet, it sets the variables that limit NumPy's threads, unless one
of them is set (see `course.threads`). It happens here because every notebook, test and command imports this first.
"""

import sys

from course import mine, threads
from course.checks import check, judge
from course.live import demo
from course.mine import progress
from course.source import show_source

if "numpy" not in sys.modules:
    threads.limit()

__all__ = ["check", "demo", "judge", "mine", "progress", "show_source"]
