"""Pictures of every page in every state, for eyes: started by `./run shots`, and no part
of the suite, whose files are named `test_`.
"""

import html
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from tests.looks import sheets
from tests.looks.catalogue import ALL
from tests.looks.visits import DESK, PHONE, Visits

FOLDER = Path(os.environ.get("SHOTS_INTO") or settings.BASE_DIR / "reports" / "shots")
# Also those that wait until they are near; three seconds at most.
ALL_IMAGES = """() => Promise.race([
    Promise.all([...document.images].map(one => {
        one.loading = "eager";
        return one.decode().catch(() => {});
    })),
    new Promise(done => setTimeout(done, 3000)),
])"""
SIZES = {"phone": (PHONE, True), "desk": (DESK, False)}
TALLEST = 9000


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
    themes = chosen("SHOTS_THEMES", ("light", "dark"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun, states, failed = time.monotonic(), wanted(), []
    for language in chosen("SHOTS_LANGUAGES", ("en", "sv", "nl", "ja")):
        for name in chosen("SHOTS_SIZES", tuple(SIZES)):
            size, touch = SIZES[name]
            context = browser.new_context(
                viewport=size,
                has_touch=touch,
                is_mobile=touch,
                # It would ask in the browser's own name, whatever a state calls it.
                service_workers="block",
            )
            context.set_default_timeout(15_000)
            visits = Visits(url, world, context.new_page())
            taken: dict[str, list[Path]] = {theme: [] for theme in themes}
            for number, state in enumerate(states, start=1):
                passed = int(time.monotonic() - begun)
                told = f"{passed:5d} s  {language} {name}  {number}/{len(states)}"
                with capsys.disabled():
                    sys.stdout.write(f"\n{told}  {state}")
                    sys.stdout.flush()
                try:
                    for theme, file in shots(visits, state, name, themes, language):
                        taken[theme].append(file)
                except Exception as trouble:  # the other pictures are still wanted
                    failed.append(f"{state} {language} {name}: {trouble}")
            context.close()
            if os.environ.get("SHOTS_CONTACT"):
                for theme, files in taken.items():
                    sheets.write(
                        files, FOLDER / "contact", f"{language}-{name}-{theme}"
                    )
    overview(sorted(FOLDER.glob("*.png")))
    assert failed == []


def shots(
    visits: Visits, state, name: str, themes: list[str], language: str
) -> Iterator[tuple[str, Path]]:
    """Take a state's pictures, each of the whole page, or of what is seen under a
    sheet; one visit serves all themes.
    """
    size, _touch = SIZES[name]
    with visits.to(state, language=language, theme=themes[0]) as page:
        if not page.locator("dialog[open]").count():
            # As tall as the page, so that what sticks to an edge stands at its edge;
            # twice, since a video grows with the screen.
            for _ in range(2):
                tall = page.evaluate("document.documentElement.scrollHeight")
                height = min(max(tall, size["height"]), TALLEST)
                page.set_viewport_size({**size, "height": height})
            page.evaluate("scrollTo(0, 0)")
        page.evaluate(ALL_IMAGES)
        for theme in themes:
            page.emulate_media(color_scheme=theme)
            file = FOLDER / f"{state.name}-{size['width']}-{theme}-{language}.png"
            page.screenshot(path=str(file), animations="disabled")
            yield theme, file
        page.set_viewport_size(size)


def overview(files) -> None:
    """Write the page that shows all pictures: a row for each state."""
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
