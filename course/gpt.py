"""Trains the GPT of chapter 19 on any text, without a notebook: `python -m course.gpt --text FILE --steps 1000`.

With `--save gpt.safetensors` the weights go into that file, which PyTorch reads too, and a checkpoint stands beside it:
if the program is interrupted, the same command goes on, and ends with the same weights. It also goes on when it is
given more steps. The model computes in float32 and stands in `gpt_model.py`.
"""

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograd.tensor as ag
from autograd.tensor import nn, optim
from autograd.tensor.api.serialization import library
from course import checkpoint, command, workers
from course.byte_pairs import BytePairs, learn_merges
from course.checkpoint import Refused
from course.cluster import Cluster, data_parallel
from course.command import positive, shown, step_size, zero_or_more
from course.gpt_model import GPT

PROGRAM = "course.gpt"
WARMUP = 100  # steps in which the learning rate rises; then it stays, so that more steps can be added later
SAMPLE = 200  # characters


@dataclass
class Text:
    """A text as numbers of its pieces: nine tenths to learn from, the rest to measure."""

    name: Path
    pairs: BytePairs
    learn: ag.Tensor
    rest: ag.Tensor
    characters: int  # of the rest
    digest: str


def read(path: Path, merges: int, context: int) -> Text:
    """Return the text in a file. Raises Refused, in words, for what is no text or too short."""
    try:
        content = path.read_bytes()
    except OSError as error:
        what = "that is a folder" if path.is_dir() else "there is no such file" if not path.exists() else error.strerror
        raise Refused(f"{path} cannot be read: {what}") from None
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        where = f"byte {error.start} is {content[error.start]}, which cannot stand there"
        raise Refused(f"{path} is no text in UTF-8: {where}; name a text, or save it as UTF-8") from None
    if "\0" in text:
        raise Refused(f"{path} is no text: it holds zero bytes, as programs and pictures do")
    if not text.strip():
        raise Refused(f"{path} is empty: there is nothing to learn")
    cut = len(text) * 9 // 10
    pairs = BytePairs(learn_merges(text[:cut], merges), text)
    learn, rest = pairs.encode(text[:cut]), pairs.encode(text[cut:])
    if len(rest) <= context or len(learn) <= context:
        raise Refused(
            f"{path} is too short: its last tenth, which is kept aside to measure, has {len(rest)} pieces, and a "
            f"context of {context} needs {context + 1}; name a longer text, or a smaller --context"
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Text(path, pairs, ag.tensor(learn), ag.tensor(rest), len(text) - cut, digest)


class Training:
    """A model, its optimizer, the generator that draws batches, and how many steps were taken: all of a checkpoint."""

    def __init__(self, text: Text, settings: dict[str, Any], cluster: Cluster | None = None) -> None:
        self.text, self.settings, self.steps = text, settings, 0
        ag.manual_seed(settings["seed"])
        sizes = (settings[name] for name in ("context", "width", "heads", "layers"))
        self.model = GPT(text.pairs.size, *sizes)
        self.optimizer = optim.AdamW(self.model.parameters(), lr=settings["lr"])
        self.generator = ag.Generator().manual_seed(settings["seed"])
        self.parallel = data_parallel(self.model, surprise_of_rows, self.optimizer, cluster, settings["parts"])

    def step(self) -> float:
        """Take a step on a batch of random places in the text; return the loss before it."""
        context, learn = self.model.context, self.text.learn
        starts = ag.randint(len(learn) - context, (self.settings["batch_size"], 1), generator=self.generator)
        places = starts + ag.arange(context)
        self.steps += 1
        self.optimizer.lr = self.settings["lr"] * min(1.0, self.steps / WARMUP)
        return self.parallel.step(learn[places], learn[places + 1])

    def held_out(self) -> float:
        """Return the loss for each character of the rest of the text, of which only whole contexts are read."""
        context, rest = self.model.context, self.text.rest
        count = (len(rest) - 1) // context
        questions, answers = (rest[n : n + count * context].reshape(count, context) for n in (0, 1))
        with ag.no_grad():
            parts = [
                surprise(self.model, questions[n : n + 16], answers[n : n + 16]).item() * len(questions[n : n + 16])
                for n in range(0, count, 16)
            ]
        return sum(parts) / count * len(rest) / self.text.characters

    def sample(self, temperature: float = 0.8) -> str:
        """Return some text that the model goes on with after the start of the held-out part.

        It has a generator of its own, so that looking at samples does not change the training.
        """
        generator = ag.Generator().manual_seed(self.settings["seed"] + self.steps)
        numbers = self.text.rest[:1].reshape(1, 1)
        with ag.no_grad():
            while len(written := self.text.pairs.decode(numbers[0, 1:].tolist())) < SAMPLE:
                scores = self.model(numbers[:, -self.model.context :])[:, -1]
                shares = nn.functional.softmax(scores.double() / temperature, -1)
                numbers = ag.cat((numbers, ag.multinomial(shares, 1, generator=generator)), 1)
        return written[:SAMPLE]

    def checkpoint(self) -> memoryview:
        """Return all that is needed to go on as if nothing had happened, as the content of a file."""
        state = {
            "steps": self.steps,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
        }
        return checkpoint.packed(PROGRAM, self.text.digest, self.settings, state)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint. Raises Refused, in words, for one of another text or of other settings."""
        kept = checkpoint.unpacked(
            path, PROGRAM, self.text.digest, self.settings, f"another text than {self.text.name}"
        )
        self.model.load_state_dict(kept["model"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.generator.set_state(kept["generator"])
        self.steps = kept["steps"]

    def weights(self) -> bytes:
        """Return the weights as the content of a safetensors file, whose header holds the settings and the pieces."""
        told = {"format": "pt", "settings": json.dumps(self.settings), "pieces": json.dumps(self.text.pairs.pieces)}
        return library().numpy.save(
            {name: tensor.numpy() for name, tensor in self.model.state_dict().items()}, metadata=told
        )


def surprise(model: nn.Module, questions: ag.Tensor, answers: ag.Tensor) -> ag.Tensor:
    """Return the mean of -log p over all answers (n, T)."""
    return nn.functional.cross_entropy(model(questions).flatten(0, 1), answers.flatten())


def surprise_of_rows(model: nn.Module, questions: ag.Tensor, answers: ag.Tensor) -> ag.Tensor:
    """Return the sum over the rows (n, T) of each one's mean of -log p."""
    return surprise(model, questions, answers) * len(questions)


def run(options: argparse.Namespace, cluster: Cluster | None) -> None:
    """Train as the options say, from the checkpoint on if there is one."""
    others = ("text", "steps", "save", "every", "workers", "scheduler")
    settings = {name: getattr(options, name) for name in vars(options) if name not in others}
    if options.width % options.heads:
        raise Refused(f"--width {options.width} cannot be shared equally by --heads {options.heads}")
    text = read(options.text, options.merges, options.context)
    training = Training(text, settings, cluster)
    beside = options.save and checkpoint.beside(options.save)
    if not options.save:
        print("The weights will not be kept: --save FILE does that.")
    else:
        if options.text.resolve() in (options.save.resolve(), beside.resolve()):
            raise Refused(f"--save {options.save} would overwrite the text")
        command.save(training.weights(), options.save, "the weights", rehearsal=True)
        command.save(training.checkpoint(), beside, "the checkpoint", rehearsal=True)
        if beside.exists():
            training.resume(beside)
            print(f"{beside} is a checkpoint after {training.steps} steps: going on from there")
        if training.steps > options.steps:
            raise Refused(f"{training.steps} steps were taken already, and --steps {options.steps} is fewer")
    weights = sum(parameter.numel() for parameter in training.model.parameters())
    print(
        f"{options.text}: {len(text.learn):,} pieces to learn from, {len(text.rest):,} to measure, {text.pairs.size:,} "
        f"kinds; {weights:,} weights",
        flush=True,
    )
    train(training, options.steps, options.every, beside)
    if options.save:
        command.save(training.weights(), options.save, "the weights")
    print(f"a sample:\n{training.sample()}")
    if options.save:
        print(f"weights saved in {options.save}")


def train(training: Training, steps: int, every: int, beside: Path | None) -> None:
    """Train up to a number of steps; after each `every` of them, and at the end, report, sample and save."""
    while training.steps < steps:
        first, last = training.steps + 1, min(training.steps // every * every + every, steps)
        with shown(range(first, last + 1), f"steps {first} to {last} of {steps}", "step") as bar:
            loss = sum(training.step() for _ in bar) / len(range(first, last + 1))
        held_out = training.held_out()
        if not math.isfinite(loss + held_out):
            lr = training.settings["lr"]
            raise FloatingPointError(f"the loss is no number any more at step {last}: try a smaller --lr than {lr:g}")
        if beside:
            command.save(training.checkpoint(), beside, "the checkpoint")
        print(f"step {last}: loss {loss:.3f} a piece; held out {held_out:.3f} a character", flush=True)
        if last < steps:
            print(f"  {training.sample()!r}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, print samples, and keep the weights where that is wanted.

    Ends with a sentence and code 2 where something is wrong; as far as possible before it trains.
    """
    parser = argparse.ArgumentParser(prog="python -m course.gpt", description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=Path, required=True, metavar="FILE", help="the text to learn, in UTF-8")
    parser.add_argument("--steps", type=positive, default=1000, help="steps of training in all (default 1000)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the weights in this file (default: nowhere)")
    parser.add_argument(
        "--every", type=positive, default=100, help="steps between checkpoints and samples (default 100)"
    )
    parser.add_argument(
        "--merges", type=zero_or_more, default=500, help="pairs that are joined; 0: characters (default 500)"
    )
    parser.add_argument("--context", type=positive, default=64, help="pieces that the model sees (default 64)")
    parser.add_argument("--width", type=positive, default=64, help="numbers for each piece (default 64)")
    parser.add_argument("--heads", type=positive, default=4, help="of each attention (default 4)")
    parser.add_argument("--layers", type=positive, default=2, help="blocks, one after the other (default 2)")
    parser.add_argument("--batch-size", type=positive, default=16, help="contexts in a step (default 16)")
    parser.add_argument("--lr", type=step_size, default=3e-3, help="step size (default 0.003)")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and of the batches (default 0)")
    workers.add_options(parser)
    options = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):  # a character of a sample that the screen lacks is shown by its number
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with workers.chosen(options) as cluster:
            run(options, cluster)
    except ConnectionError as error:
        kept = "the same command goes on from the last checkpoint, or anew" if options.save else "nothing was kept"
        parser.exit(2, f"{parser.prog}: {error}; {kept}\n")
    except (FloatingPointError, ImportError, OSError, Refused, RuntimeError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    except KeyboardInterrupt:
        kept = "the same command goes on from the last checkpoint, or anew" if options.save else "nothing was kept"
        parser.exit(130, f"{parser.prog}: interrupted; {kept}\n")


if __name__ == "__main__":
    main()
