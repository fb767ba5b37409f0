"""What pytest does with notebooks beyond nbval: figures are compared, chapter 15 only where MNIST is."""

import base64
import io

import pytest

from course import digits

# What the last digits of a number may move: the soft edge of a line by a shade. A point that moved, or one other
# character, changes more than LIMIT pixels by more than SHADES of 255.
SHADES, LIMIT = 64, 10


def pytest_collection_modifyitems(items):
    # Chapter 15 prints what MNIST gives: where it is not on the machine, its cells must run, but are not compared.
    if not any(path.exists() for path in digits.places()):
        for item in items:
            if item.path.name == "15_mnist.ipynb" and hasattr(item, "options"):
                item.options["check"] = False


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
