"""One line of a program, run with PyTorch and with the engine: values, types, gradients and errors are the same.

The lines stand in tables: names of keywords, memory that is not shared, what is refused, numbers at the edges.
`x`, `v`, `m`, `s`, `b`, `c` require a gradient; `n`, `k` are whole numbers and `q` is a mask.
"""

import numpy as np
import pytest

import autograd.tensor

torch = pytest.importorskip("torch")

INF, NAN = np.inf, np.nan
LEAVES = {"x": (3, 4), "v": (4,), "m": (3, 3), "s": (), "b": (2, 3, 4), "c": (2, 4, 3)}


def run(line, t):
    """Return what a line gives with one engine: numbers, type and gradients, or the type of its error."""
    rng = np.random.default_rng(4)
    leaves = {name: t.tensor(rng.uniform(0.2, 0.8, shape), requires_grad=True) for name, shape in LEAVES.items()}
    given = {"t": t, "F": t.nn.functional, "np": np, "inf": INF, "nan": NAN, **leaves}
    given |= {"n": t.tensor([[0, 2, 1, 1]]), "k": t.tensor([2, 0, 2]), "q": t.tensor([True, False, False, True])}
    given["leaf"] = lambda *data: leaves.setdefault("a", t.tensor(data, dtype=t.float64, requires_grad=True))
    given["grad"] = lambda y, a: t.autograd.grad(y, a, create_graph=True)[0]
    try:
        try:
            result = eval(line, given)
        except SyntaxError:
            exec(line, given)
            result = given["y"]
        parts = result if isinstance(result, tuple | list) else [result]
        parts = [part for part in parts if isinstance(part, t.Tensor)]
        roots = [part for part in parts if part.requires_grad]
        if roots:
            sum((part * t.arange(1.0, part.numel() + 1).reshape(part.shape)).sum() for part in roots).backward()
    except Exception as error:
        return type(error).__mro__
    found = [(part.detach().numpy(), str(part.dtype).removeprefix("torch.")) for part in parts]
    gradients = {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None and t.any(leaf.grad != 0)}
    return found if parts else result, {name: g.numpy() for name, g in gradients.items()}


def compare(line):
    theirs, ours = run(line, torch), run(line, autograd.tensor)
    if isinstance(theirs[0], type) or isinstance(ours[0], type):
        # an error is of PyTorch's type, or of one derived from it
        assert isinstance(ours[0], type) and theirs[0] in ours, f"PyTorch: {theirs}, here: {ours}"
        return
    assert ours[1].keys() == theirs[1].keys(), f"PyTorch has gradients of {set(theirs[1])}, here: {set(ours[1])}"
    for name, g in theirs[1].items():
        np.testing.assert_allclose(ours[1][name], g, rtol=1e-6, atol=1e-12, err_msg=f"gradient of {name}")
    if not isinstance(theirs[0], list):
        assert ours[0] == theirs[0]
        return
    assert len(ours[0]) == len(theirs[0])
    for (y, dtype), (expected, expected_dtype) in zip(ours[0], theirs[0], strict=True):
        assert dtype == expected_dtype and y.shape == expected.shape
        np.testing.assert_allclose(y, expected, rtol=1e-6, atol=1e-12)


def table(lines):
    return pytest.mark.parametrize("line", [line.strip() for line in lines.strip().splitlines() if line.strip()])


