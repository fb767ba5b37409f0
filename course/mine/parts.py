"""The table of parts: which exercise gives which piece of the engine, and from which chapter on a name is there.

An exercise that is not in this table is stored as well when it passes, and has no place in the engine.
"""

from typing import NamedTuple


class Part(NamedTuple):
    """A piece of the engine that an exercise asks for.

    `answer` is the name that the exercise asks for, `name` the one in the engine. A class whose `methods` are named
    does not take the place of the engine's class: these methods move there, with the helpers that stand beside them.
    A part that computes with `arrays` may need NumPy, so it has no place in the engine of single numbers.
    """

    exercise: str
    answer: str
    name: str
    methods: tuple[str, ...] = ()
    arrays: bool = False

    @property
    def chapter(self) -> int:
        """The chapter from which on the engine has this part."""
        return int(self.exercise[:2])


PARTS = {
    part.exercise: part
    for part in (
        Part("01.1", "central_difference", "both_sides"),
        Part("02.1", "MyValue", "Value", ("__sub__", "__rsub__", "__mul__", "__rmul__", "__neg__")),
        Part("02.2", "nodes_of", "nodes_of"),
        Part("02.3", "inputs_first", "inputs_first"),
        Part("03.1", "local_slopes", "local_slopes"),
        Part("03.3", "sweep", "sweep"),
        Part("04.2", "topological_order", "topological_order"),
        Part("04.3", "backward", "backward"),
        Part("05.1", "agrees", "agrees"),
        Part("05.2", "ENTRIES", "ENTRIES"),
        Part("05.3", "apply", "apply"),
        Part("05.4", "gradcheck", "gradcheck"),
        Part("06.1", "MyNeuron", "Neuron"),
        Part("06.2", "MyMLP", "MLP"),
        Part("07.1", "MySGD", "SGD"),
        Part("07.2", "fit", "fit"),
        Part("08.1", "split", "split"),
        Part("08.2", "cross_entropy", "cross_entropy"),
        Part("08.3", "minibatches", "minibatches"),
        Part("09.1", "dot", "dot"),
        Part("09.2", "broadcast_shape", "broadcast_shape", arrays=True),
        Part("09.3", "one_hot", "one_hot", arrays=True),
        Part("09.4", "layer_gradients", "layer_gradients", arrays=True),
        Part("10.1", "unbroadcast", "unbroadcast", arrays=True),
        Part("10.2", "record", "record", arrays=True),
        Part("10.3", "backward", "backward", arrays=True),
        Part("10.4", "POINTWISE", "POINTWISE", arrays=True),
        Part("11.1", "PRODUCTS", "PRODUCTS", arrays=True),
        Part("11.2", "REDUCTIONS", "REDUCTIONS", arrays=True),
        Part("11.3", "SHAPES", "SHAPES", arrays=True),
        Part("12.1", "log_sum_exp", "log_sum_exp", arrays=True),
        Part("12.2", "SOFTMAX", "SOFTMAX", arrays=True),
        Part("12.3", "LOSSES", "LOSSES", arrays=True),
        Part("13.1", "members", "members", arrays=True),
        Part("13.2", "MyLinear", "Linear", arrays=True),
        Part("13.3", "load_state", "load_state", arrays=True),
        Part("13.4", "MyDataLoader", "DataLoader", arrays=True),
        Part("14.1", "MySGD", "SGD", arrays=True),
        Part("14.2", "MyAdam", "Adam", arrays=True),
        Part("14.3", "MyAdamW", "AdamW", arrays=True),
        Part("14.4", "warmup_cosine", "warmup_cosine", arrays=True),
        Part("16.1", "kaiming", "kaiming", arrays=True),
        Part("16.2", "MyBatchNorm", "BatchNorm", arrays=True),
        Part("16.3", "MyLayerNorm", "LayerNorm", arrays=True),
        Part("16.4", "MyDropout", "Dropout", arrays=True),
        Part("17.1", "patches", "patches", arrays=True),
        Part("17.2", "CONVOLUTION", "CONVOLUTION", arrays=True),
        Part("17.3", "POOLING", "POOLING", arrays=True),
        Part("18.1", "bigram_counts", "bigram_counts", arrays=True),
        Part("18.2", "sample", "sample", arrays=True),
        Part("18.3", "contexts", "contexts", arrays=True),
        Part("18.4", "MyEmbedding", "Embedding", arrays=True),
        Part("19.1", "attention", "attention", arrays=True),
        Part("19.2", "split_heads", "split_heads", arrays=True),
        Part("19.3", "MyBlock", "Block", arrays=True),
    )
}
LAST_SCALAR = 9  # the last chapter of the engine of single numbers
LAST = 19  # the last chapter that builds a part; from LAST_SCALAR + 1 on, the engine is one of arrays
CARRIED_ON = ("04.2", "09.2", "09.3")  # parts of the first engine that the engine of arrays uses as well

# What the engine has besides, each from a chapter on; the course's own.
GIVEN = {"central_difference": 1, "wrap": 2, "Layer": 6}
GIVEN_TENSOR = (
    dict.fromkeys(("Tensor", "Node", "no_grad", "TABLE", "reads", "readable", "call"), 10)
    | dict.fromkeys(("softmax", "log_softmax", "cross_entropy"), 12)
    | dict.fromkeys(("Module", "Sequential", "Dataset"), 13)
    | {"Optimizer": 14, "LETTERS": 18}
    | dict.fromkeys(("max_pool", "Conv2d"), 17)
    | dict.fromkeys(("join_heads", "SelfAttention", "GPT"), 19)
)
ALIASES = {part.answer: part.name for part in PARTS.values() if part.answer not in (part.name, *GIVEN)} | {
    "MyLayer": "Layer"
}
METHODS = {"tanh": 3, "backward": 4, "exp": 5, "log": 5, "relu": 5, "sigmoid": 5, "softplus": 5}


def parts(chapter: int) -> dict[str, Part]:
    """Return the parts that the engine of a chapter is made of, by exercise."""
    if chapter <= LAST_SCALAR:
        return {id: part for id, part in PARTS.items() if part.chapter <= chapter}
    later = [id for id, part in PARTS.items() if LAST_SCALAR < part.chapter <= chapter]
    return {id: PARTS[id] for id in (*CARRIED_ON, *later)}


def answered_in(chapter: int) -> set[str]:
    """Return the names of what a chapter's exercises ask for, and those that it has in the engine."""
    return {name for part in PARTS.values() if part.chapter == chapter for name in (part.answer, part.name)}


def names(chapter: int) -> dict[str, int]:
    """Return the names of the engine as far as a chapter has built it, each with the chapter it comes from."""
    given = GIVEN if chapter <= LAST_SCALAR else GIVEN_TENSOR
    since = given | {part.name: part.chapter for part in parts(chapter).values()}
    return {name: built for name, built in since.items() if built <= chapter}


# What the two exported engines are made of.
SCALAR = {id: part for id, part in parts(LAST_SCALAR).items() if not part.arrays}
TENSOR = parts(LAST)
