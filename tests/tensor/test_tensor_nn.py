"""Modules, initialization and the helpers for parameters, against PyTorch: same weights, same numbers, same names."""

import copy
import inspect
import math
from collections import OrderedDict

import numpy as np
import pytest

import autograd.tensor as ours
from autograd.tensor import nn

torch = pytest.importorskip("torch")

IMAGES, SEQUENCES, ROWS = (4, 6, 7, 8), (4, 6, 9), (5, 6)
ATTENTION = {"embed_dim": 8, "num_heads": 2}
ATTENTION_FILES = ("attention", "transformer")
LAYER = {"d_model": 8, "nhead": 2, "dim_feedforward": 12, "dropout": 0.0}

# the module's name, its settings, and the shape of the input
MODULES = [
    ("Identity", {}, ROWS), ("Identity", {"whatever": 3}, ROWS),
    ("Linear", {"in_features": 6, "out_features": 4}, ROWS),
    ("Linear", {"in_features": 6, "out_features": 4, "bias": False}, (2, 3, 6)),
    ("Conv1d", {"in_channels": 6, "out_channels": 4, "kernel_size": 3}, SEQUENCES),
    ("Conv1d", {"in_channels": 6, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2},
     SEQUENCES),
    ("Conv2d", {"in_channels": 6, "out_channels": 4, "kernel_size": 3}, IMAGES),
    ("Conv2d", {"in_channels": 6, "out_channels": 4, "kernel_size": (2, 3), "padding": (1, 0), "bias": False}, IMAGES),
    ("Conv2d", {"in_channels": 6, "out_channels": 9, "kernel_size": 3, "padding": "same", "groups": 3}, IMAGES),
    ("Conv2d", {"in_channels": 6, "out_channels": 4, "kernel_size": 2, "stride": 2, "dilation": 2}, IMAGES),
    ("ConvTranspose2d", {"in_channels": 6, "out_channels": 4, "kernel_size": 3}, IMAGES),
    ("ConvTranspose2d", {"in_channels": 6, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1,
                         "output_padding": 1, "groups": 2, "bias": False}, IMAGES),
    ("MaxPool2d", {"kernel_size": 2}, IMAGES), ("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, IMAGES),
    ("AvgPool2d", {"kernel_size": 2}, IMAGES), ("AvgPool2d", {"kernel_size": 3, "stride": 1, "padding": 1}, IMAGES),
    ("AdaptiveAvgPool2d", {"output_size": 1}, IMAGES), ("AdaptiveAvgPool2d", {"output_size": (3, None)}, IMAGES),
    ("BatchNorm1d", {"num_features": 6}, ROWS), ("BatchNorm1d", {"num_features": 6, "momentum": None}, SEQUENCES),
    ("BatchNorm1d", {"num_features": 6, "affine": False, "eps": 1e-2}, SEQUENCES),
    ("BatchNorm2d", {"num_features": 6, "momentum": None, "track_running_stats": False}, IMAGES),
    ("BatchNorm2d", {"num_features": 6, "bias": False}, IMAGES), ("BatchNorm2d", {"num_features": 6}, IMAGES),
    ("BatchNorm2d", {"num_features": 6, "track_running_stats": False}, IMAGES),
    ("LayerNorm", {"normalized_shape": 6}, ROWS), ("LayerNorm", {"normalized_shape": (7, 8), "bias": False}, IMAGES),
    ("LayerNorm", {"normalized_shape": [6], "elementwise_affine": False, "eps": 1e-2}, ROWS),
    ("GroupNorm", {"num_groups": 3, "num_channels": 6}, IMAGES),
    ("GroupNorm", {"num_groups": 2, "num_channels": 6, "affine": False}, SEQUENCES),
    ("RMSNorm", {"normalized_shape": 6}, ROWS), ("RMSNorm", {"normalized_shape": (6,), "eps": 0.1}, ROWS),
    ("MaxPool1d", {"kernel_size": 3, "stride": 2, "padding": 1}, SEQUENCES), ("MaxPool1d", {"kernel_size": 2}, ROWS),
    ("AvgPool1d", {"kernel_size": 3, "stride": (2,), "padding": 1}, SEQUENCES), ("AvgPool1d", {"kernel_size": 2}, ROWS),
    ("InstanceNorm2d", {"num_features": 6}, IMAGES), ("InstanceNorm2d", {"num_features": 3}, IMAGES),
    ("InstanceNorm2d", {"num_features": 6, "affine": True, "eps": 1e-2, "momentum": 0.3}, IMAGES),
    ("InstanceNorm2d", {"num_features": 6, "affine": True, "bias": False}, IMAGES[1:]),
    ("PReLU", {}, ROWS), ("PReLU", {"num_parameters": 6, "init": 0.1}, IMAGES), ("PReLU", {"num_parameters": 6}, ROWS),
    ("PixelShuffle", {"upscale_factor": 2}, (2, 8, 3, 4)), ("ZeroPad2d", {"padding": 2}, IMAGES),
    ("ReflectionPad2d", {"padding": 3}, IMAGES), ("ReflectionPad2d", {"padding": (1, 2, 0, 3)}, IMAGES[1:]),
    ("ReplicationPad2d", {"padding": [1, 9, 0, 3]}, IMAGES), ("ZeroPad2d", {"padding": (1, -2, 0, 3)}, IMAGES),
    ("Dropout", {"p": 0.0}, ROWS), ("Dropout", {"p": 1.0}, ROWS), ("Flatten", {}, IMAGES),
    ("Flatten", {"start_dim": 2}, IMAGES), ("Unflatten", {"dim": 1, "unflattened_size": (2, 3)}, ROWS),
    ("ReLU", {}, ROWS), ("ReLU", {"inplace": True}, ROWS),
    ("LeakyReLU", {}, ROWS), ("LeakyReLU", {"negative_slope": 0.2}, ROWS),
    ("ELU", {}, ROWS), ("ELU", {"alpha": 0.5}, ROWS), ("GELU", {}, ROWS), ("GELU", {"approximate": "tanh"}, ROWS),
    ("SiLU", {}, ROWS), ("Mish", {}, ROWS), ("Softplus", {}, ROWS), ("Softplus", {"beta": 2, "threshold": 1}, ROWS),
    ("Sigmoid", {}, ROWS), ("Tanh", {}, ROWS), ("Softmax", {"dim": 1}, ROWS), ("Softmax", {"dim": -2}, IMAGES),
    ("LogSoftmax", {"dim": 0}, ROWS), ("Hardtanh", {}, ROWS), ("Hardtanh", {"min_val": -0.3, "max_val": 0.1}, ROWS),
    ("ReLU6", {}, ROWS), ("Tanhshrink", {}, ROWS), ("LogSigmoid", {}, ROWS), ("Dropout2d", {"p": 0.0}, IMAGES),
    ("Softshrink", {}, ROWS), ("Softshrink", {"lambd": 1.5}, ROWS),
    ("Upsample", {"scale_factor": 2}, IMAGES), ("Upsample", {"scale_factor": (2, 1.5)}, IMAGES),
    ("Upsample", {"size": (3, 5)}, IMAGES), ("TransformerEncoderLayer", LAYER, (5, 3, 8)),
    ("TransformerEncoderLayer", LAYER | {"norm_first": True, "activation": "gelu", "batch_first": True}, (5, 3, 8)),
    ("TransformerEncoderLayer", LAYER | {"bias": False, "layer_norm_eps": 1e-2}, (5, 8)),
]  # fmt: skip


def close(mine, theirs, dtype=np.float64, what=""):
    mine, theirs = mine.detach().numpy(), theirs.numpy(force=True)
    assert mine.dtype == theirs.dtype, what
    assert mine.shape == theirs.shape, what
    tolerance = 1e-9 if dtype == np.float64 else 2e-4
    np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance, err_msg=what)


