"""Every sample of PyTorch's operators that the engine has: values, first gradients, types, and what is refused."""

import dataclasses

import pytest
import sample_exceptions
from pytorch_samples import forms
from sample_exceptions import DRAWN, EXCEPTIONS, drawn, judge

FORMS = {str(form): form for form in forms()}
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("form", FORMS)
def test_samples_of_an_operator_give_what_pytorch_gives(form):
    judge(form, FORMS[form].samples(), lambda sample: FORMS[form].run(sample, drawn(form, sample)))


@pytest.mark.parametrize("exception", EXCEPTIONS + DRAWN, ids=lambda exception: exception.forms)
def test_every_exception_meets_a_sample(exception):
    named = {name: form for name, form in FORMS.items() if exception.named(name)}
    assert any(exception.meets(name, sample) for name, form in named.items() for sample in form.samples())


def test_the_samples_are_of_most_of_what_the_engine_has():
    assert len(FORMS) > 500


WRONG = {
    "a value": lambda x: x.exp() + 1e-6,
    "a gradient": lambda x: x.detach().exp() + x * 0,
    "a shape": lambda x: x.exp().reshape(1, -1),
    "a type": lambda x: x.exp().float(),
    "no graph": lambda x: x.detach().exp(),
    "an error": lambda x: x.exp(nonsense=True),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_operator_is_found(what):
    form = dataclasses.replace(FORMS["exp function"], mine=WRONG[what])
    with pytest.raises(AssertionError, match="float64 0"):
        judge("exp function", form.samples(), form.run)


def test_an_exception_that_is_not_needed_is_found(monkeypatch):
    monkeypatch.setitem(sample_exceptions.FAULTS, "exp function", "float64 1-2")
    with pytest.raises(AssertionError, match="float64 1 is an exception"):
        judge("exp function", FORMS["exp function"].samples(), FORMS["exp function"].run)