@table("""
    t.add(input=x, other=v, alpha=2)
    x.sub(other=v, alpha=2)
    t.div(input=x, other=v, rounding_mode=None)
    t.pow(input=x, exponent=2)
    x.pow(exponent=3)
    t.remainder(input=x, other=0.3)
    t.atan2(input=x, other=v)
    t.maximum(input=x, other=v)
    x.minimum(other=v)
    x.lt(other=v)
    t.logical_and(input=q, other=q)
    t.logical_not(input=q)
    t.isnan(input=x)
    t.isclose(input=x, other=x, rtol=0.1, atol=0.1, equal_nan=True)
    t.allclose(input=x, other=x, rtol=0.1, atol=0.1, equal_nan=True)
    t.exp(input=x)
    t.relu(input=x)
    t.round(input=x, decimals=1)
    t.clamp(input=x, min=0.3, max=0.6)
    x.clamp(min=0.5)
    t.where(condition=q, input=x, other=v)
    x.where(condition=q, other=v)
    t.masked_fill(input=x, mask=q, value=2.0)
    t.lerp(input=x, end=v, weight=0.3)
    t.addcmul(input=x, tensor1=v, tensor2=v, value=2)
    t.addcdiv(input=x, tensor1=v, tensor2=x, value=2)
    F.leaky_relu(input=x - 0.5, negative_slope=0.2, inplace=False)
    F.elu(input=x - 0.5, alpha=2.0, inplace=False)
    F.softplus(input=x, beta=2.0, threshold=1.0)
    F.hardtanh(input=x, min_val=0.3, max_val=0.6, inplace=False)
    t.sum(input=x, dim=1, keepdim=True, dtype=t.float32)
    x.sum(axis=1, keepdims=True)
    t.mean(input=x, dim=(0, 1), keepdim=True, dtype=t.float32)
    t.prod(input=x, dim=1, keepdim=True, dtype=t.float32)
    t.amax(input=x, dim=(0, 1), keepdim=True)
    t.logsumexp(input=x, dim=1, keepdim=True)
    t.logsumexp(input=x, axis=1)
    x.logsumexp(axis=(0, 1))
    t.softmax(input=x, dim=1, dtype=t.float32)
    t.log_softmax(input=x, axis=1)
    t.cumsum(input=x, dim=1, dtype=t.float32)
    t.cumprod(input=x, dim=1)
    t.var(input=x, dim=1, correction=0, keepdim=True)
    t.var(input=x, dim=1, unbiased=False)
    t.std(input=x, axis=1, correction=2)
    t.norm(input=x.float(), p=3, dim=1, keepdim=True, dtype=t.float64)
    x.float().norm(p=2, dtype=t.float64)
    t.any(input=q, dim=0, keepdim=True)
    t.all(input=q, axis=0)
    t.argmax(input=x, dim=1, keepdim=True)
    t.max(input=x, dim=1, keepdim=True)
    t.min(input=x, other=v)
    t.median(input=x, dim=1, keepdim=True)
    x.median(axis=1)
    t.sort(input=x, dim=1, descending=True, stable=True)
    t.argsort(input=x, dim=1, descending=True, stable=True)
    t.topk(input=x, k=2, dim=1, largest=False, sorted=True)
    t.count_nonzero(input=n, dim=1)
    t.unique(input=k, return_inverse=True, return_counts=True)
    x.reshape(shape=(2, 6))
    x.expand(size=(2, 3, 4))
    x.permute(dims=(1, 0))
    t.permute(input=x, dims=(1, 0))
    t.flip(input=x, dims=(0,))
    x.flip(dims=(0, 1))
    t.tile(input=x, dims=(2, 1))
    x.repeat(repeats=(2, 1))
    t.transpose(input=x, dim0=0, dim1=1)
    t.movedim(input=b, source=0, destination=2)
    t.roll(input=x, shifts=1, dims=0)
    t.squeeze(input=x[None], dim=0)
    t.unsqueeze(input=x, dim=0)
    t.flatten(input=b, start_dim=1, end_dim=2)
    t.unflatten(input=x, dim=1, sizes=(2, 2))
    t.broadcast_to(input=v, size=(3, 4))
    t.tril(input=x, diagonal=1)
    x.triu(diagonal=-1)
    t.diagonal(input=b, offset=1, dim1=1, dim2=2)
    t.diag(input=v, diagonal=1)
    t.cat(tensors=(x, x), dim=1)
    t.stack(tensors=(x, x), dim=1)
    t.split(tensor=x, split_size_or_sections=2, dim=1)
    x.split(split_size=3, dim=1)
    t.chunk(input=x, chunks=2, dim=1)
    t.unbind(input=x, dim=1)
    x.to(dtype=t.float32, copy=True)
    F.pad(input=x, pad=(1, 2), mode="constant", value=3.0)
    F.one_hot(k, num_classes=4)
    t.gather(input=x, dim=0, index=n)
    t.scatter_add(input=x, dim=0, index=n, src=x[:1])
    x.scatter(dim=0, index=n, src=x.detach())
    x.scatter(dim=0, index=n, value=2.0)
    t.index_select(input=x, dim=0, index=k)
    t.index_add(input=x, dim=0, index=k, source=x, alpha=2)
    t.masked_select(input=x, mask=q)
    t.take_along_dim(input=x, indices=n, dim=0)
    t.repeat_interleave(input=x, repeats=2, dim=1)
    F.embedding(input=k, weight=x, padding_idx=0)
    t.matmul(input=m, other=x)
    t.mm(input=m, mat2=x)
    m.mm(mat2=x)
    t.bmm(input=b, mat2=c)
    t.mv(input=x, vec=v)
    t.dot(input=v, tensor=v)
    t.addmm(input=x, mat1=m, mat2=x, beta=2, alpha=3)
    t.baddbmm(input=m, batch1=b, batch2=c, beta=2, alpha=3)
    t.tensordot(a=m, b=x, dims=1)
    F.linear(input=x, weight=x, bias=None)
    t.linalg.inv(A=m)
    t.linalg.det(A=m)
    t.linalg.solve(A=m, B=x)
    t.linalg.solve(m, x.T, left=False)
    t.linalg.solve(t.stack([m, m]), c.permute(0, 1, 2), left=False)
    t.linalg.cholesky(m @ m.T, upper=True)
    t.linalg.norm(x.float(), ord=1, dim=(0, 1), keepdim=True, dtype=t.float64)
    t.linalg.norm(x.float(), dtype=t.float64)
    t.zeros(size=(2, 3), dtype=t.int64)
    t.empty(size=(2, 0))
    t.full(size=(2,), fill_value=3)
    t.rand(size=(2, 3)).shape
    t.randn(size=(2, 3), dtype=t.float64).dtype.itemsize
    t.arange(end=4)
    t.arange(start=1, end=4, step=2, dtype=t.float32)
    t.linspace(start=0, end=1, steps=3)
    t.eye(n=2, m=3)
    t.tril_indices(row=3, col=3, offset=0, dtype=t.int32, device="cpu")
    t.triu_indices(row=3, col=2, dtype=t.int64)
    t.randint(low=3, high=4, size=(2,))
    t.randint(high=1, size=(2,))
    t.randint(1, size=(2, 2))
    t.full_like(input=x, fill_value=2)
    t.bernoulli(input=t.ones(3))
    t.bernoulli(t.zeros(3), p=1)
    t.multinomial(input=t.tensor([0.0, 1.0]), num_samples=3, replacement=True)
    t.normal(mean=0.0, std=0.0, size=(2,))
""")
def test_keywords_have_pytorchs_names(line):
    compare(line)


