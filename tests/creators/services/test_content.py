from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from creators.models import Collection, Pick, Post, Tag
from creators.services import content, profiles
from sellers.models import ProductStatus
from sellers.services import photos
from tests.factories.creators import (
    AT,
    make_collection,
    make_creator,
    make_product,
    make_shop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(width=900, height=1100) -> BytesIO:
    file = BytesIO()
    Image.new("RGB", (width, height), "#b5341c").save(file, "JPEG")
    file.seek(0)
    return file


def publish(creator, tags=(), **changes):
    post = {"picture": picture(), "caption": "Slow mornings", "alt": "A cup", **changes}
    return content.publish_post(creator=creator, tags=tags, at=AT, **post)


def files(media):
    return [path for path in media.rglob("*") if path.is_file()]


# --- collections ----------------------------------------------------------------


def test_collections_of_one_title_get_addresses_of_their_own():
    creator = make_creator()
    slugs = [
        content.create_collection(creator=creator, title=title, about="", at=AT).slug
        for title in ("Höst i köket", "Höst i köket", "秋のキッチン", "秋のキッチン")
    ]

    assert slugs == ["host-i-koket", "host-i-koket-2", "collection", "collection-2"]


def test_a_collection_without_a_title_is_refused():
    with pytest.raises(content.EmptyTitle):
        content.create_collection(creator=make_creator(), title=" ", about="", at=AT)

    assert not Collection.objects.exists()


def test_a_creator_has_fifty_collections_and_no_more():
    creator = make_creator()
    for number in range(50):
        content.create_collection(creator=creator, title=f"{number}", about="", at=AT)

    with pytest.raises(content.TooMuch):
        content.create_collection(creator=creator, title="one more", about="", at=AT)

    assert Collection.objects.count() == 50


def test_editing_keeps_the_address():
    collection = make_collection(make_creator())
    before = collection.slug

    content.edit_collection(
        collection=collection, title="Winter", about="", is_published=False
    )

    collection.refresh_from_db()
    assert (collection.title, collection.slug) == ("Winter", before)
    assert not collection.is_published


def test_a_product_is_picked_once():
    collection, product = make_collection(make_creator()), make_product(make_shop())
    content.add_pick(collection=collection, product=product, note=" Daily. ")

    with pytest.raises(content.AlreadyPicked):
        content.add_pick(collection=collection, product=product, note="Again")

    assert Pick.objects.get().note == "Daily."


@pytest.mark.parametrize(
    "status", [ProductStatus.DRAFT, ProductStatus.HIDDEN, ProductStatus.BLOCKED]
)
def test_what_is_not_for_sale_cannot_be_picked_or_tagged(status, media):
    creator = make_creator()
    product = make_product(make_shop(), status=status)

    with pytest.raises(content.NotForSale):
        content.add_pick(collection=make_collection(creator), product=product, note="")
    with pytest.raises(content.NotForSale):
        publish(creator, [(product, 1, 1)])

    assert not Pick.objects.exists()
    assert not Post.objects.exists()
    assert files(media) == []


def test_a_collection_has_sixty_products_and_no_more(monkeypatch):
    monkeypatch.setattr(content, "MOST_PICKS", 2)
    shop, collection = make_shop(), make_collection(make_creator())
    for _ in range(2):
        content.add_pick(collection=collection, product=make_product(shop), note="")

    with pytest.raises(content.TooMuch):
        content.add_pick(collection=collection, product=make_product(shop), note="")

    assert collection.picks.count() == 2


def test_picks_change_places_and_the_ends_stay():
    shop, collection = make_shop(), make_collection(make_creator())
    first, second, third = (
        content.add_pick(collection=collection, product=make_product(shop), note="")
        for _ in range(3)
    )

    def order():
        return list(collection.picks.order_by("position").values_list("pk", flat=True))

    content.move_pick(pick=third, earlier=True)
    assert order() == [first.pk, third.pk, second.pk]
    content.move_pick(pick=first, earlier=True)
    content.move_pick(pick=second, earlier=False)
    assert order() == [first.pk, third.pk, second.pk]


# --- posts ----------------------------------------------------------------------


def test_a_post_keeps_its_tags_in_order_and_a_picture_of_its_own(media):
    creator, shop = make_creator(), make_shop()
    shirt, mug = make_product(shop, "Shirt"), make_product(shop, "Mug")

    post = publish(creator, [(mug, 0, 1000), (shirt, 350, 460)])

    assert (post.slug, post.width, post.height) == ("slow-mornings", 900, 1100)
    assert [each["width"] for each in post.renditions] == [400, 800, 900]
    assert all(default_storage.exists(each["path"]) for each in post.renditions)
    assert list(
        post.tags.order_by("number").values_list("number", "product", "x", "y")
    ) == [(1, mug.pk, 0, 1000), (2, shirt.pk, 350, 460)]


def test_a_post_carries_at_most_ten_tags(media):
    creator, shop = make_creator(), make_shop()
    products = [make_product(shop) for _ in range(11)]
    publish(creator, [(product, 5, 5) for product in products[:10]])
    assert Tag.objects.count() == 10
    written = len(files(media))

    with pytest.raises(content.TagsRefused):
        publish(creator, [(product, 5, 5) for product in products])

    assert Post.objects.count() == 1
    assert len(files(media)) == written


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, 1001), (5000, 5)])
def test_a_tag_off_the_picture_is_refused(x, y, media):
    with pytest.raises(content.TagsRefused):
        publish(make_creator(), [(make_product(make_shop()), x, y)])

    assert not Post.objects.exists()
    assert files(media) == []


def test_a_product_is_tagged_once():
    product = make_product(make_shop())

    with pytest.raises(content.TagsRefused):
        publish(make_creator(), [(product, 1, 1), (product, 2, 2)])

    assert not Post.objects.exists()


def test_a_picture_needs_words(media):
    with pytest.raises(content.NoWordsForPicture):
        publish(make_creator(), alt="  ")

    assert files(media) == []


def test_what_is_no_picture_leaves_no_post(media):
    with pytest.raises(photos.NotAPicture):
        publish(make_creator(), picture=BytesIO(b"<svg/>"))

    assert not Post.objects.exists()
    assert files(media) == []


def test_a_post_that_cannot_be_saved_leaves_no_files(media, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no database")

    monkeypatch.setattr(Tag.objects, "bulk_create", fail)

    with pytest.raises(RuntimeError):
        publish(make_creator())

    assert not Post.objects.exists()
    assert files(media) == []


def test_a_removed_post_takes_its_files_along(
    media, django_capture_on_commit_callbacks
):
    post = publish(make_creator())

    with django_capture_on_commit_callbacks(execute=True):
        content.remove_post(post=post)

    assert not Post.objects.exists()
    assert files(media) == []


def test_a_new_portrait_replaces_the_files_of_the_old_one(media):
    creator = make_creator()
    profiles.set_portrait(creator=creator, file=picture())
    old = {path.name for path in files(media)}

    profiles.set_portrait(creator=creator, file=picture())

    creator.refresh_from_db()
    assert [each["width"] for each in creator.portrait] == [200, 400]
    assert len(files(media)) == 2
    assert not old & {path.name for path in files(media)}
