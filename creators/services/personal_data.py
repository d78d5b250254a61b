"""What is kept of a person who follows, or is a creator: see `kit.personal`."""

from datetime import datetime
from typing import Any

from django.db import transaction

from creators.models import Creator, Follow, Partnership
from creators.services import content
from marketplace.accounts.models import Handle, User
from marketplace.kit.personal import Obstacle, Tables
from sellers.services import photos


def export_of(*, user: User) -> Tables:
    """Give whom a person follows, and the creator page with what stands on it."""
    follows = Follow.objects.visible_to(user).select_related("handle").order_by("pk")
    tables: dict[str, list[dict[str, Any]]] = {
        "following": [
            {
                "handle": row.handle.handle,
                "kind": row.handle.kind,
                "followed_at": row.followed_at.isoformat(),
            }
            for row in follows
        ]
    }
    creator = Creator.objects.filter(user=user).select_related("link").first()
    if creator is None:
        return tables
    return {
        **tables,
        "creator": [
            {
                "handle": creator.handle,
                "name": creator.name,
                "bio": creator.bio,
                "country": creator.country,
                "link": creator.link.slug,
                "joined_at": creator.joined_at.isoformat(),
            }
        ],
        "posts": [
            {
                "id": post.public_id,
                "caption": post.caption,
                "alt": post.alt,
                "published_at": post.published_at.isoformat(),
            }
            for post in creator.posts.order_by("pk")
        ],
        "collections": [
            {"title": row.title, "about": row.about, "is_published": row.is_published}
            for row in creator.collections.order_by("pk")
        ],
        "collaborations": [
            {
                "shop": row.collaboration.shop.name,
                "joined_at": row.joined_at.isoformat(),
                "ended_at": row.ended_at and row.ended_at.isoformat(),
            }
            for row in creator.partnerships.select_related(
                "collaboration__shop"
            ).order_by("pk")
        ],
    }


def obstacles(*, user: User, at: datetime) -> list[Obstacle]:
    """Nothing of a page itself; its money speaks for itself above."""
    return []


def erase(*, user: User, at: datetime) -> None:
    """Forget whom a person follows. A creator's page is emptied, its terms end now, and
    its name and handle go; the row stays for what was earned.
    """
    Follow.objects.visible_to(user).delete()
    creator = Creator.objects.filter(user=user).first()
    if creator is None:
        return
    for post in creator.posts.order_by("pk"):
        content.remove_post(post=post)
    for collection in creator.collections.order_by("pk"):
        content.remove_collection(collection=collection)
    Partnership.objects.filter(creator=creator, ended_at=None).update(ended_at=at)
    Handle.objects.filter(reference=creator.public_id).delete()
    # No handle that is given out begins so: the address leads to nobody else.
    gone = f"-gone-{creator.pk}"
    creator.link.slug = gone
    creator.link.save(update_fields=["slug"])
    portrait = creator.portrait
    creator.handle, creator.name, creator.bio, creator.portrait = gone, "–", "", []
    creator.save(update_fields=["handle", "name", "bio", "portrait"])
    transaction.on_commit(lambda: photos.remove(renditions=portrait), robust=True)
