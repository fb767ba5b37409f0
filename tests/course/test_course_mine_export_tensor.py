"""The reader's engine of arrays is exported as one file that needs NumPy alone."""

import itertools
import re

import numpy as np
import pytest
from exported_files import answers_in, load, run
from mine_answers import ANSWERS

from course import mine
from course.mine import __main__ as command
from course.mine.parts import TENSOR


@pytest.mark.parametrize("style", [0, 1, 2, 3])
def test_an_export_needs_numpy_alone_and_passes_its_tests(exported_arrays, style):
    chosen = {id: source for place, (id, source) in enumerate(answers_in(style).items()) if style < 3 or place % 2}
    path, said = exported_arrays(chosen)
    unused = ["09.2", "09.3"] if style == 0 else ["09.2"]  # no other part uses it: that loss needs no one_hot
    needed = TENSOR.keys() - set(unused)
    own = chosen.keys() & needed
    assert said == [
        f"{path}: the engine of arrays; {len(own)} of its {len(needed)} parts are yours. "
        f"Test it: python {path.with_name('test_my_autograd.py')}",
        *[f"Your answer to {id} is not in it: no other part uses it." for id in unused if id in chosen],
    ]
    program = "import sys, runpy; runpy.run_path('test_my_autograd.py', run_name='__main__')"
    done = run(path, "-c", f"{program}; print(*{{name.split('.')[0] for name in sys.modules}})")
    assert done.returncode == 0, done.stdout + done.stderr
    *passed, imported = done.stdout.splitlines()
    assert len(passed) == 38 and all(line.startswith("passed: ") for line in passed)
    imported = imported.split()
    assert "numpy" in imported and not {"course", "autograd", "torch"} & set(imported)
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"^# Exercise ([\d.]+): my own code$", text, re.MULTILINE)) == own
    assert set(re.findall(r"^# Exercise ([\d.]+): the course's code$", text, re.MULTILINE)) == needed - own
    assert "broadcast_shape" not in text and ("one_hot" in text) == ("09.3" in needed)
    assert "Coming" not in text and "layer_gradients" not in text and len(re.findall("^import numpy", text, re.M)) == 1
    assert ("def scatter(" in text) == ("11.3" not in own)  # a helper of the course's that nobody needs any more


def test_pytest_runs_the_exported_tests_too(exported_arrays):
    path, _ = exported_arrays(answers_in(0))
    options = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(path.parent), "test_my_autograd.py")
    assert "38 passed" in run(path, *options).stdout


def test_the_exported_tests_fail_as_a_program_where_the_engine_is_wrong(exported_arrays):
    path, _ = exported_arrays({})
    text = path.read_text(encoding="utf-8")
    assert "np.add.at(total, index, g)" in text
    path.write_text(text.replace("np.add.at(total, index, g)", "total[index] += g"), encoding="utf-8")
    done = run(path, "test_my_autograd.py")
    assert done.returncode == 1 and "test_places_that_are_read_twice" in done.stderr


def test_what_an_answer_uses_of_part_i_comes_along(exported_arrays):
    kahn = """
def topological_order(root: Value):
    return inputs_first(root)
"""
    path, said = exported_arrays({"04.2": kahn})
    assert f"; 1 of its {len(TENSOR) - 1} parts are yours" in said[0] and len(said) == 1
    text = path.read_text(encoding="utf-8")
    assert "def inputs_first(root: Node)" in text and "def nodes_of(" in text and "Value" not in text.split('"""')[2]
    assert run(path, "test_my_autograd.py").returncode == 0


def test_a_part_that_serves_others_is_exported_where_one_uses_it(exported_arrays):
    uses = """
def unbroadcast(g, shape):
    assert broadcast_shape(g.shape, shape) == g.shape
    axes = tuple(range(g.ndim - len(shape)))
    g = g.sum(axis=axes) if axes else g
    ones = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
    return g.sum(axis=ones, keepdims=True) if ones else g
"""
    path, said = exported_arrays({"09.2": ANSWERS["09.2"][0], "10.1": uses})
    assert len(said) == 1 and f"; 2 of its {len(TENSOR)} parts are yours" in said[0]
    assert "# Exercise 09.2: my own code\n" in path.read_text(encoding="utf-8")
    assert run(path, "test_my_autograd.py").returncode == 0


