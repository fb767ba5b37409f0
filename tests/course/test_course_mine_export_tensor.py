"""The reader's engine of arrays is exported as one file that needs NumPy alone, and trains MNIST's digits."""

import importlib.util
import re
import subprocess
import sys

import numpy as np
import pytest
from mine_answers import ANSWERS
from notebook_files import SOLUTIONS, exercises

from course import digits, mine
from course.mine import __main__ as command
from course.mine import exporting
from course.mine.load import given_names
from course.mine.parts import TENSOR
from course.mine.sources import by_bare_names

TRAINING = """
import sys
import time

import numpy as np

import my_autograd as engine

begin, rng = time.perf_counter(), np.random.default_rng(0)
with np.load(sys.argv[1]) as file:
    images, labels = file["x_train"].reshape(-1, 784).astype(np.float32) / 255, file["y_train"].astype(int)
network = engine.Sequential(
    engine.Linear(784, 256, rng), engine.Tensor.relu, engine.Linear(256, 256, rng), engine.Tensor.relu,
    engine.Linear(256, 10, rng),
)
for parameter in network.parameters():
    parameter.data = parameter.data.astype(np.float32)
loader = engine.DataLoader(engine.Dataset(images[:-1000], labels[:-1000]), 64, rng)
optimizer = engine.AdamW(network.parameters(), lr=0.002, weight_decay=0.1)
rounds = 15
for i in range(rounds):
    optimizer.lr = 0.002 * engine.warmup_cosine(i, rounds, 1)
    for batch, right in loader:
        optimizer.zero_grad()
        engine.cross_entropy(network(engine.Tensor(batch)), right).backward()
        optimizer.step()
with engine.no_grad():
    guesses = network(engine.Tensor(images[-1000:])).data.argmax(axis=1)
assert {p.data.dtype for p in network.parameters()} == {np.dtype(np.float32)}
assert not {"course", "autograd"} & set(sys.modules)
print((guesses == labels[-1000:]).mean(), len(labels), round(time.perf_counter() - begin, 1))
"""


@pytest.fixture
def exported(store, tmp_path):
    """Export an engine with these answers to a folder that is empty, and return the path and what was said."""

    def make(chosen):
        for id, source in chosen.items():
            store(id, source)
        place = tmp_path / "alone"
        place.mkdir()
        path = place / "my_autograd.py"
        return path, exporting.write(path, tensor=True)

    return make


def answers_in(style):
    return {id: written[min(style, len(written) - 1)] for id, written in ANSWERS.items()}


def run(path, *arguments):
    return subprocess.run(
        [sys.executable, "-E", "-s", *arguments], cwd=path.parent, capture_output=True, text=True, check=False
    )


def without_engine(source):
    """A solution without the lines that bind `engine`, which are not stored: names of the engine are given."""
    lines = source.split("\n")
    return "\n".join(line for line in lines if not re.match(r"from course import|engine = mine\.chapter", line))


def load(path):
    spec = importlib.util.spec_from_file_location("exported_for_a_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("style", [0, 1, 2, 3])
def test_an_export_needs_numpy_alone_and_passes_its_tests(exported, style):
    chosen = {id: source for place, (id, source) in enumerate(answers_in(style).items()) if style < 3 or place % 2}
    path, said = exported(chosen)
    own = chosen.keys() & TENSOR.keys()
    assert said == [
        f"{path}: the engine of arrays; {len(own)} of its {len(TENSOR)} parts are yours. "
        f"Test it: python {path.with_name('test_my_autograd.py')}"
    ]
    done = run(path, "test_my_autograd.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("passed: ") == 26
    foreign = "import sys, my_autograd; print(*{name.split('.')[0] for name in sys.modules})"
    imported = run(path, "-c", foreign).stdout.split()
    assert "numpy" in imported and not {"course", "autograd", "torch"} & set(imported)
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"^# Exercise ([\d.]+): my own code$", text, re.MULTILINE)) == own
    assert set(re.findall(r"^# Exercise ([\d.]+): the course's code$", text, re.MULTILINE)) == TENSOR.keys() - own
    assert "Coming" not in text and "layer_gradients" not in text and len(re.findall("^import numpy", text, re.M)) == 1
    assert ("def scatter(" in text) == ("11.3" not in own)  # a helper of the course's that nobody needs any more