@table("""
    a = t.arange(3.0); y = a.repeat(1); y += 10; y = a
    a = t.arange(3.0); y = a.repeat(1, 1); y += 10; y = a
    a = t.arange(3.0); y = a.tile((1,)); y += 10; y = a
    a = t.arange(3.0); y = F.pad(a, (0, 0)); y += 10; y = a
    a = t.eye(3); y = F.pad(a, (-1, 0)); y += 10; y = a
    a = t.eye(3); y = t.tril(a, 5); y += 10; y = a
    a = t.eye(3); y = a.flip(()); y += 10; y = a
    a = t.eye(3); y = a.roll(0, 0); y += 10; y = a
    a = t.eye(3); y = t.cat([a]); y += 10; y = a
    a = t.zeros(3, 3); a.diagonal().fill_(2); y = a
    a = t.zeros(3, 3); a.diagonal(1).add_(2); y = a
    a = t.zeros(3); a.expand(3).add_(2); y = a
    a = t.zeros(3); a.expand(1, 3).add_(2); y = a
    a = t.zeros(3); t.broadcast_to(a, (3,)).add_(2); y = a
    a = t.zeros(3); a.expand(2, 3).add_(2); y = a
    m.diagonal().mul_(2)
""")
def test_memory_is_shared_where_pytorch_shares_it(line):
    compare(line)


