"""Every sample of PyTorch's operators that the engine has: values, first gradients, types, and what is refused."""

import pytest
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
