"""Chapter 00, start here: what the exercise asks."""

from course.specification import Answer, exercise

# Scores, labels, and what is usually behind a wrong result.
CASES = (
    (
        [2.5, -0.3, 0.7],
        [1, 0, 1],
        "All three are right, so the share is 1: count those, and divide by how many there are.",
    ),
    ([2.5, -0.3, 0.7, 1.5], [0, 0, 1, 1], "Three of four are right: the first says class 1, and its label is 0."),
    ([-1.0, -2.0], [1, 1], "Both are wrong, so the share is 0."),
    ([0.0, 0.0, 4.0], [0, 0, 1], "A score of exactly 0 means class 0."),
    ([0.2, 0.4, 0.6, 0.8, -0.2], [1, 1, 1, 1, 1], "The border between the classes is 0, not one half."),
    ([-3.0, -0.5, 3.0, 9.0, -8.0, 1.0], [0, 1, 1, 0, 0, 0], "Divide the number of right ones by the number of all."),
    ([1e-9], [1], "One point is enough for a share."),
    ([5.0, 5.0, 5.0, -5.0, -5.0, -5.0, -5.0], [1, 0, 0, 0, 0, 0, 1], "Points of both classes count alike."),
)


@exercise("00.1", shows="You can read scores as classes, and you have seen how a check works.")
def accuracy(answer: Answer) -> None:
    for scores, labels, mistake in CASES:
        right = sum((score > 0) == (label == 1) for score, label in zip(scores, labels, strict=True))
        share = right / len(labels)
        got = answer.call(list(scores), list(labels))
        rounded = isinstance(got, float) and got in [round(share, digits) for digits in range(2, 7)]
        answer.close(got, share, mistake="Do not round the share." if rounded else mistake)
