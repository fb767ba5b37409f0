"""MNIST, the handwritten digits: found on this machine, or downloaded, or replaced by smaller digits, announced.

Whatever is returned as MNIST has been compared with a checksum; nothing half-written is read, and no pickle is loaded.
"""

import gzip
import hashlib
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from autograd.files import write_whole
from course.download import SECONDS, DownloadError, download

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
IMAGES = "train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
LABELS = "train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
COUNT = 60_000
# SHA-256 of the raw bytes of the first 10,000 images and labels.
HEAD = 10_000
HEAD_SHA256 = (
    "2f7182bf021ffc5c1f62db987487f14d899b5c639f421a80f3095affc09a7db2",
    "2f345bad07338ec537641465e169cc4b7288a44244f251211c7f842641e7d927",
)
FOLDER = Path(__file__).parents[1] / "data"
FILE = "mnist.npz"


class Digits(NamedTuple):
    """Images (uint8, 28 × 28, ink 255 on 0), their labels 0 to 9, and where they are from.

    `real` is False for the stand-in that is given where MNIST cannot be had.
    """

    images: np.ndarray
    labels: np.ndarray
    source: str
    real: bool


class Damaged(ValueError):
    """A file that is there but is not MNIST: cut, changed or something else."""


def mnist(
    n: int = COUNT,
    mirrors: Sequence[str] | None = None,
    fallback: bool = True,
    progress: bool = True,
    seconds: float = SECONDS,
) -> Digits:
    """Return the first `n` of the 60,000 training images of MNIST, in the official order, with their labels.

    Looks for mnist.npz in the folder named by the environment variable AUTOGRAD_DATA, and says so if it is not there,
    and in data/; then downloads the official files from `mirrors` (`MIRRORS` unless given) and keeps them as
    data/mnist.npz. If all of this fails it says why, and gives scikit-learn's 1,797 digits of 8 × 8 points instead,
    scaled to 28 × 28, with `real` False (`n` of them, or all); with `fallback=False` it raises DownloadError.

    Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits", 1998.
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= COUNT:
        raise ValueError(f"mnist: n must be a whole number from 1 to {COUNT}, got {n!r}")
    if missing := not_in_named_folder():
        print(missing)
    for path in places():
        if os.path.exists(path):
            try:
                images, labels = read(path, n)
                return Digits(images, labels, f"MNIST, {path.name}", True)
            except Damaged as error:
                print(f"{path} is not used: {error}")
    try:
        images, labels = downloaded(MIRRORS if mirrors is None else mirrors, progress, seconds)
    except DownloadError as error:
        if not fallback:
            raise
        print(f"{error}\nInstead: scikit-learn's digits, 8 × 8 points each, scaled to 28 × 28. Results will differ.")
        return stand_in(n)
    return Digits(images[:n], labels[:n], "MNIST, downloaded", True)


def places() -> list[Path]:
    """The files that may hold MNIST on this machine, the first to look at first."""
    named = os.environ.get("AUTOGRAD_DATA")
    return [Path(folder) / FILE for folder in ((os.path.expanduser(named), FOLDER) if named else (FOLDER,))]


def not_in_named_folder() -> str:
    """A sentence on AUTOGRAD_DATA if it names something else than a folder with mnist.npz, or ''."""
    named = os.environ.get("AUTOGRAD_DATA")
    folder = os.path.expanduser(named or "")
    if not named or os.path.exists(os.path.join(folder, FILE)):
        return ""
    what = f"has no {FILE}" if os.path.isdir(folder) else "is no folder" if os.path.exists(folder) else "is not there"
    return f"AUTOGRAD_DATA is {named}, which {what}: it is not used."


def read(path: Path, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first n images and labels of an mnist.npz; raise Damaged, in words, unless it holds the real ones."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Damaged(f"it cannot be opened ({error.strerror})") from None
    with file:
        try:
            arrays = np.load(file, allow_pickle=False)
            images, labels = arrays["x_train"], arrays["y_train"]
            written = str(arrays["sha256"]) if "sha256" in arrays else None
        except Exception as error:  # whatever NumPy, zipfile and zlib raise on bytes that are not theirs
            raise Damaged(
                f"it cannot be read: it is cut, damaged, or another kind of file ({type(error).__name__})"
            ) from None
    count = len(images) if images.ndim else 0
    if (
        images.dtype != np.uint8
        or images.shape != (count, 28, 28)
        or labels.shape != (count,)
        or labels.dtype != np.uint8
    ):
        raise Damaged(f"it holds {images.dtype} {images.shape} and {labels.dtype} {labels.shape}, not MNIST")
    if (count < HEAD) or (digest(images[:HEAD]), digest(labels[:HEAD])) != HEAD_SHA256:
        raise Damaged(f"its first {HEAD:,} images or labels are not those of MNIST")
    if count > HEAD and written != digest(images, labels):
        raise Damaged("its images or labels were changed after it was written")
    if n > count:
        raise Damaged(f"it has {count:,} images, and {n:,} are wanted")
    return images[:n], labels[:n]


def downloaded(mirrors: Sequence[str], progress: bool, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return all training images and labels from the official files, and keep them for the next time."""
    images, labels = (
        unpacked(name, download(name, mirrors, sha256, seconds=seconds, progress=progress))
        for name, sha256 in (IMAGES, LABELS)
    )
    path = FOLDER / FILE
    arrays = {"x_train": images, "y_train": labels, "sha256": np.array(digest(images, labels))}
    try:
        write_whole(path, lambda file: np.savez_compressed(file, **arrays))
    except OSError as error:  # a folder that cannot be written, or a full disk: no reason to stop
        print(f"MNIST could not be kept in {path}, so it will be downloaded again: {error.strerror or error}")
    return images, labels


def unpacked(name: str, content: bytes) -> np.ndarray:
    """Return the array in an IDX file: two zero bytes, the type (8: uint8), the number of sides, sides, numbers."""
    raw = gzip.decompress(content)
    sides = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(raw[3])]
    numbers = np.frombuffer(raw, np.uint8, offset=4 + 4 * len(sides))
    if raw[:3] != bytes((0, 0, 8)) or numbers.size != math.prod(sides):
        raise ValueError(f"{name} is not an IDX file of bytes")
    return numbers.reshape(sides)


def stand_in(n: int) -> Digits:
    """Return scikit-learn's digits in MNIST's form: each point three by three, a frame of two, ink up to 255."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError("the digits need scikit-learn: run `pip install scikit-learn`") from error
    small = load_digits()
    images = np.rint(small.images[:n] * (255 / 16)).astype(np.uint8).repeat(3, axis=1).repeat(3, axis=2)
    images = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    return Digits(images, small.target[:n].astype(np.uint8), "scikit-learn's digits, scaled to 28 × 28", False)


def digest(*arrays: np.ndarray) -> str:
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array))
    return found.hexdigest()