@table("""
    t.bmm(x[:1][None], c)
    t.bmm(b, c[:1])
    t.bmm(b, b)
    x.scatter_add(0, k.reshape(3, 1), x[:2])
    x.scatter_add(0, n, x.detach())
    x.scatter_add(1, n.T, x)
    x[:, :3].scatter_add(0, n, x)
    x[:, :3].gather(0, n)
    x.index_select(0, t.tensor(1))
    x.index_select(1, t.tensor(1))
    x.index_select(0, n)
    x.index_select(0, t.tensor([3]))
    x.index_select(0, t.tensor([-1]))
    x.gather(0, k)
    x.gather(1, t.tensor([[7]]))
    t.take_along_dim(x, k, 0)
    v.tril()
    v.triu()
    t.tril(s)
    x.topk(-2)
    x.topk(5)
    x.chunk(-1)
    x.chunk(0)
    x.split(0)
    x.split(-1)
    x.split([1, 1])
    x[t.tensor([1, 0, 1], dtype=t.uint8)]
    x[t.tensor([1, 0, 1, 1], dtype=t.uint8)]
    x[1, t.tensor([1, 0, 1, 1], dtype=t.uint8)]
    t.zeros(-1)
    t.ones((2, -1))
    t.rand(-1)
    t.full((-2,), 1)
    t.eye(-1)
    t.eye(2, -1)
    t.linspace(0, 1, -1)
    t.randint(5, 5, (2,))
    t.randint(5, 2, (2,))
    t.randint(0, (2,))
    t.zeros(0, 3).amax(0)
    t.zeros(0, 3).amax()
    t.zeros(3, 0).amin(1, keepdim=True)
    t.zeros(0, 3).amax(1)
    t.zeros(0, 3).argmax(0)
    t.zeros(0, 3).argmax()
    t.zeros(0, 3).argmin(1)
    t.zeros(0, 3).max(0)
    t.cat([])
    t.stack([])
    t.zeros_like(3)
    t.nn.Linear(2, 3)(2)
    x.float() @ v
    t.matmul(x.float(), v)
    F.linear(x.float(), x)
    m @ t.ones(3, 3, dtype=t.int64)
    x.prod((0, 1))
    t.prod(x, dim=(0, 1))
    x.matmul(x)
    s.gather(0, t.tensor(0))
    s.scatter_add(0, t.tensor(0), s)
    s.index_select(0, t.tensor([0]))
    s.index_select(0, t.tensor(0))
    s.flip(-1)
    s.flip(0)
    s.flip(1)
    s.topk(1)
    s.topk(1, 0)
    s.topk(2)
    t.tensor([]).median()
    t.zeros(0, 3).median()
    F.max_pool2d(b, 1, padding=1)
    F.max_pool2d(b, 5)
    F.avg_pool2d(b, 5)
    F.unfold(b[None], 5)
    F.conv2d(b[None], c[None, :, :2, :2].reshape(1, 2, 2, 2), padding="same", stride=2)
    F.conv_transpose2d(b[None, :1], m[None, None], output_padding=1)
    F.binary_cross_entropy(x, x + 1)
    v.repeat(-1)
    t.roll(v, (1, 2), 0)
    v.split([-1, 5])
    F.linear(x, x[None])
    t.einsum("ij,jk->ik", x, x)
    t.where(q, 1.5)
    t.isfinite(x, x)
    x.reshape(-5, 4)
    x.view(-2, 4)
    x.view(2, 6.0)
    x.sum(1.9)
    t.tile(x, (1.5,))
    F.max_pool2d(b, 0)
    F.max_pool2d(v, 2)
    F.batch_norm(x, None, None)
""")
def test_what_is_refused(line):
    compare(line)


