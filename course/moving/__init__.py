"""Pictures that move: each shows one idea of a chapter, asks before every step, and has stills where no kernel runs.

A picture is one line of a notebook, such as `moving.secant()`. `course.moving.stage` has the buttons, and
`course.moving.plots` what Matplotlib draws for them.
"""

from course.moving.attention_of_words import attention
from course.moving.block_of_products import cube
from course.moving.copies_and_sums import unbroadcast
from course.moving.nudge_paths import nudge
from course.moving.secant_line import secant
from course.moving.sliding_kernel import kernel, shift
from course.moving.softmax_twice import floor
from course.moving.stretched_shapes import broadcasting
from course.moving.three_hinges import hinges
from course.moving.training_rounds import training
from course.moving.tree_of_modules import tree
from course.moving.turned_ravine import ravine
from course.moving.two_orders import orders
from course.moving.two_scores import logits

__all__ = [
    "training",
    "secant",
    "nudge",
    "orders",
    "hinges",
    "logits",
    "broadcasting",
    "unbroadcast",
    "cube",
    "floor",
    "tree",
    "ravine",
    "kernel",
    "shift",
    "attention",
]
