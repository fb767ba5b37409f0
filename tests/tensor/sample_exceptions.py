"""Which of PyTorch's samples the engine does not follow, each with the reason.

An exception names the forms, as in "topk *", and says of a sample whether it is meant. A sample that is excepted must
fail: one that no longer does fails the test, and so does an exception that no sample meets.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pytorch_samples import NotHere, torch
from sample_faults import FAULTS


@dataclass(frozen=True)
class Excepted:
    """Samples of some forms, and why the engine does not follow PyTorch there."""

    forms: str
    when: Callable[[Any], bool]
    why: str

    def named(self, form: str) -> bool:
        """Return whether samples of a form may be meant."""
        return any(fnmatchcase(form, name.strip()) for name in self.forms.split(","))

    def meets(self, form: str, sample: Any) -> bool:
        """Return whether a sample is one of those that are meant."""
        return self.named(form) and self.when(sample)


def always(sample: Any) -> bool:
    return True


def number_for_tensor(sample: Any) -> bool:
    return sample.source == "errors" and any(type(x) in (int, float) for x in sample.args[:2]) and not sample.kwargs


EXCEPTIONS = [
    Excepted(
        "atan2 function, eq function, ne function, lt function, le function, gt function, ge function, fmod function, "
        "hypot function, logaddexp function, logical_and function, logical_or function, logical_xor function, "
        "maximum function, maximum binary function, minimum function, "
        "minimum binary function, pow function, remainder function, __radd__ function, __rand__ function, "
        "__rmod__ function, __rmul__ function, __ror__ function, __rsub__ function, __rxor__ function, "
        "__rpow__ function, xlogy function",
        number_for_tensor,
        "a number in the place of a tensor is taken as one, as NumPy takes it",
    ),
    Excepted(
        "max binary function, min binary function",
        lambda s: number_for_tensor(s) and type(s.args[0]) is int and type(s.args[1]) is not int,
        "a number in the place of a tensor is taken as one, as NumPy takes it",
    ),
    Excepted(
        "cat function, concat function, concatenate function, masked_select function, index_select function, "
        "gather function, bernoulli function",
        lambda s: s.source == "errors" and s.place in (0, 5) and "out" in s.kwargs,
        "results are returned; none is written into a tensor that is given as `out`",
    ),
    Excepted(
        "sort *, argsort *",
        lambda s: s.source == "bool" and s.args[0].shape == (8000,),
        "without stable=True equal numbers may come in any order; here they keep theirs",
    ),
    Excepted(
        "topk *",
        lambda s: s.source == "int64" and s.args[0].ndim > 0,
        "equal numbers may come in any order; here the first of them comes first",
    ),
]

DRAWN = [
    Excepted(
        "normal*, bernoulli*, multinomial*, rand*",
        always,
        "random numbers: another generator draws them",
    ),
    Excepted("empty*, new_empty*", always, "numbers that nobody wrote: they are what was in memory"),
    Excepted(
        "nn.functional.dropout*",
        lambda s: s.kwargs.get("training", True) and 0 < s.kwargs.get("p", 0.5) < 1,
        "random numbers: another generator draws them",
    ),
    Excepted(
        "nn.functional.scaled_dot_product_attention *",
        lambda s: s.kwargs.get("dropout_p", 0) > 0,
        "random numbers: another generator draws them",
    ),
]


def known(form: str, sample: Any) -> bool:
    """Return whether a sample stands in the list of faults that are still to be repaired."""
    for part in FAULTS.get(form, "").split(";"):
        source, *places = part.split() or [""]
        for place in places:
            first, _, last = place.partition("-")
            if source == sample.source and int(first) <= sample.place <= int(last or first):
                return True
    return False


def drawn(form: str, sample: Any) -> bool:
    """Return whether the numbers of a sample's result are not determined, only their types and shapes."""
    return any(x.meets(form, sample) for x in DRAWN)


def judge(form: str, samples: Iterable[Any], run: Callable[[Any], None]) -> None:
    """Run the samples; raise AssertionError that names those that fail, and those that are excepted but do not."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the tensors are small: several threads would mostly wait for each other
    try:
        wrong = [line for sample in samples if (line := verdict(form, sample, run))]
    finally:
        torch.set_num_threads(threads)
    meant = "If the engine is meant to differ, EXCEPTIONS in tests/tensor/sample_exceptions.py says why."
    assert not wrong, "\n".join([f"{form}: {len(wrong)} samples", *wrong[:10], meant])


def verdict(form: str, sample: Any, run: Callable[[Any], None]) -> str | None:
    """Return what is wrong with a sample, or None."""
    excepted = known(form, sample) or any(x.meets(form, sample) for x in EXCEPTIONS)
    try:
        run(sample)
    except NotHere:
        return None  # the sample needs what the engine does not have at all: complex numbers, sparse tensors
    except AssertionError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        return None if excepted else f"{sample}: {'; '.join(lines[:4])}\n    with {sample.shown}"
    return f"{sample} is an exception or a known fault, but is right now: take it off the list" if excepted else None
