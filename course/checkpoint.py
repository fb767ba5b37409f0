"""Checkpoints of the programs that train: all that is needed to go on as if nothing had happened, as a file."""

import io
from pathlib import Path
from typing import Any

import autograd.tensor as ag


class Refused(ValueError):
    """Data, a checkpoint or a setting with which a program cannot work, in words."""


def beside(weights: Path) -> Path:
    """Return where the checkpoint of a training stands whose weights go into a file."""
    return weights.parent / (weights.stem + ".checkpoint.safetensors")


def packed(program: str, data: str, settings: dict[str, Any], state: dict[str, Any]) -> memoryview:
    """Return the content of a checkpoint; `data` is the hash of what the model learns from."""
    content = io.BytesIO()
    ag.save({"program": program, "data": data, "settings": settings} | state, content)
    return content.getbuffer()


def unpacked(path: Path, program: str, data: str, settings: dict[str, Any], other: str) -> dict[str, Any]:
    """Return the state in a checkpoint. Raises Refused, in words, for one of other settings, or `other` data."""
    way_out = "name another file with --save, or remove that one"
    try:
        kept = ag.load(path)
    except OSError as error:
        raise Refused(f"the checkpoint {path} cannot be read ({error.strerror}): {way_out}") from None
    except ValueError:
        raise Refused(f"the checkpoint {path} is damaged, or something else: {way_out}") from None
    if not isinstance(kept, dict) or kept.get("program") != program:
        raise Refused(f"{path} is no checkpoint of this program: {way_out}")
    for setting, value in settings.items():
        option, before = "--" + setting.replace("_", "-"), kept["settings"].get(setting)
        if before != value:
            raise Refused(
                f"the checkpoint {path} was made with {option} {before}, not {value}: take that, or {way_out}"
            )
    if kept["data"] != data:
        raise Refused(f"the checkpoint {path} was made from {other}: {way_out}")
    return kept
