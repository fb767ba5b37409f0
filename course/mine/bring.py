"""Takes answers over from another folder: from another machine, or from somebody who sent them.

They are run to be checked. The guard is no prison: take answers from people you trust.
"""

from dataclasses import replace as changed
from pathlib import Path

from course.mine import answers, verify
from course.mine.exporting import Refusal
from course.mine.parts import PARTS


def bring(source: Path, replace: bool = False) -> list[str]:
    """Store the answers that lie in a folder and pass their checks here; return what was done, in sentences.

    An answer that is stored already and differs stays unless `replace` says so. Raises Refusal where there is nothing
    to take, or nowhere to store it, and OSError where a file cannot be written.
    """
    place = answers.folder()
    if place is None:
        raise Refusal(f"{answers.OFF} Or set COURSE_ANSWERS to a folder.")
    paths = [path for path in sorted(source.glob("*.py")) if answers.NAMED.fullmatch(path.stem)]
    if not paths:
        raise Refusal(f"there are no answers in {source}: their names are like 04.2.py")
    said = []
    for path in paths:
        part = PARTS.get(path.stem)
        try:
            stored = answers.read(path, part.answer if part else "answer")
        except (OSError, ValueError) as error:
            said.append(f"{path.stem}: not taken, since it cannot be read ({error}).")
            continue
        known = place / path.name
        if known.exists() and not replace and answers.read(known).source != stored.source:
            said.append(f"{path.stem}: not taken, since another answer is stored already; --replace takes it.")
        elif part and (reason := verify.why_not(changed(stored, changed="", beside="", above=0))):
            said.append(f"{path.stem}: not taken, since {reason}.")
        else:
            answers.write(place, changed(stored, beside="" if part else stored.beside))
            said.append(f"{path.stem}: taken.")
    return said
