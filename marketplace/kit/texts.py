"""What people write for others to read: one form, no tricks, nothing else changed."""

import re
import unicodedata

# Letters that turn the reading direction or cannot be seen: they hide what a text says.
# A joiner stays, scripts and family pictures need it.
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
_KEPT = {"\n", "\u200d", "\u200c"}
_GAPS = re.compile(r"\n{3,}")


def plain(text: str, *, most: int) -> str:
    """Give a text as it is to be stored: in one Unicode form, without control signs and
    signs that cannot be seen, without blank lines in a row, at most `most` letters.

    Markup stays as it was typed: pages show it as words.
    """
    whole = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    seen = "".join(
        letter
        for letter in whole.replace("\t", " ")
        if letter in _KEPT or unicodedata.category(letter) not in _UNSEEN
    )
    lines = "\n".join(line.strip() for line in seen.split("\n"))
    return _GAPS.sub("\n\n", lines).strip()[:most]
