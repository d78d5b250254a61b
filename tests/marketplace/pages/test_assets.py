"""The weight and the contrast of what every page loads."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

STATIC = Path(__file__).parents[3] / "marketplace" / "static"
TOKENS = (STATIC / "css" / "tokens.css").read_text()


def values_of(block):
    return dict(re.findall(r"--([\w-]+): ([^;]+);", block))


LIGHT = values_of(TOKENS[: TOKENS.index("@media")])
SYSTEM_DARK, CHOSEN_DARK = (
    values_of(block)
    for block in TOKENS[TOKENS.index("@media") :].split('[data-theme="dark"]')
)
DARK = {**LIGHT, **CHOSEN_DARK}


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return sum(
        share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(tokens, above, below):
    pair = sorted(luminance(tokens[f"color-{name}"]) for name in (above, below))
    return (pair[1] + 0.05) / (pair[0] + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("above", "below"),
    [
        *[
            (ink, ground)
            for ink in ("ink", "ink-2", "ink-3")
            for ground in ("paper", "card")
        ],
        *[
            (tone, ground)
            for tone in ("accent", "info", "ok")
            for ground in ("paper", "card")
        ],
        ("ink-2", "sunk"),
        ("on-accent", "accent"),
        ("on-accent", "accent-press"),
        ("paper", "ink"),
        ("ok", "ok-bg"),
        ("warn", "warn-bg"),
        ("accent", "bad-bg"),
        ("info", "info-bg"),
        *[("ink", f"{tone}-bg") for tone in ("ok", "warn", "bad", "info")],
    ],
)
def test_text_can_be_read_on_its_ground(tokens, above, below):
    assert contrast(tokens, above, below) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_border_of_a_control_can_be_seen(tokens):
    assert contrast(tokens, "control", "card") >= 3
    assert contrast(tokens, "control", "paper") >= 3


def test_dark_by_wish_and_dark_by_hand_are_the_same():
    assert SYSTEM_DARK == CHOSEN_DARK


def test_scripts_of_a_page_stay_small():
    ours = b"".join(path.read_bytes() for path in sorted((STATIC / "js").glob("*.js")))
    htmx = Path(finders.find("django_htmx/htmx-2.min.js")).read_bytes()
    assert len(gzip.compress(ours)) + len(gzip.compress(htmx)) < 25_000


def test_no_rule_forces_motion_on_those_who_asked_for_none():
    assert "prefers-reduced-motion: reduce" in (STATIC / "css" / "base.css").read_text()


def test_every_address_in_the_css_is_one_collectstatic_can_follow():
    built = {"inter-regular.woff2", "inter-semibold.woff2"}
    for sheet in sorted((STATIC / "css").glob("*.css")):
        text = sheet.read_text()
        for name in re.findall(r'@import "([^"]+)"', text):
            assert (sheet.parent / name).is_file(), f"{sheet.name}: {name}"
        for address in re.findall(r'url\("([^"]+)"\)', text):
            if not address.startswith("data:"):
                assert address.startswith("../build/"), f"{sheet.name}: {address}"
                assert address.rsplit("/", 1)[1] in built
