"""Where creators recommend: collections of picks, and posts with tagged products."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from creators.models.profile import Creator
from marketplace.kit import ids
from sellers.models import Product


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(creator__user=user)

    def published(self) -> Self:
        return self.filter(is_published=True)


class Collection(models.Model):
    """A named shelf of picks on a creator's page."""

    public_id = ids.field("col")
    creator = models.ForeignKey(
        Creator, on_delete=models.CASCADE, related_name="collections"
    )
    title = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80)
    about = models.TextField(max_length=600, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_published = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = CollectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["creator", "slug"], name="collection_slug_once"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="collection_title"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("creators:collection", args=[self.creator.handle, self.slug])


class Pick(models.Model):
    """A product on a shelf, with the creator's note."""

    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, related_name="picks"
    )
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="picks")
    note = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["collection", "product"], name="pick_once")
        ]

    def __str__(self) -> str:
        return f"{self.product} in {self.collection}"


class VideoType(models.TextChoices):
    """What a video is, by its content, and what it is served as."""

    MP4 = "video/mp4", "MP4"
    WEBM = "video/webm", "WebM"


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(creator__user=user)


class Post(models.Model):
    """A picture with a caption and products tagged on it, or an upright video whose
    cover the picture is. `video_ms` is None where the file does not say its length.
    """

    public_id = ids.field("post")
    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="posts")
    slug = models.SlugField(max_length=80)
    caption = models.TextField(max_length=2200, blank=True)
    alt = models.CharField(max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    renditions = models.JSONField()
    video_path = models.CharField(max_length=200, blank=True)
    video_type = models.CharField(max_length=10, blank=True, choices=VideoType.choices)
    video_ms = models.PositiveIntegerField(null=True, blank=True)
    captions_path = models.CharField(max_length=200, blank=True)
    captions_language = models.CharField(max_length=10, blank=True)
    published_at = models.DateTimeField()

    objects = PostQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["creator", "-published_at"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(video_path="", video_type="", video_ms=None)
                | (~Q(video_path="") & ~Q(video_type="")),
                name="post_video_whole",
            ),
            models.CheckConstraint(
                condition=Q(captions_path="", captions_language="")
                | (~Q(captions_path="") & ~Q(captions_language="") & ~Q(video_path="")),
                name="post_captions_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("creators:post", args=[self.public_id, self.slug])

    @property
    def is_video(self) -> bool:
        return bool(self.video_path)

    @property
    def length(self) -> str:
        """How long the video is, `0:24`, or nothing where that is not known."""
        if not self.video_ms:
            return ""
        minutes, seconds = divmod(max(1, round(self.video_ms / 1000)), 60)
        return f"{minutes}:{seconds:02}"


class Tag(models.Model):
    """A product tagged on a post: its number in the list and its place on the picture
    in per mille of width and height.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="tags")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="tags")
    number = models.PositiveSmallIntegerField()
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["post", "number"], name="tag_number_once"),
            models.UniqueConstraint(fields=["post", "product"], name="tag_once"),
            models.CheckConstraint(
                condition=Q(x__lte=1000) & Q(y__lte=1000), name="tag_on_the_picture"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.product}"
