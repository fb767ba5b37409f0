"""What chapters 17 and 19 add to the engine of arrays does what PyTorch's layers do."""

import numpy as np
import pytest

from course.mine.own import own_engine
from course.mine.parts import LAST

torch = pytest.importorskip("torch")
engine = own_engine(LAST)
rng = np.random.default_rng(0)


def pairs(*shapes):
    """Arrays as leaves of both engines."""
    arrays = [rng.normal(size=shape) for shape in shapes]
    ours = [engine.Tensor(x, requires_grad=True) for x in arrays]
    return ours, [torch.tensor(x, requires_grad=True) for x in arrays]


def require_same(ours, theirs, leaves, their_leaves):
    """Require the same numbers, and the same gradients of a random sum of them."""
    assert ours.data == pytest.approx(theirs.detach().numpy(), rel=1e-12, abs=1e-14)
    g = rng.normal(size=ours.shape)
    (ours * g).sum().backward()
    (theirs * torch.tensor(g)).sum().backward()
    for mine, right in zip(leaves, their_leaves, strict=True):
        assert mine.grad == pytest.approx(right.grad.numpy(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("places", [4, 7])
def test_attention_is_that_of_pytorch(places):
    (q, k, v), theirs = pairs((2, 3, 4, 5), (2, 3, places, 5), (2, 3, places, 6))
    seen = torch.ones(4, places, dtype=torch.bool).tril(
        places - 4
    )  # its is_causal would put queries at the first places
    right = torch.nn.functional.scaled_dot_product_attention(*theirs, attn_mask=seen)
    require_same(engine.attention(q, k, v)[0], right, (q, k, v), theirs)


def test_a_block_is_an_encoder_layer_of_pytorch_that_looks_back():
    block = engine.Block(12, 3, np.random.default_rng(1))
    right = torch.nn.TransformerEncoderLayer(
        12, 3, 48, dropout=0.0, norm_first=True, batch_first=True, dtype=torch.float64
    )
    look, names = block.attention, ("weight", "bias")
    ours = {
        **{f"linear1.{name}": getattr(block.wide, name) for name in names},
        **{f"linear2.{name}": getattr(block.narrow, name) for name in names},
        **{f"self_attn.out_proj.{name}": getattr(look.out, name) for name in names},
        **{f"norm1.{name}": getattr(block.before_attention, name) for name in names},
        **{f"norm2.{name}": getattr(block.before_wide, name) for name in names},
    }
    for tensor in block.parameters():
        tensor.data = rng.normal(size=tensor.shape) / 3
    state = {name: torch.tensor(x.data) for name, x in ours.items()}
    parts = {name: [getattr(layer, name) for layer in (look.query, look.key, look.value)] for name in names}
    state |= {
        f"self_attn.in_proj_{name}": torch.tensor(np.concatenate([x.data for x in parts[name]])) for name in names
    }
    right.load_state_dict(state)
    (x,), (y,) = pairs((2, 5, 12))
    mask = torch.nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64)
    theirs = dict(right.named_parameters())
    require_same(block(x), right(y, src_mask=mask, is_causal=True), [x, *ours.values()], [y, *map(theirs.get, ours)])
    for name, three in parts.items():
        joined = np.concatenate([tensor.grad for tensor in three])
        assert joined == pytest.approx(theirs[f"self_attn.in_proj_{name}"].grad.numpy(), rel=1e-9, abs=1e-12)


def test_heads_are_split_and_joined():
    x = engine.Tensor(rng.normal(size=(2, 5, 6)))
    heads = engine.split_heads(x, 3)
    assert np.array_equal(heads.data[1, 2, 4], x.data[1, 4, 4:]) and np.array_equal(
        engine.join_heads(heads).data, x.data
    )
    with pytest.raises(ValueError, match="6 numbers cannot be shared equally by 4 heads"):
        engine.split_heads(x, 4)


def test_a_cache_gives_the_scores_of_all_tokens_at_once():
    model = engine.GPT(9, 8, 12, 3, 2, np.random.default_rng(0))
    tokens, cache = rng.integers(0, 9, (2, 8)), {}
    with engine.no_grad():
        whole = model(tokens).data
        for start, end in ((0, 3), (3, 4), (4, 8)):
            assert model(tokens[:, start:end], cache).data == pytest.approx(whole[:, start:end], rel=1e-10)
        assert cache[1]["keys"].shape == (2, 3, 8, 4)
        with pytest.raises(ValueError, match=r"T up to 0 here, not \(2, 1\)"):
            model(tokens[:, :1], cache)
        with pytest.raises(ValueError, match=r"T up to 8 here, not \(2, 9\)"):
            model(np.zeros((2, 9), int))
    with pytest.raises(ValueError, match="use it inside no_grad"):
        model(tokens, {})


def test_a_convolution_and_a_pool_are_those_of_pytorch():
    (x, weight), theirs = pairs((2, 3, 7, 6), (4, 3, 3, 3))
    ours = engine.max_pool(engine.record("conv2d", x, weight).tanh(), 2)
    right = torch.max_pool2d(torch.conv2d(*theirs).tanh(), 2)
    require_same(ours, right, (x, weight), theirs)
