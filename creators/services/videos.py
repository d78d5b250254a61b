"""A post's video: checked by its content, kept as it came but for the notes in it, and
its captions. Nothing is transcoded; docs/decisions.md says why, and where one would.
"""

import secrets
import shutil
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import SEEK_END
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from creators.models import VideoType
from creators.services import clips
from marketplace.kit.errors import MarketplaceError

ENDINGS = {VideoType.MP4: "mp4", VideoType.WEBM: "webm"}
CAPTIONS_BYTES = 300_000
BLANK = b"free"


class VideoTooLarge(clips.VideoRefused):
    """The video has too many bytes."""

    status_code = 413

    def __init__(self) -> None:
        super().__init__(
            _(
                "This video is too large: at most %(megabytes)d MB. Nothing was"
                " published; shorten it, or save it smaller."
            )
            % {"megabytes": settings.VIDEO_MAX_BYTES // 1024**2}
        )


class CaptionsRefused(MarketplaceError):
    """The captions are no WebVTT file that we can read."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This file does not hold captions in WebVTT: its first line is WEBVTT,"
                " then times such as 00:01.000 --> 00:04.000 with words below them, in"
                " UTF-8. Nothing was kept; choose another, or leave it out."
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What was written, in the names of a post's columns."""

    video_path: str
    video_type: str
    video_ms: int | None
    captions_path: str = ""
    captions_language: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def paths(self) -> list[str]:
        return [self.video_path, self.captions_path]


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """A video as it came, with captions in a language, if there are any."""

    video: BinaryIO
    captions: BinaryIO | None = None
    captions_language: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A video that may be kept, what it is, and the text of its captions."""

    film: Film
    clip: clips.Clip
    captions: str


def check(*, film: Film) -> Checked:
    """Judge a video by its size and its content, and its captions; nothing is written.

    :raises VideoTooLarge: it has more bytes than `VIDEO_MAX_BYTES`.
    :raises clips.VideoRefused: as `clips.read`.
    :raises CaptionsRefused: they are no WebVTT, longer than 300 kB, or not UTF-8.
    """
    if film.video.seek(0, SEEK_END) > settings.VIDEO_MAX_BYTES:
        raise VideoTooLarge
    clip = clips.read(file=film.video)
    captions = read_captions(captions=film.captions) if film.captions else ""
    return Checked(film=film, clip=clip, captions=captions)


def read_captions(*, captions: BinaryIO) -> str:
    """Give the text of a captions file, with the ends of lines that we write.

    :raises CaptionsRefused: it is no WebVTT, longer than 300 kB, or not UTF-8.
    """
    data = captions.read(CAPTIONS_BYTES + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CaptionsRefused from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = text.partition("\n")[0]
    is_named = first == "WEBVTT" or first.startswith(("WEBVTT ", "WEBVTT\t"))
    if len(data) > CAPTIONS_BYTES or not is_named or "-->" not in text:
        raise CaptionsRefused
    return text.replace("\0", "")


def keep(*, checked: Checked, folder: str) -> Kept:
    """Write a checked video and its captions under names of our own. All files are
    written or none; whoever calls this before a transaction that fails has to `remove`
    them.
    """
    clip, stem = checked.clip, _stem(folder)
    written: list[str] = []
    try:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(checked.film.video, copy)
            _blank(copy, clip)
            copy.seek(0)
            named = f"{stem}.{ENDINGS[clip.type]}"
            written.append(default_storage.save(named, File(copy)))
        if checked.captions:
            written.append(_write_captions(checked.captions, stem))
    except BaseException:
        remove(paths=written)
        raise
    return Kept(
        video_path=written[0],
        video_type=clip.type,
        video_ms=clip.ms,
        captions_path=written[1] if checked.captions else "",
        captions_language=checked.film.captions_language if checked.captions else "",
    )


def keep_captions(*, text: str, folder: str) -> str:
    """Write captions under a name of our own, and give its path."""
    return _write_captions(text, _stem(folder))


def _stem(folder: str) -> str:
    return f"{folder.strip('/')}/{secrets.token_hex(12)}"


def _write_captions(text: str, stem: str) -> str:
    return str(default_storage.save(f"{stem}.vtt", ContentFile(text.encode())))


def remove(*, paths: list[str]) -> None:
    """Delete files that nothing shows any more; what is gone already is no error."""
    for path in paths:
        if path:
            with suppress(OSError):
                default_storage.delete(path)


def _blank(copy: BinaryIO, clip: clips.Clip) -> None:
    """Overwrite the notes, where a phone writes the place and itself, with nothing. The
    boxes keep their length, so that all the rest stays where the file says it is.
    """
    for kind_at, content, stop in clip.notes:
        copy.seek(kind_at)
        copy.write(BLANK)
        copy.seek(content)
        copy.write(bytes(stop - content))
