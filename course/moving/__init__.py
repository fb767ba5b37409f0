"""Pictures that move: each shows one idea of a chapter, asks before every step, and has stills where no kernel runs.

A picture is one line of a notebook, such as `moving.secant()`. `course.moving.stage` has the buttons, and
`course.moving.plots` what Matplotlib draws for them.
"""

from course.moving.secant_line import secant

__all__ = ["secant"]