def test_pytest_runs_the_exported_tests_too(exported):
    path, _ = exported(answers_in(0))
    options = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(path.parent), "test_my_autograd.py")
    assert "26 passed" in run(path, *options).stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return g.sum(axes, keepdims=True).reshape(shape) if axes else g", "return g[(0,) * (g.ndim - len(shape))]"),
        ("return g.sum(axes, keepdims=True)", "return g.mean(axes, keepdims=True)"),
        ("g @ np.swapaxes(b, -1, -2)", "g @ b"),
        ("np.swapaxes(a, -1, -2) @ g", "a @ g"),
        ("* hits / hits.sum(axis=axis, keepdims=True, dtype=x.dtype)", "* hits"),
        ("np.add.at(total, index, g)", "total[index] += g"),
        ("np.argsort(np.mod(axes, g.ndim))", "axes"),
        ("* (g.size / like_x.size)", ""),
        (".astype(p.dtype)) / len(scores)", ".astype(p.dtype))"),
        (".astype(p.dtype)) / len(scores)", ") / len(scores)"),
        ("top = x.max(axis=axis, keepdims=True)", "top = 0 * x.max(axis=axis, keepdims=True)"),
        ("elif isinstance(thing, list | tuple):", "elif isinstance(thing, tuple):"),
        ("elif isinstance(thing, dict):", "elif False:"),
        ("x.data = np.array(state[name], x.data.dtype)", "x.data = state[name]"),
        ("m / (1 - b1**t)", "m"),
        ("s / (1 - b2**t)", "s"),
        ("np.sqrt(s / (1 - b2**t)) + self.eps", "np.sqrt(s / (1 - b2**t) + self.eps)"),
        ("update(x * (1 - self.lr * self.weight_decay), g, state)", "update(x, g + self.weight_decay * x, state)"),
        ("v = state[\"v\"] = self.momentum * state.get(\"v\", 0.0) + g", "v = state[\"v\"] = g"),
        ("else node.tensor.grad + g", "else g"),
        ("gradients[parent] + part if parent in gradients else part", "part"),
        ("y * (g - (g * y).sum(axis=axis, keepdims=True))", "y * (1 - y) * g"),
        ("yield self.dataset[order[start : start + self.batch_size]]", "yield self.dataset[order[: self.batch_size]]"),
        ('zip("." + word, word + ".", strict=True)', 'zip(word, word[1:] + ".", strict=True)'),
        ('side="right"', 'side="left") + (rng.random() > 0.9'),
        ("[0] * length + [LETTERS", "[LETTERS"),
        ("0 <= numbers.min() <= numbers.max() < count", "numbers.max() < count"),
    ],
)  # fmt: skip
def test_the_exported_tests_find_a_fault(exported, old, new):
    path, _ = exported({})
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert run(path, "test_my_autograd.py").returncode == 1


def test_what_an_answer_uses_of_part_i_comes_along(exported):
    kahn = """
def topological_order(root: Value):
    return inputs_first(root)
"""
    path, said = exported({"04.2": kahn})
    assert f"; 1 of its {len(TENSOR)} parts are yours" in said[0] and len(said) == 1
    text = path.read_text(encoding="utf-8")
    assert "def inputs_first(root: Node)" in text and "def nodes_of(" in text and "Value" not in text.split('"""')[2]
    assert run(path, "test_my_autograd.py").returncode == 0


def test_names_that_hide_functions_of_python_stay_with_their_answer(exported):
    hides = """
from numpy import *


def max(n):
    return "mine"


def unbroadcast(g, shape):
    assert max(1) == "mine"
    longer = (1,) * (ndim(g) - len(shape)) + tuple(shape)
    axes = tuple(i for i, n in enumerate(longer) if n == 1)
    return reshape(sum(g, axis=axes), shape)
"""
    path, said = exported({"10.1": hides})
    assert len(said) == 1, said
    text = path.read_text(encoding="utf-8")
    assert "def max_10_1(" in text and "sum as sum_10_1" in text and "import *" not in text
    assert run(path, "test_my_autograd.py").returncode == 0


def test_an_answer_that_cannot_be_merged_is_named(exported):
    early = 'POINTWISE = TABLE | {"exp": TABLE["exp"]}\n'  # the file has no TABLE yet where this stands
    path, said = exported({"10.4": early, "10.1": ANSWERS["10.1"][0]})
    assert f"; 1 of its {len(TENSOR)} parts are yours" in said[0]
    assert said[1].startswith("Your answer to 10.4 is not in it: it ") and "TABLE" in said[1]
    assert run(path, "test_my_autograd.py").returncode == 0


