"""Whatever stands in a file of weights, `load` returns something or raises ValueError that names the file."""

import io
import json
import random
import tracemalloc

import pytest

import autograd.tensor as ours

pytest.importorskip("safetensors")


def file(header, data=bytes(8)):
    """A safetensors file: the length of the header in 8 bytes, the header, numbers."""
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(header).to_bytes(8, "little") + header + data


def tensor(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def structure(x):
    """A file whose one tensor "x" is part of a structure, in the form of `save`, or in any other."""
    return file({"x": tensor(), "__metadata__": {"autograd": x if isinstance(x, str) else json.dumps(x)}})


@pytest.mark.parametrize(
    "damaged",
    [
        structure("["),
        structure("[" * 100_000),
        structure("[" * 100_000 + "]" * 100_000),
        structure('{"list":[' * 3000 + "1" + "]}" * 3000),
        structure("1" * 5000),
        structure({}),
        structure([1, 2]),
        structure({"tensor": "y"}),
        structure({"tensor": ["x"]}),
        structure({"tensor": 0}),
        structure({"list": None}),
        structure({"list": "text"}),
        structure({"other": [1]}),
        structure({"dict": 5}),
        structure({"dict": ["ab"]}),
        structure({"dict": [[1]]}),
        structure({"dict": [[{"list": []}, 1]]}),
        file({"x": tensor(), "__metadata__": [1]}),
        file({"x": tensor(shape=(-2,))}),
        file({"x": tensor(shape="2")}),
        file({"x": tensor(shape=(2.0,))}),
        file({"x": tensor(shape=(float("nan"),))}),
        file({"x": tensor(shape=(1,) * 70 + (2,))}),
        file({"x": tensor(shape=(2**63, 2**63))}),
        file({"x": tensor(shape=(2**40,), offsets=(0, 2**42))}),
        file({"x": tensor(shape=(0, 2**64 - 1), offsets=(0, 0))}, b""),
        file({"x": tensor(shape=(2**31, 0, 2**31), offsets=(0, 0))}, b""),
        file({"x": tensor(offsets=(-8, 0))}),
        file({"x": tensor(offsets=(8, 0))}),
        file({"x": tensor(), "y": tensor()}),
        file({"x": tensor(), "y": tensor(offsets=(12, 20))}, bytes(20)),
        file({"x": tensor(dtype="F33")}),
        file(b'{"x":' + b"[" * 100_000),
        file(b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":' + b"1" * 5000 + b"}}"),
        file(b"null"),
        file(b"[]"),
        file(b""),
        file(b"{}", b"more"),
        b"",
        (10**9).to_bytes(8, "little") + b"{}",
        (2**63).to_bytes(8, "little") + b"{}",
    ],
)
def test_a_crafted_header_is_a_value_error_that_names_the_file(tmp_path, damaged):
    path = tmp_path / "weights"
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match=r"weights (is no complete safetensors file|has a damaged header)"):
        ours.load(path)


@pytest.mark.parametrize(("dtype", "shape"), [("BF16", (4,)), ("F8_E4M3", (8,)), ("C64", (1,))])
def test_numbers_of_a_type_that_there_is_not_are_named(dtype, shape):
    with pytest.raises(
        ValueError, match=f"the open file holds .*type {'complex64' if dtype == 'C64' else dtype}, which"
    ):
        ours.load(io.BytesIO(file({"x": tensor(dtype, shape)})))


def test_no_metadata_at_all_is_fine():
    assert ours.load(io.BytesIO(file({"x": tensor(), "__metadata__": None})))["x"].tolist() == [0, 0]


def test_three_thousand_changes_at_random_give_value_errors_and_take_no_memory():
    rng, whole = random.Random(0), io.BytesIO()
    ours.save({"epoch": 3, "net": [ours.ones(2, 3), ours.arange(4)], "state": {1: (ours.zeros(1), None, 0.5)}}, whole)
    whole = whole.getvalue()
    length = 8 + int.from_bytes(whole[:8], "little")
    pieces = b'[ ] { } " \\ , : - null 1e99 NaN \xff tensor 999999999999'.split()
    loaded, errors = 0, set()
    tracemalloc.start()
    for _ in range(3000):
        content = whole
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(length)
            if rng.random() < 0.5:
                changed = content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
            else:
                changed = content[:at] + rng.choice(pieces) + content[at + rng.randrange(3) :]
            if rng.random() < 0.7:  # so that the length is right, and more of the header is looked at
                changed = (length - 8 + len(changed) - len(content)).to_bytes(8, "little") + changed[8:]
            content = changed
        try:
            ours.load(io.BytesIO(content))
            loaded += 1
        except ValueError as error:
            assert str(error).startswith("the open file ")
            errors.add(str(error))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert loaded > 20 and len(errors) > 100 and peak < 2e7
