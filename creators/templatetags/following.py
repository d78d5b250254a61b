"""The follow button, on any page that shows a creator or shop."""

from typing import Any

from django import template

from creators import queries

register = template.Library()


@register.inclusion_tag("creators/follow.html", takes_context=True)
def follow_button(
    context: Any, handle: str, is_large: bool = False, is_quiet: bool = False
) -> dict[str, Any]:
    """`{% follow_button creator.handle %}`: the button as it stands for this reader, and
    how many follow, from ten up; large in the head of a page of one's own, quiet beside a
    greater thing to do. One query, two for who is signed in.
    """
    request = context.get("request")
    user = getattr(request, "user", None)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "handle": handle,
        "is_large": is_large,
        "is_quiet": is_quiet,
        "followers": queries.followers_shown(handle),
        "follows": queries.follows(user, handle),
    }
