import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from django.conf import settings as live_settings
from django.core.cache import cache
from django.template import Context, Template
from django.test import RequestFactory

from creators.models import ClickCount, Tag
from creators.services import attribution, content, partnerships
from creators.templatetags.creators import DisclosureMissing
from marketplace.kit import clock
from sellers.models import ProductStatus
from tests.factories.creators import (
    AT,
    make_collection,
    make_creator,
    make_partnership,
    make_post,
    make_product,
    make_shop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch):
    cache.clear()
    monkeypatch.setattr(clock, "now", lambda: AT)


def picked(creator, shop, number=1, **product):
    collection = make_collection(creator)
    return [
        content.add_pick(
            collection=collection, product=make_product(shop, **product), note="Daily."
        )
        for _ in range(number)
    ]


def tag(post, product, number=1):
    return Tag.objects.create(post=post, product=product, number=number, x=350, y=460)


def via_of(html: str) -> attribution.Source | None:
    """Give the source in the first link that opens a buy sheet."""
    found = re.search(r'href="[?]([^"]*buy=[^"]*)"', html)
    asked = parse_qs(unescape(found[1])) if found else {"via": [""]}
    return attribution.read_token(token=asked["via"][0], at=AT)


# --- the creator's page -----------------------------------------------------------


def test_a_creators_page_shows_what_was_picked_with_its_disclosure(client):
    creator, shop = make_creator("nina"), make_shop("Lin & Lera")
    make_partnership(creator, shop)
    picked(creator, shop, title="Linen shirt")

    html = client.get("/en/@nina").content.decode()

    assert "Nina Berg earns commission when you buy through this page." in html
    assert "Lin &amp; Lera" in html
    assert "Linen shirt" in html
    assert via_of(html) == attribution.Source("profile", creator.public_id, AT.date())


def test_who_came_by_the_creators_link_is_counted_as_such(client):
    creator, shop = make_creator("nina"), make_shop()
    other = make_creator("omar")
    picked(creator, shop)

    def source_after(source_id, issued):
        came = attribution.token(source_type="link", source_id=source_id, issued=issued)
        return via_of(client.get(f"/en/@nina?via={came}").content.decode())

    yesterday = AT.date() - timedelta(days=1)
    assert source_after(creator.public_id, yesterday) == attribution.Source(
        "link", creator.public_id, yesterday
    )
    assert source_after(other.public_id, yesterday).type == "profile"


def test_a_forged_via_is_ignored_and_the_page_shows(client):
    creator = make_creator("nina")
    picked(creator, make_shop())

    response = client.get("/en/@nina?via=l1.xxx.forged")

    assert response.status_code == 200
    assert via_of(response.content.decode()).type == "profile"


def test_buyers_pages_set_nothing_that_knows_a_visitor(client):
    creator = make_creator("nina")
    picked(creator, make_shop())
    post = make_post(creator)

    assert not client.get("/go/nina").cookies
    for address in ("/en/@nina", post.get_absolute_url()):
        assert set(client.get(address).cookies) <= {"csrftoken"}  # of the footer's form

    assert ClickCount.objects.get().clicks == 1


def test_hidden_and_unsold_products_leave_the_page(client):
    creator, shop = make_creator("nina"), make_shop()
    (hidden,) = picked(creator, shop, title="Hidden thing")
    hidden.product.move_to(ProductStatus.HIDDEN, at=AT)
    picked(creator, shop, title="Sold thing", stock=0)

    html = client.get("/en/@nina").content.decode()

    assert "Hidden thing" not in html
    assert "Sold thing" in html
    assert "Sold out" in html


def test_a_hidden_collection_leaves_the_page_and_its_address(client):
    creator = make_creator("nina")
    picked(creator, make_shop(), title="Secret")
    collection = creator.collections.get()
    collection.is_published = False
    collection.save()

    assert "Secret" not in client.get("/en/@nina").content.decode()
    assert client.get(collection.get_absolute_url()).status_code == 404


def test_a_creator_without_anything_has_a_page_with_words(client):
    make_creator("nina")

    assert "Nothing picked yet" in client.get("/en/@nina").content.decode()
    assert "First post coming" in client.get("/en/@nina?tab=posts").content.decode()


