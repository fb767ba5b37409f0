"""How tests call one of the course's programs, such as `python -m course.mnist`, without a process of its own."""

from collections.abc import Callable
from typing import Any

import pytest


def ended(main: Callable[[list[str]], Any], arguments: list[Any], capsys: pytest.CaptureFixture[str]) -> tuple:
    """Return the code with which the program ended (None where it returned), and what it printed: out and err."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = end.code
    return code, *capsys.readouterr()
