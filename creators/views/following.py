"""Follow a creator or shop, and see whom one follows."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from creators import queries
from creators.services import follows
from marketplace.accounts.models import Handle, User
from marketplace.kit import clock
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.pagination import page_of

PER_PAGE = 20
# Whom a stranger wanted to follow, kept while he signs in.
WISH = "follow"


@never_cache
def follow(request: HttpRequest, handle: str) -> HttpResponse:
    """Follow, or stop following. A stranger signs in first, and then follows: the wish
    waits in the session, so that no mere link makes anybody follow.
    """
    found = follows.handle_of(handle)
    profile = reverse("creators:profile", args=[found.handle])
    user = request.user
    if request.method == "POST":
        if isinstance(user, User):
            _do(request, user, found, does=request.POST.get("does", ""))
            return redirect(_back(request) or profile)
        request.session[WISH] = found.handle
        return redirect_to_login(request.path)
    if isinstance(user, User) and request.session.pop(WISH, "") == found.handle:
        _do(request, user, found, does="follow")
    return redirect(profile)


@never_cache
def following(request: HttpRequest) -> HttpResponse:
    """List whom a person follows, with what is new there."""
    page = page_of(queries.followed_by(request.user), request, per_page=PER_PAGE)
    context = {"page": page, "rows": queries.shown_followed(page)}
    return render(request, "creators/following.html", context)


def _do(request: HttpRequest, user: User, handle: Handle, *, does: str) -> None:
    try:
        if does == "unfollow":
            if follows.unfollow(user=user, handle=handle):
                words = _("You no longer follow @%(handle)s.")
                messages.success(request, words % {"handle": handle.handle})
        elif follows.follow(user=user, handle=handle, at=clock.now()):
            words = _("You follow @%(handle)s now.")
            messages.success(request, words % {"handle": handle.handle})
    except MarketplaceError as problem:
        messages.error(request, problem.message)


def _back(request: HttpRequest) -> str:
    """Give the page of ours the button stood on."""
    back = request.POST.get("back", "")[:300]
    if back.startswith("/") and url_has_allowed_host_and_scheme(
        back, allowed_hosts=None
    ):
        return back
    return ""
