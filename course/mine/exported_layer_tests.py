"""More tests of my_autograd: the layers of chapters 16 to 19. They stand behind the others in the exported file."""

import math

import my_autograd as engine
import numpy as np
from exported_tensor_tests import Tensor, numbers, require_gradients


def refuses(work):
    """Whether something raises ValueError."""
    try:
        work()
    except ValueError:
        return True
    return False


def test_a_start_that_keeps_the_size():
    for bend, gain in (("relu", math.sqrt(2)), ("tanh", 5 / 3), ("", 1.0)):
        weights = engine.kaiming(400, 300, np.random.default_rng(0), bend)
        assert weights.shape == (300, 400) and math.isclose(weights.std(), gain / 20, rel_tol=0.02)
        assert abs(weights.mean()) < 0.01 * gain
    assert refuses(lambda: engine.kaiming(4, 3, np.random.default_rng(0), "sigmoid"))


def test_batches_are_normalized_by_their_own_statistics_and_single_rows_by_the_running_ones():
    layer, x = engine.BatchNorm(3, 0.2, 1e-3), numbers(5, 3, low=-2, high=4)
    layer.weight.data, layer.bias.data = numbers(3, seed=1), numbers(3, seed=2)
    y = layer(Tensor(x)).data
    normal = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-3)
    assert np.allclose(y, normal * layer.weight.data + layer.bias.data)
    assert np.allclose(layer.running_mean.data, 0.2 * x.mean(axis=0))
    assert np.allclose(layer.running_var.data, 0.8 + 0.2 * x.var(axis=0, ddof=1))
    require_gradients(layer, x)
    layer.eval()
    mean, variance = layer.running_mean.data, layer.running_var.data
    right = (x[:1] - mean) / np.sqrt(variance + 1e-3) * layer.weight.data + layer.bias.data
    assert np.allclose(layer(Tensor(x[:1])).data, right) and np.array_equal(layer.running_mean.data, mean)
    require_gradients(layer, x)
    assert len(layer.parameters()) == 2 and len(layer.state_dict()) == 4
    assert refuses(lambda: layer.train()(Tensor(x[:1])))


def test_rows_are_normalized_by_themselves():
    layer, x = engine.LayerNorm(4, 1e-3), numbers(2, 3, 4, low=-2, high=4)
    layer.weight.data, layer.bias.data = numbers(4, seed=1), numbers(4, seed=2)
    normal = (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-3)
    assert np.allclose(layer(Tensor(x)).data, normal * layer.weight.data + layer.bias.data)
    require_gradients(layer, x)


def test_dropout_keeps_the_mean():
    layer, x = engine.Dropout(0.25, np.random.default_rng(0)), Tensor(np.ones((100, 100)), True)
    y = layer(x)
    assert set(np.round(np.unique(y.data), 6)) == {0.0, 1.333333} and abs((y.data == 0).mean() - 0.25) < 0.02
    y.sum().backward()
    assert np.allclose(x.grad, y.data)
    assert np.array_equal(layer.eval()(x).data, x.data)


def test_windows_of_images_become_columns():
    x = numbers(2, 3, 4, 5)
    columns = engine.patches(x, 2)
    assert columns.shape == (2, 3 * 2 * 2, 3 * 4)
    for place, (row, column) in enumerate(np.ndindex(3, 4)):
        assert np.array_equal(columns[:, :, place], x[:, :, row : row + 2, column : column + 2].reshape(2, -1))


def test_a_convolution_of_images():
    for of_x, of_weight in (((1, 1, 3, 4), (1, 1, 2, 2)), ((2, 3, 5, 4), (4, 3, 3, 3)), ((3, 2, 2, 3), (2, 2, 1, 1))):
        x, weight = numbers(*of_x), numbers(*of_weight, low=-1, seed=1)
        y, size = engine.record("conv2d", Tensor(x), Tensor(weight)).data, of_weight[-1]
        assert y.shape == (of_x[0], of_weight[0], of_x[2] - size + 1, of_x[3] - size + 1)
        for place in np.ndindex(y.shape):
            image, kernel, row, column = place
            window = x[image, :, row : row + size, column : column + size]
            assert math.isclose(y[place], (window * weight[kernel]).sum(), abs_tol=1e-12)
        require_gradients(lambda x, weight: engine.record("conv2d", x, weight), x, weight)
    layer = engine.Conv2d(3, 4, 2, np.random.default_rng(0))
    assert sorted(p.shape for p in layer.parameters()) == [(4, 1, 1), (4, 3, 2, 2)]
    alone = engine.record("conv2d", numbers(2, 3, 4, 5), layer.weight.data).data
    assert np.allclose(layer(Tensor(numbers(2, 3, 4, 5))).data, alone + layer.bias.data)
    require_gradients(layer, numbers(2, 3, 4, 5))
    assert refuses(lambda: layer(Tensor(numbers(2, 2, 4, 5))))


