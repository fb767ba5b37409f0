"""The source of an answer is collected with all that it needs, stored, and runs by itself."""

import re
import sys

import pytest
from mine_answers import ANSWERS

from course import check, mine
from course.mine import answers, own, trial
from course.mine.parts import LAST, LAST_SCALAR, PARTS

AGREES = "def agrees(claimed, f, x):\n    return abs(claimed - central_difference(f, x)) < LIMIT * 10\n"
ORDER = """
def topological_order(root):
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *[(parent, False) for parent in (PARENTS)]]
    return order
"""


def stored(folder, id):
    return answers.read(folder / f"{id}.py").source


def ask(id, cell_run, capsys):
    capsys.readouterr()
    cell_run(f'check("{id}", {PARTS[id].answer if id in PARTS else "answer"})')
    return capsys.readouterr().out


@pytest.fixture
def asks(run, folder, capsys):
    """Run cells, check the answer that they bind, and return what was printed, and the source that was stored."""

    def go(id, *cells):
        run("from autograd.gradcheck import central_difference", *cells)
        said = ask(id, run, capsys)
        return said, stored(folder, id) if (folder / f"{id}.py").exists() else None

    return go


def is_part(said, id):
    file = f"answers/{id}.py"
    return "passed. Well done." in said and f"{PARTS[id].answer} is now part of your engine (" in said and file in said


def test_a_function_brings_its_helpers_constants_and_imports(asks):
    helper = (
        "from operator import attrgetter\n\n# all that a node was made of\ndef above(node):\n    return get(node)\n"
    )
    constants = "import math as m\nLIMIT = 10**9\nget = attrgetter('parents')\nunused = 1"
    said, source = asks(
        "04.2", helper, constants, ORDER.replace("PARENTS", "above(node) if m.inf > LIMIT > len(order) else []")
    )
    assert is_part(said, "04.2")
    assert "# all that a node was made of\ndef above(node):" in source
    assert "LIMIT = 10**9" in source and "import math as m\n" in source and "unused" not in source
    assert source.index("def above") < source.index("def topological_order")
    assert mine.chapter(4).topological_order.__code__.co_filename.endswith("04.2.py")


def test_local_names_are_not_taken_for_those_of_the_notebook(asks):
    said, source = asks("05.1", "measured = object()\nLIMIT = 1e-7", AGREES.replace("return", "measured = x; return"))
    assert is_part(said, "05.1")
    assert "object" not in source


def test_decorators_come_along(asks):
    cells = (
        "from functools import lru_cache, wraps",
        "def loud(f):\n    @wraps(f)\n    def inner(*a):\n        return f(*a)\n    return inner",
        "@lru_cache(maxsize=None)\ndef limit():\n    return 1e-7",
        "def silent(f):\n    def inner(*a):\n        return f(*a)\n    return inner",
        "@loud\n@silent\n" + AGREES.replace("LIMIT", "limit()"),
    )
    said, source = asks("05.1", *cells)
    assert is_part(said, "05.1")
    assert "@lru_cache(maxsize=None)" in source and "@loud\n@silent\ndef agrees" in source
    assert "from functools import lru_cache" in source and "from functools import wraps" in source