@table("""
    t.logsumexp(t.tensor([1, 2, 3]), 0)
    t.logsumexp(t.tensor([True, False]), 0)
    t.round(t.tensor([1, 2]))
    t.round(t.tensor([1, 2], dtype=t.int32))
    t.floor(t.tensor([1, 2]))
    t.tensor([1, 2, 3]).masked_fill(t.tensor([True, False, True]), 2.5)
    t.tensor([1, 2, 3]).masked_fill(t.tensor([True, False, True]), True)
    t.tensor([True, False]).masked_fill(t.tensor([True, False]), 0)
    x.masked_fill(q, True)
    t.tensor([1, 5, 9]).clamp(t.tensor(2), t.tensor(6))
    t.tensor([1, 5, 9]).clamp(t.tensor([2, 2, 2]), t.tensor([6, 6, 6]))
    t.tensor([1, 5, 9]).clamp(min=t.tensor([2, 2, 2]))
    t.tensor([1, 5, 9]).clamp(max=t.tensor([2.5, 2, 2]))
    t.tensor([1, 5, 9]).clamp(2, 6)
    t.tensor([1, 5, 9]).clamp(max=6.5)
    x.clamp(t.tensor(0.3), t.tensor(0.5))
    x.clamp(v, v + 0.1)
    t.addmm(m.new_full((3, 4), nan), m, x, beta=0)
    t.baddbmm(m.new_full((2, 3, 3), nan), b, c, beta=0, alpha=2)
    t.tensor([5, 3], dtype=t.uint8) / t.tensor(-2)
    t.atan2(t.tensor([5], dtype=t.uint8), t.tensor(300))
    t.tensor([1], dtype=t.int32) / t.tensor(2**40)
    t.add(t.tensor([1]), t.tensor([200], dtype=t.uint8), alpha=2)
    t.sub(t.tensor(1.0, dtype=t.float64), t.tensor([3]), alpha=0.5)
    t.addcmul(t.tensor([1.0]), t.tensor([20], dtype=t.uint8), t.tensor([20], dtype=t.uint8))
    t.tensor([1], dtype=t.int32) & t.tensor(3)
    t.tensor([1], dtype=t.int32) ^ t.tensor(3)
    F.relu6(t.tensor([1, 7]))
    t.arange(2.5, dtype=t.int64)
    t.arange(1, 7.9, 2.0, dtype=t.int32)
    t.where(t.tensor([2, 0, 1], dtype=t.uint8), leaf(1.0, 2.0, 3.0), 0.0)
    F.nll_loss(x, t.tensor([1, 0, 3], dtype=t.uint8), weight=t.tensor([1.0, 10.0, 3.0, 2.0], dtype=t.float64))
    F.cross_entropy(x, t.tensor([1, 0, 3], dtype=t.uint8), label_smoothing=0.1)
    t.tensor([1.5, 2.0]).view(t.int32)
    t.tensor([1.5, 2.0]).view(t.float32)
    t.tensor(3.0).nonzero(), t.tensor(0).nonzero(), *t.tensor(3.0).nonzero(as_tuple=True), *t.where(t.tensor(False))
    t.count_nonzero(x, ()), t.tensor(3.0).count_nonzero(0), t.count_nonzero(x, -1)
    t.movedim(s, 0, 0)
    F.kl_div(s, s.detach(), reduction="batchmean")
    (s * 2).view(1), s * 2
    y = s * 2; y.view(1); y = t.stack([y, s])
    t.tensor([1.0, nan, 0.5]).median()
    t.tensor([[1.0, nan, 0.5], [3.0, 2.0, 1.0]]).median(1)
    t.tensor([[nan, 1.0, nan], [3.0, 2.0, 1.0]]).median(1, keepdim=True)
    leaf(1.0, nan, 0.5).median(0).values
    leaf(1.0, nan, 0.5).median()
""")
def test_types_and_nan(line):
    compare(line)


@table("""
    F.linear(b[:, :, :0], m[:, :0], v[:3])
    F.linear(b, x[:0])
    F.conv2d(b[:0, None], m[None, None])
    F.conv_transpose2d(b[:0, None], m[None, None])
    F.unfold(b[:0, None], 2)
    F.group_norm(b[:0], 3)
    F.max_pool2d(b[:0, None], 2)
    F.interpolate(b[:0, None], scale_factor=2, mode="bilinear")
    F.cross_entropy(x[:0], x[:0])
    F.cross_entropy(x[:0], n[0, :0])
    F.cross_entropy(x[:0], n[0, :0], reduction="sum")
    t.einsum("ij,jk->ik", x[:, :0], m[:0])
    t.einsum("ij,jk->ik", x[:, :1], m)
    t.einsum("bi,i->b", x[:, :1], v)
    t.einsum("...i,...i->...", x, x[:1])
    x[:0].index_select(0, n[0, :0]), x[n[0, :0]], x[:, n[0, :0]]
    x.broadcast_to(2, 3, 4), x.broadcast_to((2, 3, 4)), x.broadcast_to(size=(2, 3, 4))
""")
def test_lengths_of_0_and_1(line):
    compare(line)


