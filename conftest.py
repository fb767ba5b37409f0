"""What tests and notebooks run with: folders of their own, no network, one thread each; and what nbval compares.

Beyond nbval, figures are compared; a chapter that shows MNIST is compared only where MNIST is.
"""

import base64
import gc
import io
import ipaddress
import math
import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest

# NumPy and PyTorch read these when they are imported. There is a worker for each core already; beside another busy
# process PyTorch's second thread made a training step of a small network six times as expensive.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from course import bootstrap, digits, folders, threads  # noqa: E402

collect_ignore = ["my-course"]  # the reader's copy: what they write there is theirs
# Nothing listens there: programs that tests and notebooks start and that make a request are refused at once.
NOBODY = "http://127.0.0.1:9"
PROXIES = {
    name: NOBODY for kind in ("http", "https", "ftp", "all") for name in (f"{kind}_proxy", f"{kind}_PROXY".upper())
}
PROXIES |= dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost,::1")
# What the last digits of a number may move: the soft edge of a line by a shade. A point that moved, or one other
# character, changes more than LIMIT pixels by more than SHADES of 255.
SHADES, LIMIT = 64, 10


# They take minutes; a notebook takes up to one, other files less.
LONGEST = ("test_other_styles.py", "test_browser.py", "test_lite.py")


class Request(RuntimeError):
    """A test wants to send something to another machine. (No OSError: programs take those for a missing network.)"""


def refuse_requests(event: str, arguments: tuple) -> None:
    """Raise Request when this process asks for an address, or connects or sends to one, that is not this machine's."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # else a file, as sockets of Unix have
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host in (None, "", "localhost", "0.0.0.0", "::"):
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise Request(f"tests must not send anything to another machine; this one asked for {host}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """One more process than there are CPUs: tests that wait for a browser or for a program leave theirs to another."""
    return math.ceil(threads.granted()) + 1


def pytest_configure(config):
    gc.disable()  # until everything is collected
    sys.addaudithook(refuse_requests)
    # A shell lets its background jobs ignore Ctrl+C, and all that they start; tests of interruptions need it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):  # pytest-xdist's workers have the environment of the process that started them
        return
    config.option.loadscopereorder = False  # pytest-xdist would begin with the files that hold the most tests
    parent = tempfile.TemporaryDirectory(prefix="course-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(parent.cleanup)
    # Neither settings of the user's own nor a home that is read-only change a result, and nothing is left there.
    os.environ.update(folders.replacements(Path(parent.name)))
    os.environ.update({name: str(Path(parent.name) / name.lower()) for name in folders.FOLDERS if "MPL" not in name})
    os.environ.update(PROXIES)
    # Hundreds of kernels and programs import the course: the first one compiles it for all, also where a machine is
    # set to forget that.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ["COURSE_ANSWERS"] = "off"  # no test stores an answer among those of whoever runs it
    # test_course_reference.py runs every program with PyTorch; a notebook would import it for seconds to do it again.
    os.environ["COURSE_REFERENCE"] = "recorded"
    if config.getoption("nbval", False) or config.getoption("nbval_lax", False):
        import matplotlib.font_manager  # noqa: F401 (lists the fonts, so that no notebook says that it has to)


def pytest_collection_modifyitems(items):
    # The longest files first, so that at the end no worker waits for another.
    items.sort(key=lambda item: (item.path.name not in LONGEST, item.path.suffix != ".ipynb"))
    # Chapters 15 and 17 show what MNIST gives: where it is not on the machine, cells must run, but are not compared.
    if not any(path.exists() for path in digits.places()):
        notebooks = {item.path for item in items if hasattr(item, "options")}
        shown = {path for path in notebooks if b"datasets.mnist(" in path.read_bytes()}
        for item in items:
            if item.path in shown:
                item.options["check"] = False


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop():
    # What was imported and collected stays to the end: else the garbage collector looks through all of it, again and
    # again, for half a second each time. What one test leaves is looked through by the quick collections.
    gc.freeze()
    gc.set_threshold(bootstrap.NEW_OBJECTS, 10, 50)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Compare the figures of a cell with the stored ones, which nbval passes over."""
    result = yield
    if hasattr(item, "test_outputs") and item.options["check"]:
        stored, drawn = figures(item.cell.outputs), figures(item.test_outputs)
        if len(stored) != len(drawn):
            item.raise_cell_error(f"{len(stored)} figures are stored, {len(drawn)} were drawn now")
        for number, pair in enumerate(zip(stored, drawn, strict=True), 1):
            if difference := how_different(*pair):
                item.raise_cell_error(f"Figure {number} of this cell is not the stored one: {difference}")
    return result


def figures(outputs):
    return [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]


def how_different(stored, drawn):
    """Say how two PNG files (base64) differ; "" if they do not, or if two versions of Matplotlib drew them."""
    import numpy as np
    from PIL import Image

    if stored.strip() == drawn.strip():
        return ""
    one, other = (Image.open(io.BytesIO(base64.b64decode(text))) for text in (stored, drawn))
    if one.info.get("Software") != other.info.get("Software"):
        return ""
    if one.size != other.size:
        return f"{other.size[0]} by {other.size[1]} pixels instead of {one.size[0]} by {one.size[1]}"
    one, other = (np.asarray(image.convert("RGB"), dtype=int) for image in (one, other))
    count = np.count_nonzero(np.abs(one - other).max(axis=-1) > SHADES)
    return f"{count} of its {one.shape[0] * one.shape[1]} pixels have another colour" if count > LIMIT else ""