@pytest.mark.parametrize(
    "answer",
    [
        "agrees = lambda claimed, f, x: abs(claimed - central_difference(f, x)) < 1e-6",
        "def make(limit):\n    def judge(c, f, x):\n        return abs(c - central_difference(f, x)) < limit\n"
        "    return judge\n\nagrees = make(1e-6)",
        "from functools import partial\ndef judge(limit, c, f, x):\n"
        "    return abs(c - central_difference(f, x)) < limit\nagrees = partial(judge, 1e-6)",
        "class Judge:\n    limit = 1e-6\n    def __call__(self, c, f, x):\n"
        "        return abs(c - central_difference(f, x)) < self.limit\nagrees = Judge()",
        "def another_name(c, f, x):\n    return abs(c - central_difference(f, x)) < 1e-6\nagrees = another_name",
        "class Judges:\n    @staticmethod\n    def close(c, f, x):\n"
        "        return abs(c - central_difference(f, x)) < 1e-6\nagrees = Judges.close",
        "if True:\n    # indented\n    def agrees(c, f, x):\n        return abs(c - central_difference(f, x)) < 1e-6",
        "async def later(): ...\nawait later()\n"
        "def agrees(c, f, x):\n    return abs(c - central_difference(f, x)) < 1e-6",
        "äquivalent = 1e-6\ndef agrees(c, f, x):\n"
        "    'größer – ∂'\n    return abs(c - central_difference(f, x)) < äquivalent",
    ],
    ids=["lambda", "factory", "partial", "callable", "alias", "static", "indented", "await", "unicode"],
)
def test_answers_that_were_made_in_other_ways_are_carried(asks, answer):
    said, source = asks("05.1", answer)
    assert "is now part of your engine" in said
    assert mine.chapter(5).agrees(12.0, lambda x: x**3, 2.0) and not mine.chapter(5).agrees(12.1, lambda x: x**3, 2.0)
    assert "autograd" not in source


def test_a_lambda_that_has_no_name_is_carried(run, folder, capsys):
    run('check("05.1", lambda c, f, x: abs(c - (f(x + 1e-5) - f(x - 1e-5)) / 2e-5) < 1e-6)')
    assert "agrees is now part of your engine" in capsys.readouterr().out
    assert stored(folder, "05.1").startswith("agrees = lambda c, f, x:")


def test_the_last_definition_counts(asks):
    said, source = asks("05.1", "LIMIT = 5.0", AGREES, "LIMIT = 1e-7", AGREES.replace("* 10", "* 9"))
    assert is_part(said, "05.1")
    assert "LIMIT = 1e-7" in source and "* 9" in source and "* 10" not in source


def test_data_that_can_change_is_carried_as_it_is_and_the_reader_is_told(asks):
    said, source = asks(
        "05.1", "limits = [1e-7]", "limits.append(nothing := None)", AGREES.replace("LIMIT", "limits[0]")
    )
    assert is_part(said, "05.1") and "`limits` is carried as it is now" in said
    assert "limits = [1e-07, None]" in source


def test_what_is_no_plain_data_is_made_anew(asks):
    cells = "import random\nfrom math import inf, pi\nrng = random.Random(0)", "memo = {}\nmemo[object()] = 1"
    use = AGREES.replace("LIMIT * 10", "rng.random() * 0 + 1e-6 + len(memo) * 0 + pi / inf")
    said, source = asks("05.1", *cells, use)
    assert is_part(said, "05.1")
    assert "rng = random.Random(0)" in source and "memo = {}" in source
    assert "from math import pi" in source and "import random\n" in source


def test_a_table_that_is_filled_line_by_line_is_carried(asks):
    cells = ANSWERS["05.2"][0].strip().split("\n\n\n")
    filled = (
        "ENTRIES = {}\nENTRIES['exp'] = math.exp, lambda y, x: y",
        "ENTRIES |= {'log': (math.log, lambda y, x: 1 / x)}",
    )
    said, source = asks("05.2", *cells[:-1], *filled, "ENTRIES.update(tanh=(math.tanh, lambda y, x: 1 - y * y))")
    assert is_part(said, "05.2")
    assert source.count("ENTRIES") == 4 and "sigmoid" not in source
    assert mine.chapter(5).Value(1.0).tanh().local_gradients[0] == pytest.approx(0.419974341614026)


def test_a_class_with_slots_can_give_its_methods(asks):
    slots = ANSWERS["02.1"][0].replace(
        "class MyValue:", "class MyValue:\n    __slots__ = 'data', 'parents', 'op', 'label'\n"
    )
    said, _ = asks("02.1", "def wrap(x):\n    return x if isinstance(x, MyValue) else MyValue(x)", slots)
    assert is_part(said, "02.1")
    assert "02.1" in mine.chapter(8)._used


