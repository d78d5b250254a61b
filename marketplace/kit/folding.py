"""Words as they are looked for: case, accents, widths and kinds of kana set aside, so
that `Bordslampa Å`, `BORDSLAMPA Ａ` and `bordslampa a` are one.
"""

import re
import unicodedata

# Letters that are another letter with a stroke, which no decomposition takes apart.
_STROKES = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae"}
    | {"œ": "oe", "þ": "th"}
)
_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
# か and が are two letters, not one with an accent.
_VOICED = frozenset("\u3099\u309a")
_JAPANESE = "\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff"
_GAP = re.compile(f"(?<=[{_JAPANESE}]) (?=[{_JAPANESE}])")


def fold(text: str) -> str:
    """Fold a text to the letters and digits that are compared: full-width and
    half-width become usual, capitals small, `é` e, katakana hiragana; whatever is no
    letter or digit becomes a space. `fold("Ｃａｆé・マグ ５％") == "cafe まぐ 5"`.
    """
    usual = unicodedata.normalize("NFKC", text).casefold().translate(_STROKES)
    kept = (_kept(each) for each in unicodedata.normalize("NFD", usual))
    joined = unicodedata.normalize("NFC", "".join(kept)).translate(_HIRAGANA)
    return " ".join(joined.split())


def fold_text(text: str) -> str:
    """Fold a text that is searched in. Japanese is written with or without spaces
    between its words, so those are dropped.
    """
    return _GAP.sub("", fold(text))


def _kept(letter: str) -> str:
    if letter.isalnum() or letter in _VOICED:
        return letter
    return "" if unicodedata.category(letter) == "Mn" else " "