def pair(name, settings, dtype=np.float64):
    """Return our module and PyTorch's, with the same random weights in both."""
    mine, theirs = getattr(nn, name)(**settings), getattr(torch.nn, name)(**settings)
    theirs = theirs.to(torch.float64 if dtype == np.float64 else torch.float32)
    with torch.no_grad():
        for p in theirs.parameters():
            p.copy_(torch.from_numpy(np.random.default_rng(p.numel()).standard_normal(p.shape) * 0.5))
    mine.to(dtype).load_state_dict(theirs.state_dict())
    return mine, theirs


def tensors(*shapes, dtype=np.float64, grad=True):
    """Return random tensors for both frameworks."""
    rng = np.random.default_rng(len(shapes))
    arrays = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    return [ours.tensor(a, requires_grad=grad) for a in arrays], [torch.tensor(a, requires_grad=grad) for a in arrays]


def same_gradients(y, u, xs, ts, mine, theirs, dtype):
    weights = np.random.default_rng(1).uniform(0.5, 2, y.shape).astype(dtype)
    (y * ours.tensor(weights)).sum().backward()
    (u * torch.tensor(weights)).sum().backward()
    for i, (x, t) in enumerate(zip(xs, ts, strict=True)):
        close(x.grad, t.grad, dtype, f"gradient of input {i}")
    for (name, p), q in zip(mine.named_parameters(), theirs.parameters(), strict=True):
        assert (p.grad is None) == (q.grad is None), name
        if p.grad is not None:
            close(p.grad, q.grad, dtype, f"gradient of {name}")


def ids(cases):
    return [f"{c[0]} {c[1]}" for c in cases]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "settings", "shape"), MODULES, ids=ids(MODULES))
def test_output_gradients_and_state_in_training_and_evaluation(name, settings, shape, dtype):
    mine, theirs = pair(name, settings, dtype)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    for training in (True, True, False):
        mine.train(training), theirs.train(training)
        mine.zero_grad(), theirs.zero_grad()
        xs, ts = tensors(shape, dtype=dtype)
        y, u = mine(*(x * 1 for x in xs)), theirs(*(t * 1 for t in ts))  # what is computed may be changed in place
        close(y, u, dtype)
        same_gradients(y, u, xs, ts, mine, theirs, dtype)
        for (key, x), t in zip(mine.state_dict().items(), theirs.state_dict().values(), strict=True):
            close(x, t, dtype, key)


@pytest.mark.parametrize(("name", "settings", "shape"), MODULES, ids=ids(MODULES))
def test_repr_is_that_of_pytorch(name, settings, shape):
    mine, theirs = (getattr(module, name)(**settings) for module in (nn, torch.nn))
    assert repr(mine) == repr(theirs).replace("NonDynamicallyQuantizableLinear", "Linear")


ELSEWHERE = {"Embedding", "MultiheadAttention", "Transformer", "TransformerEncoder"}  # tests of their own, below
ELSEWHERE |= {"TransformerDecoder", "TransformerDecoderLayer"}
ELSEWHERE |= {"Module", "ModuleDict", "ModuleList", "Parameter", "ParameterList", "Sequential"}
ELSEWHERE |= {"GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNCell"}  # in test_tensor_recurrent.py


def test_every_module_has_a_line_that_compares_it_with_pytorch():
    modules = {name for name in nn.__all__ if isinstance(getattr(nn, name), type)}
    without = modules - ELSEWHERE - {name for name, _, _ in MODULES} - {name for name, _, _ in LOSSES}
    assert without == set(), "MODULES or LOSSES in this file has a line for each module, but for these not yet"


@pytest.mark.parametrize(("mine", "theirs"), [(nn, torch.nn), (nn.functional, torch.nn.functional)], ids=["nn", "F"])
def test_what_is_written_here_under_a_name_of_pytorch_is_public(mine, theirs):
    places = (
        [getattr(nn, file) for file in ("activations", "images", "layers", "losses", "recurrent", *ATTENTION_FILES)]
        if mine is nn
        else [mine]
    )
    written = {name for place in places for name, x in vars(place).items() if is_ours(x) and hasattr(theirs, name)}
    assert len(written) > 20
    assert written - set(mine.__all__) == set(), f"import these in {mine.__name__}, and add their names to __all__"


def is_ours(x):
    is_module = inspect.isclass(x) and issubclass(x, nn.Module)
    return (is_module or inspect.isfunction(x)) and x.__module__.startswith("autograd.tensor")