def test_the_largest_number_of_each_block():
    for shape, size in (((2, 3, 4, 6), 2), ((1, 2, 5, 7), 2), ((2, 1, 7, 3), 3)):
        x = np.random.default_rng(0).permutation(math.prod(shape)).reshape(shape) - 20.0
        y = engine.max_pool(Tensor(x), size).data
        assert y.shape == (*shape[:2], shape[2] // size, shape[3] // size)
        for image, channel, row, column in np.ndindex(y.shape):
            block = x[image, channel, row * size : (row + 1) * size, column * size : (column + 1) * size]
            assert y[image, channel, row, column] == block.max()
        require_gradients(lambda x, size=size: engine.max_pool(x, size), x)
    x = Tensor(np.zeros((1, 1, 2, 4)), True)
    (engine.max_pool(x, 2) * [3.0, 5.0]).sum().backward()
    assert x.grad[..., :2].sum() == 3.0 and x.grad[..., 2:].sum() == 5.0  # equal ones have it between them


def test_words_become_counts_and_questions():
    counts, number = engine.bigram_counts(["nana", "ab", "ab"]), engine.LETTERS.index
    assert counts.shape == (27, 27) and counts.sum() == 5 + 3 + 3
    assert [counts[number(x), number(y)] for x, y in ("na", "an", "a.", ".n", "ab", "ba")] == [2, 1, 1, 1, 2, 0]
    questions, answers = engine.contexts(["ab", "c"], 3)
    assert questions.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [0, 0, 0], [0, 0, 3]]
    assert answers.tolist() == [1, 2, 0, 3, 0]


def test_numbers_are_drawn_by_their_probabilities():
    rng, shares = np.random.default_rng(0), np.array([0.1, 0.0, 0.6, 0.3])
    found = np.bincount([engine.sample(shares, rng) for _ in range(4000)], minlength=4) / 4000
    assert np.allclose(found, shares, atol=0.04) and found[1] == 0


def test_rows_by_their_numbers():
    layer = engine.Embedding(5, 3, np.random.default_rng(0))
    places = np.array([[0, 2], [2, 4]])
    assert len(layer.parameters()) == 1 and np.array_equal(layer(places).data, layer.weight.data[places])
    layer(places).sum().backward()
    assert layer.weight.grad.tolist() == [[n] * 3 for n in (1, 0, 2, 0, 1)]
    for wrong in ([5], [-1]):
        try:
            layer(np.array(wrong))
        except (ValueError, IndexError):
            continue
        raise AssertionError("a number that has no row was looked up")


def looked_up(q, k, v):
    """What each query gets: it looks at its own place and those before it, one query after the other."""
    mixed = np.zeros((*q.shape[:-1], v.shape[-1]))
    for place in np.ndindex(q.shape[:-1]):
        seen = k.shape[-2] - q.shape[-2] + place[-1] + 1
        powers = np.exp(k[place[:-1]][:seen] @ q[place] / math.sqrt(q.shape[-1]))
        mixed[place] = powers / powers.sum() @ v[place[:-1]][:seen]
    return mixed