def test_an_answer_that_needs_the_course_is_left_out(exported):
    path, said = exported({"10.1": "import course.mine\n" + ANSWERS["10.1"][0]})
    assert said[1] == "Your answer to 10.1 is not in it: it imports course, which is not where the file goes."
    assert "course" not in {line.split()[1] for line in path.read_text().split("\n") if line.startswith("import ")}


def test_the_command_and_a_notebook_export_the_engine_of_arrays(folder, tmp_path, capsys):
    assert command.main(["export", str(tmp_path / "my_arrays.py"), "--tensor"]) == 0
    assert "class Tensor" in (tmp_path / "my_arrays.py").read_text(encoding="utf-8")
    mine.export(tmp_path / "my_arrays.py")  # an export that nobody has changed makes way, whichever engine it is
    assert "class Value" in (tmp_path / "my_arrays.py").read_text(encoding="utf-8")
    (tmp_path / "my_arrays.py").write_text("x = 1", encoding="utf-8")
    mine.export(tmp_path / "my_arrays.py", tensor=True)
    assert "is there already" in capsys.readouterr().out
    mine.export(tmp_path / "numpy.py", tensor=True)
    assert "would hide the module numpy" in capsys.readouterr().out


def test_who_exports_the_engine_of_numbers_is_told_how_the_one_of_arrays_is_exported(store, tmp_path, capsys):
    for id in ("04.2", "09.2", "09.3"):
        store(id, ANSWERS[id][0])
    mine.export(tmp_path / "my_autograd.py")
    assert "engine of arrays" not in capsys.readouterr().out  # only parts of chapter 09, and before
    for id in ("10.1", "11.1"):
        store(id, ANSWERS[id][0])
    mine.export(tmp_path / "my_autograd.py")
    assert capsys.readouterr().out.splitlines()[1] == (
        f"The engine of arrays is another file: 5 of its {len(TENSOR)} parts are yours. It is written by "
        'mine.export("my_autograd_arrays.py", tensor=True), in a terminal by '
        "python -m course.mine export my_autograd_arrays.py --tensor"
    )
    assert command.main(["export", str(tmp_path / "my_autograd_arrays.py"), "--tensor"]) == 0
    assert f"engine of arrays; 5 of its {len(TENSOR)} parts are yours" in capsys.readouterr().out
    assert "class Value" in (tmp_path / "my_autograd.py").read_text(encoding="utf-8")  # both are there


def test_a_layer_in_two_places_may_have_either_name(exported):
    last_name = """
def members(module):
    found, met, waiting = {}, {id(module)}, [("", module)]
    while waiting:
        before, thing = waiting.pop()  # what was put down last comes first, so other names win
        if isinstance(thing, Module):
            thing = vars(thing)
        elif isinstance(thing, (list, tuple)):
            thing = dict(enumerate(thing))
        for key, part in thing.items() if isinstance(thing, dict) else ():
            if id(part) not in met:
                if isinstance(part, (Module, Tensor)):
                    met.add(id(part))
                    found[f"{before}{key}"] = part
                waiting.append((f"{before}{key}.", part))
    return found
"""
    path, said = exported({"13.1": last_name})
    assert len(said) == 1, said
    done = run(path, "test_my_autograd.py")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_twenty_steps_agree_with_pytorchs(exported, name):
    torch = pytest.importorskip("torch")
    engine = load(exported(answers_in(1))[0])
    settings = {"SGD": {"lr": 0.05, "momentum": 0.9}, "Adam": {"lr": 0.02}, "AdamW": {"lr": 0.02, "weight_decay": 0.1}}
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(12, 5)), rng.integers(0, 3, 12)
    ours = engine.Sequential(engine.Linear(5, 7, rng), engine.Tensor.tanh, engine.Linear(7, 3, rng))
    linear = (torch.nn.Linear(5, 7, dtype=torch.float64), torch.nn.Linear(7, 3, dtype=torch.float64))
    theirs = torch.nn.Sequential(linear[0], torch.nn.Tanh(), linear[1])
    for right, p in zip(theirs.parameters(), ours.parameters(), strict=True):
        right.data = torch.tensor(p.data)
    optimizers = (
        getattr(engine, name)(ours.parameters(), **settings[name]),
        getattr(torch.optim, name)(theirs.parameters(), **settings[name]),
    )
    for _ in range(20):
        loss = engine.cross_entropy(ours(engine.Tensor(x)), labels)
        right = torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(labels))
        assert loss.item() == pytest.approx(right.item(), rel=1e-9)
        for each, optimizer in zip((loss, right), optimizers, strict=True):
            optimizer.zero_grad()
            each.backward()
            optimizer.step()
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert p.grad == pytest.approx(q.grad.numpy(), rel=1e-7, abs=1e-12)
            assert p.data == pytest.approx(q.detach().numpy(), rel=1e-7, abs=1e-12)


