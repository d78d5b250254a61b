import pytest

from tests.marketplace.sandbox import client as hands
from tests.marketplace.sandbox.client import line

EVIL = '<script>alert("x")</script>{total}&'
ESCAPED = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;{total}&amp;"


def test_page_shows_items_total_and_the_words_of_the_shop(world):
    text = {"submit": {"message": "Two sellers, two parcels."}}
    session = world.session(custom_text=text)

    page = hands.get(world.sandbox, session.url).text

    for words in (
        "<strong>SANDBOX</strong> — no money moves",
        "Linen shirt × 3",
        "53.86 EUR",
        "Delivery from Saga",
        "Pay 87.36 EUR",
        "Two sellers, two parcels.",
        "buyer@example.com",
        'href="https://shop.test/cart"',
        'name="card_number"',
        'name="expiry"',
        'name="cvc"',
    ):
        assert words in page


def test_what_comes_from_outside_is_escaped(world):
    session = world.session(
        line_items=[line(EVIL, 2_450)], custom_text={"submit": {"message": EVIL}}
    )

    page = hands.get(world.sandbox, session.url).text

    assert "<script" not in page
    assert page.count(ESCAPED) == 2


def test_names_are_escaped_on_onboarding_and_dashboard(world):
    account = world.account(outcome=None, display_name=EVIL)
    use_case = {
        "type": "account_onboarding",
        "account_onboarding": {"refresh_url": "https://shop.test/"},
    }
    params = {"account": account, "use_case": use_case}
    link = world.v2.core.account_links.create(params)

    for url in (link.url, "/dashboard"):
        page = hands.get(world.sandbox, url).text
        assert "<script" not in page
        assert ESCAPED in page


def test_pages_have_no_script_and_no_inline_style(world):
    pages = [
        hands.get(world.sandbox, world.session().url),
        hands.get(world.sandbox, "/dashboard"),
        hands.get(world.sandbox, "/nothing"),
    ]

    for page in pages:
        assert "<strong>SANDBOX</strong>" in page.text
        assert "style=" not in page.text
        assert "<script" not in page.text
        assert "style-src 'self'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_stylesheet_is_served(world):
    answer = hands.get(world.sandbox, "/_sandbox/style.css")

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/css")


def test_page_of_a_paid_session_says_so(world):
    session = world.session()
    world.pay(session)

    page = hands.get(world.sandbox, session.url)

    assert page.status == 200
    assert "already paid" in page.text
    assert "card_number" not in page.text


def test_page_of_an_ended_session_leads_back(world):
    session = world.session()
    world.v1.checkout.sessions.expire(session.id)

    page = hands.get(world.sandbox, session.url)

    assert page.status == 410
    assert 'href="https://shop.test/cart"' in page.text


@pytest.mark.parametrize(
    "path", ["/c/pay/cs_none", "/3ds/pi_none", "/setup/acct_1/none", "/", "/c/pay/"]
)
def test_what_is_not_there_is_a_page_of_its_own(world, path):
    for method in ("GET", "POST"):
        answer = hands.send(world.sandbox, method, hands.BASE + path)
        assert answer.status == 404
        assert "SANDBOX" in answer.text


def test_dashboard_shows_and_does(world):
    party = world.account(outcome=None)
    world.paid()
    url = f"{hands.BASE}/dashboard"

    page = hands.get(world.sandbox, url).text
    for words in ("85.80 pending", party, "checkout.session", "charge.succeeded"):
        assert words in page

    done = hands.submit(
        world.sandbox, url, action="onboard", account=party, outcome="complete"
    )
    assert "active" in done.text
    hands.submit(
        world.sandbox,
        url,
        action="arm",
        match="POST /v1/transfers",
        do="timeout_after_commit",
        times="1",
    )
    fault = world.control("GET", "faults")["faults"][0]
    assert (fault["do"], fault["armed"]) == ("timeout_after_commit", True)


def test_dashboard_replays_an_event(make_world):
    got = []
    world = make_world(deliver=lambda *given: got.append(given) or 200)
    world.account(outcome=None)
    event = world.control("GET", "pending")["deliveries"][0]["event_id"]
    world.sandbox.deliver_pending()

    answer = hands.submit(
        world.sandbox, f"{hands.BASE}/dashboard", action="replay", event=event
    )

    assert "Sent again: 200." in answer.text
    assert [given[1] for given in got] == [got[0][1]] * 2


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "arm", "match": "x", "do": "429"},
        {"action": "arm", "match": "POST /v1/transfers", "do": "429", "times": "many"},
        {"action": "onboard", "account": "acct_none", "outcome": "complete"},
        {"action": "replay", "event": "evt_none"},
    ],
)
def test_dashboard_refuses_with_words(world, fields):
    answer = hands.submit(world.sandbox, f"{hands.BASE}/dashboard", **fields)

    assert answer.status == 400
    assert 'class="error"' in answer.text
