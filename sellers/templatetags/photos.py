"""`{% load photos %}`: addresses of renditions, for anything that has a list of them.

A thing may be a Photo (or whatever else has `renditions`) or the list itself.
"""

from typing import Any

from django import template
from django.core.files.storage import default_storage

register = template.Library()


def _renditions(thing: Any) -> list[dict[str, Any]]:
    if not thing:
        return []
    return list(thing if isinstance(thing, list) else thing.renditions or [])


@register.simple_tag
def rendition_url(thing: Any, width: int = 800) -> str:
    """Give the smallest rendition that fills `width`, else the largest, else ""."""
    renditions = _renditions(thing)
    if not renditions:
        return ""
    filling = [one for one in renditions if one["width"] >= width]
    chosen = filling[0] if filling else renditions[-1]
    return default_storage.url(chosen["path"])


@register.simple_tag
def photo_srcset(thing: Any) -> str:
    """Give the `srcset` of all renditions: `/media/a.webp 400w, …`."""
    return ", ".join(
        f"{default_storage.url(one['path'])} {one['width']}w"
        for one in _renditions(thing)
    )


@register.filter
def cover(product: Any) -> Any:
    """Give a product's first photo, from photos that are loaded already, or None."""
    return min(product.photos.all(), key=lambda photo: photo.position, default=None)
