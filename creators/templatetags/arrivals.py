"""`{% load arrivals %}`: who led a reader to a page, for pages of apps below."""

from django import template

from creators.models import Creator
from creators.services import attribution
from marketplace.kit import clock

register = template.Library()


@register.simple_tag
def creator_behind(via: str) -> Creator | None:
    """`{% creator_behind via as creator %}`: the creator whose surface a `via` token
    names, or None without a token that is ours and fresh. At most 3 queries, none
    without a token.
    """
    source = attribution.read_token(token=via, at=clock.now()) if via else None
    if source is None:
        return None
    found = attribution.resolve_sources(sources=[source]).get(source)
    return Creator.objects.filter(pk=found).first() if found else None
