"""Escaped templates and the frame around every page.

Text that comes from outside is escaped by `fill`; only `Markup` goes in as it
is, and only `fill` makes it.
"""

import html
import pathlib
import urllib.parse

from marketplace.sandbox.web import Request, Response

STYLE_PATH = "/_sandbox/style.css"


class Markup(str):
    """Text that is HTML already."""


def fill(template: str, **values: object) -> Markup:
    """Return a template with `{name}` replaced, everything but Markup escaped."""
    return Markup(
        template.format_map(
            {
                name: value if isinstance(value, Markup) else html.escape(str(value))
                for name, value in values.items()
            }
        )
    )


def join(parts: list[Markup]) -> Markup:
    """Return pieces of HTML as one."""
    return Markup("\n".join(parts))


_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · Sandbox</title>
<link rel="stylesheet" href="{style}">
</head>
<body>
<p class="banner"><strong>SANDBOX</strong> — no money moves</p>
<main class="{layout}">
{body}
</main>
</body>
</html>
"""


def page(
    title: str, body: Markup, *, status: int = 200, wide: bool = False
) -> Response:
    """Return a whole page."""
    layout = "wide" if wide else "narrow"
    text = fill(_FRAME, title=title, style=STYLE_PATH, layout=layout, body=body)
    return Response.of_page(status, text)


def message(title: str, text: str, *, status: int, link: str | None = None) -> Response:
    """Return a page that says one thing."""
    body = fill("<h1>{title}</h1>\n<p>{text}</p>", title=title, text=text)
    if link:
        anchor = fill('<p><a class="button" href="{link}">Continue</a></p>', link=link)
        body = join([body, anchor])
    return page(title, body, status=status)


def not_found() -> Response:
    """Return the page for what is not there."""
    return message(
        "Nothing here", "This sandbox page does not exist or is over.", status=404
    )


def style() -> Response:
    """Return the stylesheet of all pages."""
    css = (pathlib.Path(__file__).parent / "style.css").read_bytes()
    headers = (
        ("Content-Type", "text/css; charset=utf-8"),
        ("Cache-Control", "no-cache"),
    )
    return Response(200, css, headers)


def form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form; the last of a repeated one counts."""
    text = request.body.decode("utf-8", "replace")
    try:
        pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    return dict(pairs)
