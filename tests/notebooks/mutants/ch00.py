"""Wrong answers to the exercise of chapter 00: mistakes that readers make, and that the check must catch."""

from fractions import Fraction


def compares_score_with_label(scores, labels):
    return sum(score == label for score, label in zip(scores, labels, strict=True)) / len(labels)


def zero_is_class_one(scores, labels):
    return sum((score >= 0) == (label == 1) for score, label in zip(scores, labels, strict=True)) / len(labels)


def border_at_one_half(scores, labels):
    return sum((score > 0.5) == (label == 1) for score, label in zip(scores, labels, strict=True)) / len(labels)


def count_not_share(scores, labels):
    return sum((score > 0) == (label == 1) for score, label in zip(scores, labels, strict=True))


def percent(scores, labels):
    return 100 * count_not_share(scores, labels) / len(labels)


def share_of_the_wrong(scores, labels):
    return 1 - count_not_share(scores, labels) / len(labels)


def only_class_one(scores, labels):
    return sum(score > 0 and label == 1 for score, label in zip(scores, labels, strict=True)) / len(labels)


def divides_by_class_one(scores, labels):
    return count_not_share(scores, labels) / max(1, sum(labels))


def whole_division(scores, labels):
    return count_not_share(scores, labels) // len(labels)


def changes_the_scores(scores, labels):
    for i, score in enumerate(scores):
        scores[i] = 1 if score > 0 else 0
    return sum(score == label for score, label in zip(scores, labels, strict=True)) / len(labels)


def prints_and_returns_nothing(scores, labels):
    print(count_not_share(scores, labels) / len(labels))


def rounded_to_two_digits(scores, labels):
    return round(count_not_share(scores, labels) / len(labels), 2)


def always_right(scores, labels):
    return 1.0


MUTANTS = {
    "00.1": [
        compares_score_with_label,
        zero_is_class_one,
        border_at_one_half,
        count_not_share,
        percent,
        share_of_the_wrong,
        only_class_one,
        divides_by_class_one,
        whole_division,
        changes_the_scores,
        prints_and_returns_nothing,
        rounded_to_two_digits,
        always_right,
    ]
}

# What the message to a wrong answer has to say.
SAYS = {
    compares_score_with_label: "All three are right",
    zero_is_class_one: "exactly 0 means class 0",
    border_at_one_half: "The border between the classes is 0",
    changes_the_scores: "changed its argument",
    prints_and_returns_nothing: "is a `return` missing?",
    rounded_to_two_digits: "Do not round",
    always_right: "the first says class 1, and its label is 0",
}


def one_by_one(scores, labels):
    right = 0
    for i in range(len(scores)):
        if scores[i] > 0 and labels[i] == 1 or scores[i] <= 0 and labels[i] == 0:
            right += 1
    return right / len(scores)


def by_classes(scores, labels):
    classes = [int(score > 0) for score in scores]
    return 1 - sum(abs(a - b) for a, b in zip(classes, labels, strict=True)) / len(labels)


def as_a_fraction(scores, labels):
    right = sum((score > 0) == bool(label) for score, label in zip(scores, labels, strict=True))
    return float(Fraction(right, len(labels)))


def with_numpy(scores, labels):
    import numpy as np

    return np.mean((np.array(scores) > 0) == (np.array(labels) == 1))


def by_recursion(scores, labels):
    if len(scores) == 1:
        return 1.0 if (scores[0] > 0) == (labels[0] == 1) else 0.0
    rest = by_recursion(scores[1:], labels[1:]) * (len(scores) - 1)
    return (rest + by_recursion(scores[:1], labels[:1])) / len(scores)


RIGHT = {"00.1": [one_by_one, by_classes, as_a_fraction, with_numpy, by_recursion]}
