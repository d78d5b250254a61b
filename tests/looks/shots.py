"""Pictures of every page in every state, for eyes: started by `./run shots`, and no part
of the suite, whose files are named `test_`.
"""

import html
import os
import sys
import time
from pathlib import Path

from django.conf import settings

from tests.looks.catalogue import ALL
from tests.looks.conftest import DESK, PHONE, Visits

FOLDER = Path(settings.BASE_DIR) / "reports" / "shots"
SIZES = ((PHONE, True), (DESK, False))
TALLEST = 4000


def chosen(name: str, known: tuple[str, ...]) -> list[str]:
    """What the environment asks for, or all."""
    asked = [one for one in os.environ.get(name, "").split(",") if one]
    return [one for one in known if not asked or one in asked]


def wanted():
    asked = [one for one in os.environ.get("SHOTS_ONLY", "").split(",") if one]
    return [
        state
        for state in ALL
        if not asked or any(state.name.startswith(one) for one in asked)
    ]


def test_pictures_of_every_state(browser, served, capsys):
    url, world = served
    languages = chosen("SHOTS_LANGUAGES", ("en", "sv", "nl", "ja"))
    themes = chosen("SHOTS_THEMES", ("light", "dark"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun, states, taken = time.monotonic(), wanted(), []
    for size, touch in SIZES:
        context = browser.new_context(viewport=size, has_touch=touch, is_mobile=touch)
        visits = Visits(url, world, context.new_page())
        for number, state in enumerate(states, start=1):
            for language in languages:
                for theme in themes:
                    taken.append(shot(visits, state, size, theme, language))
            with capsys.disabled():
                passed = int(time.monotonic() - begun)
                sys.stdout.write(
                    f"\n{passed:5d} s  {size['width']}  {number}/{len(states)}  {state}"
                )
        context.close()
    sheet(sorted(FOLDER.glob("*.png")))
    assert len(taken) == len(states) * len(SIZES) * len(languages) * len(themes)


def shot(visits, state, size, theme, language) -> Path:
    """Take one picture: the whole page, or what is seen of it under a sheet."""
    file = FOLDER / f"{state.name}-{size['width']}-{theme}-{language}.png"
    with visits.to(state, language=language, theme=theme) as page:
        tall = page.evaluate("document.documentElement.scrollHeight")
        if not page.locator("dialog[open]").count():
            # As tall as the page, so that what sticks to an edge stands at its edge.
            page.set_viewport_size(
                {**size, "height": min(max(tall, size["height"]), TALLEST)}
            )
        page.screenshot(path=str(file), animations="disabled")
        page.set_viewport_size(size)
    return file


def sheet(files) -> None:
    """Write the contact sheet: a row for each state."""
    rows: dict[str, list[str]] = {}
    for file in files:
        state = file.stem.rsplit("-", 3)[0]
        rows.setdefault(state, []).append(file.name)
    body = "".join(
        f"<h2>{html.escape(state)}</h2><p>"
        + "".join(
            f'<a href="{name}"><img src="{name}" alt="{name}" loading="lazy"></a>'
            for name in names
        )
        + "</p>"
        for state, names in rows.items()
    )
    style = "img{height:22rem;margin:4px;vertical-align:top;border:1px solid #999}"
    (FOLDER / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>Page states</title>'
        f"<style>{style}body{{font:15px sans-serif}}</style>{body}",
        encoding="utf-8",
    )