def test_a_handle_in_capitals_leads_to_the_one_address(client):
    make_creator("nina")

    response = client.get("/en/@Nina?tab=posts")

    assert (response.status_code, response["Location"]) == (301, "/en/@nina?tab=posts")


def test_a_handle_of_a_shop_shows_its_live_products_and_who_sells(client):
    shop = make_shop("Lin & Lera")
    make_product(shop, "Linen shirt")
    make_product(shop, "Draft", status=ProductStatus.DRAFT)

    html = client.get(f"/en/@{shop.handle}").content.decode()

    assert "Linen shirt" in html
    assert "Draft" not in html
    assert "Sold by a business" in html
    assert "via=" not in html


@pytest.mark.parametrize("handle", ["nobody", "n", "a/b", "%00"])
def test_a_handle_of_nobody_is_a_page_not_found(client, handle):
    assert client.get(f"/en/@{handle}").status_code == 404


def test_a_closed_shop_is_not_found(client):
    shop = make_shop()
    shop.is_open = False
    shop.save()

    assert client.get(f"/en/@{shop.handle}").status_code == 404


# --- a collection -------------------------------------------------------------------


def test_a_collection_shows_notes_and_its_own_source(client):
    creator, shop = make_creator("nina"), make_shop()
    (pick,) = picked(creator, shop)

    html = client.get(pick.collection.get_absolute_url()).content.decode()

    assert "Daily." in html
    assert via_of(html).id == pick.collection.public_id
    assert html.index("earns commission") < html.index("buy=")


# --- a post -------------------------------------------------------------------------


def test_a_post_says_it_earns_before_its_caption_and_numbers_match(client):
    creator, shop = make_creator("nina"), make_shop()
    post = make_post(creator, caption="Seven days on one rail")
    tag(post, make_product(shop, "Linen shirt"))

    html = client.get(post.get_absolute_url()).content.decode()
    body = html[html.index("<article") :]

    assert body.index("earns commission") < body.index("Seven days on one rail")
    product = Tag.objects.get().product
    assert f'<a href="?buy={product.public_id}&amp;via=' in body
    assert 'id="tag-1"' in body
    assert 'x="35.0%" y="46.0%"' in body
    assert via_of(body) == attribution.Source("post", post.public_id, AT.date())


def test_a_product_that_is_gone_stays_numbered_without_a_link(client):
    creator, shop = make_creator("nina"), make_shop()
    post = make_post(creator)
    gone = make_product(shop, "Gone thing")
    tag(post, gone, 1)
    tag(post, make_product(shop, "Thing still here"), 2)
    gone.move_to(ProductStatus.HIDDEN, at=AT)

    html = client.get(post.get_absolute_url()).content.decode()

    assert "hot-gone" in html
    assert "No longer for sale" in html
    assert gone.public_id not in html
    shown = html.partition("<main")[2]
    assert shown.index("Gone thing") < shown.index("Thing still here")


def test_a_post_has_one_address_whatever_the_words(client):
    post = make_post(make_creator("nina"))

    response = client.get(f"/en/p/{post.public_id}-other-words")

    assert (response.status_code, response["Location"]) == (
        301,
        post.get_absolute_url(),
    )
    assert client.get("/en/p/post_23456789BCDFGH-x").status_code == 404


# --- the short link -----------------------------------------------------------------


def test_a_link_leads_to_the_page_with_a_source_and_counts(client):
    creator = make_creator("nina")

    response = client.get("/go/nina")

    assert response.status_code == 302
    assert response["Location"].startswith("/en/@nina?via=")
    token = response["Location"].split("via=")[1]
    assert attribution.read_token(token=token, at=AT) == attribution.Source(
        "link", creator.public_id, AT.date()
    )
    assert ClickCount.objects.get().clicks == 1


def test_a_thousand_clicks_of_one_address_count_sixty(client, monkeypatch):
    make_creator("nina")
    for _ in range(65):
        assert client.get("/go/nina").status_code == 302

    assert ClickCount.objects.get().clicks == 60


def test_an_unknown_link_has_a_way_on(client):
    response = client.get("/go/nobody")

    assert response.status_code == 404
    assert "This link leads nowhere" in response.content.decode()
    assert not ClickCount.objects.exists()


# --- no link that earns without its disclosure ----------------------------------------


def render(template: str, **context):
    request = RequestFactory().get("/")
    page = Template("{% load creators %}" + template)
    return page.render(Context({"request": request, **context}))