def test_the_mark_of_the_course_stands_once_above_blocks_that_follow_one_another(exported_arrays):
    path, _ = exported_arrays({"10.1": ANSWERS["10.1"][0]})
    marks = re.findall(r"^# (====|The course's code|Exercise [\d.]+: )", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert ("The course's code", "The course's code") not in list(itertools.pairwise(marks))
    assert marks.count("The course's code") > 5


def test_a_table_filled_line_by_line_has_its_lines_below_one_another(exported_arrays):
    filled = """
def expm1_slope(g, y):
    return g * y


POINTWISE = {}
POINTWISE["sub"] = (np.subtract, {"a": lambda g: g, "b": lambda g: -g})
POINTWISE["exp"] = (np.exp, {"x": expm1_slope})


def tanh_slope(g, y):
    return g * (1 - y**2)


POINTWISE["tanh"] = (np.tanh, {"x": tanh_slope})
POINTWISE["log"] = (np.log, {"x": lambda g, x: g / x})
"""
    path, said = exported_arrays({"10.4": "import numpy as np\n" + filled})
    assert len(said) == 1, said
    text = path.read_text(encoding="utf-8")
    assert filled.strip() in text
    assert run(path, "test_my_autograd.py").returncode == 0


def test_names_that_hide_functions_of_python_stay_with_their_answer(exported_arrays):
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
    path, said = exported_arrays({"10.1": hides})
    assert len(said) == 1, said
    text = path.read_text(encoding="utf-8")
    assert "def max_10_1(" in text and "sum as sum_10_1" in text and "import *" not in text
    assert run(path, "test_my_autograd.py").returncode == 0


def test_an_answer_that_cannot_be_merged_is_named(exported_arrays):
    early = 'POINTWISE = TABLE | {"exp": TABLE["exp"]}\n'  # the file has no TABLE yet where this stands
    path, said = exported_arrays({"10.4": early, "10.1": ANSWERS["10.1"][0]})
    assert f"; 1 of its {len(TENSOR) - 1} parts are yours" in said[0]
    assert said[1].startswith("Your answer to 10.4 is not in it: it ") and "TABLE" in said[1]
    assert run(path, "test_my_autograd.py").returncode == 0


def test_an_answer_that_needs_the_course_is_left_out(exported_arrays):
    path, said = exported_arrays({"10.1": "import course.mine\n" + ANSWERS["10.1"][0]})
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
        "The engine of arrays, of which you wrote parts as well, is another file. It is written by "
        'mine.export("my_autograd_arrays.py", tensor=True), in a terminal by '
        "python -m course.mine export my_autograd_arrays.py --tensor"
    )
    assert command.main(["export", str(tmp_path / "my_autograd_arrays.py"), "--tensor"]) == 0
    assert f"engine of arrays; 4 of its {len(TENSOR) - 1} parts are yours" in capsys.readouterr().out
    assert "class Value" in (tmp_path / "my_autograd.py").read_text(encoding="utf-8")  # both are there


def test_a_layer_in_two_places_may_have_either_name(exported_arrays):
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
    path, said = exported_arrays({"13.1": last_name})
    assert len(said) == 1, said
    done = run(path, "test_my_autograd.py")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_twenty_steps_agree_with_pytorchs(exported_arrays, name):
    torch = pytest.importorskip("torch")
    engine = load(exported_arrays(answers_in(1))[0])
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
def test_every_entry_agrees_with_pytorch(exported_arrays, style):
    torch = pytest.importorskip("torch")
    engine = load(exported_arrays(answers_in(style))[0])
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
