"""Routes: `create:` is the studio, with the short link and a shop's terms; the public
pages carry a language prefix and are named `creators:`.
"""

from django.urls import path, re_path

from creators.views import collaborations, following, public, studio

app_name = "create"
HANDLE = r"(?P<handle>[A-Za-z0-9._-]+)"
public_urlpatterns = [
    re_path(rf"^@{HANDLE}$", public.profile, name="profile"),
    re_path(rf"^@{HANDLE}/follow$", following.follow, name="follow"),
    re_path(
        rf"^@{HANDLE}/c/(?P<slug>[-a-zA-Z0-9_]+)$", public.collection, name="collection"
    ),
    re_path(
        r"^p/(?P<public_id>post_[A-Za-z0-9]+)-(?P<slug>[-a-zA-Z0-9_]+)$",
        public.post,
        name="post",
    ),
]
urlpatterns = [
    path("account/following", following.following, name="following"),
    re_path(r"^go/(?P<slug>[A-Za-z0-9._-]+)$", public.go, name="go"),
    path("create/", studio.home, name="home"),
    path("create/start", studio.start, name="start"),
    path("create/page", studio.page, name="page"),
    path("create/collections", studio.collections, name="collections"),
    path(
        "create/collections/<slug:public_id>",
        studio.collection_edit,
        name="collection-edit",
    ),
    path(
        "create/collections/<slug:public_id>/remove",
        studio.collection_remove,
        name="collection-remove",
    ),
    path("create/collections/<slug:public_id>/picks", studio.pick_add, name="pick-add"),
    path(
        "create/collections/<slug:public_id>/picks/<int:pick_id>",
        studio.pick_change,
        name="pick-change",
    ),
    path("create/posts", studio.posts, name="posts"),
    path("create/posts/new", studio.post_new, name="post-new"),
    path("create/posts/<slug:public_id>", studio.post_shared, name="post-shared"),
    path(
        "create/posts/<slug:public_id>/remove", studio.post_remove, name="post-remove"
    ),
    path("create/collaborations", collaborations.collaborations, name="collaborations"),
    path(
        "create/collaborations/<slug:public_id>",
        collaborations.collaboration,
        name="collaboration",
    ),
    path(
        "create/collaborations/<slug:public_id>/leave",
        collaborations.leave,
        name="collaboration-leave",
    ),
    path(
        "sell/<slug:shop>/collaborations",
        collaborations.shop_collaborations,
        name="shop-collaborations",
    ),
    path(
        "sell/<slug:shop>/collaborations/<slug:public_id>/end",
        collaborations.shop_collaboration_end,
        name="shop-collaboration-end",
    ),
]
