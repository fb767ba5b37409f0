"""Optimizers: PyTorch's update rules, on floats and on arrays."""

import math

import pytest

from autograd.optim import SGD, Adadelta, Adagrad, Adam, AdamW, Optimizer, RMSprop
from autograd.scalar import Value

CASES = [
    (SGD, {"lr": 0.1}),
    (SGD, {"lr": 0.1, "weight_decay": 0.1}),
    (SGD, {"lr": 0.1, "momentum": 0.9}),
    (SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    (SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    (SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    (SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (SGD, {}),
    (RMSprop, {}),
    (RMSprop, {"lr": 0.1, "alpha": 0.9, "eps": 1e-3}),
    (RMSprop, {"weight_decay": 0.1}),
    (RMSprop, {"momentum": 0.9}),
    (RMSprop, {"centered": True}),
    (RMSprop, {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "alpha": 0.9}),
    (Adam, {}),
    (Adam, {"lr": 0.1}),
    (Adam, {"lr": 0.1, "betas": (0.5, 0.7), "eps": 1e-3}),
    (Adam, {"lr": 0.1, "weight_decay": 0.1}),
    (Adam, {"lr": 0.1, "betas": (0.0, 0.0)}),
    (AdamW, {}),
    (AdamW, {"lr": 0.1}),
    (AdamW, {"lr": 0.1, "weight_decay": 0.5, "betas": (0.5, 0.7)}),
    (AdamW, {"lr": 0.1, "weight_decay": 0.0}),
    (Adagrad, {}),
    (Adagrad, {"lr": 0.3, "lr_decay": 0.02, "weight_decay": 0.1, "eps": 1e-3}),
    (Adagrad, {"lr": 0.3, "initial_accumulator_value": 0.5}),
    (Adadelta, {}),
    (Adadelta, {"lr": 0.7, "rho": 0.6, "eps": 1e-3, "weight_decay": 0.1}),
]
NAMES = [f"{rule.__name__}({', '.join(f'{k}={v}' for k, v in options.items())})" for rule, options in CASES]
STARTS = [1.0, -2.0, 0.0]

# What PyTorch 2.13 gives for STARTS after 50 steps of CASES with the gradients of `gradient`, in float64.
RECORDED: list[list[float]] = [
    [-0.3079723927340376, -0.41689184195155726, -0.34550146356668976],
    [-0.26698629132445273, -0.3315121973991065, -0.2890605470453279],
    [-1.0909708072040043, -0.8537249390895083, -1.1004516623732772],
    [-1.1324155038456298, -0.5279297096894267, -0.9815556911798304],
    [-0.7506941168194793, -0.31465016308394955, -0.6364336023936212],
    [-1.0698161589614235, -1.0494698210217561, -1.0660589635701536],
    [-0.6345031918818282, -0.6878913045040853, -0.6528743734251583],
    [0.9634371803199917, -1.9390399373957106, -0.004974088724142173],
    [0.42084233659450687, -1.4491638999392402, -0.7053102845597428],
    [-0.8036642481004618, -0.751032316218857, -0.8336792612300017],
    [0.39394556776765505, -1.4043143234259177, -0.528368495643275],
    [-0.5727835416507072, 0.47367107996192687, -1.1183685889008876],
    [0.40399815832710223, -1.43481741805557, -0.7171240197546157],
    [0.20083406916490154, -1.3134769685963572, -0.5668718024630339],
    [0.971865336423258, -1.974723881478721, -0.05033505852010158],
    [-0.6649968133689899, -0.17772356306590606, -1.0539278991063985],
    [-0.9030609809241775, -0.9033644004180741, -0.9030254185438172],
    [-0.5455032777058878, -0.12190935150108548, -0.6598982944129443],
    [-0.5999997237263812, -0.5999999603722438, -0.5999998022883095],
    [0.971375624794537, -1.9737340721861087, -0.05032285465205604],
    [-0.6507226500754429, -0.15869222060853866, -1.0465962281955827],
    [-0.7093823632652274, -0.7093117589770254, -0.7093794301368854],
    [-0.6649968133689899, -0.17772356306590606, -1.0539278991063985],
    [0.9358699379921074, -1.941186595622955, -0.13181965032714876],
    [-0.08008361818302713, -0.7515134721625064, -0.43563747626220756],
    [-0.18641904240785823, -0.7503648254661521, -0.7612307582154088],
    [0.9451399956220361, -1.9536961288618995, -0.17743162652739453],
    [-0.4839147303565647, -0.8702483313015714, -0.521877178266909],
]


class Parameter:
    """The least that an optimizer asks for."""

    def __init__(self, data):
        self.data, self.grad = data, None


def gradient(x, t):
    """A slope that depends on where the parameter is and on time, is large at first, and changes sign."""
    return 3.0 * x * (0.9**t) + (0.5 if t % 3 else -0.7) * x * x * x / (1 + x * x) + 0.1


def floats_after(rule, options, steps=50):
    parameters = [Parameter(x) for x in STARTS]
    optimizer = rule(parameters, **options)
    for t in range(steps):
        for parameter in parameters:
            parameter.grad = gradient(parameter.data, t)
        optimizer.step()
    assert all(type(parameter.data) is float for parameter in parameters)
    return [parameter.data for parameter in parameters]


@pytest.mark.parametrize(("case", "recorded"), list(zip(CASES, RECORDED, strict=True)), ids=NAMES)
def test_recorded_numbers_of_pytorch(case, recorded):
    assert floats_after(*case) == pytest.approx(recorded, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("rule", "options"), CASES, ids=NAMES)
def test_parity_with_pytorch_at_every_step(rule, options):
    torch = pytest.importorskip("torch")
    np = pytest.importorskip("numpy")
    ours, array = [Parameter(x) for x in STARTS], Parameter(np.array(STARTS))
    theirs = torch.tensor(STARTS, dtype=torch.float64, requires_grad=True)
    reference = getattr(torch.optim, rule.__name__)
    optimizers = rule(ours, **options), rule([array], **options), reference([theirs], **options)
    for t in range(50):
        for parameter in ours:
            parameter.grad = gradient(parameter.data, t)
        array.grad = gradient(array.data, t)
        theirs.grad = gradient(theirs.detach(), t)
        for optimizer in optimizers:
            optimizer.step()
        expected = theirs.tolist()
        assert [parameter.data for parameter in ours] == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert array.data.tolist() == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert RECORDED[CASES.index((rule, options))] == pytest.approx(theirs.tolist(), rel=1e-12, abs=1e-12)


def test_defaults_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    for rule, reference in (
        (SGD, torch.optim.SGD),
        (RMSprop, torch.optim.RMSprop),
        (Adam, torch.optim.Adam),
        (AdamW, torch.optim.AdamW),
        (Adagrad, torch.optim.Adagrad),
        (Adadelta, torch.optim.Adadelta),
    ):
        ours = rule([Value(1.0)])
        theirs = reference([torch.zeros(1)]).defaults
        assert ours.defaults == {name: theirs[name] for name in ours.defaults}


@pytest.mark.parametrize(("rule", "options"), CASES, ids=NAMES)
def test_arrays_keep_their_type_and_their_gradients(rule, options):
    np = pytest.importorskip("numpy")
    parameter = Parameter(np.array(STARTS, dtype=np.float32))
    data, slope = parameter.data, np.array([1.0, -1.0, 0.0], dtype=np.float32)
    parameter.grad = slope
    optimizer = rule([parameter], **options)
    for _ in range(3):
        optimizer.step()
        slope[:] = slope * 0.5  # as an engine does that accumulates in its own buffer
    assert parameter.data is data
    assert data.dtype == np.float32
    assert slope.tolist() == [0.125, -0.125, 0.0]
    unshared = [Parameter(float(np.float32(x))) for x in STARTS]
    optimizer = rule(unshared, **options)
    for t in range(3):
        for p, g in zip(unshared, [1.0, -1.0, 0.0], strict=True):
            p.grad = g * 0.5**t
        optimizer.step()
    assert data.tolist() == pytest.approx([p.data for p in unshared], rel=1e-5, abs=1e-6)


def test_a_constant_gradient_does_not_make_the_variance_of_rmsprop_complex_or_nan():
    parameter = Parameter(1.0)
    optimizer = RMSprop([parameter], centered=True, alpha=0.5)
    for _ in range(200):
        parameter.grad = 0.1
        optimizer.step()
    assert type(parameter.data) is float
    assert math.isfinite(parameter.data)


def test_a_parameter_without_a_gradient_stays():
    moved, stays = Parameter(1.0), Parameter(2.0)
    optimizer = Adam([moved, stays])
    moved.grad = 1.0
    optimizer.step()
    assert stays.data == 2.0
    assert moved.data == pytest.approx(1 - 1e-3)
    stays.grad = 1.0  # its own count of steps starts now
    optimizer.step()
    assert stays.data == pytest.approx(2 - 1e-3)


def test_values_and_generators_and_a_changing_learning_rate():
    x = Value(3.0)
    optimizer = SGD((value for value in [x]), lr=0.5)
    for lr in (0.5, 0.25):
        optimizer.lr = lr
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
    assert x.data == 0.0
    assert repr(optimizer) == "SGD(1 parameters, lr=0.25)"


def test_zero_grad_gives_a_number_0_and_an_array_none():
    np = pytest.importorskip("numpy")
    number, array = Value(1.0), Parameter(np.ones(2))
    number.grad, array.grad = 2.0, np.ones(2)
    SGD([number, array]).zero_grad()
    assert number.grad == 0.0
    assert array.grad is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: SGD([]), ValueError, "at least one parameter"),
        (lambda x: SGD(x), TypeError, "must be a list"),
        (lambda x: SGD([x, 3.0]), TypeError, "parameter 1 has no .data and .grad: 3.0"),
        (lambda x: SGD([x, x]), ValueError, "more than once"),
        (lambda x: SGD([x], lr=-1.0), ValueError, "lr must be 0 or more, got -1.0"),
        (lambda x: SGD([x], lr=math.nan), ValueError, "lr must be 0 or more, got nan"),
        (lambda x: SGD([x], nesterov=True), ValueError, "momentum=0.0"),
        (lambda x: SGD([x], momentum=0.9, dampening=0.1, nesterov=True), ValueError, "dampening=0.1"),
        (lambda x: SGD([x], momentum=-0.1), ValueError, "momentum must be 0 or more"),
        (lambda x: RMSprop([x], weight_decay=-0.1), ValueError, "weight_decay must be 0 or more"),
        (lambda x: Adam([x], betas=(0.9, 1.0)), ValueError, "betas must be two numbers"),
        (lambda x: AdamW([x], eps=-1e-8), ValueError, "eps must be 0 or more"),
        (lambda x: Adadelta([x], rho=1.1), ValueError, r"Adadelta: rho must be in \[0, 1\], got 1.1"),
        (lambda x: Adadelta([x], rho=math.nan), ValueError, r"rho must be in \[0, 1\], got nan"),
        (lambda x: Adagrad([x], lr_decay=-0.1), ValueError, "lr_decay must be 0 or more"),
        (lambda x: Adagrad([x], initial_accumulator_value=-1), ValueError, "initial_accumulator_value must be 0 or"),
        (lambda x: Optimizer([x], {"lr": 0.1}).step(), NotImplementedError, "has to define update"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make(Value(1.0))
