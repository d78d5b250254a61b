"""Sizes from the smallest to the largest, as people expect them side by side."""

import re

LETTERS = re.compile(r"(\d*)(x*)([sml])\b")
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def rank(size: str) -> tuple[int, float, str]:
    """Give what to sort sizes by: letters from XS to 4XL, then numbers, then words.

    `size` is in the form that is compared: `xl`, `38,5`, `one size`. Of a span such as
    `s/m` or `92-98` the lower end counts first.
    """
    letters = LETTERS.match(size)
    if letters:
        times, crosses, letter = letters.groups()
        steps = int(times or 1) if crosses else 0
        steps = max(steps, len(crosses))
        place = {"s": -1 - steps, "m": 0, "l": 1 + steps}[letter]
        return 0, place, size
    number = NUMBER.match(size)
    if number:
        return 1, float(number.group().replace(",", ".")), size
    return 2, 0, size