def test_attention_looks_back_only():
    for front, queries, places, d, e in (((), 4, 4, 2, 3), ((2,), 2, 5, 3, 2), ((2, 3), 3, 3, 4, 2), ((), 1, 4, 2, 2)):
        shapes = (*front, queries, d), (*front, places, d), (*front, places, e)
        q, k, v = (numbers(*shape, low=-1, seed=n) for n, shape in enumerate(shapes))
        mixed, weights = engine.attention(*map(Tensor, (q, k, v)))
        assert np.allclose(mixed.data, looked_up(q, k, v)) and np.allclose(weights.data.sum(axis=-1), 1)
        assert (weights.data[..., np.triu(np.ones((queries, places), bool), places - queries + 1)] == 0).all()
        require_gradients(lambda q, k, v: engine.attention(q, k, v)[0], q, k, v)
        big, _ = engine.attention(*map(Tensor, (q * 1e4, k * 1e4, v)))
        assert np.isfinite(big.data).all()
    mixed, weights = engine.attention(*(Tensor(numbers(2, 3, 4, seed=n).astype(np.float32)) for n in range(3)))
    assert mixed.data.dtype == weights.data.dtype == np.float32


def test_heads_have_their_share_of_every_token():
    x = numbers(2, 3, 6)
    heads = engine.split_heads(Tensor(x), 3)
    assert heads.shape == (2, 3, 3, 2) and all(
        np.array_equal(heads.data[:, h], x[:, :, 2 * h :][..., :2]) for h in range(3)
    )
    assert np.array_equal(engine.join_heads(heads).data, x)
    require_gradients(lambda x: engine.split_heads(x, 2), x)
    require_gradients(lambda x: engine.join_heads(engine.split_heads(x, 2)), x)
    assert refuses(lambda: engine.split_heads(Tensor(x), 4))


def test_a_block_adds_to_what_it_gets():
    block, x = engine.Block(6, 2, np.random.default_rng(0)), numbers(2, 4, 6, low=-1)
    assert sum(p.data.size for p in block.parameters()) == 4 * (36 + 6) + 6 * 24 + 24 + 24 * 6 + 6 + 4 * 6
    require_gradients(block, x)
    rng, norm = np.random.default_rng(0), engine.LayerNorm(6)
    look, wide, narrow = engine.SelfAttention(6, 2, rng), engine.Linear(6, 24, rng), engine.Linear(24, 6, rng)
    middle = Tensor(x) + look(norm(Tensor(x)))
    assert np.allclose(block(Tensor(x)).data, (middle + narrow(wide(norm(middle)).relu())).data)
    later = x.copy()
    later[:, 2, 0] += 10
    before, after = block(Tensor(x)).data, block(Tensor(later)).data
    assert np.allclose(before[:, :2], after[:, :2]) and not np.allclose(before[:, 3], after[:, 3])
    for parameter in block.parameters():
        parameter.data = 0 * parameter.data
    assert np.array_equal(block(Tensor(x)).data, x)


def test_a_gpt_scores_what_follows():
    model = engine.GPT(5, 6, 8, 2, 2, np.random.default_rng(0))
    tokens, cache = np.array([[3, 0, 1, 1, 4, 2], [2, 4, 0, 3, 3, 1]]), {}
    with engine.no_grad():
        whole = model(tokens).data
        parts = [model(part, cache=cache).data for part in (tokens[:, :3], tokens[:, 3:4], tokens[:, 4:])]
    assert whole.shape == (2, 6, 5) and np.allclose(whole, np.concatenate(parts, axis=1))
    same = model(np.zeros((1, 3), int)).data[0]
    assert not np.allclose(same[0], same[2])  # places count, not the numbers alone
    assert refuses(lambda: model(np.zeros((1, 7), int))) and refuses(lambda: model(tokens[:, :3], {}))
    engine.cross_entropy(model(tokens).reshape(12, 5), tokens.ravel()).backward()
    assert all(p.grad is not None for p in model.parameters())


def test_a_gpt_learns_to_repeat_what_it_read_first():
    rng = np.random.default_rng(0)
    model = engine.GPT(4, 5, 16, 2, 1, rng)
    optimizer = engine.Adam(model.parameters(), lr=0.03)
    for _ in range(50):
        tokens = rng.integers(0, 4, (32, 5))
        optimizer.zero_grad()
        engine.cross_entropy(model(tokens)[:, -1], tokens[:, 0]).backward()
        optimizer.step()
    tokens = rng.integers(0, 4, (200, 5))
    with engine.no_grad():
        guesses = model(tokens).data[:, -1].argmax(axis=1)
    assert (guesses == tokens[:, 0]).mean() > 0.95
