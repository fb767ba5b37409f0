"""What the tests of exported engines of arrays share: answers in a style, and programs that run beside the file."""

import importlib.util
import os
import re
import subprocess
import sys

from mine_answers import ANSWERS
from notebook_files import SOLUTIONS, exercises

from course import mine
from course.mine.load import given_names
from course.mine.parts import TENSOR
from course.mine.sources import by_bare_names

HEAD = "import math\n\nimport numpy as np\n\n\n"  # which the chapters have imported before


def answers_in(style):
    return {id: written[min(style, len(written) - 1)] for id, written in ANSWERS.items()}


def run(path, *arguments):
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # which pytest reads, and Python does not
    command = [sys.executable, "-E", "-s", *arguments]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False, env=alone)


def load(path):
    spec = importlib.util.spec_from_file_location("exported_for_a_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_engine(source):
    """A solution without the lines that bind `engine`, which are not stored: names of the engine are given."""
    lines = source.split("\n")
    return "\n".join(line for line in lines if not re.match(r"from course import|engine = mine\.chapter", line))


def solved():
    """The solutions of all parts, as they would be stored, by exercise."""
    found = {}
    for path in SOLUTIONS:
        for id, cells in exercises(path).items():
            if id in TENSOR:
                source, space = (
                    HEAD + without_engine(cells["solution"]["source"]),
                    {"engine": mine.chapter(int(id[:2]))},
                )
                found[id] = by_bare_names(source, given_names(TENSOR[id]), space)
    return found
