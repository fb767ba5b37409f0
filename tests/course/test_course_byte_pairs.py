"""Byte pairs: the merges are those of a slow reference, and whatever is encoded comes back."""

import random
import re
from collections import Counter

import pytest

from course import datasets
from course.byte_pairs import BytePairs, learn_merges, words


def slowly(text, merges):
    """Join the most frequent pair by looking at every neighbour of every word again, with strings that hold spaces."""
    split, learnt = [list(word) for word in words(text)], []
    for _ in range(merges):
        counts = Counter((word[n], word[n + 1]) for word in split for n in range(len(word) - 1))
        if not counts:
            break
        first, second = sorted(counts, key=lambda pair: (-counts[pair], *pair))[0]
        for word in split:
            n = 0
            while n < len(word) - 1:
                if (word[n], word[n + 1]) == (first, second):
                    word[n : n + 2] = [first + second]
                n += 1
        learnt.append((first, second))
    return learnt


def test_by_hand():
    assert learn_merges("low lower lowest", 3) == [("l", "o"), ("lo", "w"), (" ", "low")]
    assert learn_merges("aaa", 9) == [("a", "a"), ("aa", "a")]
    assert learn_merges("aaaa", 9) == [("a", "a"), ("aa", "aa")]


def test_of_equally_frequent_pairs_the_first_in_order_of_characters_is_joined():
    assert learn_merges("zy\nba\ndc", 9) == [("b", "a"), ("d", "c"), ("z", "y")]


def test_no_pair_is_made_across_the_border_of_a_word():
    assert learn_merges("a\nb\na\nb\na\nb", 9) == []
    assert learn_merges("x.x.x.x.", 9) == []


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("characters", ["ab", "ab ", "abc .\n", "é–x1_ "])
def test_the_merges_are_those_of_a_slow_reference(seed, characters):
    text = "".join(random.Random(seed).choices(characters, k=300))
    assert learn_merges(text, 40) == slowly(text, 40)


def test_fewer_merges_are_the_first_ones():
    text = datasets.course_text()[:20_000]
    assert learn_merges(text, 30) == learn_merges(text, 60)[:30]
    assert learn_merges(text, 0) == []


@pytest.mark.parametrize("wrong", [-1, 2.0, "5", True, None])
def test_a_number_of_merges_that_makes_no_sense_is_named(wrong):
    with pytest.raises(ValueError, match=re.escape(f"a whole number of at least 0, not {wrong!r}")):
        learn_merges("text", wrong)


def test_the_text_of_the_course_comes_back_from_fewer_numbers():
    text = datasets.course_text()
    pairs = BytePairs.learn(text, 300)
    numbers = pairs.encode(text)
    assert pairs.decode(numbers) == text
    assert set(numbers) <= set(range(pairs.size)) and pairs.size == len(set(text)) + 300
    assert len(numbers) < len(text) / 2
    assert BytePairs.learn(text, 0).encode("the") == [sorted(set(text)).index(character) for character in "the"]


@pytest.mark.parametrize("seed", range(20))
def test_any_text_of_known_characters_comes_back(seed):
    rng = random.Random(seed)
    pairs = BytePairs.learn("".join(rng.choices("abc .\né", k=200)), 30)
    text = "".join(rng.choices(pairs.characters, k=100))
    assert pairs.decode(pairs.encode(text)) == text


def test_numbers_are_those_of_the_words_as_they_were_learnt():
    pairs = BytePairs.learn("low lower lowest", 3)
    assert pairs.pieces == [*" elorstw", "lo", "low", " low"]
    assert [pairs.pieces[number] for number in pairs.encode("slow low")] == ["s", "low", " low"]


def test_two_merges_that_make_the_same_piece_have_one_number():
    pairs = BytePairs([("a", "b"), ("ab", "c"), ("b", "c"), ("a", "bc")], "abc")
    assert pairs.pieces == ["a", "b", "c", "ab", "abc", "bc"]
    assert pairs.decode(pairs.encode("abc bc".replace(" ", ""))) == "abcbc"


def test_what_cannot_be_encoded_or_decoded_is_named():
    pairs = BytePairs.learn("abab", 1)
    with pytest.raises(ValueError, match="'c' has no number"):
        pairs.encode("abc")
    for wrong in (-1, 3):
        with pytest.raises(ValueError, match=f"numbers are 0 to 2, not {wrong}"):
            pairs.decode([0, wrong])
    with pytest.raises(ValueError, match=re.escape("the merge ('x', 'a') joins what is")):
        BytePairs([("x", "a")], "ab")
