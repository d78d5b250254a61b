"""Words as they are looked for."""

import pytest

from marketplace.kit import folding


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Bordslampa ÅÄÖ", "bordslampa aao"),
        ("Café crème", "cafe creme"),
        ("Smörgåsbord Ø Æ Ł", "smorgasbord o ae l"),
        ("Straße", "strasse"),
        ("ＭＵＧ　１２", "mug 12"),
        ("マグカップ", "まぐかっぷ"),
        ("ﾏｸﾞｶｯﾌﾟ", "まぐかっぷ"),
        ("コーヒー", "こーひー"),
        ("急須 やまね窯", "急須 やまね窯"),
        ("100% %_ \\ ' \" ; --", "100"),
        ("a\x00b\tc\n", "a b c"),
        ("🙂 ... !?", ""),
        ("", ""),
    ],
)
def test_what_looks_alike_is_compared_alike(written, folded):
    assert folding.fold(written) == folded


def test_folding_twice_changes_nothing():
    for text in ("Ｃａｆé・マグ ５％", "ﾏｸﾞｶｯﾌﾟ Łódź", "İstanbul ǅ"):
        assert folding.fold(folding.fold(text)) == folding.fold(text)


def test_japanese_words_stand_together_in_what_is_searched():
    assert folding.fold_text("リネン シャツ Blue linen") == "りねんしゃつ blue linen"