@pytest.mark.filterwarnings("ignore:.make_tokens_by_line")
def test_odd_characters_do_not_shift_the_lines(asks):
    cell = "first = '\u2028\u2028'\n\x0c\n@staticmethod\ndef agrees(c, f, x):\n\t'''\u2028\x0c\x1c'''\n"
    said, source = asks("05.1", cell + "\treturn abs(c - central_difference(f, x)) < len(first) * 1e-6\n")
    assert is_part(said, "05.1") and "'''\u2028\x0c\x1c'''" in source
    assert "05.1" in mine.chapter(8)._used


def test_methods_that_were_put_into_a_class_later_are_carried(asks):
    said, source = asks("02.1", *ANSWERS["02.1"][2].split("\n\n\n"))
    assert is_part(said, "02.1")
    assert source.count("MyValue.__") == 5 and "def push(" in source


def test_the_engines_value_wins_over_an_import_of_the_packages(asks):
    cell = "def cross_entropy(scores, label):\n    from autograd.scalar import Value\n"
    cell += "    top = max(s.data for s in scores)\n    total = Value(0.0)\n    for s in scores:\n"
    cell += "        total = total + (s - top).exp()\n    return total.log() - (scores[label] - top)"
    said, source = asks("08.2", "from autograd.scalar import Value", cell)
    assert is_part(said, "08.2")
    assert "autograd" not in source


BACKWARD = """
def backward(root):
    order = {order}(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1
    {sweep}(order)
"""


@pytest.mark.parametrize(
    ("cell", "order", "sweep"),
    [
        ("engine = mine.chapter(4)", "engine.topological_order", "engine.sweep"),
        ("", "mine.chapter(4).topological_order", "mine.chapter(3).sweep"),
        ("walk = mine.chapter(4).topological_order; sweep = mine.chapter(3).sweep", "walk", "sweep"),
    ],
)
@pytest.mark.parametrize("whose", ["the course's", "the reader's"])
def test_what_comes_from_the_engine_is_called_by_its_bare_name(asks, store, cell, order, sweep, whose):
    if whose == "the reader's":
        store("04.2", ANSWERS["04.2"][1])
        store("03.3", ANSWERS["03.3"][1])
    said, source = asks("04.3", cell, BACKWARD.format(order=order, sweep=sweep))
    assert is_part(said, "04.3")
    assert "mine" not in source and "engine" not in source and "def topological_order" not in source
    walk = mine.chapter(8).backward.__globals__.get("walk", mine.chapter(8).topological_order)
    assert walk is mine.chapter(8).topological_order
    assert mine.chapter(8)._used.keys() == ({"03.3", "04.2", "04.3"} if whose == "the reader's" else {"04.3"})


def test_another_name_for_the_engines_value_means_that_value(asks):
    cell = "def cross_entropy(scores, label):\n    top = max(s.data for s in scores)\n    total = V(0.0)\n"
    cell += (
        "    for s in scores:\n        total = total + (s - top).exp()\n    return total.log() - (scores[label] - top)"
    )
    said, source = asks("08.2", "V = mine.chapter(8).Value", cell)
    assert is_part(said, "08.2") and "V = Value\n" in source
    engine = mine.chapter(8)
    assert type(engine.cross_entropy([engine.Value(1.0), engine.Value(2.0)], 0)) is engine.Value
    assert engine.cross_entropy.__globals__["V"] is engine.Value


def in_pools(name):
    """A pool whose helper bears a name of the engine, which means something else there."""
    helper = f"""
def {name}(x, size):
    rows, columns = x.shape[2] // size, x.shape[3] // size
    return x[:, :, : rows * size, : columns * size].reshape(*x.shape[:2], rows, size, columns, size)


def to_the_largest(g, x, y, size):
    hits = {name}(x, size) == y[:, :, :, None, :, None]
    total, parts = np.zeros(x.shape, g.dtype), hits * (g / hits.sum(axis=(3, 5)))[:, :, :, None, :, None]
    total[:, :, : y.shape[2] * size, : y.shape[3] * size] = parts.reshape(*y.shape[:2], y.shape[2] * size, -1)
    return total


POOLING = {{"max_pool2d": (lambda x, size: {name}(x, size).max(axis=(3, 5)), {{"x": to_the_largest}})}}
"""
    return "import numpy as np", helper