def test_a_link_cannot_be_made_before_the_disclosure():
    creator, other = make_creator(), make_creator()
    context = {
        "creator": creator,
        "other": other,
        "product": make_product(make_shop()),
        "source": attribution.Source("profile", creator.public_id, AT.date()),
    }
    link = "{% via_url product creator source %}"

    assert "?via=" in render("{% disclosure creator %}" + link, **context)
    for without in (
        link,
        "{% disclosure other %}" + link,
        link + "{% disclosure creator %}",
    ):
        with pytest.raises(DisclosureMissing):
            render(without, **context)


def test_what_is_not_for_quick_buy_leads_to_its_own_page_from_a_tag(client):
    """R51."""
    creator, shop = make_creator("nina"), make_shop()
    post = make_post(creator)
    product = make_product(shop, "Wardrobe")
    tag(post, product)
    type(product).objects.update(needs_full_page=True)

    body = client.get(post.get_absolute_url()).content.decode()

    assert "buy=" not in body.split("</main>")[0]
    # The number on the picture, the row's picture and name, and its button.
    assert body.count(f'href="{product.get_absolute_url()}?via=') == 4


def test_only_the_tag_that_checks_for_the_disclosure_makes_tokens():
    root = Path(live_settings.BASE_DIR)
    apps = ("marketplace", "sellers", "creators", "orders", "payouts")
    files = [path for app in apps for path in (root / app).rglob("*.html")]
    assert len(files) > 50

    for path in files:
        text = path.read_text()
        assert "?via={" not in text, path
        assert "&via={" not in text, path
        if "via_url" in text and "disclosure" in text:
            assert text.index("{% disclosure") < text.index("{% via_url"), path

    makers = [
        str(path.relative_to(root))
        for app in apps
        for path in (root / app).rglob("*.py")
        if "attribution.token(" in path.read_text()
    ]
    # The short link leads to a page of the creator, which discloses; the buy sheet and
    # the page of a buy link say themselves who earns.
    assert sorted(
        name for name in makers if not name.startswith("marketplace/demo/")
    ) == [
        "creators/templatetags/creators.py",
        "creators/views/public.py",
        "orders/templatetags/buying.py",
        "orders/views/link_sheets.py",
    ]


# --- queries ------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 10])
def test_a_creators_page_takes_ten_queries(client, number, django_assert_num_queries):
    creator = make_creator("nina")
    for _ in range(number):
        shop = make_shop()
        make_partnership(creator, shop)
        picked(creator, shop)

    # creator; partner shops; collections, their first picks, those products, their
    # photos; count, products with shops, photos, variants; how many follow
    with django_assert_num_queries(10):
        client.get("/en/@nina")


@pytest.mark.parametrize("number", [1, 10])
def test_a_collection_takes_five_queries(client, number, django_assert_num_queries):
    creator, shop = make_creator("nina"), make_shop()
    make_partnership(creator, shop)
    pick = picked(creator, shop, number)[0]

    # collection with creator; partner shops; picks with products and shops; photos;
    # variants
    with django_assert_num_queries(5):
        client.get(pick.collection.get_absolute_url())


@pytest.mark.parametrize("number", [1, 10])
def test_a_post_takes_five_queries(client, number, django_assert_num_queries):
    creator, shop = make_creator("nina"), make_shop()
    make_partnership(creator, shop)
    post = make_post(creator)
    for place in range(number):
        tag(post, make_product(shop), place + 1)

    # post with creator; tags with products and shops; photos; variants; partner shops
    with django_assert_num_queries(5):
        client.get(post.get_absolute_url())


def test_many_partner_shops_are_named_briefly(client):
    creator = make_creator("nina")
    for number in range(8):
        make_partnership(creator, make_shop(f"Shop {number}"))

    html = client.get("/en/@nina").content.decode()

    assert "Shop 0, Shop 1, Shop 2, Shop 3, Shop 4, Shop 5 and 2 more." in " ".join(
        html.split()
    )


def test_who_left_a_shop_no_longer_names_it(client):
    creator, shop = make_creator("nina"), make_shop("Lin & Lera")
    partnership = make_partnership(creator, shop)
    partnerships.leave(partnership=partnership, at=AT)

    html = client.get("/en/@nina").content.decode()

    assert "earns commission" in html
    assert "Lin &amp; Lera" not in html