ON_BOTH = {
    "add": lambda x, y: x + y[0],
    "sub": lambda x, y: 2 - x - y,
    "mul": lambda x, y: x * y[:1],
    "div": lambda x, y: x / y + 1 / y,
    "neg": lambda x, y: -x,
    "power": lambda x, y: y**3,
    "exp": lambda x, y: x.exp(),
    "log": lambda x, y: y.log(),
    "tanh": lambda x, y: x.tanh(),
    "relu": lambda x, y: x.relu(),
    "matmul": lambda x, y: x @ y.T,
    "sum": lambda x, y: x.sum(1),
    "mean": lambda x, y: x.mean(0),
    "max": lambda x, y: (x * 0).max() + x.max(),
    "reshape": lambda x, y: x.reshape(2, 6) * 3,
    "transpose": lambda x, y: x.T * y.reshape(4, 3),
    "getitem": lambda x, y: x[[0, 2, 0]] * y,
}


@pytest.mark.parametrize("style", [0, 1])
def test_every_entry_agrees_with_pytorch(exported, style):
    torch = pytest.importorskip("torch")
    engine = load(exported(answers_in(style))[0])
    softmaxes = {"softmax": torch.softmax, "log_softmax": torch.log_softmax}
    assert set(engine.TABLE) >= {*ON_BOTH, *softmaxes, "cross_entropy"}
    rng = np.random.default_rng(0)
    x, y, weights = rng.normal(size=(3, 4)), rng.uniform(0.5, 2, (3, 4)), rng.normal(size=(5, 5))

    def compare(name, ours_of, theirs_of):
        ours, theirs = [engine.Tensor(a, True) for a in (x, y)], [torch.tensor(a, requires_grad=True) for a in (x, y)]
        got, right = ours_of(*ours), theirs_of(*theirs)
        assert got.data == pytest.approx(right.detach().numpy(), rel=1e-12, abs=1e-14), name
        w = np.resize(weights, got.shape)
        ((got * w).sum() + 0 * (ours[0] + ours[1]).sum()).backward()
        ((right * torch.tensor(w)).sum() + 0 * (theirs[0] + theirs[1]).sum()).backward()
        for a, b in zip(ours, theirs, strict=True):
            assert a.grad == pytest.approx(b.grad.numpy(), rel=1e-10, abs=1e-12), name

    for name, f in ON_BOTH.items():
        compare(name, f, f)
    for name, f in softmaxes.items():
        compare(name, lambda x, y, name=name: getattr(engine, name)(x * y, 0), lambda x, y, f=f: f(x * y, 0))


@pytest.mark.skipif(not any(path.exists() for path in digits.places()), reason="MNIST is not on this machine")
def test_the_file_made_of_the_solutions_trains_on_mnist(exported):
    solved = {id: cells for path in SOLUTIONS for id, cells in exercises(path).items() if id in TENSOR}
    head = "import math\n\nimport numpy as np\n\n\n"  # which the chapters have imported before
    sources = {id: (TENSOR[id], head + without_engine(cells["solution"]["source"])) for id, cells in solved.items()}
    spaces = {id: {"engine": mine.chapter(part.chapter)} for id, (part, _) in sources.items()}
    path, said = exported(
        {id: by_bare_names(source, given_names(part), spaces[id]) for id, (part, source) in sources.items()}
    )
    assert solved and f"; {len(solved)} of its {len(TENSOR)} parts are yours" in said[0], said
    (path.parent / "train.py").write_text(TRAINING, encoding="utf-8")
    file = next(place for place in digits.places() if place.exists())
    done = run(path, "train.py", str(file.absolute()))
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[0]) > 0.95, done.stdout
    print("accuracy and seconds:", done.stdout)
