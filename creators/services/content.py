"""What a creator shows: collections of picks, and posts with tagged products."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import BinaryIO

from django.db import IntegrityError, models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from creators.models import Collection, Creator, Pick, Post, Tag
from creators.services import videos
from marketplace.kit.errors import MarketplaceError
from sellers.models import Product, ProductStatus
from sellers.services import photos

MOST_COLLECTIONS = 50
MOST_PICKS = 60
MOST_TAGS = 10
SLUG_LENGTH = 60
# Only what can be bought may be shown anew; what is gone later stays, marked.
NEW_STATUS = ProductStatus.LIVE


class EmptyTitle(MarketplaceError):
    """A collection needs a title."""


class TooMuch(MarketplaceError):
    """There is no room for one more."""

    status_code = 409


class AlreadyPicked(MarketplaceError):
    """This product is in the collection already."""

    status_code = 409


class NotForSale(MarketplaceError):
    """This product cannot be bought at the moment."""

    status_code = 409


class TagsRefused(MarketplaceError):
    """These products cannot be tagged like this."""


class NoWordsForPicture(MarketplaceError):
    """A picture needs words for those who cannot see it."""


def create_collection(
    *, creator: Creator, title: str, about: str, at: datetime
) -> Collection:
    """Put an empty collection at the end of a creator's page.

    :raises EmptyTitle: there is no title.
    :raises TooMuch: the creator has 50 collections.
    """
    if not title.strip():
        raise EmptyTitle(_("A collection needs a title. Nothing was added."))
    have = creator.collections.count()
    if have >= MOST_COLLECTIONS:
        raise TooMuch(
            _("You have %(most)d collections, the most there can be. Remove one first.")
            % {"most": MOST_COLLECTIONS}
        )

    def create(slug: str) -> Collection:
        return Collection.objects.create(
            creator=creator,
            title=title.strip(),
            slug=slug,
            about=about.strip(),
            position=have,
            created_at=at,
        )

    return _with_free_slug(create, stem=slugify(title)[:SLUG_LENGTH] or "collection")


def edit_collection(
    *, collection: Collection, title: str, about: str, is_published: bool
) -> Collection:
    """Change a collection's words, or hide it. Its address stays, links keep working.

    :raises EmptyTitle: there is no title.
    """
    if not title.strip():
        raise EmptyTitle(_("A collection needs a title. Nothing was changed."))
    collection.title, collection.about = title.strip(), about.strip()
    collection.is_published = is_published
    collection.save(update_fields=["title", "about", "is_published"])
    return collection


def remove_collection(*, collection: Collection) -> None:
    """Remove a collection with its picks; what was sold through it stays decided."""
    collection.delete()


def add_pick(*, collection: Collection, product: Product, note: str) -> Pick:
    """Put a product at the end of a collection.

    :raises NotForSale: the product is not live.
    :raises AlreadyPicked: it is there already.
    :raises TooMuch: the collection has 60 products.
    """
    if product.status != NEW_STATUS:
        raise NotForSale(_("This product cannot be bought at the moment."))
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        have = collection.picks.aggregate(
            number=models.Count("pk"), last=models.Max("position")
        )
        if have["number"] >= MOST_PICKS:
            raise TooMuch(
                _("A collection has at most %(most)d products. Remove one first.")
                % {"most": MOST_PICKS}
            )
        pick, is_new = Pick.objects.get_or_create(
            collection=collection,
            product=product,
            defaults={
                "note": note.strip(),
                "position": 0 if have["last"] is None else have["last"] + 1,
            },
        )
    if not is_new:
        raise AlreadyPicked(_("This product is in the collection already."))
    return pick


def edit_pick(*, pick: Pick, note: str) -> Pick:
    """Change the creator's note on a product."""
    pick.note = note.strip()
    pick.save(update_fields=["note"])
    return pick


def remove_pick(*, pick: Pick) -> None:
    """Take a product off a collection."""
    pick.delete()


def move_pick(*, pick: Pick, earlier: bool) -> None:
    """Let a product change places with its neighbour; at the end it stays."""
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=pick.collection_id)
        picks = list(
            Pick.objects.filter(collection=pick.collection_id).order_by(
                "position", "pk"
            )
        )
        here = next(i for i, each in enumerate(picks) if each.pk == pick.pk)
        there = here - 1 if earlier else here + 1
        if not 0 <= there < len(picks):
            return
        picks[here], picks[there] = picks[there], picks[here]
        for position, each in enumerate(picks):
            each.position = position
        Pick.objects.bulk_update(picks, ["position"])


