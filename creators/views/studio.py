"""The creator's studio: home, page, collections, posts. Each view finds what is the
creator's own (else 404), calls one service and shows or redirects.
"""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from creators import forms, queries
from creators.models import Collection, Creator, Pick, Post
from creators.services import clips, content, profiles, videos
from marketplace.accounts import handles
from marketplace.kit import clock, limits
from marketplace.kit.errors import MarketplaceError
from marketplace.kit.leading import lead
from marketplace.kit.pagination import page_of
from sellers import queries as seller_queries

HOUR = 3600
SEARCH_PAGE = 12


def own(request: HttpRequest) -> Creator:
    """Give the creator who is signed in; the policy has seen to it that there is one."""
    creator: Creator = request.user.creator  # type: ignore[union-attr]
    return creator


def refused(form: Any, problem: MarketplaceError, field: str | None = None) -> None:
    """Show the words of a refusal by a field, or above the form."""
    form.add_error(field, problem.message)


def start(request: HttpRequest) -> HttpResponse:
    """Become a creator: three fields, and the page exists."""
    if hasattr(request.user, "creator"):
        return redirect("create:home")
    person: Any = request.user
    form = forms.StartForm(
        request.POST or None,
        initial={"country": settings.PLATFORM_COUNTRY, "name": person.name},
    )
    suggestions: list[str] = []
    if request.method == "POST" and form.is_valid():
        limits.count(f"creator-start:{request.user.pk}", limit=20, seconds=HOUR)
        try:
            profiles.join(user=person, at=clock.now(), **form.cleaned_data)
            return redirect("create:home")
        except profiles.AlreadyCreator:
            return redirect("create:home")
        except handles.HandleTaken as problem:
            suggestions = handles.suggest(form.cleaned_data["handle"])
            refused(form, problem, "handle")
        except handles.HandleRefused as problem:
            refused(form, problem, "handle")
        except MarketplaceError as problem:
            refused(form, problem)
    return render(
        request,
        "creators/start.html",
        {"form": form, "suggestions": suggestions},
        status=422 if form.errors else 200,
    )


def home(request: HttpRequest) -> HttpResponse:
    """What a creator has, what to do next, and the link to share."""
    if not hasattr(request.user, "creator"):
        return redirect("create:start")
    creator, at = own(request), clock.now()
    counts = {
        "clicks": queries.clicks_since(creator, at),
        "partnerships": queries.running_partnerships(creator, at).count(),
        "collections": creator.collections.count(),
        "posts": creator.posts.count(),
        "picks": Pick.objects.filter(collection__creator=creator).count(),
    }
    return render(
        request,
        "creators/home.html",
        {
            "creator": creator,
            **counts,
            "has_content": bool(counts["picks"] or counts["posts"]),
            "share_url": f"{settings.SITE_URL}{creator.link.get_absolute_url()}",
        },
    )


def page(request: HttpRequest) -> HttpResponse:
    """The words and the portrait at the top of the creator's page."""
    creator = own(request)
    form = forms.ProfileForm(
        request.POST or None,
        request.FILES or None,
        initial={"name": creator.name, "bio": creator.bio},
    )
    if request.method == "POST" and form.is_valid():
        limits.count(f"upload:{request.user.pk}", limit=30, seconds=HOUR)
        portrait = form.cleaned_data["portrait"]
        try:
            if portrait:
                profiles.set_portrait(creator=creator, file=portrait)
            profiles.edit(
                creator=creator,
                name=form.cleaned_data["name"],
                bio=form.cleaned_data["bio"],
            )
        except MarketplaceError as problem:
            refused(form, problem, "portrait" if portrait else None)
        else:
            messages.success(request, _("Your page was changed."))
            return redirect("create:page")
    return render(
        request,
        "creators/page.html",
        {"creator": creator, "form": form},
        status=422 if form.errors else 200,
    )