@table("""
    grad(t.linalg.det(leaf([1.0, 2.0], [2.0, 4.0])), leaf()).detach()
    t.linalg.det(leaf([0.0, 0.0], [0.0, 0.0]))
    grad(t.linalg.det(leaf([0.0, 1.0, 1.0], [0.0, 2.0, 2.0], [1.0, 2.0, 3.0])), leaf()).detach()
    grad(t.linalg.det(m), m)
    grad(t.linalg.det(t.stack([m, m @ m])).sum(), m)
    t.linalg.norm(x, 2)
    t.linalg.norm(x, -2)
    t.linalg.norm(x, "nuc")
    t.linalg.norm(b, 2, (1, 2), keepdim=True)
    t.linalg.norm(b, "nuc", (2, 0))
""")
def test_matrices(line):
    compare(line)


@table("""
    t.atan2(leaf(0.0, 1.0), leaf())
    t.atan2(leaf(0.0, 1.0), t.zeros(2))
    t.relu(leaf(nan, 1.0, 0.0, -1.0))
    leaf(nan, 1.0).max(0).values
    leaf(1.0, nan, 3.0, nan).max()
    leaf(1.0, nan, 3.0, nan).min()
    leaf(1.0, 3.0, 3.0).amax(0)
    t.maximum(leaf(nan, 1.0, nan, 2.0), leaf(1.0, nan, nan, 2.0))
    t.minimum(leaf(nan, 1.0, nan, 2.0), leaf(1.0, nan, nan, 2.0))
    F.leaky_relu(leaf(nan, 1.0, 0.0, -1.0))
    F.leaky_relu(t.tensor([inf, 1.0, -2.0]), 0.0)
    t.lerp(leaf(1e17, 2.0), t.tensor([1.0, 3.0], dtype=t.float64), 1.0)
    t.lerp(leaf(1e17, 2.0), t.tensor([1.0, 3.0], dtype=t.float64), t.tensor([1.0, 0.2], dtype=t.float64))
    grad(grad(t.relu(x - 0.5).sum(), x).sum(), x)
    F.interpolate(b[None], scale_factor=1.2, mode="bilinear")
    F.interpolate(b[None], scale_factor=1.2)
    F.cosine_similarity(x, v)
    F.cosine_similarity(x, x[:, :1])
    grad(F.softplus(leaf(25.0, 1.0)).sum(), leaf())
""")
def test_edges(line):
    compare(line)


@table("""
    np.power(x, 2)
    np.float64(2) ** x
    np.reciprocal(x)
    np.amax(x, axis=1)
    np.amin(x)
    np.repeat(x, 2, axis=1)
    np.tile(x, 2)
    np.tile(x, (2, 1))
    np.pad(x, 1)
    np.pad(x, ((1, 0), (0, 2)), constant_values=3)
    np.diag(x)
    np.diag(x[0])
    np.vstack([x, x[0]])
    np.hstack([x, x])
    np.hstack([x[0], x[1]])
    np.split(x, 2, axis=1)
    np.split(x, [1, 2])
    np.array_split(x, 2)
    np.round(x, 1)
    np.full_like(x, 2)
    np.empty_like(x).shape
    np.sum(x, dtype=np.float32)
    np.ones((2, 3)) @ x
    x @ np.ones(4)
""")
def test_numpys_functions_work_on_tensors(line):
    array = np.random.default_rng(4).random((3, 4))
    x = autograd.tensor.tensor(array, requires_grad=True)
    ours, theirs = (eval(line, {"np": np, "x": x}) for x in (x, array))
    for y, expected in zip(*((z if isinstance(z, list) else [z]) for z in (ours, theirs)), strict=True):
        if isinstance(expected, np.ndarray | np.generic):
            assert y.requires_grad or "like" in line
            assert y.dtype == expected.dtype
            np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-6)
        else:
            assert y == expected


