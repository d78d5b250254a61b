"""The shop without a pointer, and without motion: where the focus is can be seen, what
is opened can be closed, and nothing moves for who asked for stillness.
"""

import pytest

from tests.looks.catalogue import ALL

pytestmark = [pytest.mark.browser, pytest.mark.axe]
STATES = {state.name: state for state in ALL}
MOST_STOPS = 45
# Where the focus is, whether that shows, and whether something lies over it.
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const shown = one.matches("input[type=radio], input[type=checkbox]")
    ? [style, getComputedStyle(one.nextElementSibling || one),
       getComputedStyle(one.parentElement)]
    : [one, one.closest(".pcard, .pic, .crow, label")].filter(Boolean)
      .map(each => getComputedStyle(each));
  const ring = shown.some(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0
    || s.boxShadow !== "none") || !!one.querySelector(".hot-area")
    && getComputedStyle(one.querySelector(".hot-area")).stroke !== "none";
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
  const ys = [box.top + Math.min(box.height, 20) / 2, box.top + box.height / 2];
  const free = ys.some(y => {
    const hit = document.elementFromPoint(x, y);
    return hit && (one.contains(hit) || hit.contains(one)
      || hit.closest("label")?.contains(one));
  });
  one.dataset.stop ??= String(window.stops = (window.stops || 0) + 1);
  return {
    name: one.tagName + "." + one.className + " "
      + (one.innerText || one.getAttribute("aria-label") || one.name || "").slice(0, 40),
    stop: Number(one.dataset.stop), ring, free,
    within: !!one.closest("dialog[open]"),
  };
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter(one => {
  const style = getComputedStyle(one);
  const long = text => text.split(",").some(part => parseFloat(part) > 0.01);
  return style.animationName !== "none" && long(style.animationDuration)
    || style.transitionProperty !== "none" && long(style.transitionDuration);
}).map(one => one.tagName + "." + one.className)"""


def stops(page):
    """Press Tab through a page; give each place the focus comes to, once."""
    found, last = [], 0
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUS)
        if here is None or here["stop"] < last:
            break
        last = here["stop"]
        found.append(here)
    return found


def to_the_tag(page):
    """Come to the first product of a post by the keyboard, and press Enter."""
    link = page.get_by_role("link", name="Buy Mugg Norr i stengods")
    link.focus()
    page.keyboard.press("Enter")
    page.locator("dialog.sheet:modal").wait_for()
    page.get_by_role("button", name="Buy for").wait_for()


NAMED = (
    *("home", "creator-shop", "post", "product-variants", "search-results"),
    *("sheet-unchosen", "cart-several-sellers", "checkout", "order-delivered"),
    *("withdraw", "return", "sign-in", "report"),
)


@pytest.mark.parametrize("name", NAMED)
def test_each_stop_of_the_keyboard_is_seen_and_lies_under_nothing(phone, name):
    with phone.to(STATES[name]) as page:
        found = stops(page)
    assert len(found) >= 3
    assert [one["name"] for one in found if not one["ring"]] == []
    assert [one["name"] for one in found if not one["free"]] == []


def test_the_first_stop_leads_past_the_navigation(phone):
    with phone.to(STATES["home"]) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('main')")


def test_the_keyboard_opens_the_sheet_and_escape_gives_the_focus_back(phone):
    with phone.to(STATES["post"]) as page:
        to_the_tag(page)
        assert page.evaluate(FOCUS)["within"]
        page.keyboard.press("Escape")
        page.wait_for_function("!document.querySelector('dialog.sheet:modal')")
        label = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert label == "Buy Mugg Norr i stengods"


def test_back_closes_the_sheet_and_gives_the_focus_back(phone):
    with phone.to(STATES["post"]) as page:
        to_the_tag(page)
        page.go_back()
        page.wait_for_function("!document.querySelector('dialog.sheet:modal')")
        label = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert label == "Buy Mugg Norr i stengods"


def test_the_focus_stays_in_the_open_sheet(phone):
    with phone.to(STATES["post"]) as page:
        to_the_tag(page)
        for _ in range(20):
            page.keyboard.press("Tab")
            here = page.evaluate(FOCUS)
            assert here is None or here["within"], here


def test_a_size_is_chosen_and_bought_without_a_pointer(phone):
    with phone.to(STATES["sheet-unchosen"]) as page:
        page.locator("dialog.sheet:modal").wait_for()
        page.locator("dialog input[type=radio]:enabled").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        assert page.locator("dialog input[type=radio]:checked").count() == 1
        page.get_by_role("button", name="Buy for").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/checkout/**")
        page.get_by_label("E-mail").focus()
        for words in ("maja@example.com", "Maja", "", "Oudegracht 1", "3511 AB"):
            page.keyboard.type(words)
            page.keyboard.press("Tab")
        assert page.get_by_label("Postcode").input_value() == "3511 AB"


def test_a_purchase_is_taken_back_without_a_pointer(phone):
    with phone.to(STATES["order-to-be-withdrawn"]) as page:
        page.get_by_role("link", name="Withdraw from contract here").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/withdraw")
        page.get_by_role("button", name="Confirm withdrawal").focus()
        page.keyboard.press("Enter")
        page.get_by_text("You withdrew on").wait_for()


@pytest.mark.parametrize(
    "name", ["home", "product", "sheet", "cart", "konbini-voucher"]
)
def test_nothing_moves_for_who_asked_for_stillness(phone, name):
    phone.page.emulate_media(reduced_motion="reduce")
    try:
        with phone.to(STATES[name]) as page:
            page.emulate_media(reduced_motion="reduce")
            assert page.evaluate(MOVING) == []
    finally:
        phone.page.emulate_media(reduced_motion="no-preference")


def test_a_sheet_moves_for_everybody_else(phone):
    with phone.to(STATES["sheet"]) as page:
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate(MOVING) != []