LABELS = np.array([0, 3, 2, 3, 1])
W = np.array([0.5, 1.0, 2.0, 0.7])
LOSSES = [
    *[(name, {"reduction": r}, None) for name in ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")
      for r in ("mean", "sum", "none")],
    ("HuberLoss", {"delta": 0.3}, None), ("SmoothL1Loss", {"beta": 0.3}, None), ("CosineSimilarity", {"dim": 0}, None),
    ("CrossEntropyLoss", {}, LABELS), ("CrossEntropyLoss", {"weight": W, "label_smoothing": 0.1}, LABELS),
    ("CrossEntropyLoss", {"ignore_index": 3, "reduction": "sum"}, LABELS),
    ("CrossEntropyLoss", {"reduction": "none"}, LABELS),
    ("CrossEntropyLoss", {"label_smoothing": 0.2}, "probabilities"), ("NLLLoss", {"weight": W}, LABELS),
    ("NLLLoss", {"ignore_index": 0, "reduction": "none"}, LABELS), ("BCELoss", {}, "zeros and ones"),
    ("BCELoss", {"weight": W, "reduction": "sum"}, "zeros and ones"), ("BCEWithLogitsLoss", {}, "zeros and ones"),
    ("BCEWithLogitsLoss", {"pos_weight": W, "reduction": "none"}, "zeros and ones"),
    ("KLDivLoss", {"reduction": "batchmean"}, "probabilities"),
    ("KLDivLoss", {"reduction": "sum", "log_target": True}, "probabilities"),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "settings", "target"), LOSSES, ids=ids(LOSSES))
def test_losses(name, settings, target, dtype):
    values = np.random.default_rng(3).standard_normal((5, 4)).astype(dtype)
    if name == "BCELoss":
        values = 1 / (1 + np.exp(-values))
    other = np.random.default_rng(4).standard_normal((5, 4)).astype(dtype)
    if target is LABELS:
        other = LABELS
    elif target is not None:
        other = (other > 0).astype(dtype) if "ones" in target else np.exp(other) / np.exp(other).sum(1, keepdims=True)
    results = []
    for t in (ours, torch):
        given = {k: t.tensor(v.astype(dtype)) if isinstance(v, np.ndarray) else v for k, v in settings.items()}
        x, loss = t.tensor(values, requires_grad=True), getattr(t.nn, name)(**given)
        y = loss(x, t.tensor(other))
        (y * y).sum().backward()
        results.append((y, x.grad, list(loss.state_dict()), repr(loss)))
    (y, g, keys, text), (u, h, their_keys, their_text) = results
    close(y, u, dtype), close(g, h, dtype)
    assert (keys, text) == (their_keys, their_text)


