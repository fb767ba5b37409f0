"""Writes the reader's engine as one file that needs the standard library alone, with a test beside it."""

import keyword
import sys
from pathlib import Path
from types import ModuleType

from autograd.files import write_whole
from course.mine import trial
from course.mine.answers import Stored, hash_of
from course.mine.assemble import chapter
from course.mine.load import Refused, guarded
from course.mine.merge_source import Merger
from course.mine.parts import LAST_SCALAR, SCALAR

TESTS = Path(__file__).with_name("exported_tests.py")
SEAL = "# Checksum of all lines above, by which the course knows an export that nobody has changed: "
TITLE = """\
An automatic-differentiation engine for single numbers, and the networks that are trained with it.

I wrote {count} of its {all} parts in the course "Autograd from First Principles". Each is marked with its exercise,
and what is the course's is marked as well. It needs the standard library alone, and `{test}`
compares it with finite differences.
"""


class Refusal(ValueError):
    """The export cannot be made like this; the text says why, and what can be done."""


def export(file: str | Path = "my_autograd.py", replace: bool = False) -> None:
    """Write the reader's engine to a file and its tests beside it; print what was done, or why it cannot be done."""
    try:
        print("\n".join(write(Path(file), replace)))
    except Refusal as error:
        print(f"Nothing was exported: {error}")


def write(path: Path, replace: bool = False) -> list[str]:
    """Write the engine to `path` and its tests beside it; return what was done, in sentences.

    Another file of these names is not overwritten unless `replace` says so; an earlier export that nobody has changed
    is. Raises Refusal, in words, where it cannot be done.
    """
    tests = path.with_name(f"test_{path.name}")
    require_name(path)
    for file in (path, tests):
        if file.exists() and not replace and not is_ours(file):
            raise Refusal(
                f"{file} is there already, and is no export that was left as it was. Choose another name, or say "
                "that it may be replaced: --replace in a terminal, replace=True in a notebook."
            )
    used = {id: answer for id, answer in chapter(LAST_SCALAR)._used.items() if id in SCALAR}
    text, used, left_out = exported(path.name, used)
    test_text = TESTS.read_text(encoding="utf-8").replace("my_autograd", path.stem)
    for file, content in ((path, text), (tests, test_text)):
        try:
            write_whole(file, lambda f, content=content: f.write(sealed(content).encode()))
        except OSError as error:
            raise Refusal(f"{file} cannot be written: {error.strerror or error}") from None
    said = [f"{path}: {len(used)} of {len(SCALAR)} parts are yours. Test it: python {tests}"]
    return said + [f"Your answer to {id} is not in it: {reason}." for id, reason in left_out.items()]


def exported(name: str, answers: dict) -> tuple[str, list[str], dict[str, str]]:
    """The text of the file, the exercises whose answers are in it, and why others are not."""
    stored = {id: loaded.stored for id, loaded in answers.items()}
    left_out: dict[str, str] = {}
    try:
        return merged(name, list(stored.values())), list(stored), {}
    except Refused:
        fine: list[Stored] = []
    for id, one in stored.items():  # one after the other, so that the one with which it goes wrong is named
        try:
            merged(name, [*fine, one], trial.SMALL)
            fine.append(one)
        except Refused as reason:
            left_out[id] = str(reason)
    return merged(name, fine), [one.exercise for one in fine], left_out


def merged(name: str, stored: list[Stored], size: tuple = trial.MOONS) -> str:
    """The file with these answers in it; raises Refused unless it runs and works as the course's own does."""
    merger = Merger()
    for one in stored:
        merger.take(one)
    title = TITLE.format(count=len(stored), all=len(SCALAR), test=f"test_{name}")
    text = merger.text(title)
    module = ModuleType("an_exported_engine")
    sys.modules[module.__name__] = module  # where dataclasses look
    try:
        guarded(lambda: exec(compile(text, f"<{name}>", "exec", dont_inherit=True), module.__dict__))
        trial.require_same(module, LAST_SCALAR, size)
    finally:
        del sys.modules[module.__name__]
    return text


def require_name(path: Path) -> None:
    """Raise Refusal unless the file can be imported by its name, and does not hide a module of Python's."""
    stem = path.stem
    if path.suffix != ".py" or not stem.isidentifier() or keyword.iskeyword(stem):
        raise Refusal(f"{path.name} cannot be imported: choose a name such as my_autograd.py")
    if stem in sys.stdlib_module_names or stem in ("autograd", "course"):
        raise Refusal(f"{path.name} would hide the module {stem}: choose a name such as my_autograd.py")
    if not path.parent.is_dir():
        raise Refusal(f"there is no folder {path.parent}")


def sealed(text: str) -> str:
    """The text with a last line by which a later export knows that it is unchanged."""
    return f"{text}\n\n{SEAL}{hash_of(text)}\n"


def is_ours(path: Path) -> bool:
    """Whether a file is an export that was not changed since."""
    try:
        text, found, seal = path.read_text(encoding="utf-8").rpartition(f"\n\n{SEAL}")
    except (OSError, ValueError):
        return False
    return bool(found) and seal.strip() == hash_of(text)