def publish_post(
    *,
    creator: Creator,
    picture: BinaryIO,
    caption: str,
    alt: str,
    tags: Sequence[tuple[Product, int, int]],
    at: datetime,
    film: videos.Film | None = None,
) -> Post:
    """Publish a picture with its tagged products, each at a place in per mille of
    width and height, numbered in the order given; with a `film`, that video, whose
    cover the picture is.

    :raises NoWordsForPicture: there is no alt text.
    :raises TagsRefused: more than 10, one twice, or a place off the picture.
    :raises NotForSale: one of the products is not live.
    :raises clips.VideoRefused: the video is none, too large or lies on its side.
    :raises videos.CaptionsRefused: the captions are no WebVTT.
    :raises photos.NotAPicture: the file is no picture; as all others, before a row or
        a file is written.
    """
    if not alt.strip():
        raise NoWordsForPicture(
            _("Say in a few words what the picture shows. Nothing was published.")
        )
    _check_tags(tags)
    checked = videos.check(film=film) if film else None
    folder = _folder(creator)
    renditions = photos.render(file=picture, folder=folder)
    largest = renditions[-1]
    kept: videos.Kept | None = None

    def create(slug: str) -> Post:
        post = Post.objects.create(
            creator=creator,
            slug=slug,
            caption=caption.strip(),
            alt=alt.strip(),
            width=largest["width"],
            height=largest["height"],
            renditions=renditions,
            published_at=at,
            **(kept.columns if kept else {}),
        )
        Tag.objects.bulk_create(
            Tag(post=post, product=product, number=number, x=x, y=y)
            for number, (product, x, y) in enumerate(tags, start=1)
        )
        return post

    try:
        kept = videos.keep(checked=checked, folder=folder) if checked else None
        with transaction.atomic():
            return create(_post_slug(caption))
    except BaseException:
        photos.remove(renditions=renditions)
        videos.remove(paths=kept.paths if kept else [])
        raise


def edit_post(*, post: Post, caption: str, alt: str) -> Post:
    """Change a post's words; its address stays.

    :raises NoWordsForPicture: there is no alt text.
    """
    if not alt.strip():
        raise NoWordsForPicture(
            _("Say in a few words what the picture shows. Nothing was changed.")
        )
    post.caption, post.alt = caption.strip(), alt.strip()
    post.save(update_fields=["caption", "alt"])
    return post


def put_captions(*, post: Post, captions: BinaryIO, language: str) -> Post:
    """Give a video captions, in place of those it had; their file goes once that is
    certain.

    :raises videos.CaptionsRefused: they are no WebVTT.
    """
    text = videos.read_captions(captions=captions)
    path = videos.keep_captions(text=text, folder=_folder(post.creator))
    try:
        return _caption(post, path=path, language=language)
    except BaseException:
        videos.remove(paths=[path])
        raise


def drop_captions(*, post: Post) -> Post:
    """Leave a video without captions, and remove their file once that is certain."""
    return _caption(post, path="", language="")


def _caption(post: Post, *, path: str, language: str) -> Post:
    with transaction.atomic():
        before = Post.objects.select_for_update().get(pk=post.pk).captions_path
        post.captions_path, post.captions_language = path, language
        post.save(update_fields=["captions_path", "captions_language"])
        transaction.on_commit(lambda: videos.remove(paths=[before]), robust=True)
    return post


def remove_post(*, post: Post) -> None:
    """Remove a post and, once that is certain, the files of its picture and video."""
    renditions, paths = post.renditions, [post.video_path, post.captions_path]
    with transaction.atomic():
        post.delete()
        transaction.on_commit(lambda: photos.remove(renditions=renditions), robust=True)
        transaction.on_commit(lambda: videos.remove(paths=paths), robust=True)


def _folder(creator: Creator) -> str:
    return f"posts/{creator.public_id}"


def _check_tags(tags: Sequence[tuple[Product, int, int]]) -> None:
    if len(tags) > MOST_TAGS:
        raise TagsRefused(
            _("A post has at most %(most)d products. Nothing was published.")
            % {"most": MOST_TAGS}
        )
    if len({product.pk for product, _x, _y in tags}) < len(tags):
        raise TagsRefused(_("Each product can be tagged once. Nothing was published."))
    for product, x, y in tags:
        if not (0 <= x <= 1000 and 0 <= y <= 1000):
            raise TagsRefused(
                _("A tag has to be on the picture. Nothing was published.")
            )
        if product.status != NEW_STATUS:
            raise NotForSale(
                _("“%(title)s” cannot be bought at the moment. Nothing was published.")
                % {"title": product.title}
            )


def _post_slug(caption: str) -> str:
    """Make readable words for a post's address; its id alone finds it."""
    return slugify(caption)[:SLUG_LENGTH].strip("-") or "post"


def _with_free_slug(create: Callable[[str], Collection], *, stem: str) -> Collection:
    """Create with the first slug the creator has not used: `home`, `home-2`."""
    for number in count(1):
        slug = stem if number == 1 else f"{stem}-{number}"
        try:
            with transaction.atomic():
                return create(slug)
        except IntegrityError:
            if number > MOST_COLLECTIONS + 1:
                raise
    raise AssertionError("numbers never end")
