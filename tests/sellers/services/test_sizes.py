"""In which order sizes stand side by side."""

from sellers.services import sizes


def test_letters_come_first_then_numbers_then_words():
    expected = [
        *("xxs", "xs", "s", "s/m", "m", "l", "xl", "xxl", "3xl", "4xl"),
        *("36", "38", "38,5", "92-98", "104"),
        *("medium weight", "one size", "大"),
    ]
    assert sorted(set(expected), key=sizes.rank) == expected


def test_the_same_size_written_in_two_ways_stands_together():
    assert sorted(["3xl", "2xl", "xxxl", "xxl"], key=sizes.rank) == [
        *("2xl", "xxl", "3xl", "xxxl")
    ]
