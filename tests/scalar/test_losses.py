"""Losses: PyTorch's values and gradients, at ±1,000 too, and errors for targets of another loss."""

import math
import random

import pytest

from autograd.scalar import Value, binary_cross_entropy, cross_entropy, hinge, mse, no_grad

SCORES = [0.3, -2.0, 0.0, 1.0, -1.0, 12.5]
LOGITS = [[0.1, -0.3, 2.0], [5.0, 5.0, 5.0], [-1.0, 0.0, 1.0]]
HUGE = [1000.0, -1000.0, 1000.0, -1000.0, 0.0]
HUGE_ROWS = [[1000.0, -1000.0, 0.0], [1000.0, 999.0, -1000.0], [-1000.0, -1000.0, -1000.0]]

CASES = {
    "mse": (mse, SCORES, [1.0, 0.0, 2, -1.5, 3.0, 12.5]),
    "mse of lists": (mse, LOGITS, [[1.0, 0.0, 2.0], [0.0, 1.0, 0.0], [3.0, -3.0, 1.0]]),
    "hinge": (hinge, SCORES, [1, -1, 1, 1, 1, -1]),
    "binary": (binary_cross_entropy, SCORES, [1, 0, 1, 0, 1, 0]),
    "classes": (cross_entropy, LOGITS, [2, 0, 1]),
    "mse, huge": (mse, HUGE, [1.0, 1.0, -1000.0, -1000.0, 0.0]),
    "hinge, huge": (hinge, HUGE, [1, 1, -1, -1, 1]),
    "binary, huge": (binary_cross_entropy, HUGE, [1, 1, 0, 0, 1]),
    "classes, huge": (cross_entropy, HUGE_ROWS, [0, 1, 2]),
    "classes, huge and wrong": (cross_entropy, HUGE_ROWS, [1, 2, 0]),
}
all_cases = pytest.mark.parametrize(("loss", "predictions", "targets"), list(CASES.values()), ids=list(CASES))


def as_values(x):
    return [as_values(part) for part in x] if isinstance(x, list) else Value(x)


def flat(x):
    return [number for part in x for number in flat(part)] if isinstance(x, list) else [x]


def nested_like(numbers, shape):
    rest = iter(numbers)
    return [[next(rest) for _ in row] if isinstance(row, list) else next(rest) for row in shape]


def pytorch(loss, predictions, targets):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    x = torch.tensor(predictions, dtype=torch.float64, requires_grad=True)
    t = torch.tensor(targets, dtype=torch.int64 if loss is cross_entropy else torch.float64)
    result = {
        mse: functional.mse_loss,
        hinge: lambda x, t: torch.relu(1 - t * x).mean(),
        binary_cross_entropy: functional.binary_cross_entropy_with_logits,
        cross_entropy: functional.cross_entropy,
    }[loss](x, t)
    result.backward()
    return result.item(), x.grad.flatten().tolist()


@all_cases
def test_parity_with_pytorch(loss, predictions, targets):
    values = as_values(predictions)
    result = loss(values, targets)
    result.backward()
    expected, slopes = pytorch(loss, predictions, targets)
    assert type(result) is Value
    assert result.data == pytest.approx(expected, rel=1e-14, abs=1e-300)
    assert [value.grad for value in flat(values)] == pytest.approx(slopes, rel=1e-14, abs=1e-300)


@all_cases
def test_plain_numbers_give_the_same_value(loss, predictions, targets):
    result = loss(predictions, targets)
    assert type(result) is Value
    assert result.data == loss(as_values(predictions), targets).data
    with no_grad():
        assert loss(as_values(predictions), targets).data == result.data


