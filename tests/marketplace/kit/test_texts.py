import pytest

from marketplace.kit import texts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Good.  ", "Good."),
        ("One\r\n\r\n\r\n\r\nTwo\rThree", "One\n\nTwo\nThree"),
        ("a\x00b\x07c", "abc"),
        ("safe\u202eexe.gpj", "safeexe.gpj"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\tb", "a b"),
        ("<b>x</b> & {{ y }}", "<b>x</b> & {{ y }}"),
        ("e\u0301", "\u00e9"),
        ("１２３ カップ", "１２３ カップ"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        (" \n\u200b\n ", ""),
    ],
)
def test_a_text_is_kept_as_words(typed, kept):
    assert texts.plain(typed, most=100) == kept


def test_a_text_has_an_end():
    assert texts.plain("x" * 50, most=10) == "x" * 10
