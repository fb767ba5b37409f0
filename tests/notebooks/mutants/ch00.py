"""Wrong answers to the exercise of chapter 00: mistakes that readers make, and that the check must catch."""


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
        always_right,
    ]
}
