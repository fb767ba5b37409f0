"""What helps the reader of the notebooks: checks, figures, data, PyTorch's recorded numbers.

`autograd` never imports this package. Only the standard library is imported here, so the chapters written in plain
Python work where nothing else is installed; figures and the like are imported where they are used.
"""

from course.checks import check
from course.source import show_source

__all__ = ["check", "show_source"]