MASK = np.triu(np.ones((5, 6), bool), 2)
PADDING = np.zeros((3, 6), bool)
PADDING[1, 4:] = True
MASKS = [
    {}, {"attn_mask": MASK}, {"attn_mask": np.where(MASK, -np.inf, 0.3)}, {"key_padding_mask": PADDING},
    {"attn_mask": MASK, "key_padding_mask": PADDING},
    {"attn_mask": MASK, "is_causal": True, "key_padding_mask": PADDING},
    {"attn_mask": np.stack([np.roll(MASK, i, 0) for i in range(6)]), "average_attn_weights": False},
]  # fmt: skip


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("options", MASKS, ids=str)
def test_attention(options, batch_first, need_weights):
    mine, theirs = pair("MultiheadAttention", ATTENTION | {"batch_first": batch_first})
    shapes = [(3, 5, 8), (3, 6, 8), (3, 6, 8)] if batch_first else [(5, 3, 8), (6, 3, 8), (6, 3, 8)]
    xs, ts = tensors(*shapes)
    given = [
        {k: t.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
        | {"need_weights": need_weights}
        for t in (ours, torch)
    ]
    (y, p), (u, q) = mine(*xs, **given[0]), theirs(*ts, **given[1])
    close(y, u)
    assert (p is None) == (q is None) == (not need_weights)
    if need_weights:
        close(p, q)
    same_gradients(y, u, xs, ts, mine, theirs, np.float64)


def test_attention_of_one_sequence_without_a_batch_and_without_bias():
    mine, theirs = pair("MultiheadAttention", ATTENTION | {"bias": False})
    xs, ts = tensors((5, 8), (6, 8), (6, 8))
    for a, b in zip(mine(*xs), theirs(*ts), strict=True):
        close(a, b)
    xs, ts = tensors((5, 8))
    close(mine(xs[0], xs[0], xs[0])[0], theirs(ts[0], ts[0], ts[0])[0])


@pytest.mark.parametrize("options", [{}, {"mask": MASK[:5, :5]}, {"src_key_padding_mask": PADDING[:, :5]}], ids=str)
def test_a_transformer_encoder(options):
    built = [
        t.nn.TransformerEncoder(t.nn.TransformerEncoderLayer(**LAYER), 2, t.nn.LayerNorm(8)) for t in (ours, torch)
    ]
    mine, theirs = built[0].double(), built[1].double()
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict(theirs.state_dict())
    xs, ts = tensors((5, 3, 8))
    given = [{k: t.tensor(v) for k, v in options.items()} for t in (ours, torch)]
    y, u = mine(*xs, **given[0]), theirs(*ts, **given[1])
    close(y, u)
    same_gradients(y, u, xs, ts, mine, theirs, np.float64)


CAUSAL = np.triu(np.ones((4, 4), bool), 1)


@pytest.mark.parametrize("options", [{}, {"norm_first": True, "activation": "gelu", "bias": False}], ids=str)
@pytest.mark.parametrize(
    "masks",
    [
        {},
        {"tgt_mask": CAUSAL, "tgt_is_causal": True},
        {"memory_mask": MASK[:4, :5], "memory_key_padding_mask": PADDING[:, :5]},
        {"tgt_key_padding_mask": PADDING[:, :4], "memory_key_padding_mask": PADDING[:, :5]},
    ],
    ids=list,
)
def test_a_transformer_decoder(options, masks):
    built = [
        t.nn.TransformerDecoder(t.nn.TransformerDecoderLayer(**LAYER | options), 2, t.nn.LayerNorm(8))
        for t in (ours, torch)
    ]
    mine, theirs = built[0].double(), built[1].double()
    assert repr(mine) == repr(theirs).replace("NonDynamicallyQuantizableLinear", "Linear")
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict(theirs.state_dict())
    xs, ts = tensors((4, 3, 8), (5, 3, 8))
    given = [{k: t.tensor(v) if isinstance(v, np.ndarray) else v for k, v in masks.items()} for t in (ours, torch)]
    y, u = mine(*xs, **given[0]), theirs(*ts, **given[1])
    close(y, u)
    same_gradients(y, u, xs, ts, mine, theirs, np.float64)


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_transformer_reads_one_sequence_and_writes_another(batch_first):
    settings = {"d_model": 8, "nhead": 2, "num_encoder_layers": 2, "num_decoder_layers": 1, "dim_feedforward": 16}
    built = [t.nn.Transformer(**settings, dropout=0.0, batch_first=batch_first) for t in (ours, torch)]
    mine, theirs = built[0].double(), built[1].double()
    assert repr(mine) == repr(theirs).replace("NonDynamicallyQuantizableLinear", "Linear")
    mine.load_state_dict(theirs.state_dict())
    xs, ts = tensors(*[(3, 5, 8), (3, 4, 8)] if batch_first else [(5, 3, 8), (4, 3, 8)])
    given = [
        {
            "tgt_mask": t.nn.Transformer.generate_square_subsequent_mask(4, dtype=t.float64),
            "src_key_padding_mask": t.tensor(PADDING[:, :5]),
            "memory_key_padding_mask": t.tensor(PADDING[:, :5]),
        }
        for t in (ours, torch)
    ]
    close(given[0]["tgt_mask"], given[1]["tgt_mask"])
    y, u = mine(*xs, **given[0]), theirs(*ts, **given[1])
    close(y, u)
    same_gradients(y, u, xs, ts, mine, theirs, np.float64)


def test_a_transformer_takes_an_encoder_and_a_decoder_that_are_given():
    encoder, decoder = nn.Identity(), nn.Identity()
    transformer = nn.Transformer(8, 2, custom_encoder=encoder, custom_decoder=decoder)
    assert transformer.encoder is encoder and transformer.decoder is decoder
    assert list(transformer.parameters()) == []


def test_dropout_drops_the_share_it_should_and_keeps_the_mean():
    ours.manual_seed(0)
    x = ours.ones(200, 500, requires_grad=True)
    y = nn.Dropout(0.3)(x)
    assert set(np.unique(y.detach().numpy())) == {np.float32(0), np.float32(1 / 0.7)}
    assert float((y == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    y.sum().backward()
    assert np.array_equal(x.grad.numpy(), y.detach().numpy())
    ours.manual_seed(0)
    assert ours.equal(nn.Dropout(0.3)(x), y)
    assert nn.Dropout(0.3).eval()(x) is x


def test_dropout_of_channels_drops_them_whole_and_keeps_the_mean():
    ours.manual_seed(0)
    x = ours.ones(100, 200, 2, 3, requires_grad=True)
    y = nn.functional.dropout2d(x, 0.3)
    channels = y.detach().reshape(20000, 6)
    assert (channels == channels[:, :1]).all()
    assert float((channels == 0).float().mean()) == pytest.approx(0.3, abs=0.02)
    assert float(y.detach().mean()) == pytest.approx(1, abs=0.03)
    y.sum().backward()
    assert ours.equal(x.grad, y.detach())
    ours.manual_seed(0)
    assert ours.equal(nn.Dropout2d(0.3)(x), y)


@pytest.mark.parametrize("training", [True, False])
def test_dropout_acts_inside_attention_and_encoder_in_training_only(training):
    x = ours.randn(4, 3, 8)
    for module in (nn.MultiheadAttention(8, 2, dropout=0.5), nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5)):
        module.train(training)
        first, second = (module(*[x] * (3 if "Multi" in repr(type(module)) else 1)) for _ in range(2))
        first, second = (y[0] if isinstance(y, tuple) else y for y in (first, second))
        assert ours.equal(first, second) != training


# --- what a module contains ---


class Net(nn.Module):
    def __init__(self, t=ours):
        super().__init__()
        self.first = t.nn.Linear(3, 4)
        self.blocks = t.nn.ModuleList([t.nn.Sequential(t.nn.Linear(4, 4), t.nn.BatchNorm1d(4)) for _ in range(2)])
        self.scale = t.nn.Parameter(t.ones(4))
        self.head = t.nn.Linear(4, 3, bias=False)
        self.register_buffer("seen", t.zeros(2))
        self.register_buffer("passing", t.zeros(2), persistent=False)
        self.named = t.nn.ModuleDict({"a": t.nn.ReLU(), "b": t.nn.Linear(4, 4)})
        self.many = t.nn.ParameterList([t.nn.Parameter(t.ones(2)), t.zeros(3)])
        self.nothing = None
        self.tied = self.head

    def forward(self, x):
        x = self.first(x) * self.scale
        for block in self.blocks:
            x = block(x)
        return self.head(self.named["a"](x))


TheirNet = type("Net", (torch.nn.Module,), {"__init__": lambda self: start(self), "forward": Net.forward})


def start(self):
    torch.nn.Module.__init__(self)
    source = inspect.getsource(Net.__init__).split("super().__init__()")[1]
    exec(inspect.cleandoc("\n" + source), {"self": self, "t": torch})


@pytest.mark.parametrize(
    "listing",
    [
        lambda m: [n for n, _ in m.named_parameters()],
        lambda m: [n for n, _ in m.named_parameters(remove_duplicate=False)],
        lambda m: [n for n, _ in m.named_parameters(prefix="net", recurse=False)],
        lambda m: [tuple(p.shape) for p in m.parameters()],
        lambda m: [(n, type(c).__name__) for n, c in m.named_modules()],
        lambda m: [type(c).__name__ for c in m.modules()],
        lambda m: [n for n, _ in m.named_children()],
        lambda m: [type(c).__name__ for c in m.children()],
        lambda m: [n for n, _ in m.named_buffers()],
        lambda m: [tuple(b.shape) for b in m.buffers(recurse=False)],
        lambda m: list(m.state_dict()),
        lambda m: list(m.state_dict(prefix="net.")),
        lambda m: [list(m.named), list(m.named.keys()), len(m.named), "a" in m.named, len(m.blocks), len(m.many)],
        lambda m: [type(x).__name__ for x in m.named.values()],
        lambda m: [n for n, c in m.apply(lambda c: setattr(c, "visited", True)).named_modules() if c.visited],
        lambda m: [c.training for c in m.eval().modules()] + [c.training for c in m.train().modules()],
        lambda m: [p.requires_grad for p in m.requires_grad_(False).parameters()],
        lambda m: [tuple(p.shape) for p in m.blocks[1:].parameters()],
        lambda m: repr(m.blocks),
        lambda m: repr(m.blocks[0][:1]),
        lambda m: repr(t_sequential(m)),
    ],
)
def test_listings_are_those_of_pytorch(listing):
    assert listing(Net()) == listing(TheirNet())


def t_sequential(m):
    t = ours if isinstance(m, nn.Module) else torch
    named = t.nn.Sequential(OrderedDict(one=t.nn.ReLU(), two=t.nn.Sequential(t.nn.Tanh())))
    named.append(t.nn.ReLU())
    return t.nn.Sequential(named, named[1], t.nn.ModuleDict({"x": named[0]}))


def test_the_repr_of_a_network_is_that_of_pytorch():
    mine, theirs = repr(Net()).splitlines(), repr(TheirNet()).splitlines()
    parameters = [i for i, line in enumerate(theirs) if "Parameter containing" in line]
    assert [x for i, x in enumerate(mine) if i not in parameters] == [
        x for i, x in enumerate(theirs) if i not in parameters
    ]
    assert "(0): Parameter containing: [float32 of size 2]" in mine[parameters[0]]


def test_a_network_with_shared_weights_learns_as_in_pytorch():
    mine, theirs = Net().double(), TheirNet().double()
    mine.load_state_dict(theirs.state_dict())
    (x,), (t,) = tensors((6, 3))
    y, u = mine(x), theirs(t)
    close(y, u)
    same_gradients(y, u, [x], [t], mine, theirs, np.float64)


def test_lists_of_modules_can_be_changed():
    a, b, c = nn.ReLU(), nn.Tanh(), nn.Sigmoid()
    modules = nn.ModuleList([a])
    modules.append(c)
    modules[-1] = b
    modules.extend([c, a])
    assert list(modules) == [a, b, c, a] and list(modules[1:3]) == [b, c]
    row = nn.Sequential(a, b).append(c)
    x = ours.randn(3)
    assert ours.equal(row(x), x.relu().tanh().sigmoid())
    named = nn.ModuleDict({"a": a})
    named["b"] = b
    del named["a"]
    named.update({"c": c})
    assert dict(named.items()) == {"b": b, "c": c}


def test_copies_are_deep_and_keep_what_is_shared():
    net = Net()
    other = copy.deepcopy(net)
    assert other.tied is other.head is not net.head
    net.first.weight.data += 1
    assert not ours.equal(net.first.weight, other.first.weight)


def test_types_are_changed_with_gradients_and_buffers():
    net = Net().double()
    net(ours.randn(5, 3).double()).sum().backward()
    net.float()
    assert {p.dtype for p in net.parameters()} == {ours.float32}
    assert net.first.weight.grad.dtype == net.blocks[0][1].running_mean.dtype == ours.float32
    assert net.blocks[0][1].num_batches_tracked.dtype == ours.int64
    assert net.to("cpu") is net.cpu() is net
    net(ours.randn(5, 3)).sum().backward()


def test_zero_grad_forgets_or_fills():
    net = nn.Linear(2, 2)
    net(ours.ones(1, 2)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert not net.weight.grad.numpy().any()
    net.zero_grad()
    assert net.weight.grad is None


def test_parameters_are_leaves_that_share_memory_and_versions():
    x = ours.ones(3)
    p = nn.Parameter(x)
    assert p.requires_grad and p.is_leaf and repr(p).startswith("Parameter containing:")
    y = (p * p).sum()
    x += 1
    assert p.tolist() == [2, 2, 2]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()
    assert not nn.Parameter(x, requires_grad=False).requires_grad
    assert type(p + 1) is ours.Tensor


def test_state_dicts_share_memory_and_load_by_copy():
    net, other = Net(), Net()
    state = net.state_dict()
    other.load_state_dict(state)
    net.first.weight.data += 1
    assert ours.equal(state["first.weight"], net.first.weight) and not state["first.weight"].requires_grad
    assert not ours.equal(other.first.weight, net.first.weight)
    assert nn.Linear(2, 2).load_state_dict({"weight": np.ones((2, 2))}, strict=False) == (["bias"], [])


BAD_STATES = [
    ({"extra": 1}, (), r"Unexpected key\(s\) in state_dict: 'extra'"),
    ({}, ("first.weight", "seen"), r"Missing key\(s\) in state_dict: 'seen', 'first.weight'"),
    ({"first.bias": np.ones(7)}, (), r"size mismatch for first.bias: .* shape \(7,\) .* current model is \(4,\)"),
]


@pytest.mark.parametrize(("changes", "left_out", "message"), BAD_STATES)
def test_a_state_that_does_not_fit_is_reported_and_loads_nothing(changes, left_out, message):
    net = Net()
    before = {k: x.numpy().copy() for k, x in net.state_dict().items()}
    state = {k: x.numpy() + 1 for k, x in net.state_dict().items() if k not in left_out} | {
        k: np.asarray(x) for k, x in changes.items()
    }
    with pytest.raises(RuntimeError, match=r"Error\(s\) in loading state_dict for Net:\s+" + message):
        net.load_state_dict(state)
    assert all(np.array_equal(x.numpy(), before[k]) for k, x in net.state_dict().items())


class Forgetful(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(2, 2)


def assigned(**attributes):
    net = Net()
    for name, value in attributes.items():
        setattr(net, name, value)


ERRORS = [
    (Forgetful, AttributeError, r"before Module.__init__\(\) call: Forgetful.__init__ has to start with super"),
    (lambda: nn.Module()(1), NotImplementedError, 'missing the required "forward" function'),
    (lambda: assigned(scale=ours.ones(4)), TypeError, "cannot assign 'Tensor' as parameter 'scale'"),
    (lambda: assigned(first=3), TypeError, "cannot assign 'int' as child module 'first'"),
    (lambda: assigned(seen=[1.0]), TypeError, "cannot assign 'list' as buffer 'seen'"),
    (lambda: Net().whatever, AttributeError, "'Net' object has no attribute 'whatever'"),
    (lambda: Net().register_buffer("forward", ours.ones(1)), KeyError, "attribute 'forward' already exists"),
    (lambda: Net().add_module("a.b", nn.ReLU()), KeyError, r"can\S+t contain"),
    (lambda: Net().register_parameter("p", ours.ones(1)), TypeError, "cannot assign 'Tensor' as parameter 'p'"),
    (lambda: Net().load_state_dict([1]), TypeError, "Expected state_dict to be dict-like"),
    (lambda: Net().load_state_dict({"scale": "one"}, strict=False), TypeError, "the value of 'scale' in state_dict"),
    (lambda: Net().train(1), ValueError, "training mode is expected to be boolean"),
    (lambda: Net().to(ours.int64), TypeError, "only accepts floating point"),
    (lambda: nn.Parameter(ours.tensor([1])), RuntimeError, "floating point"),
    (lambda: nn.ModuleList([3]), TypeError, "int is not a Module subclass"),
    (lambda: nn.ModuleList([nn.ReLU()])[1], IndexError, "index 1 is out of range"),
    (lambda: nn.ModuleDict({"keys": nn.ReLU()}), KeyError, "attribute 'keys' already exists"),
    (lambda: nn.Linear(2, 3)(ours.ones(4, 5)), RuntimeError, "cannot be multiplied"),
    (lambda: nn.Conv2d(3, 4, 2, groups=2), ValueError, "in_channels must be divisible by groups"),
    (lambda: nn.Conv2d(4, 3, 2, groups=2), ValueError, "out_channels must be divisible by groups"),
    (lambda: nn.Conv2d(4, 4, 2, padding_mode="circular"), NotImplementedError, "padding_mode 'circular'"),
    (lambda: nn.Conv2d(4, 4, 2)(ours.ones(4, 3, 5, 5)), RuntimeError, "to have 4 channels, but got 3"),
    (lambda: nn.GroupNorm(3, 4), ValueError, "must be divisible by num_groups"),
    (lambda: nn.BatchNorm1d(3)(ours.ones(1, 3)), ValueError, "Expected more than 1 value per channel when training"),
    (lambda: nn.BatchNorm2d(3)(ours.ones(1, 3)), ValueError, r"expected 4D input \(got 2D input\)"),
    (lambda: nn.BatchNorm1d(3)(ours.ones(3)), ValueError, r"expected 2D or 3D input \(got 1D input\)"),
    (lambda: nn.InstanceNorm2d(3)(ours.ones(3, 3)), ValueError, r"expected 3D or 4D input \(got 2D input\)"),
    (lambda: nn.InstanceNorm2d(3, affine=True)(ours.ones(4, 3, 3)), ValueError, "expected 3 channels.* but got: 4"),
    (lambda: nn.PReLU(3)(ours.ones(2, 4)), RuntimeError, "Found parameter numbers = 3 and channel size = 4"),
    (lambda: nn.PixelShuffle(2)(ours.ones(6, 2, 2)), RuntimeError, r"input.size\(-3\)=6 is not divisible by 4"),
    (lambda: nn.ReflectionPad2d(3)(ours.ones(1, 3, 4)), RuntimeError, "less than the corresponding input dimension"),
    (lambda: nn.functional.pad(ours.ones(2, 3), (4, 0), "circular"), RuntimeError, "less than the corresponding input"),
    (lambda: nn.functional.pad(ours.ones(2, 3), (1, 1), "mirror"), NotImplementedError, "got 'mirror'"),
    (lambda: nn.functional.dropout2d(ours.ones(1, 2, 3), 1.5), ValueError, "dropout probability has to be between"),
    (lambda: nn.Dropout(1.5), ValueError, "dropout probability has to be between 0 and 1, but got 1.5"),
    (lambda: nn.Embedding(3, 2, padding_idx=3), AssertionError, "Padding_idx must be within num_embeddings"),
    (lambda: nn.Embedding(3, 2)(ours.tensor([3])), IndexError, "index out of range in self"),
    (lambda: nn.MaxPool2d(), TypeError, "MaxPool2d.__init__.. missing 1 required positional argument: 'kernel_size'"),
    (lambda: nn.MSELoss(smooth=1), TypeError, r"__init__.. got an unexpected keyword argument 'smooth'"),
    (lambda: nn.MSELoss(reduction="most")(ours.ones(1), ours.ones(1)), ValueError, "most is not a valid value"),
    (lambda: nn.HuberLoss(delta=0)(ours.ones(1), ours.ones(1)), ValueError, "non-positive values for delta"),
    (lambda: nn.SmoothL1Loss(beta=-1)(ours.ones(1), ours.ones(1)), ValueError, "negative values for beta"),
    (lambda: nn.BCELoss()(ours.ones(1) * 2, ours.ones(1)), RuntimeError, "should be between 0 and 1"),
    (lambda: nn.BCELoss()(ours.ones(1), ours.ones(2)), ValueError, "Using a target size"),
    (lambda: nn.MultiheadAttention(8, 3), ValueError, "embed_dim must be divisible by num_heads"),
    (lambda: nn.MultiheadAttention(8, 2)(*[ours.ones(2, 2, 6)] * 3), ValueError, "expecting embedding dimension of 8"),
    (lambda: nn.MultiheadAttention(8, 2)(*[ours.ones(2, 8)] * 3, is_causal=True), RuntimeError, "Need attn_mask"),
    (lambda: nn.TransformerEncoderLayer(8, 2, activation="tanh"), RuntimeError, "should be relu/gelu, not tanh"),
    (lambda: nn.Transformer(8, 2, 1, 1, 8)(ours.ones(5, 2, 8), ours.ones(4, 3, 8)), RuntimeError,
     "batch number of src and tgt must be equal, got 2 and 3"),
    (lambda: nn.Transformer(8, 2, 1, 1, 8)(ours.ones(5, 2, 8), ours.ones(4, 2, 6)), RuntimeError,
     r"must be equal to d_model, 8, got shapes \(5, 2, 8\) and \(4, 2, 6\)"),
    (lambda: nn.functional.interpolate(ours.ones(1, 1, 2, 2)), ValueError, "only one of size or scale_factor"),
    (lambda: nn.functional.interpolate(ours.ones(1, 1, 2), 3, mode="bicubic"), NotImplementedError, "'bicubic'"),
    (lambda: nn.functional.interpolate(ours.ones(1, 1, 2), 3, align_corners=True), ValueError, "align_corners option"),
    (lambda: nn.init.eye_(ours.ones(2)), ValueError, "Only tensors with 2 dimensions"),
    (lambda: nn.init.xavier_normal_(ours.ones(2)), ValueError, "fewer than 2 dimensions"),
    (lambda: nn.init.calculate_gain("cosine"), ValueError, "Unsupported nonlinearity cosine"),
    (lambda: nn.init.kaiming_normal_(ours.ones(2, 2), mode="fan"), ValueError, "Mode fan not supported"),
    (lambda: nn.utils.vector_to_parameters([1.0], []), TypeError, "expected Tensor, but got: list"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "message"), ERRORS, ids=[message for _, _, message in ERRORS])
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_target_of_another_shape_is_warned_of():
    with pytest.warns(UserWarning, match="Using a target size"):
        nn.MSELoss()(ours.ones(3, 1), ours.ones(3))


# --- how weights start ---

FRESH = [
    ("Linear", (300, 200)), ("Linear", (300, 200, False)), ("Conv1d", (40, 60, 5)), ("Conv2d", (40, 60, 3)),
    ("Conv2d", (40, 60, 3, 1, 0, 1, 4)), ("ConvTranspose2d", (40, 60, 3)), ("Embedding", (300, 200)),
    ("Embedding", (300, 200, -1)), ("MultiheadAttention", (120, 4)), ("LayerNorm", (7,)), ("BatchNorm2d", (7,)),
    ("PReLU", (7,)), ("GroupNorm", (7, 7)), ("RMSNorm", (7,)), ("TransformerEncoderLayer", (64, 2, 128)),
    ("TransformerDecoderLayer", (64, 2, 128)), ("Transformer", (64, 2, 1, 1, 128)),
    ("BatchNorm1d", (7,)), ("InstanceNorm2d", (7, 1e-5, 0.1, True)), ("RNN", (60, 80)), ("GRU", (60, 80)),
    ("LSTM", (60, 80)), ("RNNCell", (60, 80)), ("GRUCell", (60, 80)), ("LSTMCell", (60, 80)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args"), FRESH, ids=ids(FRESH))
def test_default_weights_have_the_distribution_of_pytorch(name, args):
    ours.manual_seed(1), torch.manual_seed(1)
    mine, theirs = getattr(nn, name)(*args).state_dict(), getattr(torch.nn, name)(*args).state_dict()
    assert list(mine) == list(theirs)
    for key, x in mine.items():
        same_distribution(x.numpy(), theirs[key].numpy(), key)


def test_every_layer_with_weights_has_a_line_that_compares_how_they_start():
    files = {f"autograd.tensor.nn.{file}" for file in ("layers", "recurrent", *ATTENTION_FILES)}
    layers = {name for name in nn.__all__ if getattr(getattr(nn, name), "__module__", "") in files}
    assert len(layers) > 15
    assert (
        layers - {"TransformerEncoder", "TransformerDecoder"} - {name for name, _ in FRESH} == set()
    )  # made of layers


def same_distribution(x, y, key=""):
    assert x.dtype == y.dtype and x.shape == y.shape, key
    n = x.size
    assert x.std() == pytest.approx(y.std(), rel=6 / math.sqrt(n), abs=1e-7), key
    assert x.mean() == pytest.approx(y.mean(), abs=float(8 * y.std() / math.sqrt(n)) + 1e-7), key
    places = [0.25, 0.75] if abs(y - y.mean()).max() > 3 * y.std() else [0, 0.25, 0.75, 1]  # a normal one has no bounds
    assert np.quantile(x, places) == pytest.approx(
        np.quantile(y, places), abs=float(12 * y.std() / math.sqrt(n)) + 1e-7
    )


INITS = [
    ("uniform_", {}), ("uniform_", {"a": -2.0, "b": 3.0}), ("normal_", {}), ("normal_", {"mean": 1.0, "std": 0.2}),
    ("constant_", {"val": 0.3}), ("zeros_", {}), ("ones_", {}), ("eye_", {}), ("xavier_uniform_", {}),
    ("xavier_uniform_", {"gain": 2.0}), ("xavier_normal_", {}), ("kaiming_uniform_", {}), ("kaiming_normal_", {}),
    ("kaiming_uniform_", {"a": 0.3, "mode": "fan_out"}), ("kaiming_normal_", {"nonlinearity": "relu"}),
    ("trunc_normal_", {}), ("trunc_normal_", {"mean": 1.0, "std": 0.5, "a": 0.0, "b": 1.2}),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "options"), INITS, ids=ids(INITS))
def test_initialization(name, options, dtype):
    x, y = (t.nn.Parameter(t.empty(400, 250, dtype=getattr(t, dtype))) for t in (ours, torch))
    ours.manual_seed(2), torch.manual_seed(2)
    assert getattr(nn.init, name)(x, **options) is x
    getattr(torch.nn.init, name)(y, **options)
    assert x.is_leaf and x.requires_grad
    same_distribution(x.detach().numpy(), y.detach().numpy())


@pytest.mark.parametrize("name", ["uniform", "normal", "constant", "eye", "orthogonal"])
def test_old_names_of_initialization(name):
    assert getattr(nn.init, name) is getattr(nn.init, f"{name}_")
    assert callable(getattr(torch.nn.init, name))
    assert nn.init.xavier_uniform is nn.init.xavier_uniform_ and nn.init.kaiming_normal is nn.init.kaiming_normal_


def test_initialization_repeats_with_a_seed_and_with_a_generator():
    draws = []
    for _ in range(2):
        ours.manual_seed(7)
        layer, x = nn.Linear(3, 4), ours.zeros(3, 4)
        nn.init.kaiming_normal_(x, generator=ours.Generator().manual_seed(8))
        draws.append((layer.weight, x))
    assert all(ours.equal(a, b) for a, b in zip(*draws, strict=True))


@pytest.mark.parametrize("name", ["linear", "conv2d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"])
def test_gains(name):
    assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    assert nn.init.calculate_gain("leaky_relu", 0.2) == torch.nn.init.calculate_gain("leaky_relu", 0.2)


# --- utilities ---


@pytest.mark.parametrize("norm_type", [2.0, 1, math.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_gradients_are_clipped_as_in_pytorch(norm_type, max_norm):
    mine, theirs = pair("Linear", {"in_features": 3, "out_features": 4})
    (x,), (t,) = tensors((5, 3))
    (mine(x) ** 2).sum().backward(), (theirs(t) ** 2).sum().backward()
    unused = nn.Parameter(ours.ones(2))
    total = nn.utils.clip_grad_norm_([*mine.parameters(), unused], max_norm, norm_type)
    close(total, torch.nn.utils.clip_grad_norm_(theirs.parameters(), max_norm, norm_type))
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        close(p.grad, q.grad)
    nn.utils.clip_grad_value_(mine.parameters(), 0.01), torch.nn.utils.clip_grad_value_(theirs.parameters(), 0.01)
    close(mine.weight.grad, theirs.weight.grad)


def test_a_norm_that_is_not_finite_is_named():
    p = nn.Parameter(ours.ones(2))
    (p * math.inf).sum().backward()
    with pytest.raises(RuntimeError, match="non-finite"):
        nn.utils.clip_grad_norm_(p, 1.0, error_if_nonfinite=True)


def test_parameters_as_one_vector_and_back():
    net = nn.Linear(3, 2)
    vector = nn.utils.parameters_to_vector(net.parameters())
    (vector * vector).sum().backward()
    assert ours.allclose(net.weight.grad, 2 * net.weight.detach())
    nn.utils.vector_to_parameters(ours.arange(8.0), net.parameters())
    assert net.weight.tolist() == [[0, 1, 2], [3, 4, 5]] and net.bias.tolist() == [6, 7]


def test_embeddings():
    mine, theirs = pair("Embedding", {"num_embeddings": 7, "embedding_dim": 3, "padding_idx": 2})
    indices = [[0, 2, 6], [2, 2, 1]]
    y, u = mine(ours.tensor(indices)), theirs(torch.tensor(indices))
    close(y, u)
    same_gradients(y, u, [], [], mine, theirs, np.float64)
    fresh = nn.Embedding(4, 2, padding_idx=-1)
    assert fresh.weight[3].tolist() == [0, 0] and repr(fresh) == "Embedding(4, 2, padding_idx=3)"


@pytest.mark.parametrize("name", sorted(set(nn.__all__) - {"functional", "init", "parallel", "parameter", "utils"}))
def test_signatures_have_pytorchs_names_and_defaults(name):
    documented = {"LSTM": torch.nn.RNNBase, "GRU": torch.nn.RNNBase}.get(name, getattr(torch.nn, name))
    mine, theirs = (inspect.signature(module).parameters for module in (getattr(nn, name), documented))
    for key, parameter in mine.items():
        if name not in ("Identity", "ParameterList", "Parameter", "Sequential", "RNN") and key != "dtype":
            assert key in theirs, key
            defaults = [getattr(x.default, "__name__", x.default) for x in (parameter, theirs[key])]  # F.relu of each
            assert defaults[0] == defaults[1] or name in ("ModuleList", "ModuleDict"), key


@pytest.mark.parametrize("nn", [ours.nn, torch.nn], ids=["ours", "torch"])
def test_the_registers_of_a_module_are_live(nn):
    layer = nn.Linear(2, 2)
    weight = layer.weight
    del layer._parameters["weight"]
    layer.weight = weight.data * 2  # now an ordinary attribute
    layer.register_parameter("weight_bar", nn.Parameter(weight.data))
    assert layer._parameters.pop("bias") is not None and layer._parameters.pop("other", None) is None
    layer._parameters["late"] = weight
    assert list(layer.state_dict()) == ["weight_bar", "late"]
    both = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    both._modules["1"] = nn.Tanh()
    both._modules.pop("0")
    assert [type(module) for module in both] == [nn.Tanh]


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.parametrize(
    ("layer", "sizes", "name", "dim", "shape"),
    [
        ("Linear", (4, 3), "weight", 0, (5, 4)),
        ("Linear", (4, 3), "weight", 1, (5, 4)),
        ("Linear", (4, 3), "weight", -1, (5, 4)),
        ("Linear", (4, 3), "weight", None, (5, 4)),
        ("Linear", (4, 3), "bias", 0, (5, 4)),
        ("Conv2d", (2, 3, 3), "weight", 0, (2, 2, 5, 5)),
        ("ConvTranspose2d", (2, 3, 3), "weight", 1, (2, 2, 5, 5)),
        ("RNNCell", (4, 3), "weight_hh", 0, (2, 4)),
    ],
    ids=str,
)
def test_weight_norm_trains_lengths_and_directions(layer, sizes, name, dim, shape):
    theirs = getattr(torch.nn, layer)(*sizes).double()
    mine = getattr(nn, layer)(*sizes).double()
    mine.load_state_dict(theirs.state_dict())
    before = getattr(mine, name).detach().clone()
    assert nn.utils.weight_norm(mine, name, dim) is mine
    torch.nn.utils.weight_norm(theirs, name, dim)
    close(getattr(mine, name), torch.tensor(before.numpy()))
    xs, ts = tensors(shape)
    for _ in range(2):  # the weight is computed again after a step
        assert list(mine.state_dict()) == list(theirs.state_dict())
        for key, x in mine.state_dict().items():
            close(x, theirs.state_dict()[key], what=key)
        y, u = mine(*xs), theirs(*ts)
        close(y, u)
        same_gradients(y, u, xs, ts, mine, theirs, np.float64)
        for module, t in ((mine, ours), (theirs, torch)):
            t.optim.SGD(module.parameters(), lr=0.1).step()
            module.zero_grad()
        xs[0].grad = ts[0].grad = None
    with pytest.raises(RuntimeError, match=f"two weight_norm hooks on the same parameter {name}"):
        nn.utils.weight_norm(mine, name, dim)
    y = mine(*xs)
    assert nn.utils.remove_weight_norm(mine, name) is mine
    torch.nn.utils.remove_weight_norm(theirs, name)
    assert sorted(mine.state_dict()) == sorted(theirs.state_dict()) == sorted(getattr(nn, layer)(*sizes).state_dict())
    close(mine(*xs), torch.tensor(y.detach().numpy()))
    with pytest.raises(ValueError, match=f"weight_norm of '{name}' not found in"):
        nn.utils.remove_weight_norm(mine, name)
