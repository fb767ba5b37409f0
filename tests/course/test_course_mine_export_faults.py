"""The tests that stand beside an exported engine of arrays find faults that are planted into it, one at a time."""

import importlib.util
import sys
import warnings

import numpy as np
import pytest

from course.mine import exporting

NAME = "my_autograd"


def loaded(name, text, folder):
    """Run a text as a module of its own, which others can import."""
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    if name == NAME:
        sys.modules[name] = module  # the tests import it
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def texts():
    """The engine and its tests, as they are exported where no answer is stored."""
    engine = exporting.OF_ARRAYS
    return exporting.exported(f"{NAME}.py", engine, {})[0], exporting.tests_of(engine)


# By the test that finds them: what stands in the exported file, and what is put in its place.
FAULTS = {
    "what_broadcasting_repeats_comes_back_as_a_sum": [
        ("return g.sum(axes, keepdims=True).reshape(shape) if axes else g", "return g[(0,) * (g.ndim - len(shape))]"),
        ("return g.sum(axes, keepdims=True)", "return g.mean(axes, keepdims=True)"),
    ],
    "products_of_matrices": [
        ("g @ np.swapaxes(b, -1, -2)", "g @ b"),
        ("np.swapaxes(a, -1, -2) @ g", "a @ g"),
    ],
    "equal_maxima_share_their_gradient": [
        ("* hits / hits.sum(axis=axis, keepdims=True, dtype=x.dtype)", "* hits"),
    ],
    "places_that_are_read_twice_get_both_gradients": [
        ("np.add.at(total, index, g)", "total[index] += g"),
    ],
    "shapes": [
        ("np.argsort(np.mod(axes, g.ndim))", "axes"),
    ],
    "reductions": [
        ("* (g.size / like_x.size)", ""),
    ],
    "cross_entropy_of_scores_of_any_size": [
        (".astype(p.dtype)) / len(scores)", ".astype(p.dtype))"),
    ],
    "float32_stays_float32": [
        (".astype(p.dtype)) / len(scores)", ") / len(scores)"),
    ],
    "softmax_and_its_logarithm": [
        ("top = x.max(axis=axis, keepdims=True)", "top = 0 * x.max(axis=axis, keepdims=True)"),
        ("y * (g - (g * y).sum(axis=axis, keepdims=True))", "y * (1 - y) * g"),
    ],
    "modules_are_found_wherever_they_stand": [
        ("elif isinstance(thing, list | tuple):", "elif isinstance(thing, tuple):"),
        ("elif isinstance(thing, dict):", "elif False:"),
    ],
    "state_goes_to_disk_and_back": [
        ("x.data = np.array(state[name], x.data.dtype)", "x.data = state[name]"),
    ],
    "steps_of_adam": [
        ("m / (1 - b1**t)", "m"),
        ("s / (1 - b2**t)", "s"),
        ("np.sqrt(s / (1 - b2**t)) + self.eps", "np.sqrt(s / (1 - b2**t) + self.eps)"),
        ("update(x * (1 - self.lr * self.weight_decay), g, state)", "update(x, g + self.weight_decay * x, state)"),
    ],
    "steps_of_descent_with_momentum": [
        ('v = state["v"] = self.momentum * state.get("v", 0.0) + g', 'v = state["v"] = g'),
    ],
    "passes_add_up_and_start_at_one_number": [
        ("else node.tensor.grad + g", "else g"),
    ],
    "every_entry_that_takes_places_one_by_one": [
        ("gradients[parent] + part if parent in gradients else part", "part"),
    ],
    "batches": [
        ("yield self.dataset[order[start : start + self.batch_size]]", "yield self.dataset[order[: self.batch_size]]"),
    ],
    "words_become_counts_and_questions": [
        ('zip("." + word, word + ".", strict=True)', 'zip(word, word[1:] + ".", strict=True)'),
        ("[0] * length + [LETTERS", "[LETTERS"),
    ],
    "numbers_are_drawn_by_their_probabilities": [
        ('side="right"', 'side="left") + (rng.random() > 0.9'),
    ],
    "rows_by_their_numbers": [
        ("0 <= numbers.min() <= numbers.max() < count", "numbers.max() < count"),
    ],
    "a_start_that_keeps_the_size": [
        ("GAINS[bend] / fan_in**0.5", "GAINS[bend] / fan_in"),
        ("GAINS[bend] / fan_in**0.5", "fan_in**-0.5"),
    ],
    "batches_are_normalized_by_their_own_statistics_and_single_rows_by_the_running_ones": [
        ("variance.data * (rows / (rows - 1))", "variance.data"),
        (
            "(1 - self.momentum) * running.data + self.momentum * batch",
            "self.momentum * running.data + (1 - self.momentum) * batch",
        ),
        ("if not self.training:\n            return self.scaled", "if False:\n            return self.scaled"),
    ],
    "rows_are_normalized_by_themselves": [
        ("centered = x - x.mean(axis=-1, keepdims=True)", "centered = x - x.data.mean(axis=-1, keepdims=True)"),
        ("x.mean(axis=-1, keepdims=True)", "x.mean(axis=1, keepdims=True)"),
    ],
    "dropout_keeps_the_mean": [
        ("(kept.astype(x.data.dtype) / (1 - self.p))", "kept.astype(x.data.dtype)"),
    ],
    "windows_of_images_become_columns": [
        ("windows.transpose(0, 1, 4, 5, 2, 3)", "windows.transpose(0, 1, 5, 4, 2, 3)"),
        ("windows.transpose(0, 1, 4, 5, 2, 3)", "windows.transpose(0, 4, 5, 1, 2, 3)"),
        ("windows.transpose(0, 1, 4, 5, 2, 3)", "windows.transpose(0, 1, 4, 5, 3, 2)"),
    ],
    "a_convolution_of_images": [
        (
            "y = weight.reshape(len(weight), -1) @ patches(x, size)",
            "y = weight[:, :, ::-1, ::-1].reshape(len(weight), -1) @ patches(x, size)",
        ),
        ("correlate(wide, weight[:, :, ::-1, ::-1].swapaxes(0, 1))", "correlate(wide, weight.swapaxes(0, 1))"),
        (
            "correlate(wide, weight[:, :, ::-1, ::-1].swapaxes(0, 1))",
            "correlate(wide, weight[:, :, ::-1, ::-1].swapaxes(2, 3).swapaxes(0, 1))",
        ),
        ("product.sum(axis=0).reshape(like_weight.shape)", "product.mean(axis=0).reshape(like_weight.shape)"),
        ("product.sum(axis=0).reshape(like_weight.shape)", "product[0].reshape(like_weight.shape)"),
        ('record("conv2d", x, self.weight) + self.bias', 'record("conv2d", x, self.weight)'),
    ],
    "the_largest_number_of_each_block": [
        ("functools.reduce(np.maximum, places(x, size))", "sum(places(x, size)) / size**2"),
        ("here[...] = rest * hits", "here[...] = g * hits"),
        ("here[...] = rest * hits", "here[...] = g"),
        ("length // size * size for length", "length for length"),
    ],
    "attention_looks_back_only": [
        (" / d**0.5\n", " / d\n"),
        (" / d**0.5\n", "\n"),
        ("places - queries + 1)\n    weights", "1)\n    weights"),
        ("places - queries + 1)\n    weights", "places - queries + 2)\n    weights"),
        ("weights = softmax(scores + later)", "weights = softmax(scores) * (later == 0)"),
        ("-np.inf, scores.data.dtype", "-np.inf"),
        ("-np.inf, scores.data.dtype", "-30.0, scores.data.dtype"),
        ("k.transpose(*batch, columns, rows)", "k.T"),
    ],
    "heads_have_their_share_of_every_token": [
        (
            "x.reshape(n, length, heads, width // heads).transpose(0, 2, 1, 3)",
            "x.reshape(n, heads, length, width // heads)",
        ),
        (
            "x.reshape(n, length, heads, width // heads).transpose(0, 2, 1, 3)",
            "x.reshape(n, length, width // heads, heads).transpose(0, 3, 1, 2)",
        ),
        ("x.transpose(0, 2, 1, 3).reshape(n, length, heads * size)", "x.reshape(n, length, heads * size)"),
    ],
    "a_block_adds_to_what_it_gets": [
        (
            "x = x + self.attention(self.before_attention(x), cache)",
            "x = self.attention(self.before_attention(x), cache)",
        ),
        ("x = x + self.attention(self.before_attention(x), cache)", "x = x + self.attention(x, cache)"),
        (
            "return x + self.narrow(self.wide(self.before_wide(x)).relu())",
            "return self.narrow(self.wide(self.before_wide(x)).relu())",
        ),
        (
            "return x + self.narrow(self.wide(self.before_wide(x)).relu())",
            "return x + self.narrow(self.wide(self.before_wide(x)))",
        ),
        (
            "return x + self.narrow(self.wide(self.before_wide(x)).relu())",
            "return x + self.narrow(self.wide(x).relu())",
        ),
    ],
    "a_gpt_scores_what_follows": [
        ("x = x + self.attention(self.before_attention(x), cache)", "x = x + self.attention(self.before_attention(x))"),
        ("np.concatenate([cache[name], new.data], axis=2)", "np.concatenate([new.data, cache[name]], axis=2)"),
        ("np.arange(earlier, earlier + numbers.shape[1])", "np.arange(numbers.shape[1])"),
        ("self.tokens(numbers) + self.places(", "self.tokens(numbers) + 0 * self.places("),
    ],
}
CASES = [(test, old, new) for test, faults in FAULTS.items() for old, new in faults]


@pytest.mark.parametrize(("test", "old", "new"), CASES)
def test_a_fault_is_found(texts, tmp_path, monkeypatch, test, old, new):
    engine, tests = texts
    assert old in engine
    monkeypatch.setitem(sys.modules, NAME, None)  # taken out again after the test
    loaded(NAME, engine.replace(old, new), tmp_path)
    found = loaded(f"test_{NAME}", tests, tmp_path)
    with warnings.catch_warnings(), np.errstate(all="ignore"), pytest.raises(Exception):  # noqa: B017
        warnings.simplefilter("ignore")
        getattr(found, f"test_{test}")()


@pytest.mark.parametrize("test", FAULTS)
def test_without_a_fault_the_same_test_passes(texts, tmp_path, monkeypatch, test):
    monkeypatch.setitem(sys.modules, NAME, None)
    loaded(NAME, texts[0], tmp_path)
    getattr(loaded(f"test_{NAME}", texts[1], tmp_path), f"test_{test}")()
