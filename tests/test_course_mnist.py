"""MNIST is found, downloaded whole or not at all, checked, and replaced by other digits only with an announcement."""

import gzip
import hashlib
import multiprocessing
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from course import datasets, digits
from course.download import DownloadError, download, write_whole

REAL = next((path for path in digits.places() if path.exists()), None)


def fake_mnist():
    """60,000 images and labels that compress well, as official files."""
    images = np.zeros((60_000, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(60_000) % 251, np.arange(60_000) // 251
    labels = (np.arange(60_000) * 7 % 10).astype(np.uint8)
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
    monkeypatch.setattr(digits, "HEAD_SHA256", (digits.digest(IMAGES[:10_000]), digits.digest(LABELS[:10_000])))
    return tmp_path / "data" / "mnist.npz"


class Mirror(BaseHTTPRequestHandler):
    """Serves FILES, the way its folder says: /ok/, /cut/, /corrupt/, /short/, /stall/, /gone/, /endless/, /halfway/."""

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
        elif way == "endless":
            try:
                while True:
                    self.wfile.write(bytes(1 << 20))
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
    first = get(60_000, mirror("ok"))
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


def test_without_a_network_other_digits_come_with_an_announcement(world, capsys):
    pytest.importorskip("sklearn")
    got = get(50, "http://127.0.0.1:9/")
    said = capsys.readouterr().out
    assert not got.real and "no connection" in said and "scikit-learn's digits" in said
    assert got.images.shape == (50, 28, 28) and got.images.dtype == got.labels.dtype == np.uint8
    assert got.images.max() == 255 and set(got.labels.tolist()) == set(range(10))
    assert len(get(5_000, "http://127.0.0.1:9/").images) == 1797
    assert not world.exists()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[:-1000], "it cannot be read, it may be cut"),
        (lambda content: content[: len(content) // 3], "it cannot be read, it may be cut"),
        (lambda content: b"", "it cannot be read, it may be cut"),
        (lambda content: b"<html>not found</html>", "it cannot be read, it may be cut"),
        (lambda content: content[:20_000] + bytes(1000) + content[21_000:], "it cannot be read, it may be cut"),
    ],
)
def test_a_damaged_cache_is_named_and_fetched_again(world, mirror, capsys, damage, said):
    get(10, mirror("ok"))
    world.write_bytes(damage(world.read_bytes()))
    got = get(10, mirror("ok"))
    assert got.real and (got.images == IMAGES[:10]).all()
    printed = capsys.readouterr().out
    assert said in printed and "mnist.npz" in printed
    get(10)
    assert capsys.readouterr().out == ""  # whole again


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x_train": 255 - IMAGES}, "are not those of MNIST"),
        ({"y_train": (LABELS + 1) % 10}, "are not those of MNIST"),
        ({"x_train": IMAGES[::-1]}, "are not those of MNIST"),
        ({"y_train": np.r_[LABELS[:50_000], LABELS[:10_000][::-1]]}, "were changed after it was written"),
        ({"x_train": IMAGES.astype(float)}, "not MNIST"),
        ({"x_train": IMAGES[:, :8, :8]}, "not MNIST"),
        ({"x_train": IMAGES[:500], "y_train": LABELS[:500]}, "are not those of MNIST"),
        ({"x_train": np.array([{}], dtype=object)}, "it cannot be read"),
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
    np.savez(world, x_train=255 - IMAGES[:10_000], y_train=LABELS[:10_000])
    assert not get(10, "http://127.0.0.1:9/").real
    assert "are not those of MNIST" in capsys.readouterr().out


def test_the_named_folder_comes_first(world, mirror, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AUTOGRAD_DATA", str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    np.savez(tmp_path / "mine" / "mnist.npz", x_train=IMAGES[:10_000], y_train=LABELS[:10_000])
    assert get(10_000).real and not Mirror.asked and capsys.readouterr().out == ""
    assert len(get(10_001, mirror("ok")).images) == 10_001  # that file holds fewer
    assert "has 10,000 images, and 10,001 are wanted" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_costs_only_the_next_download(world, mirror, capsys):
    world.parent.write_text("a file where the folder should be")
    assert get(10, mirror("ok")).real
    assert "could not be kept" in capsys.readouterr().out


def ask(folder, address, out):
    digits.FOLDER = Path(folder)
    digits.IMAGES = digits.IMAGES[0], hashlib.sha256(IMAGES_GZ).hexdigest()
    digits.LABELS = digits.LABELS[0], hashlib.sha256(LABELS_GZ).hexdigest()
    digits.HEAD_SHA256 = digits.digest(IMAGES[:10_000]), digits.digest(LABELS[:10_000])
    got = datasets.mnist(60_000, mirrors=[address], progress=False)
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
    assert get(60_000).real


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "weights"
    write_whole(path, lambda file: file.write(b"old"))

    def half(file):
        file.write(b"ne")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, half)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["weights"]


@pytest.mark.parametrize("n", [0, -1, 60_001, 2.5, True, "10"])
def test_a_count_that_makes_no_sense_is_an_error(n):
    with pytest.raises(ValueError, match="n must be a whole number from 1 to 60000"):
        datasets.mnist(n)


def test_no_mirror_is_an_error_too():
    with pytest.raises(DownloadError, match="there is no mirror"):
        download("file", [], "0" * 64)


@pytest.mark.skipif(REAL is None, reason="MNIST is not on this machine")
def test_the_real_images_are_the_first_of_mnist():
    got = datasets.mnist(10_000)
    assert got.real and got.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(got.labels).tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert 33.0 < got.images.mean() < 34.0
