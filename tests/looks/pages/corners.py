"""Pages one comes to seldom: to be told that something is back, to end mails, to go on
in another browser; a post with a video; and every mail there is.
"""

import itertools

from django.urls import reverse

from marketplace.pages import sample_mails
from orders.services import carrying
from tests.looks.pages.buying import bag_of
from tests.looks.purchases import JAPAN
from tests.looks.state import Path, State, at
from tests.looks.world import World

INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/22B83 Instagram 356.0.0.29.77"
)
LINE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/22B83 Safari Line/14.18.0"
)
# Each visit asks for another address: one may ask only so often an hour.
_guests = itertools.count()


def _notify(name: str) -> Path:
    return lambda world: reverse(
        "sellers:notify", args=[world.products[name].public_id]
    )


def _by_token(route: str, name: str) -> Path:
    return lambda world: reverse(route, args=[world.tokens[name]])


def _carry(world: World) -> str:
    token = carrying.link_token(cart=world.carts["one"][1])
    return reverse("orders:carry", args=[token])


def _video(query: str = "") -> Path:
    return lambda world: world.posts["video"].get_absolute_url() + query


def _of_product(name: str) -> Path:
    return lambda world: world.products[name].get_absolute_url()


def _sheet(name: str, page: str, bought: str = "") -> Path:
    def path(world: World) -> str:
        where = world.posts[page].get_absolute_url()
        query = f"?buy={world.products[name].public_id}"
        if bought:
            query += f"&bought={world.orders[bought].public_id}"
        return where + query

    return path


def _press(page) -> None:
    with page.expect_navigation():
        page.locator("main form[method=post] [type=submit]").first.click()


def _send_wrong(page) -> None:
    page.locator("main input[name=email]").fill("maja@")
    with page.expect_navigation():
        page.locator("main input[name=email]").evaluate(
            "one => { one.form.noValidate = true; one.form.submit(); }"
        )


def _be_told(page) -> None:
    page.locator("main input[name=email]").fill(f"guest{next(_guests)}@example.com")
    _press(page)


def _unfold(page) -> None:
    page.locator("details:has([data-notify]) > summary").last.click()
    page.locator("[data-notify]").last.scroll_into_view_if_needed()


def _plays(page) -> None:
    page.locator("[data-film-acts]:not([hidden])").wait_for()
    for _ in range(50):
        if page.evaluate("document.querySelector('video').currentTime") > 0.4:
            return
        page.wait_for_timeout(100)


def _stop(page) -> None:
    _plays(page)
    page.locator("[data-film-play]").click()


def _open_sheet(page) -> None:
    _plays(page)
    page.locator(".film-rail .tagchip").first.click()
    page.locator("dialog[open] .sheet-foot").wait_for()


def _break(page) -> None:
    page.locator("[data-film-acts]").wait_for(state="attached")
    page.evaluate("document.querySelector('video').dispatchEvent(new Event('error'))")


VIDEOS = (
    State("post-video", _video(), is_public=True, act=_plays),
    State("post-video-stopped", _video(), is_public=True, act=_stop),
    State("post-video-broken", _video(), is_public=True, act=_break),
    State("post-video-sheet", _video(), is_public=True, act=_open_sheet),
)
TOLD = (
    State("notify", _notify("sold-out"), is_public=True),
    State("notify-variants", _notify("shirt"), is_public=True),
    State("notify-errors", _notify("sold-out"), is_public=True, act=_send_wrong),
    State("notify-done", _notify("sold-out"), is_public=True, act=_be_told),
    State("product-notify-open", _of_product("shirt"), is_public=True, act=_unfold),
)
SHEETS = (
    State("sheet-notify-open", _sheet("shirt", "table"), is_public=True, act=_unfold),
    State("sheet-paid", _sheet("mug", "table", "card"), by="buyer"),
    State("sheet-asks-the-bank", _sheet("mug", "table", "asked"), by="buyer"),
    State("sheet-declined", _sheet("mug", "table", "declined"), by="buyer"),
)
CARRIED = (
    State("carry-in-an-app", _carry, agent=INSTAGRAM, cookies=bag_of("one")),
    State("carry-in-line", _carry, agent=LINE, cookies=bag_of("one")),
    State("carry-arriving", _carry),
    State("carry-arrived", _carry, act=_press),
    State("carry-over", at("/cart/carry/nosuchtoken"), status=410),
)
ORDERS = (
    State(
        "order-awaiting-in-an-app",
        _by_token("orders:order", "awaiting"),
        agent=INSTAGRAM,
        cookies=bag_of("awaiting"),
    ),
    State("order-problem", _by_token("orders:order", "too-late"), settings=JAPAN),
    State(
        "konbini-refund-waits",
        _by_token("orders:order", "voucher-back"),
        settings=JAPAN,
    ),
)
ENDED = (
    State("alert-off", _by_token("sellers:alert-off", "alert-off")),
    State("alert-off-done", _by_token("sellers:alert-off", "alert-off"), act=_press),
    State("mail-off", _by_token("pages:mail-off", "mail-off")),
    State("mail-off-done", _by_token("pages:mail-off", "mail-off"), act=_press),
)


def _mail(name: str) -> Path:
    return lambda _world: reverse("pages:mail-html", args=[name])


def _without_its_policy(page) -> None:
    """The policy of a mail's frame lets no script run, not even one that looks for
    faults; a mail program has policies of its own.
    """

    def answer(route) -> None:
        given = route.fetch()
        kept = {**given.headers}
        del kept["content-security-policy"]
        route.fulfill(response=given, headers=kept)

    page.route(page.url, answer)
    page.reload()
    page.unroute_all()


MAILS = (
    State("mails", lambda _world: reverse("pages:mails")),
    State("mail", lambda _world: reverse("pages:mail", args=["confirmation"])),
    *(
        State(
            f"mail-{sample.name}",
            _mail(sample.name),
            act=_without_its_policy,
        )
        for sample in sample_mails.SAMPLES
    ),
)