@pytest.mark.parametrize("name", ["max_pool", "backward", "Conv2d", "softmax", "sample"])
def test_a_helper_that_is_called_as_something_of_the_engine_is_carried_under_another_name(asks, name):
    said, source = asks("17.3", *in_pools(name))
    assert is_part(said, "17.3")
    there = [word for word in (name, f"own_{name}") if f"def {word}(" in source]
    known = name != "sample"  # the engine has that one from chapter 18 on
    assert there == [f"own_{name}" if known else name] and len(re.findall(rf"\b{there[0]}\(x, size\)", source)) == 3
    assert (f"The engine has a `{name}` too, so yours is carried as `own_{name}`." in said) == known
    engine = mine.chapter(18)
    assert engine.max_pool(engine.Tensor([[[[1.0, 5.0], [2.0, 3.0]]]]), 2).data.tolist() == [[[[5.0]]]]
    assert engine.TABLE["max_pool2d"][1]["x"].__code__.co_filename.endswith("17.3.py")


def test_the_answer_to_another_exercise_of_the_chapter_is_the_engines_also_in_the_same_cell(asks):
    both = ANSWERS["17.1"][0] + ANSWERS["17.2"][0]
    said, source = asks("17.2", both)
    assert is_part(said, "17.2") and "patches(" in source and "def patches" not in source and "too, so" not in said


def test_an_exercise_that_is_no_part_asks_the_engine_for_what_it_needs(asks):
    cells = "Value = mine.chapter(6).Value", "def answer(x):\n    return Value(x) * Value(x)"
    _, source = asks("02.9", *cells)
    assert source == f"from course import mine\n\n\n{cells[0]}\n\n\n{cells[1]}\n"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["%%time\nLIMIT = 1e-7\ndef helper(): return LIMIT", AGREES.replace("LIMIT", "helper()")], "`helper`"),
        (["exec('def helper(): return 1e-7')", AGREES.replace("LIMIT", "helper()")], "`helper`: the cell that made it"),
        (["for LIMIT in [object]: pass", AGREES.replace("LIMIT", "(LIMIT and 1e-7)")], None),
        (
            ["import numpy", AGREES.replace("LIMIT * 10", "numpy.float64(1e-6)")],
            "it imports numpy, and the engine needs",
        ),
        (
            ["from autograd import scalar", AGREES.replace("LIMIT * 10", "scalar.Value(1e-6).data")],
            "it imports autograd",
        ),
        (["LIMIT = 1e-7", AGREES.replace("LIMIT", "globals()['LIMIT']")], "KeyError: 'LIMIT'"),
    ],
)
def test_what_cannot_be_carried_is_said(asks, cells, why):
    said, _ = asks("05.1", *cells)
    if why is None:
        assert is_part(said, "05.1")
        return
    assert "passed. Well done.\n  It is stored in" in said and "but cannot become part of your engine" in said
    assert why in said and "The course's own stands in." in said
    assert mine.chapter(5).agrees.__code__.co_filename.endswith("scalar_engine.py")


@pytest.mark.parametrize("id", ["04.2", "05.2", "06.1"])
def test_what_the_engine_gave_is_not_stored_as_the_readers(asks, store, folder, id):
    answer, name = PARTS[id].answer, PARTS[id].name
    said, source = asks(id, f"{answer} = mine.chapter(8).{name}")
    assert (
        said == f"Exercise {id} · passed. Well done.\n  It comes from course and is not yours, so it is not stored.\n"
    )
    assert source is None
    before = store(id, ANSWERS[id][0]).read_bytes()
    said, _ = asks(id, f"{answer} = mine.chapter(8).{name}")
    assert "passed. Well done.\n  It is your stored answer (" in said
    assert (folder / f"{id}.py").read_bytes() == before


