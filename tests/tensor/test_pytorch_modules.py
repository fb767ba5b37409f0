"""Every sample of PyTorch's modules that the engine has: results, gradients of inputs and weights, running numbers."""

import warnings

import pytest
from pytorch_samples import Sample, Translation, attempt, compare, module_db, ours, resolve, same, torch
from sample_exceptions import judge

INFOS = {info.name: info for info in module_db}
NAMES = [name for name in INFOS if isinstance(resolve(name), type)]
pytestmark = pytest.mark.filterwarnings("ignore")


def samples(name):
    """Yield the samples of a module in training, in evaluation, and those that PyTorch refuses."""
    info = INFOS[name]
    for source, training in (("training", True), ("evaluation", False)):
        torch.manual_seed(0)
        for place, x in enumerate(info.module_inputs_func(info, "cpu", torch.float64, True, training)):
            yield Sample(source, place, (name, x.constructor_input, x.forward_input))
    if info.module_error_inputs_func is not None:
        for place, x in enumerate(info.module_error_inputs_func(info, "cpu", torch.float64, True, True)):
            given = x.module_error_input
            yield Sample("errors", place, (name, given.constructor_input, given.forward_input))


def run(sample):
    """Build the module in both engines with the same weights, call it and compare."""
    name, settings, inputs = sample.args
    translate = Translation()
    args, kwargs = translate(settings.args), translate(settings.kwargs)
    theirs, mine = (
        attempt(cls, *a, **k) for cls, a, k in zip((INFOS[name].module_cls, resolve(name)), args, kwargs, strict=True)
    )
    if isinstance(theirs, Exception) or isinstance(mine, Exception):
        compare(theirs, mine, [])
        return
    theirs, mine = theirs.double().train(sample.source != "evaluation"), mine.double()
    mine.train(theirs.training)
    assert repr(mine) == repr(theirs).replace("NonDynamicallyQuantizable", ""), f"shown as {mine}, PyTorch {theirs}"
    weights = theirs.state_dict()
    assert list(mine.state_dict()) == list(weights), f"holds {list(mine.state_dict())}, PyTorch {list(weights)}"
    mine.load_state_dict({key: ours.from_numpy(x.numpy().copy()) for key, x in weights.items()})
    translate.leaves = list(zip(theirs.parameters(), mine.parameters(), strict=True))
    args, kwargs = translate(inputs.args), translate(inputs.kwargs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = [attempt(m, *a, **k) for m, a, k in zip((theirs, mine), args, kwargs, strict=True)]
    compare(*results, translate.leaves)
    state = mine.state_dict()
    for key, x in theirs.state_dict().items():
        same(state[key], x, key)


@pytest.mark.parametrize("name", NAMES)
def test_samples_of_a_module_give_what_pytorch_gives(name):
    judge(name, samples(name), run)


def test_the_samples_are_of_most_of_the_modules():
    assert len(NAMES) > 50