# --- collections ------------------------------------------------------------------
def collections(request: HttpRequest) -> HttpResponse:
    """The creator's collections, and a form for a new one."""
    creator = own(request)
    form = forms.CollectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        limits.count(f"collections:{request.user.pk}", limit=60, seconds=HOUR)
        try:
            made = content.create_collection(
                creator=creator, at=clock.now(), **form.cleaned_data
            )
            return redirect("create:collection-edit", made.public_id)
        except MarketplaceError as problem:
            refused(form, problem)
    return render(
        request,
        "creators/collections.html",
        {
            "creator": creator,
            "form": form,
            "collections": queries.collections_of(creator, is_public=False),
        },
        status=422 if form.errors else 200,
    )


def collection_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """A collection's words, its picks, and a search for more."""
    collection = _own_collection(request, public_id)
    form = forms.EditCollectionForm.of(collection)
    if request.method == "POST":
        form = forms.EditCollectionForm(request.POST)
        if form.is_valid():
            try:
                content.edit_collection(collection=collection, **form.cleaned_data)
            except MarketplaceError as problem:
                refused(form, problem)
            else:
                messages.success(request, _("The collection was changed."))
                return redirect("create:collection-edit", public_id)
    creator, at = own(request), clock.now()
    words = _typed(request.GET.get("q", ""))
    picks = list(
        collection.picks.select_related("product__shop")
        .prefetch_related("product__photos", "product__variants")
        .order_by("position", "pk")
    )
    found = page_of(
        seller_queries.product_list(words=words).exclude(
            pk__in=[pick.product_id for pick in picks]
        ),
        request,
        per_page=SEARCH_PAGE,
    )
    return render(
        request,
        "creators/collection_edit.html",
        {
            "creator": creator,
            "collection": collection,
            "form": form,
            "picks": [(pick, queries.card_of(pick.product)) for pick in picks],
            "q": words,
            "page": found,
            "prospects": queries.prospects(list(found), creator=creator, at=at),
        },
        status=422 if form.errors else 200,
    )


def collection_remove(request: HttpRequest, public_id: str) -> HttpResponse:
    content.remove_collection(collection=_own_collection(request, public_id))
    messages.success(request, _("The collection was removed."))
    return redirect("create:collections")


