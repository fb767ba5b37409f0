"""What ordinary PyTorch files do beside the operations: `.data`, names of old, devices, and what is refused."""

import numpy as np
import pytest

import autograd.tensor as ours
from autograd.tensor import nn
from autograd.tensor.nn import functional as F

torch = pytest.importorskip("torch")
BOTH = pytest.mark.parametrize("t", [ours, torch], ids=["ours", "torch"])


@BOTH
def test_data_is_a_tensor_of_the_same_memory(t):
    w = t.tensor([3.0, -4.0], requires_grad=True)
    (w * w).sum().backward()
    w.data -= 0.1 * w.grad
    w.data.clamp_(-3, 3)
    assert not w.data.requires_grad
    np.testing.assert_allclose(w.detach().numpy(), [2.4, -3])
    w.data = t.tensor([1.0, 2.0])
    w.data.mul_(2).add_(w.grad.data, alpha=-1)
    assert w.tolist() == [-4, 12]
    assert w.is_leaf
    assert w.requires_grad
    t.nn.init.constant_(w.data, 7)
    w.data.normal_(mean=5.0, std=0.0)
    assert w.tolist() == [5, 5]
    w.data.zero_()
    assert w.tolist() == [0, 0]


def test_a_change_through_data_is_noticed():
    w = ours.ones(2, requires_grad=True)
    for change in (lambda: w.data.mul_(2), lambda: setattr(w, "data", ours.ones(2)), lambda: setattr(w, "data", [1.0])):
        y = (w * w).sum()
        change()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.backward()


@BOTH
@pytest.mark.parametrize("norm", ["BatchNorm2d", "GroupNorm"])
def test_what_a_layer_returned_may_be_changed_in_place(t, norm):
    x = t.arange(64.0).reshape(2, 2, 4, 4).sin().requires_grad_()
    settings = {"BatchNorm2d": [(2,), {}], "GroupNorm": [(1, 2), {}]}[norm]
    for affine in (True, False):
        layers = t.nn.Sequential(getattr(t.nn, norm)(*settings[0], affine=affine), t.nn.Conv2d(2, 2, 1))
        for layer in layers:
            y = layer(x)
            y += x
            (first,) = t.autograd.grad((y * y).sum(), x)
            z = layer(x) + x
            (second,) = t.autograd.grad((z * z).sum(), x)
            np.testing.assert_allclose(first.numpy(), second.numpy(), rtol=1e-5, atol=1e-6)


@BOTH
def test_tensors_made_the_old_way(t):
    assert t.Tensor(2, 3).shape == t.Size([2, 3])
    assert t.Tensor(np.ones(2)).dtype == t.Tensor(np.arange(2)).dtype == t.float32
    assert t.Tensor(t.arange(2)).dtype == t.int64
    array = np.ones(2, np.float32)
    assert np.shares_memory(t.Tensor(array).numpy(), array)
    assert t.Tensor([1, 2]).dtype == t.LongTensor([1]).float().dtype == t.FloatTensor(2).dtype == t.float32
    assert t.LongTensor([1, 2]).tolist() == [1, 2]
    assert t.autograd.Variable(t.ones(2), requires_grad=True).requires_grad
    x = t.ones(2, dtype=t.float64)
    made = x.new_zeros(2, 3), x.new_zeros((2, 3)), x.new_ones(2), x.new_full((2,), 5), x.new_tensor([1]), x.new_empty(1)
    assert {y.dtype for y in made} == {t.float64}
    assert made[3].tolist() == [5, 5]


@BOTH
def test_the_device_is_the_cpu(t):
    device = t.device("cuda" if t.cuda.is_available() else "cpu")
    x = t.ones(2).to(device).to("cpu").to(device=device)
    assert x.device == device
    assert (device.type, str(device), repr(device)) == ("cpu", "cpu", "device(type='cpu')")


@BOTH
def test_layers_beside_the_list(t):
    x = t.arange(8.0).reshape(1, 2, 2, 2)
    assert t.nn.Upsample(scale_factor=2)(x).shape == (1, 2, 4, 4)
    assert t.nn.Dropout2d(0.5).eval()(x).tolist() == x.tolist()
    means = t.nn.Dropout2d(0.5)(t.ones(50, 20, 2, 2)).mean((2, 3))
    assert set(means.reshape(-1).tolist()) == {0, 2}
    q = t.nn.init.orthogonal_(t.empty(3, 5), gain=2.0)
    np.testing.assert_allclose((q @ q.T).numpy(), 4 * np.eye(3), atol=1e-5)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ours.ones(2).cuda(), NotImplementedError, "the only device is the cpu"),
        (lambda: ours.ones(2).to("cuda:0"), RuntimeError, "the only device is 'cpu'"),
        (lambda: ours.device("mps"), RuntimeError, "the only device is 'cpu'"),
        (lambda: ours.ones(2).register_hook(print), NotImplementedError, "use autograd.grad"),
        (lambda: ours.fft, AttributeError, "autograd.tensor has no 'fft': it is not part of this engine"),
        (lambda: nn.Conv3d, AttributeError, "autograd.tensor.nn has no 'Conv3d'"),
        (lambda: F.grid_sample, AttributeError, "or use PyTorch for it"),
    ],
)
def test_what_is_out_of_scope_says_so(call, error, words):
    with pytest.raises(error, match=words):
        call()


@BOTH
def test_an_optimizer_of_ones_own(t):
    if t is ours:
        from autograd.tensor.optim.optimizer import Optimizer
    else:
        from torch.optim.optimizer import Optimizer

    class Momentum(Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        @t.no_grad()
        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    if len(state) == 0:
                        state["mean"], state["square"] = t.zeros_like(p.data), t.zeros_like(p.data)
                    state["mean"].mul_(0.9).add_(p.grad.data, alpha=0.1)
                    state["square"].mul_(0.99).addcmul_(p.grad, p.grad, value=0.01)
                    p.data.addcdiv_(state["mean"], state["square"].sqrt().add_(1e-8), value=-group["lr"])

    w = t.tensor([1.0, 2.0], requires_grad=True)
    optimizer = Momentum([w], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(w.detach().numpy(), [0.6108103, 1.6090972], rtol=1e-5)


@BOTH
def test_what_programs_say_to_accelerators_has_no_effect(t):
    names = {"torch": t}
    exec(
        f"import {t.__name__}.backends.cudnn as cudnn\nfrom {t.__name__}.cuda.amp import autocast\n"
        f"from {t.__name__}.amp import GradScaler\nfrom {t.__name__}.utils.checkpoint import checkpoint",
        names,
    )
    names["cudnn"].benchmark = False
    model = t.nn.Conv2d(1, 1, 1).to(memory_format=t.channels_last)
    optimizer, scaler = t.optim.SGD(model.parameters(), 0.1), names["GradScaler"]("cpu", enabled=False)
    x = t.ones(1, 1, 2, 2).to(memory_format=t.channels_last).contiguous(memory_format=t.contiguous_format)
    with t.autocast("cpu", enabled=False), names["autocast"](enabled=False):
        loss = names["checkpoint"](model, x, use_reentrant=False).sum()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    before = model.bias.item()
    scaler.step(optimizer)
    scaler.update()
    assert abs(before - model.bias.item() - 0.4) < 1e-6
    assert not t.cuda.is_available() and not t.backends.mps.is_available() and t.cuda.device_count() == 0