def test_finite_differences():
    rng = random.Random(0)
    for loss, predictions, targets in list(CASES.values())[:5]:
        numbers = [rng.uniform(-3, 3) for _ in flat(predictions)]
        values = [Value(x) for x in numbers]
        loss(nested_like(values, predictions), targets).backward()
        for i, value in enumerate(values):
            above, below = (
                loss(nested_like([*numbers[:i], value.data + h, *numbers[i + 1 :]], predictions), targets).data
                for h in (1e-5, -1e-5)
            )
            assert value.grad == pytest.approx((above - below) / 2e-5, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "expected", "slope"),
    [
        (binary_cross_entropy, 0.0, 1, math.log(2), -0.5),
        (binary_cross_entropy, 1000.0, 1, 0.0, 0.0),
        (binary_cross_entropy, 1000.0, 0, 1000.0, 1.0),
        (binary_cross_entropy, -1000.0, 1, 1000.0, -1.0),
        (binary_cross_entropy, -1000.0, 0, 0.0, 0.0),
        (binary_cross_entropy, 50.0, 1, math.exp(-50), -math.exp(-50)),
        (hinge, 1000.0, -1, 1001.0, 1.0),
        (hinge, 1.0, 1, 0.0, 0.0),
        (mse, 1000.0, -1000.0, 4e6, 4000.0),
    ],
)
def test_known_values_and_slopes(loss, prediction, target, expected, slope):
    x = Value(prediction)
    result = loss([x], [target])
    result.backward()
    assert (result.data, x.grad) == pytest.approx((expected, slope), rel=1e-14, abs=0)


def test_cross_entropy_at_a_thousand():
    right, wrong = Value(-1000.0), Value(1000.0)
    result = cross_entropy([[right, wrong]], [0])
    result.backward()
    assert (result.data, right.grad, wrong.grad) == (2000.0, -1.0, 1.0)


def test_arrays_as_targets():
    np = pytest.importorskip("numpy")
    values = as_values(SCORES)
    assert mse(values, np.ones(6)).data == mse(values, [1] * 6).data
    assert hinge(values, -np.ones(6)).data == hinge(values, [-1] * 6).data
    assert binary_cross_entropy(values, np.ones(6, dtype=bool)).data == binary_cross_entropy(values, [1] * 6).data
    assert cross_entropy(LOGITS, np.array([2, 0, 1])).data == cross_entropy(LOGITS, [2, 0, 1]).data
    assert mse(LOGITS, np.zeros((3, 3))).data == mse(LOGITS, [[0, 0, 0]] * 3).data


@pytest.mark.parametrize(
    ("loss", "predictions", "targets", "message"),
    [
        (mse, [1.0, 2.0], [1.0], "mse: 2 predictions, but 1 targets"),
        (mse, [], [], "mse: the batch is empty"),
        (
            mse,
            [1.0],
            [[1.0]],
            "mse: the prediction for sample 0 is one number, but its target is a list of 1",
        ),
        (mse, [[1.0, 2.0]], [[1.0]], "is a list of 2, but its target is a list of 1"),
        (mse, [[1.0, 2.0]], [1.0], "is a list of 2, but its target is one number"),
        (
            hinge,
            [1.0, 2.0],
            [1, 0],
            "hinge: targets must be -1 or 1, got 0 for sample 1; .* binary_cross_entropy",
        ),
        (hinge, [1.0], [[1]], r"hinge: targets must be -1 or 1, got \[1\]"),
        (hinge, [[1.0, 2.0]], [1], "hinge needs one number for each sample, got a list of 2"),
        (binary_cross_entropy, [1.0], [-1], "binary_cross_entropy: targets must be 0 or 1, got -1 .* hinge"),
        (binary_cross_entropy, [1.0], [0.5], "got 0.5"),
        (binary_cross_entropy, [1.0], [None], "got None"),
        (binary_cross_entropy, [[1.0, 2.0]], [1], "needs one number for each sample, got a list of 2"),
        (
            cross_entropy,
            [1.0],
            [0],
            "list of logits, one for each class, got one number .* binary_cross_entropy",
        ),
        (cross_entropy, [[1.0, 2.0]], [2], "must be an integer from 0 to 1, got 2 for sample 0"),
        (cross_entropy, [[1.0, 2.0]], [-1], "must be an integer from 0 to 1, got -1 for sample 0"),
        (cross_entropy, [[1.0, 2.0]], [1.0], "must be an integer from 0 to 1, got 1.0"),
        (cross_entropy, [[1.0, 2.0]], [[0, 1]], r"must be an integer from 0 to 1, got \[0, 1\]"),
    ],
)
def test_errors_name_the_loss_and_the_value(loss, predictions, targets, message):
    with pytest.raises(ValueError, match=message):
        loss(as_values(predictions), targets)
