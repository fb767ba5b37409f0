"""PyTorch's numbers, recorded, so that a chapter prints the same with PyTorch and without.

`reference.json` holds what the programs in `reference_programs` gave, and the version of PyTorch that ran them. Where
PyTorch is installed the program is run again and must agree, unless COURSE_REFERENCE=recorded is set, as it is when
notebooks are tested. `python -m course.reference --record` rewrites the file.
"""

import importlib.util
import json
import math
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from autograd.files import write_whole
from course.reference_programs import PROGRAMS

FILE = Path(__file__).with_name("reference.json")
RTOL, ATOL = 1e-9, 1e-12  # float64; versions and processors differ in the last digits


class ReferenceMismatch(AssertionError):
    """A number recorded from PyTorch is not what the PyTorch that is installed here gives."""


def pytorch(name: str) -> dict[str, Any]:
    """The numbers that PyTorch gave for a program of `course.reference_programs`, such as "neuron".

    Raises ReferenceMismatch when PyTorch is installed and gives other numbers.
    """
    if name not in PROGRAMS:
        raise KeyError(f"no program {name!r}; there are {', '.join(PROGRAMS)}")
    numbers = recorded(name)
    if installed() and os.environ.get("COURSE_REFERENCE") != "recorded":
        compare(name, numbers, _computed(name))
    return numbers


def recorded(name: str) -> dict[str, Any]:
    """The recorded numbers of a program, without a look at PyTorch."""
    programs = _read()["programs"]
    if name not in programs:
        raise KeyError(f"{name!r} is not recorded yet: run `python -m course.reference --record`")
    return _decoded(programs[name])


def recorded_version() -> str:
    """The version of PyTorch that the recorded numbers come from."""
    return _read()["torch"]


def installed() -> bool:
    """Whether PyTorch can be imported here."""
    return importlib.util.find_spec("torch") is not None


def compare(name: str, recorded: Any, computed: Any, key: str = "") -> None:
    """Raise ReferenceMismatch, naming program, key and both numbers, at the first difference."""
    if isinstance(recorded, dict) and isinstance(computed, dict) and recorded.keys() == computed.keys():
        for inner in recorded:
            compare(name, recorded[inner], computed[inner], f"{key}.{inner}" if key else inner)
    elif isinstance(recorded, list) and isinstance(computed, list) and len(recorded) == len(computed):
        for index, pair in enumerate(zip(recorded, computed, strict=True)):
            compare(name, *pair, f"{key}[{index}]")
    elif not _same(recorded, computed):
        raise ReferenceMismatch(
            f"program {name!r}, {key or 'result'}: recorded {_short(recorded)}, PyTorch here gives {_short(computed)}. "
            "If the program was changed, run `python -m course.reference --record`."
        )


def record(file: Path = FILE) -> None:
    """Run every program and write what it gives; the file is replaced whole or not at all."""
    import torch

    content = {
        "about": "Made by `python -m course.reference --record`; inf and nan are strings.",
        "torch": torch.__version__.split("+")[0],
        "programs": {name: _encoded(program()) for name, program in PROGRAMS.items()},
    }
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    text = re.sub(r"\[\s+([^][{}]*?)\s+\]", lambda list_: "[" + " ".join(list_[1].split()) + "]", text)
    write_whole(file, lambda part: part.write(text.encode()))
    _read.cache_clear()


@cache
def _read() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


@cache
def _computed(name: str) -> dict[str, Any]:
    return PROGRAMS[name]()


def _same(one: Any, other: Any) -> bool:
    if not all(type(number) in (int, float) for number in (one, other)):
        return False
    return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=RTOL, abs_tol=ATOL)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"


def _encoded(value: Any) -> Any:
    """The value with inf and nan as strings, which JSON has no numbers for."""
    if isinstance(value, dict):
        return {str(key): _encoded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encoded(item) for item in value]
    if type(value) not in (int, float):
        raise TypeError(f"a program returns numbers, lists and dicts, not {type(value).__name__}")
    return value if math.isfinite(value) else str(value)


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _decoded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    return float(value) if isinstance(value, str) else value


def main(arguments: list[str]) -> int:
    """Record with `--record`; otherwise compare every recorded program with the PyTorch installed here."""
    if arguments not in ([], ["--record"]):
        print("usage: python -m course.reference [--record]", file=sys.stderr)
        return 2
    if not installed():
        print("PyTorch is not installed: pip install torch", file=sys.stderr)
        return 1
    if arguments:
        record()
    for name in PROGRAMS:
        pytorch(name)
    print(f"{len(PROGRAMS)} programs agree with the numbers of PyTorch {recorded_version()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
