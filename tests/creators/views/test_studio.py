from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from creators.models import Collaboration, Collection, Creator, Partnership, Pick, Post
from creators.services import content, partnerships
from marketplace.kit import clock
from tests.factories.creators import (
    AT,
    make_collection,
    make_creator,
    make_partnership,
    make_post,
    make_product,
    make_shop,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(monkeypatch, settings, tmp_path):
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def creator(client):
    made = make_creator("nina")
    client.force_login(made.user)
    return made


def picture(name="cup.jpg"):
    file = BytesIO()
    Image.new("RGB", (800, 1000), "#0b6e45").save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


# --- becoming a creator ---------------------------------------------------------------


def start(client, **changes):
    typed = {"handle": "nina", "name": "Nina Berg", "country": "SE", **changes}
    return client.post("/create/start", typed)


def test_three_fields_make_a_page(client):
    client.force_login(make_user("nina@example.com"))

    response = start(client)

    assert response["Location"] == "/create/"
    assert Creator.objects.get().handle == "nina"
    assert client.get("/en/@nina").status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"handle": "taken"}, "belongs to someone already"),
        ({"handle": "x"}, "3 to 30 small letters"),
        ({"handle": "admin"}, "3 to 30 small letters"),
        ({"name": " "}, "This field is required"),
        ({"country": "US"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_a_page_is_said_by_the_field(client, changes, words):
    make_creator("taken")
    client.force_login(make_user())

    response = start(client, **changes)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert Creator.objects.count() == 1


def test_a_taken_handle_comes_with_free_ones(client):
    make_creator("taken")
    client.force_login(make_user())

    assert "taken.studio" in start(client, handle="taken").content.decode()


def test_the_studio_asks_a_stranger_to_sign_in_and_a_person_to_start(client):
    assert client.get("/create/").status_code == 302
    assert "/account/login" in client.get("/create/")["Location"]

    client.force_login(make_user())
    assert client.get("/create/")["Location"] == "/create/start"
    assert client.get("/create/collections").status_code == 404


def test_home_shows_three_steps_and_the_link_to_copy(client, creator):
    html = client.get("/create/").content.decode()

    assert "Join a collaboration" in html
    assert "http://testserver/go/nina" in html
    assert "NINA" in html


# --- collections ------------------------------------------------------------------------


def test_a_collection_is_made_filled_ordered_and_removed(client, creator):
    shop = make_shop()
    made = client.post("/create/collections", {"title": "First flat", "about": ""})
    collection = Collection.objects.get()
    address = f"/create/collections/{collection.public_id}"
    assert made["Location"] == address

    for title in ("Mug", "Lamp"):
        product = make_product(shop, title)
        client.post(f"{address}/picks", {"product": product.public_id})
    mug, lamp = collection.picks.order_by("position")
    client.post(f"{address}/picks/{lamp.pk}", {"do": "earlier"})
    client.post(f"{address}/picks/{mug.pk}", {"do": "note", "note": "Every day"})
    html = client.get(address).content.decode()
    assert html.index("Lamp") < html.index("Mug")
    assert "Every day" in html

    client.post(f"{address}/picks/{mug.pk}", {"do": "remove"})
    assert list(collection.picks.all()) == [lamp]
    client.post(f"{address}/remove")
    assert not Collection.objects.exists()


def test_the_search_says_what_a_sale_earns_at_most(client, creator):
    joined, other, none = make_shop("Joined"), make_shop("Other"), make_shop("None")
    make_partnership(creator, joined, rate_bps=1200)
    make_partnership(make_creator(), other, rate_bps=800)
    for shop in (joined, other, none):
        make_product(shop, f"Shirt of {shop}", price_amount=129_000)
    collection = make_collection(creator)

    html = client.get(
        f"/create/collections/{collection.public_id}?q=shirt"
    ).content.decode()

    # 12 % and 8 % of 1 290 kr
    assert "154.80" in html.replace(",", ".")
    assert "103.20" in html.replace(",", ".")
    assert "join the shop’s collaboration" in html
    assert "pays no share" in html


@pytest.mark.parametrize("number", [1, 10])
def test_the_edit_page_does_not_ask_more_for_more_products(
    client, creator, number, django_assert_num_queries
):
    collection = make_collection(creator)
    for _ in range(number):
        shop = make_shop()
        make_partnership(creator, shop)
        make_product(shop)
        content.add_pick(collection=collection, product=make_product(shop), note="")

    # session, user, creator; collection with creator; picks, photos, variants; found:
    # count, rows, photos, variants; rates, offers
    with django_assert_num_queries(13):
        client.get(f"/create/collections/{collection.public_id}")


@pytest.mark.parametrize("typed", ["\0", "%", "' OR 1=1", "x" * 5000])
def test_any_words_may_be_searched(client, creator, typed):
    collection = make_collection(creator)

    response = client.get(f"/create/collections/{collection.public_id}", {"q": typed})

    assert response.status_code == 200


def test_someone_elses_collection_post_and_pick_are_not_found(client, creator):
    other = make_creator()
    collection, post = make_collection(other), make_post(other)
    pick = content.add_pick(
        collection=collection, product=make_product(make_shop()), note=""
    )
    base = f"/create/collections/{collection.public_id}"

    assert client.get(base).status_code == 404
    assert client.post(base, {"title": "Mine"}).status_code == 404
    assert client.post(f"{base}/remove").status_code == 404
    assert client.post(f"{base}/picks/{pick.pk}", {"do": "remove"}).status_code == 404
    assert client.get(f"/create/posts/{post.public_id}").status_code == 404
    assert client.post(f"/create/posts/{post.public_id}/remove").status_code == 404
    own = make_collection(creator)
    stolen = f"/create/collections/{own.public_id}/picks/{pick.pk}"
    assert client.post(stolen, {"do": "remove"}).status_code == 404

    assert Collection.objects.filter(pk=collection.pk).exists()
    assert Post.objects.filter(pk=post.pk).exists()
    assert Pick.objects.filter(pk=pick.pk).exists()


# --- posts ------------------------------------------------------------------------------


def publish(client, *tags, **changes):
    typed = {
        "picture": picture(),
        "alt": "A cup on a sill",
        "caption": "Slow mornings",
        "tags-TOTAL_FORMS": "10",
        "tags-INITIAL_FORMS": "0",
        **{f"tags-{number}-place": "500,500" for number in range(10)},
    }
    for number, tag in enumerate(tags):
        typed |= {f"tags-{number}-{name}": value for name, value in tag.items()}
    return client.post("/create/posts/new", typed | changes)


def test_a_post_is_published_without_script_by_choosing_places(client, creator):
    shop = make_shop()
    make_partnership(creator, shop)
    mug, lamp = make_product(shop, "Mug"), make_product(shop, "Lamp")

    response = publish(
        client,
        {"product": mug.public_id, "place": "167,833"},
        {"product": lamp.public_id, "place": "500,500", "x": "612", "y": "88"},
    )

    post = Post.objects.get()
    assert response["Location"] == f"/create/posts/{post.public_id}"
    assert list(post.tags.order_by("number").values_list("product", "x", "y")) == [
        (mug.pk, 167, 833),
        (lamp.pk, 612, 88),
    ]
    assert client.get(response["Location"]).status_code == 200
    assert client.get(post.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("tag", "changes", "words"),
    [
        (None, {}, "Choose at least one product"),
        ({}, {"alt": ""}, "This field is required"),
        ({"x": "1001", "y": "1"}, {}, "Tap the picture again"),
        ({"place": "9,9"}, {}, "Select a valid choice"),
        ({}, {"picture": SimpleUploadedFile("a.jpg", b"<svg/>")}, "not a JPEG"),
        ({}, {"picture": ""}, "This field is required"),
    ],
)
def test_a_post_that_is_not_whole_is_refused_in_words(
    client, creator, tag, changes, words
):
    shop = make_shop()
    make_partnership(creator, shop)
    product = make_product(shop)
    tags = [] if tag is None else [{"product": product.public_id, **tag}]

    response = publish(client, *tags, **changes)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Post.objects.exists()


def test_a_post_can_be_changed_and_removed(client, creator):
    post = make_post(creator)
    address = f"/create/posts/{post.public_id}"

    client.post(address, {"alt": "A cup", "caption": "Faster mornings"})
    post.refresh_from_db()
    assert (post.caption, post.alt) == ("Faster mornings", "A cup")

    client.post(f"{address}/remove")
    assert not Post.objects.exists()


def test_thirty_posts_an_hour_and_no_more(client, creator, monkeypatch):
    shop = make_shop()
    make_partnership(creator, shop)
    product = make_product(shop)
    monkeypatch.setattr(content, "publish_post", lambda **_kwargs: make_post(creator))

    answers = [publish(client, {"product": product.public_id}) for _ in range(31)]

    assert [answer.status_code for answer in answers] == [303] * 30 + [422]
    said = (
        "Too many tries in a short time. Nothing was lost; wait a little and try again."
    )
    assert said in answers[-1].content.decode()
    assert Post.objects.count() == 30


def test_a_portrait_and_words_are_changed(client, creator):
    response = client.post(
        "/create/page", {"name": "Nina B", "bio": "Luleå.", "portrait": picture()}
    )

    creator.refresh_from_db()
    assert response.status_code == 302
    assert (creator.name, creator.bio) == ("Nina B", "Luleå.")
    assert [each["width"] for each in creator.portrait] == [200, 400]


# --- collaborations ---------------------------------------------------------------------


def test_a_creator_reads_the_terms_joins_and_leaves(client, creator):
    shop = make_shop("Lin & Lera")
    offer = partnerships.open(
        shop=shop, rate_bps=1250, funded_by="seller", starts_at=AT
    )
    address = f"/create/collaborations/{offer.public_id}"

    assert "Lin &amp; Lera" in client.get("/create/collaborations").content.decode()
    terms = client.get(address).content.decode()
    assert "Join for 12.5" in terms
    assert "Paid by the shop" in terms
    client.post(address)
    assert Partnership.objects.get().creator == creator
    assert "You are in" in client.get("/create/collaborations").content.decode()
    client.post(f"{address}/leave")
    assert Partnership.objects.get().ended_at == AT


def test_joining_twice_keeps_one_consent(client, creator):
    offer = partnerships.open(
        shop=make_shop(), rate_bps=900, funded_by="seller", starts_at=AT
    )
    address = f"/create/collaborations/{offer.public_id}"

    client.post(address)
    response = client.post(address, follow=True)

    assert Partnership.objects.count() == 1
    assert "part of this collaboration already" in response.content.decode()


def offer(client, shop, **changes):
    typed = {"rate": "12.5", "first_date": "2026-11-02", "last_date": "", **changes}
    return client.post(f"/sell/{shop.public_id}/collaborations", typed)


def test_an_owner_opens_and_ends_a_collaboration(client):
    owner = make_user()
    shop = make_shop(owner=owner)
    client.force_login(owner)

    offer(client, shop, last_date="2026-11-30")

    opened = Collaboration.objects.get()
    assert (opened.rate_bps, opened.funded_by) == (1250, "seller")
    assert opened.starts_at == AT
    assert opened.ends_at == AT.replace(month=12, day=1, hour=0)
    page = client.get(f"/sell/{shop.public_id}/collaborations").content.decode()
    assert "12.5" in page
    client.post(f"/sell/{shop.public_id}/collaborations/{opened.public_id}/end")
    opened.refresh_from_db()
    assert opened.ends_at == AT + timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rate": "80.01"}, "up to 80 %"),
        ({"rate": "0"}, "above 0"),
        ({"rate": "-5"}, "above 0"),
        ({"rate": "a"}, "Enter a number"),
        ({"first_date": "2026-11-01"}, "today or a later day"),
        ({"last_date": "2026-11-01"}, "after the first day"),
    ],
)
def test_an_offer_that_cannot_be_paid_or_kept_is_refused(client, changes, words):
    owner = make_user()
    shop = make_shop(owner=owner)
    client.force_login(owner)

    response = offer(client, shop, **changes)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Collaboration.objects.exists()


def test_only_the_owner_sets_a_shops_terms(client):
    staff = make_user()
    shop = make_shop(owner=make_user())
    shop.memberships.create(user=staff, role="staff")
    running = partnerships.open(
        shop=shop, rate_bps=900, funded_by="seller", starts_at=AT - timedelta(days=1)
    )

    for person in (staff, make_user()):
        client.force_login(person)
        assert offer(client, shop).status_code == 404
        end = f"/sell/{shop.public_id}/collaborations/{running.public_id}/end"
        assert client.post(end).status_code == 404

    running.refresh_from_db()
    assert running.ends_at is None
    assert Collaboration.objects.count() == 1
