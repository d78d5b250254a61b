"""`{% load creator_found %}`: what search engines and other sites read of a creator's or
shop's page, a collection and a post. Each tag reads rows that are loaded already.

Links in it are plain addresses: no source goes along, for nobody has acted yet.
"""

from collections.abc import Sequence
from typing import Any

from django import template
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from creators.models import Collection, Creator, Post
from creators.queries import Card, Row
from marketplace.kit import found
from sellers.models import Shop
from sellers.templatetags import product_found

register = template.Library()


@register.simple_tag
def profile_meta(creator: Creator) -> found.Meta:
    """`{% profile_meta creator as meta %}`"""
    url = creator.get_absolute_url()
    person = found.node(
        "Person",
        name=creator.name,
        alternateName=f"@{creator.handle}",
        description=creator.bio,
        image=_picture(creator.portrait),
        url=found.absolute(url),
    )
    return found.Meta(
        title=f"{creator.name} (@{creator.handle})",
        path=url,
        description=found.one_line(creator.bio),
        type="profile",
        card=product_found.card_url(creator.public_id, [creator.portrait]),
        card_alt=creator.name,
        data=(found.node("ProfilePage", url=found.absolute(url), mainEntity=person),),
        is_embeddable=True,
    )


@register.simple_tag
def shop_meta(shop: Shop, cards: Sequence[Card]) -> found.Meta:
    """`{% shop_meta shop cards as meta %}`"""
    url = shop.get_absolute_url()
    said = {
        "name": shop.name,
        "alternateName": f"@{shop.handle}",
        "description": shop.about,
        "url": found.absolute(url),
        "hasMerchantReturnPolicy": product_found.return_policy(shop, [shop.country]),
    }
    if shop.is_business:
        data = found.node(
            "OnlineStore",
            **said,
            legalName=shop.legal_name,
            email=shop.contact_email,
            identifier=shop.registration_number,
        )
    else:
        del said["hasMerchantReturnPolicy"]
        person = found.node("Person", **said)
        data = found.node("ProfilePage", url=said["url"], mainEntity=person)
    return found.Meta(
        title=shop.name,
        path=url,
        description=found.one_line(shop.about),
        type="profile",
        card=_card(shop.public_id, cards),
        card_alt=shop.name,
        data=(data,),
        is_embeddable=True,
    )


@register.simple_tag
def collection_meta(collection: Collection, rows: Sequence[Row]) -> found.Meta:
    """`{% collection_meta collection rows as meta %}`"""
    url = collection.get_absolute_url()
    items = [
        found.node(
            "ListItem",
            position=place,
            name=row.card.product.title,
            url=found.absolute(row.card.product.get_absolute_url()),
        )
        for place, row in enumerate(rows, start=1)
    ]
    page = found.node(
        "CollectionPage",
        name=collection.title,
        description=collection.about,
        url=found.absolute(url),
        author=_author(collection.creator),
        mainEntity=found.node(
            "ItemList", numberOfItems=len(items), itemListElement=items
        ),
    )
    title = _("%(title)s, picked by %(name)s") % {
        "title": collection.title,
        "name": collection.creator.name,
    }
    return found.Meta(
        title=title,
        path=url,
        description=found.one_line(collection.about),
        card=_card(collection.public_id, [row.card for row in rows]),
        card_alt=collection.title,
        data=(page,),
        is_embeddable=True,
    )


@register.simple_tag
def post_meta(post: Post, rows: Sequence[Row]) -> found.Meta:
    """`{% post_meta post rows as meta %}`"""
    url = post.get_absolute_url()
    posting = found.node(
        "SocialMediaPosting",
        headline=found.one_line(post.caption or post.alt, longest=110),
        text=post.caption,
        image=_picture(post.renditions),
        video=_video(post),
        datePublished=post.published_at.isoformat(),
        url=found.absolute(url),
        author=_author(post.creator),
        mentions=[
            found.node(
                "Thing",
                name=row.card.product.title,
                url=found.absolute(row.card.product.get_absolute_url()),
            )
            for row in rows
            if not row.card.is_gone
        ],
    )
    return found.Meta(
        title=f"{post.creator.name}: "
        f"{found.one_line(post.caption or post.alt, longest=90)}",
        path=url,
        description=found.one_line(post.caption),
        type="video.other" if post.is_video else "article",
        film=found.Film(url=_stored(post.video_path), type=post.video_type)
        if post.is_video
        else None,
        card=product_found.card_url(post.public_id, [post.renditions]),
        card_alt=post.alt,
        data=(posting,),
        is_embeddable=True,
    )


def _video(post: Post) -> found.Data | None:
    if not post.is_video:
        return None
    return found.node(
        "VideoObject",
        name=found.one_line(post.caption or post.alt, longest=110),
        description=post.caption or post.alt,
        thumbnailUrl=[_picture(post.renditions)],
        uploadDate=post.published_at.isoformat(),
        duration=f"PT{max(1, round(post.video_ms / 1000))}S" if post.video_ms else "",
        contentUrl=_stored(post.video_path),
        encodingFormat=post.video_type,
    )


def _stored(path: str) -> str:
    return found.absolute(default_storage.url(path))


def _author(creator: Creator) -> found.Data:
    return found.node(
        "Person",
        name=creator.name,
        url=found.absolute(creator.get_absolute_url()),
    )


def _picture(renditions: Any) -> str:
    return (
        found.absolute(default_storage.url(renditions[-1]["path"]))
        if renditions
        else ""
    )


def _card(public_id: str, cards: Sequence[Card]) -> str:
    pictures = [card.photo.renditions for card in cards if card.photo]
    return product_found.card_url(public_id, pictures[:3])
