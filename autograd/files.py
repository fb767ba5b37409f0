"""Writes files completely or not at all."""

import os
import re
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO


def write_whole(path: Path, write: Callable[[BinaryIO], Any], rehearsal: bool = False) -> None:
    """Write a file completely, or leave it as it was, whatever happens.

    The content is written to a temporary file in the same folder, which is then renamed, in a single step; so neither a
    crash nor another process that writes the same file can leave half of one. Temporary files of processes that were
    killed are removed. A `rehearsal` leaves out the last step: it shows what can go wrong before work that takes long,
    and the file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in left_over(path):
        with suppress(OSError):  # gone by now, or not ours to remove
            left.unlink()
    temporary = path.with_name(f"{path.name}.{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if not rehearsal:
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def left_over(path: Path) -> list[Path]:
    """Return the temporary files for this file whose writers ran on this machine and do so no longer."""
    named = re.compile(re.escape(f"{path.name}.{socket.gethostname()}.") + r"(\d+)\.[0-9a-f]{8}\.part")
    found = [(part, named.fullmatch(part.name)) for part in path.parent.iterdir()]
    return [part for part, match in found if match and not is_alive(int(match[1]))]


def is_alive(process: int) -> bool:
    """Return whether a process of this number runs; on Windows, where asking would end it, always True."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's, or no number that a process can have
        pass
    return True
