"""The engine of arrays that is made of the solutions, alone in a file, trains MNIST's digits and a GPT of names."""

import pytest
from exported_files import run, solved
from notebook_files import WEEKLY

from course import digits
from course.datasets import names
from course.mine.parts import TENSOR

DIGITS = """
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

GPT = """
import sys
import time

import numpy as np

import my_autograd as engine

begin, rng = time.perf_counter(), np.random.default_rng(0)
words = sorted(set(open(sys.argv[1], encoding="utf-8").read().split()))
words, length = [words[n] for n in rng.permutation(len(words))], 12


def numbered(words):
    table, asked = np.zeros((len(words), length + 1), int), np.zeros((len(words), length), bool)
    for row, word in enumerate(words):
        word = word[: length - 1]
        table[row, 1 : len(word) + 1] = [engine.LETTERS.index(letter) for letter in word]
        asked[row, : len(word) + 1] = True
    return table, asked


def loss_of(table, asked):
    return engine.cross_entropy(model(table[:, :-1])[np.nonzero(asked)], table[:, 1:][asked])


learn, (kept, asked) = numbered(words[:-500]), numbered(words[-500:])
model = engine.GPT(27, length, 32, 4, 1, rng)
for parameter in model.parameters():
    parameter.data = parameter.data.astype(np.float32)
optimizer, steps = engine.AdamW(model.parameters(), lr=0.01), 200
for step in range(steps):
    optimizer.lr = 0.01 * engine.warmup_cosine(step, steps, 20)
    rows = rng.integers(0, len(words) - 500, 32)
    optimizer.zero_grad()
    loss_of(learn[0][rows], learn[1][rows]).backward()
    optimizer.step()
counts = engine.bigram_counts(words[:-500]) + 0.1
logs = np.log(counts / counts.sum(axis=1, keepdims=True))
drawn, cache = [0], {}
with engine.no_grad():
    while len(drawn) <= length and (len(drawn) == 1 or drawn[-1]):
        scores = model(np.array([drawn[-1:]]), cache)
        drawn.append(engine.sample(engine.softmax(scores[0, -1]).data, rng))
    again = model(np.array([drawn[:-1]]))
    assert np.allclose(again.data[0, -1], scores.data[0, -1], atol=1e-4)
    held = loss_of(kept, asked).item()
assert {p.data.dtype for p in model.parameters()} == {np.dtype(np.float32)}
assert not {"course", "autograd"} & set(sys.modules)
print(held, -logs[kept[:, :-1][asked], kept[:, 1:][asked]].mean(), round(time.perf_counter() - begin, 1))
print("".join(engine.LETTERS[number] for number in drawn))
"""


@pytest.fixture
def made_of_the_solutions(exported_arrays):
    sources = solved()
    path, said = exported_arrays(sources)
    assert sources.keys() == TENSOR.keys()
    needed = len(TENSOR) - 2  # no other part uses 09.2, and these solutions do not use 09.3 either
    assert f"; {needed} of its {needed} parts are yours" in said[0], said
    return path


@pytest.mark.skipif(not any(path.exists() for path in digits.places()), reason="MNIST is not on this machine")
def test_it_reads_digits(made_of_the_solutions):
    program = DIGITS if WEEKLY else DIGITS.replace("rounds = 15", "rounds = 7")
    (made_of_the_solutions.parent / "train.py").write_text(program, encoding="utf-8")
    file = next(place for place in digits.places() if place.exists())
    done = run(made_of_the_solutions, "train.py", str(file.absolute()))
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[0]) > 0.95, done.stdout
    print("accuracy and seconds:", done.stdout)


def test_it_passes_the_tests_beside_it(made_of_the_solutions):
    done = run(made_of_the_solutions, "test_my_autograd.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_trains_a_gpt_that_writes_names(made_of_the_solutions, tmp_path):
    (made_of_the_solutions.parent / "train.py").write_text(GPT, encoding="utf-8")
    (tmp_path / "names.txt").write_text("\n".join(names()), encoding="utf-8")
    done = run(made_of_the_solutions, "train.py", str(tmp_path / "names.txt"))
    assert done.returncode == 0, done.stderr
    held, counted = map(float, done.stdout.split()[:2])
    assert held < 2.47 < 2.52 < counted < 2.56, done.stdout  # counted are the pairs of letters
    print("held-out loss, that of counting, seconds, and a name:", done.stdout)
