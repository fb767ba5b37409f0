"""MNIST is found, downloaded whole or not at all, checked, and replaced by other digits only with an announcement."""

import gzip
import hashlib
import io
import multiprocessing
import os
import random
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from course import datasets, digits
from course import download as downloads
from course.download import DownloadError, download

REAL = next((path for path in digits.places() if path.exists()), None)


COUNT, HEAD = 6_000, 1_000  # a tenth of the real numbers: what is done with the images is the same


def fake_mnist():
    """Images and labels that compress well, as official files."""
    images = np.zeros((COUNT, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(COUNT) % 251, np.arange(COUNT) // 251
    labels = (np.arange(COUNT) * 7 % 10).astype(np.uint8)
    return images, labels, gzip.compress(idx(images), 1, mtime=0), gzip.compress(idx(labels), 1, mtime=0)


def idx(array):
    return bytes((0, 0, 8, array.ndim)) + b"".join(side.to_bytes(4, "big") for side in array.shape) + array.tobytes()


IMAGES, LABELS, IMAGES_GZ, LABELS_GZ = fake_mnist()
FILES = {digits.IMAGES[0]: IMAGES_GZ, digits.LABELS[0]: LABELS_GZ}


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A machine without MNIST, where the fake one is the real one."""
    monkeypatch.delenv("AUTOGRAD_DATA", raising=False)
    monkeypatch.setattr(digits, "FOLDER", tmp_path / "data")
    monkeypatch.setattr(digits, "IMAGES", (digits.IMAGES[0], hashlib.sha256(IMAGES_GZ).hexdigest()))
    monkeypatch.setattr(digits, "LABELS", (digits.LABELS[0], hashlib.sha256(LABELS_GZ).hexdigest()))
    monkeypatch.setattr(digits, "HEAD", HEAD)
    monkeypatch.setattr(digits, "HEAD_SHA256", (digits.digest(IMAGES[:HEAD]), digits.digest(LABELS[:HEAD])))
    return tmp_path / "data" / "mnist.npz"


class Mirror(BaseHTTPRequestHandler):
    """Serves FILES, the way its folder says: /ok/, /cut/, /corrupt/, /short/, /stall/, /slow/, /gone/, /endless/."""

    asked: list[str] = []

    def do_GET(self):
        _, way, name = self.path.split("/")
        type(self).asked.append(self.path)
        content = FILES[name]
        if way == "gone":
            self.send_error(404)
            return
        if way == "corrupt":
            content = content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]
        if way == "short":
            content = content[: len(content) // 2]
        self.send_response(200)
        if way != "endless":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if way == "stall":
            self.wfile.write(content[:1000])
            self.wfile.flush()
            time.sleep(3)
        elif way in ("endless", "slow"):
            try:
                while True:
                    self.wfile.write(bytes(1 << 20) if way == "endless" else b"0")
                    time.sleep(0 if way == "endless" else 0.01)
            except OSError:
                pass
        elif way == "cut":
            self.wfile.write(content[: len(content) // 2])
        else:
            self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def mirror(server):
    Mirror.asked.clear()
    return lambda way: f"{server}/{way}/"


def get(n, *mirrors, **options):
    return datasets.mnist(n, mirrors=mirrors, progress=False, seconds=0.5, **options)


def test_a_download_is_kept_and_read_the_next_time(world, mirror, capsys):
    first = get(COUNT, mirror("ok"))
    assert (first.images == IMAGES).all() and (first.labels == LABELS).all() and first.real
    assert len(Mirror.asked) == 2 and world.exists()
    again = get(100)  # no mirror at all
    assert (again.images == IMAGES[:100]).all() and again.labels.tolist() == LABELS[:100].tolist() and again.real
    assert again.images.shape == (100, 28, 28) and again.images.dtype == again.labels.dtype == np.uint8
    assert len(Mirror.asked) == 2
    assert [path.name for path in world.parent.iterdir()] == ["mnist.npz"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("gone", "the server answered 404"),
        ("cut", "the connection was cut after"),
        ("short", "wrong content"),
        ("corrupt", "wrong content"),
        ("stall", "nothing came for 0.5 seconds"),
        ("endless", "more than"),
    ],
)
def test_a_faulty_mirror_is_named_and_the_next_one_asked(world, mirror, capsys, way, said):
    with pytest.raises(DownloadError, match=said) as error:
        get(10, mirror(way), fallback=False)
    assert mirror(way) in str(error.value)
    assert not world.parent.exists() or not list(world.parent.iterdir())
    got = get(10, mirror(way), mirror("ok"))
    assert got.real and (got.images == IMAGES[:10]).all()
    assert capsys.readouterr().out == ""


def test_a_mirror_that_sends_too_slowly_is_given_up_on(mirror, monkeypatch):
    monkeypatch.setattr(downloads, "SECONDS_IN_ALL", 0.3)
    with pytest.raises(DownloadError, match="not done after 0.3 seconds"):
        download(digits.IMAGES[0], [mirror("slow")], "0" * 64, seconds=20, progress=False)


def test_without_a_network_other_digits_come_with_an_announcement(world, capsys):
    pytest.importorskip("sklearn")
    got = get(50, "http://127.0.0.1:9/")
    said = capsys.readouterr().out
    assert not got.real and "no connection" in said and "scikit-learn's digits" in said
    assert got.images.shape == (50, 28, 28) and got.images.dtype == got.labels.dtype == np.uint8
    assert got.images.max() == 255 and set(got.labels.tolist()) == set(range(10))
    assert len(get(5_000, "http://127.0.0.1:9/").images) == 1797
    assert not world.exists()


def npy(content):
    file = io.BytesIO()
    np.save(file, IMAGES[:10])
    return file.getvalue()


def unknown_compression(content):
    """A zip archive names the method of compression of each member twice; 99 is none."""
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.index(mark) + place
        content = content[:at] + bytes((99, 0)) + content[at + 2 :]
    return content


def other_archive(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "hello")
    return file.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1000],
        lambda content: content[: len(content) // 3],
        lambda content: b"",
        lambda content: b"<html>not found</html>",
        lambda content: content[:10_000] + bytes(1000) + content[11_000:],
        lambda content: random.Random(0).randbytes(5000),
        npy,
        unknown_compression,
        other_archive,
    ],
)
def test_a_damaged_cache_is_named_and_fetched_again(world, mirror, capsys, damage):
    get(10, mirror("ok"))
    world.write_bytes(damage(world.read_bytes()))
    got = get(10, mirror("ok"))
    assert got.real and (got.images == IMAGES[:10]).all()
    printed = capsys.readouterr().out
    assert "mnist.npz is not used: it cannot be read: it is cut, damaged, or another kind of file" in printed
    assert "pickle" not in printed  # NumPy's advice on bytes it does not know
    get(10)
    assert capsys.readouterr().out == ""  # whole again


def test_whatever_stands_in_the_file_only_damaged_is_raised(tmp_path):
    """A thousand changes at random: in the lists and headers, where there is more to go wrong, and anywhere."""
    rng, whole = random.Random(1), io.BytesIO()
    np.savez_compressed(whole, x_train=IMAGES[:20], y_train=LABELS[:20], sha256=np.array("0" * 64))
    whole, path, errors = whole.getvalue(), tmp_path / "mnist.npz", set()
    for _ in range(1000):
        content = bytearray(whole)
        for _ in range(rng.choice((1, 2, 8))):
            headers = rng.random() < 0.7
            at = rng.choice((rng.randrange(200), -1 - rng.randrange(400))) if headers else rng.randrange(len(content))
            content[at] = rng.choice((0, 1, 99, 255, rng.randrange(256)))
        path.write_bytes(content[: rng.randrange(len(content))] if rng.random() < 0.1 else content)
        with pytest.raises(digits.Damaged) as error:
            digits.read(path, 10)
        errors.add(str(error.value))
    assert len(errors) > 5 and not any("pickle" in said for said in errors)


def test_a_cache_that_cannot_be_opened_is_named(world, mirror, capsys):
    world.mkdir(parents=True)
    assert get(10, mirror("ok")).real
    assert "it cannot be opened (Is a directory)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x_train": 255 - IMAGES}, "are not those of MNIST"),
        ({"y_train": (LABELS + 1) % 10}, "are not those of MNIST"),
        ({"x_train": IMAGES[::-1]}, "are not those of MNIST"),
        ({"y_train": np.r_[LABELS[:-HEAD], LABELS[:HEAD][::-1]]}, "were changed after it was written"),
        ({"x_train": IMAGES.astype(float)}, "not MNIST"),
        ({"x_train": IMAGES[:, :8, :8]}, "not MNIST"),
        ({"x_train": IMAGES[:500], "y_train": LABELS[:500]}, "are not those of MNIST"),
        ({"x_train": np.array([{}], dtype=object)}, "it cannot be read: it is cut, damaged"),
    ],
)
def test_a_swapped_cache_is_named_and_fetched_again(world, mirror, capsys, change, said):
    world.parent.mkdir()
    arrays = {"x_train": IMAGES, "y_train": LABELS, "sha256": np.array(digits.digest(IMAGES, LABELS))}
    np.savez(world, **(arrays | change))
    got = get(10, mirror("ok"))
    assert got.real and (got.images == IMAGES[:10]).all() and said in capsys.readouterr().out
    assert get(10).real and capsys.readouterr().out == ""


def test_a_damaged_cache_without_a_network_is_never_read(world, capsys):
    pytest.importorskip("sklearn")
    world.parent.mkdir()
    np.savez(world, x_train=255 - IMAGES[:HEAD], y_train=LABELS[:HEAD])
    assert not get(10, "http://127.0.0.1:9/").real
    assert "are not those of MNIST" in capsys.readouterr().out


def test_the_named_folder_comes_first(world, mirror, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    np.savez(tmp_path / "mine" / "mnist.npz", x_train=IMAGES[:HEAD], y_train=LABELS[:HEAD])
    assert get(HEAD).real and not Mirror.asked and capsys.readouterr().out == ""
    assert len(get(HEAD + 1, mirror("ok")).images) == HEAD + 1  # that file holds fewer
    assert "has 1,000 images, and 1,001 are wanted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: None, "which is not there"),
        (lambda folder: folder.write_text(""), "which is no folder"),
        (lambda folder: folder.mkdir(), "which has no mnist.npz"),
    ],
)
def test_a_named_folder_without_mnist_is_not_passed_over_in_silence(
    world, mirror, monkeypatch, tmp_path, capsys, make, said
):
    folder = tmp_path / "mine"
    make(folder)
    monkeypatch.setenv("AUTOGRAD_DATA", str(folder))
    assert get(10, mirror("ok")).real
    assert capsys.readouterr().out == f"AUTOGRAD_DATA is {folder}, {said}: it is not used.\n"


def test_the_named_folder_may_begin_with_the_home_folder(world, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("AUTOGRAD_DATA", os.path.join("~", "mine"))
    (tmp_path / "mine").mkdir()
    np.savez(tmp_path / "mine" / "mnist.npz", x_train=IMAGES[:HEAD], y_train=LABELS[:HEAD])
    assert get(10).real and capsys.readouterr().out == ""


def test_a_folder_that_cannot_be_written_costs_only_the_next_download(world, mirror, capsys):
    world.parent.write_text("a file where the folder should be")
    assert get(10, mirror("ok")).real
    assert "could not be kept" in capsys.readouterr().out


def ask(folder, address, out):
    digits.FOLDER = Path(folder)
    digits.IMAGES = digits.IMAGES[0], hashlib.sha256(IMAGES_GZ).hexdigest()
    digits.LABELS = digits.LABELS[0], hashlib.sha256(LABELS_GZ).hexdigest()
    digits.HEAD, digits.HEAD_SHA256 = HEAD, (digits.digest(IMAGES[:HEAD]), digits.digest(LABELS[:HEAD]))
    got = datasets.mnist(COUNT, mirrors=[address], progress=False)
    out.put(got.real and bool((got.images == IMAGES).all()))


def test_two_processes_at_once_do_not_harm_each_other(world, mirror):
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    workers = [context.Process(target=ask, args=(str(world.parent), mirror("ok"), out)) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert [out.get(timeout=60) for _ in workers] == [True, True]
    for worker in workers:
        worker.join()
    assert [path.name for path in world.parent.iterdir()] == ["mnist.npz"]
    assert get(COUNT).real


@pytest.mark.parametrize("n", [0, -1, 60_001, 2.5, True, "10"])
def test_a_count_that_makes_no_sense_is_an_error(n):
    with pytest.raises(ValueError, match="n must be a whole number from 1 to 60000"):
        datasets.mnist(n)


@pytest.mark.skipif(REAL is None, reason="MNIST is not on this machine")
def test_the_real_images_are_the_first_of_mnist():
    got = datasets.mnist(10_000)
    assert got.real and got.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(got.labels).tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert 33.0 < got.images.mean() < 34.0
