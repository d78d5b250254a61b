from creators.models.content import Collection, Pick, Post, Tag, VideoType
from creators.models.follow import Follow
from creators.models.link import ClickCount, Code, Link
from creators.models.partnership import Collaboration, FundedBy, Partnership
from creators.models.profile import Creator

__all__ = [
    "ClickCount",
    "Code",
    "Collaboration",
    "Collection",
    "Creator",
    "Follow",
    "FundedBy",
    "Link",
    "Partnership",
    "Pick",
    "Post",
    "Tag",
    "VideoType",
]
