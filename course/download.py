"""Downloads that are whole or not there: from mirrors, checked by SHA-256, never written halfway."""

import hashlib
import queue
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError, URLError

SECONDS = 15.0  # without a single byte, from the first question on, after which a mirror counts as stalled
SECONDS_IN_ALL = 600.0  # for one file from one mirror
CHUNK = 1 << 16


class DownloadError(OSError):
    """No mirror gave the file; the message has a line for each, with what went wrong."""


def download(
    name: str,
    mirrors: Sequence[str],
    sha256: str,
    largest: int = 1 << 26,
    seconds: float = SECONDS,
    progress: bool = True,
) -> bytes:
    """Return the bytes of a file from the first mirror that gives exactly them.

    `mirrors` are addresses of folders, tried in order; a mirror that answers with an error, cuts the connection, sends
    nothing for `seconds`, more than `largest` bytes, or other bytes than those of `sha256` is left for the next. With
    `progress` each address is printed before it is asked. Raises DownloadError, which says for each what went wrong.
    """
    if sys.platform == "emscripten":  # there are no threads, and few servers let a page of another site ask them
        raise DownloadError(f"{name} could not be downloaded: Python in a web browser cannot do that.")
    failures = []
    for mirror in mirrors:
        address = mirror.rstrip("/") + "/" + name
        if progress:
            print(f"asking for {address}", flush=True)
        try:
            content = received(address, name, largest, seconds, progress)
        except (OSError, ValueError) as error:
            failures.append(f"{address}: {in_words(error, seconds)}")
            continue
        found = hashlib.sha256(content).hexdigest()
        if found == sha256:
            return content
        failures.append(
            f"{address}: wrong content, {len(content):,} bytes with SHA-256 {found[:16]}…, not {sha256[:16]}…"
        )
    raise DownloadError(f"{name} could not be downloaded:\n  " + "\n  ".join(failures or ["there is no mirror to ask"]))


def received(address: str, name: str, largest: int, seconds: float, progress: bool) -> bytes:
    """Return what an address sends, whole; raise OSError or ValueError if it is cut, too long or too slow.

    Another thread asks, and this one waits no longer than `seconds`: a time-out of `urlopen` holds for each address of
    a host anew, and not at all for looking these up.
    """
    request = urllib.request.Request(address, headers={"User-Agent": "autograd-from-first-principles"})
    pieces: queue.SimpleQueue = queue.SimpleQueue()  # the promised size, then bytes until there are none, or an error
    given_up = threading.Event()

    def ask() -> None:
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                pieces.put(answer.headers.get("Content-Length"))
                while (piece := answer.read1(CHUNK)) and not given_up.is_set():
                    pieces.put(piece)
                pieces.put(b"")
        except Exception as error:
            pieces.put(error)

    def next_piece() -> Any:
        try:
            piece = pieces.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(piece, Exception):
            raise piece
        return piece

    deadline = time.monotonic() + SECONDS_IN_ALL
    threading.Thread(target=ask, daemon=True, name=f"asking for {address}").start()
    try:
        promised = next_piece()
        size = int(promised) if promised and promised.isdigit() else None
        content = bytearray()
        with bar(name, size, progress) as advance:
            while piece := next_piece():
                content += piece
                advance(len(piece))
                if len(content) > largest:
                    raise ValueError(f"more than {largest:,} bytes")
                if time.monotonic() > deadline:
                    raise ValueError(f"not done after {SECONDS_IN_ALL:g} seconds")
    finally:
        given_up.set()
    if size is not None and len(content) != size:
        raise ValueError(f"the connection was cut after {len(content):,} of {size:,} bytes")
    return bytes(content)


@contextmanager
def bar(name: str, size: int | None, show: bool) -> Iterator[Callable[[int], Any]]:
    """Give a function that is told of each piece received; it moves a progress bar where tqdm is installed."""
    try:
        if not show:
            raise ImportError
        from tqdm.auto import tqdm
    except ImportError:
        yield lambda received: None
    else:
        with tqdm(total=size, desc=name, unit="B", unit_scale=True) as shown:
            yield shown.update


def in_words(error: Exception, seconds: float) -> str:
    if isinstance(error, HTTPError):
        return f"the server answered {error.code} {error.reason}"
    if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
        return f"nothing came for {seconds:g} seconds"
    if isinstance(error, URLError):
        return f"no connection ({error.reason})"
    return str(error) or type(error).__name__