def pick_add(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put the chosen product into a collection."""
    collection = _own_collection(request, public_id)
    limits.count(f"picks:{request.user.pk}", limit=300, seconds=HOUR)
    product = seller_queries.live_product(_typed(request.POST.get("product", "")))
    try:
        content.add_pick(
            collection=collection,
            product=product,
            note="",
        )
    except MarketplaceError as problem:
        messages.error(request, problem.message)
    words = request.POST.get("q", "")
    address = reverse("create:collection-edit", args=[public_id])
    return redirect(
        f"{address}?{urlencode({'q': words})}#picks" if words else f"{address}#picks"
    )


def pick_change(request: HttpRequest, public_id: str, pick_id: int) -> HttpResponse:
    """Move a pick, change its note or take it out: the button says which."""
    pick = get_object_or_404(
        Pick, pk=pick_id, collection=_own_collection(request, public_id)
    )
    do = request.POST.get("do", "")
    if do in ("earlier", "later"):
        content.move_pick(pick=pick, earlier=do == "earlier")
    elif do == "remove":
        content.remove_pick(pick=pick)
    else:
        form = forms.NoteForm(request.POST)
        if form.is_valid():
            content.edit_pick(pick=pick, note=form.cleaned_data["note"])
        else:
            messages.error(request, _("A note has at most 200 letters."))
    address = reverse("create:collection-edit", args=[public_id])
    return redirect(f"{address}#picks")


def _typed(text: str) -> str:
    """Keep what a database can hold of what was typed into a search or sent by hand."""
    return text.replace("\0", "").strip()[:100]


def _own_collection(request: HttpRequest, public_id: str) -> Collection:
    return get_object_or_404(
        Collection.objects.visible_to(request.user).select_related("creator"),
        public_id=public_id,
    )


# --- posts ------------------------------------------------------------------------
def posts(request: HttpRequest) -> HttpResponse:
    creator = own(request)
    found = page_of(queries.posts_of(creator), request)
    return render(request, "creators/posts.html", {"creator": creator, "page": found})


def post_new(request: HttpRequest) -> HttpResponse:
    """A picture or a video (`?kind=video`), words, and the products on it."""
    creator, at = own(request), clock.now()
    products = queries.taggable(creator, at)
    is_video = request.GET.get("kind") == "video"
    form = (forms.VideoPostForm if is_video else forms.PostForm)(
        request.POST or None,
        request.FILES or None,
        initial={"caption": _shared_words(request)},
    )
    tags: Any = forms.TagFormSet(
        request.POST or None,
        prefix="tags",
        form_kwargs={"products": products, "has_places": not is_video},
    )
    # Both are asked, so that all errors show at once.
    valid = [form.is_valid(), tags.is_valid()] if request.method == "POST" else [False]
    if all(valid):
        try:
            limits.count(f"posts:{request.user.pk}", limit=30, seconds=HOUR)
            made = content.publish_post(
                creator=creator,
                picture=form.cleaned_data["picture"],
                caption=form.cleaned_data["caption"],
                alt=form.cleaned_data["alt"],
                tags=tags.tags(),
                at=at,
                film=form.film() if isinstance(form, forms.VideoPostForm) else None,
            )
            return lead(request, reverse("create:post-shared", args=[made.public_id]))
        except clips.VideoRefused as problem:
            refused(form, problem, "video")
        except videos.CaptionsRefused as problem:
            refused(form, problem, "captions")
        except MarketplaceError as problem:
            refused(form, problem)
    return render(
        request,
        "creators/post_new.html",
        {
            "creator": creator,
            "form": form,
            "tags": tags,
            "is_video": is_video,
            "products": products,
            "shops": queries.partner_shops(creator, at),
        },
        status=422 if request.method == "POST" else 200,
    )


def _shared_words(request: HttpRequest) -> str:
    """Give what a phone's share menu sent along: words, and an address."""
    sent = (request.GET.get(name, "") for name in ("title", "caption", "url"))
    return "\n".join(words.strip() for words in sent if words.strip())[:2200]


def post_shared(request: HttpRequest, public_id: str) -> HttpResponse:
    """A published post with its address to copy, its words to change, and its end."""
    shown = _own_post(request, public_id)
    words = {"alt": shown.alt, "caption": shown.caption}
    form = (
        forms.EditVideoForm(
            request.POST or None, request.FILES or None, initial=words, post=shown
        )
        if shown.is_video
        else forms.EditPostForm(request.POST or None, initial=words)
    )
    if request.method == "POST" and form.is_valid():
        try:
            _change(shown, form.cleaned_data)
        except videos.CaptionsRefused as problem:
            refused(form, problem, "captions")
        except MarketplaceError as problem:
            refused(form, problem)
        else:
            messages.success(request, _("The post was changed."))
            return redirect("create:post-shared", public_id)
    return render(
        request,
        "creators/post_shared.html",
        {
            "creator": shown.creator,
            "post": shown,
            "form": form,
            "rows": queries.tags_of(shown),
            "share_url": f"{settings.SITE_URL}{shown.get_absolute_url()}",
        },
        status=422 if form.errors else 200,
    )


def _change(post: Post, typed: dict[str, Any]) -> None:
    """Captions come first: only they can be refused once the form is whole."""
    if typed.get("captions"):
        limits.count(f"captions:{post.pk}", limit=30, seconds=HOUR)
        content.put_captions(
            post=post, captions=typed["captions"], language=typed["captions_language"]
        )
    elif typed.get("drops_captions"):
        content.drop_captions(post=post)
    content.edit_post(post=post, caption=typed["caption"], alt=typed["alt"])


def post_remove(request: HttpRequest, public_id: str) -> HttpResponse:
    content.remove_post(post=_own_post(request, public_id))
    messages.success(request, _("The post was removed."))
    return redirect("create:posts")


def _own_post(request: HttpRequest, public_id: str) -> Post:
    return get_object_or_404(
        Post.objects.visible_to(request.user).select_related("creator"),
        public_id=public_id,
    )