def test_a_table_with_one_function_of_the_packages_is_the_readers(asks):
    table = "from autograd.scalar import sigmoid\nENTRIES = {'sigmoid': (sigmoid, lambda y, x: y * (1 - y))}"
    said, _ = asks("05.2", table)
    assert "cannot become part of your engine: run by itself, it imports autograd" in said


def test_what_the_package_has_is_not_stored_as_the_readers(asks):
    said, source = asks("08.2", "from autograd.scalar import cross_entropy")
    assert "passed. Well done.\n  It comes from autograd and is not yours, so it is not stored." in said
    assert source is None


def test_an_exercise_that_is_no_part_is_stored(asks, folder):
    said, source = asks("02.9", "import numpy as np\ndef answer(x):\n    return np.abs(x)")
    assert "passed. Well done.\n  Stored in" in said
    assert source == "import numpy as np\n\n\ndef answer(x):\n    return np.abs(x)\n"


def test_nothing_is_stored_or_said_where_it_is_off(run, folder, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_ANSWERS", "off")
    run("def agrees(c, f, x):\n    return abs(c - (f(x + 1e-5) - f(x - 1e-5)) / 2e-5) < 1e-6")
    assert ask("05.1", run, capsys) == "Exercise 05.1 · passed. Well done.\n"
    assert not folder.exists()


def test_an_answer_that_cannot_be_a_part_does_not_replace_one_that_is(asks, folder):
    asks("03.1", *ANSWERS["03.1"][0].strip().split("\n\n\n"))
    before = (folder / "03.1.py").read_bytes()
    said, _ = asks("03.1", DIVIDES)
    assert "It cannot become part of your engine: run by itself, in a training step" in said
    assert "ZeroDivisionError" in said and "Your earlier answer stays there (" in said
    assert (folder / "03.1.py").read_bytes() == before and "03.1" in mine.chapter(3)._used


def test_an_answer_that_is_checked_again_is_not_tried_again(asks, monkeypatch):
    cells = ANSWERS["03.1"][0].strip().split("\n\n\n")
    first, _ = asks("03.1", *cells)
    monkeypatch.setattr("course.mine.verify.require_fits", None)
    assert asks("03.1", *cells)[0] == first and is_part(first, "03.1")


def test_an_answer_that_does_not_pass_is_not_stored(run, folder, capsys):
    run("def agrees(c, f, x):\n    return True")
    assert "not yet" in ask("05.1", run, capsys)
    assert not folder.exists()


DIVIDES = """
import math


def local_slopes(op, *inputs):
    a, b = (*inputs, 0.0)[:2] if len(inputs) < 2 else inputs
    b_or_1 = b if len(inputs) == 2 else 1.0
    return {
        "+": (1.0, 1.0), "-": (1.0, -1.0), "*": (b, a), "/": (1 / b_or_1, -a / b_or_1**2), "neg": (-1.0,),
        "tanh": (1 - math.tanh(a) ** 2,),
    }[op]
"""
OWN_ATTRIBUTE = (
    ANSWERS["02.1"][0]
    .replace("label=label", "label=label")
    .replace(
        "self.data, self.parents, self.op, self.label = data, parents, op, label",
        "self.data, self.parents, self.op, self.label, self.sign = data, parents, op, label, -1",
    )
    .replace("-self.data, (self,)", "self.sign * self.data, (self,)")
)


@pytest.mark.parametrize(
    ("id", "cell", "why"),
    [
        ("03.1", DIVIDES, "in a training step of the moons it stopped with ZeroDivisionError"),
        ("02.1", OWN_ATTRIBUTE, "AttributeError: 'Value' object has no attribute 'sign'"),
        (
            "08.1",
            "def split(points, labels, share, rng):\n    return points[:1], labels[:1], points[1:], labels[1:]",
            "split",
        ),
        (
            "03.3",
            "def sweep(order):\n    for n in order:\n        pass",
            "it gives 0.0 for the slopes of an expression",
        ),
    ],
)
def test_an_answer_that_would_break_the_engine_is_not_put_in(asks, id, cell, why):
    said, _ = asks(id, "wrap = MyValue = None" if id == "02.1" else "", cell)
    assert "but cannot become part of your engine: run by itself, in a training step of the moons" in said
    assert why in said
    mine.chapter(8)


def test_an_answer_that_takes_too_long_at_full_size_is_not_put_in(asks, monkeypatch):
    # With fewer points and less patience the same is found in a tenth of the time.
    for name, value in {"MOONS": (8, trial.MOONS[1]), "LEAST": 0.2, "PATIENCE": 2, "WAIT": 30}.items():
        monkeypatch.setattr(trial, name, value)
    slow = ORDER.replace("seen = [], set()", "seen = [], []").replace("seen.add", "seen.append")
    slow = slow.replace("order, seen, stack = [], set(), ", "order, seen, stack = [], [], ")
    said, _ = asks("04.2", slow.replace("PARENTS", "node.parents"))
    assert re.search(
        r"in a training step of the moons it (takes \d+\.\d|was still running after \d+\.?\d*) seconds", said
    )
    assert "stands in" in said and mine.chapter(8)._used == {}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_new_syntax_is_carried(asks):
    cell = "type Number = float\ndef first[T](items: list[T]) -> T:\n    return items[0]\n"
    cell += "def agrees(c: Number, f, x):\n    f'{'a'}'\n    return abs(c - first([central_difference(f, x)])) < 1e-6"
    said, source = asks("05.1", cell)
    assert is_part(said, "05.1")
    assert "type Number = float" in source


def test_only_a_part_that_computes_with_arrays_may_need_numpy(asks):
    cell = "def dot(xs, ys):\n    xs, ys = [*map(wrap, xs)], [*map(wrap, ys)]\n"
    cell += "    numbers = [np.array([node.data for node in nodes]) for nodes in (ys, xs)]\n"
    cell += "    total = float(numbers[0] @ numbers[1])\n"
    cell += '    return Value(total, (*xs, *ys), "dot", np.concatenate(numbers).tolist())\n'
    said, _ = asks("09.1", "import numpy as np\nfrom course.mine.scalar_engine import Value, wrap", cell)
    assert "passed" in said and "it imports numpy, and the engine needs the standard library alone" in said
    said, source = asks("09.3", "import numpy as np", ANSWERS["09.3"][0])
    assert is_part(said, "09.3") and "import numpy as np" in source
    cell = "import matplotlib\ndef one_hot(labels, classes):\n    matplotlib\n    return np.eye(classes)[labels]\n"
    said, _ = asks("09.3", "import numpy as np", cell)
    assert "it imports matplotlib, and the engine needs NumPy and the standard library alone" in said


@pytest.mark.parametrize("id", sorted(ANSWERS))
def test_every_part_can_be_carried_from_a_notebook(run, folder, capsys, monkeypatch, id):
    """At a small size: test_course_mine_export.py and its sister for arrays try the same answers at full size."""
    monkeypatch.setattr(trial, "MOONS", trial.SMALL)
    arrays = PARTS[id].chapter > LAST_SCALAR
    last, first = (LAST, LAST_SCALAR + 1) if arrays else (LAST_SCALAR, 1)
    built = [file.stem for file, since in own.SOURCES.items() if first <= since <= (PARTS[id].chapter if arrays else 1)]
    for source in ANSWERS[id]:
        given = [*(f"from course.mine.{name} import *" for name in built), "import numpy as np"]
        run("\n".join(given), *source.strip().split("\n\n\n"))
        assert is_part(ask(id, run, capsys), id)
    assert id in mine.chapter(last)._used


def test_check_says_in_the_notebook_where_the_answer_is(folder, capsys):
    def agrees(claimed, f, x):
        return abs(claimed - 3 * x * x) < 1e-6

    check("05.1", agrees)  # not in a cell: a function inside of a function
    assert "cannot become part of your engine: its source cannot be carried" in capsys.readouterr().out