REFUSED = {  # what an operation says to input that has no meaning, where NumPy would compute something
    "masked_select: expected BoolTensor": lambda t: t.masked_select(t.ones(3), t.tensor([1, 0, 1])),
    "embedding: 'weight' must be 2-D": lambda t: t.nn.functional.embedding(t.tensor([0]), t.ones(2, 2, 2)),
    "index_select.*only 1 value": lambda t: t.index_select(t.tensor(1.0), 0, t.tensor([0, 0])),
    "repeat_interleave.*whole numbers": lambda t: t.repeat_interleave(t.ones(2), t.tensor([1.0, 2.0])),
    "repeat_interleave.*same size": lambda t: t.repeat_interleave(t.ones(3), t.tensor([1, 2])),
    "repeat_interleave.*output_size": lambda t: t.repeat_interleave(t.ones(2), t.tensor([1, 2]), output_size=4),
    "narrow.*non-negative": lambda t: t.narrow(t.ones(3), 0, 0, -1),
    "narrow.*integral": lambda t: t.narrow(t.ones(3), 0, t.tensor(True), 1),
    "meshgrid.*2, 2": lambda t: t.meshgrid(t.ones(2), t.ones(2, 2), indexing="ij"),
    "bincount": lambda t: t.bincount(t.tensor([1.5])),
    "bincount.*non-negative": lambda t: t.bincount(t.tensor([-1])),
    "tensordot.*multiple": lambda t: t.tensordot(t.ones(2, 2), t.ones(2, 2), ([0, 0], [0, 1])),
    "tensordot.*no dims": lambda t: t.tensordot(t.ones(2), t.ones(3), -1),
    "index_fill.*0-dimensional": lambda t: t.zeros(3).index_fill(0, t.tensor([1]), t.ones(1)),
    "index_add.*slices": lambda t: t.zeros(3).index_add(0, t.tensor([0, 1]), t.ones(3)),
    "index_add.*dtype": lambda t: t.zeros(3).index_add(0, t.tensor([0]), t.ones(1).double()),
    "scatter.*dtype": lambda t: t.zeros(3).scatter(0, t.tensor([0]), t.ones(1).double()),
    "scatter.*add or multiply": lambda t: t.zeros(3).scatter(0, t.tensor([0]), t.ones(1), reduce="max"),
    "scatter.*derivative": lambda t: t.zeros(3, requires_grad=True).scatter(0, t.tensor([0]), 2.0, reduce="multiply"),
    "cdist.*compute_mode": lambda t: t.cdist(t.ones(2, 2), t.ones(2, 2), 2.0, "fast"),
    "cdist.*columns": lambda t: t.cdist(t.ones(2, 2), t.ones(2, 3)),
    "diag.*3D": lambda t: t.diag(t.ones(1, 1, 1)),
    "roll.*required": lambda t: t.roll(t.ones(3), ()),
    "norm.*nuclear": lambda t: t.norm(t.ones(3), "nuc", 0),
    "norm.*'fro' or 'nuc'": lambda t: t.norm(t.ones(3), "abc"),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_has_no_meaning_is_refused_by_name(message):
    with pytest.raises((RuntimeError, TypeError, ValueError), match=message):
        REFUSED[message](autograd.tensor)


@pytest.mark.parametrize("message", [m for m in REFUSED if "derivative" not in m])
def test_pytorch_refuses_it_too(message):
    with pytest.raises((RuntimeError, TypeError, ValueError, IndexError)):
        REFUSED[message](torch)


def test_a_fill_at_an_index_that_comes_twice_counts_once_in_the_gradient():
    value, x = (autograd.tensor.ones(*shape, requires_grad=True) for shape in ((), (3, 4)))
    y = x.index_fill(1, autograd.tensor.tensor([2, 2, -2, 0]), value)
    (y * autograd.tensor.arange(12.0).reshape(3, 4)).sum().backward()
    assert value.grad.item() == 0 + 4 + 8 + 2 + 6 + 10
    assert x.grad.tolist() == [[0, 1, 0, 3], [0, 5, 0, 7], [0, 9, 0, 11]]
