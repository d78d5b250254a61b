"""What a video file is, read from its boxes and elements and never from its name.

Only headers are read, a few hundred bytes each, whatever the file's length: nothing here
decodes a picture. What phones write beside the picture (the place, the device) is found
too, so that it can be blanked without moving a byte of the rest.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import SEEK_END
from typing import BinaryIO

from django.utils.translation import gettext as _

from creators.models import VideoType
from marketplace.kit.errors import MarketplaceError

# Brands of MP4 that hold H.264; QuickTime's own is not one that browsers agree on.
BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1"}
PICTURE_CODECS = {b"avc1", b"avc3"}
SOUND_CODECS = {b"mp4a"}
WEBM_PICTURES = {b"V_VP8", b"V_VP9", b"V_AV1"}
WEBM_SOUNDS = {b"A_OPUS", b"A_VORBIS"}
# Boxes that lead to a track's description, and boxes of notes beside the picture.
LEADING = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
NOTES = {b"udta", b"meta", b"uuid"}
# A header is small; what claims more of them, or deeper ones, is no video of a phone.
MOST_BOXES = 20_000
DEEPEST = 8
LONGEST_HEADER = 512
LONGEST_MS = 24 * 3600 * 1000

Place = tuple[int, int, int]


class VideoRefused(MarketplaceError):
    """The video cannot be shown; nothing was kept of it."""


class NotAVideo(VideoRefused):
    """The file is no MP4 or WebM that we can read."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This file is not an MP4 or WebM video that we can read, or it ends too"
                " early. Nothing was published; choose another, or save it again as MP4."
            )
        )


class CodecRefused(VideoRefused):
    """The file holds picture or sound that not every browser plays."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Not every phone can play this video: MP4 has to hold H.264 with AAC"
                " sound, WebM has to hold VP8, VP9 or AV1 with Opus or Vorbis sound."
                " Nothing was published; save it again like this."
            )
        )


class LyingVideo(VideoRefused):
    """The video is wider than it is tall."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This video is wider than it is tall, and a post shows it upright."
                " Nothing was published; turn or crop it first."
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """What a file says of itself: milliseconds where it does, upright pixels, and the
    notes to blank as (where the box's kind stands, where its content begins and ends).
    """

    type: VideoType
    ms: int | None
    width: int
    height: int
    notes: tuple[Place, ...] = ()


@dataclass(slots=True)
class _Found:
    """What has been read of a file so far."""

    brands: set[bytes] = field(default_factory=set)
    has_movie: bool = False
    has_data: bool = False
    ms: int | None = None
    size: tuple[int, int] = (0, 0)
    handler: bytes = b""
    codecs: list[tuple[bytes, bytes]] = field(default_factory=list)
    notes: list[Place] = field(default_factory=list)
    boxes: int = 0


def read(*, file: BinaryIO) -> Clip:
    """Read what a video is; the file stands at its beginning afterwards.

    :raises NotAVideo: it is neither MP4 nor WebM, broken, or cut off.
    :raises CodecRefused: not every browser could play it.
    :raises LyingVideo: it is wider than it is tall.
    """
    end = file.seek(0, SEEK_END)
    file.seek(0)
    start = file.read(12)
    try:
        if start[4:8] == b"ftyp":
            clip = _mp4(file, end)
        elif start[:4] == b"\x1a\x45\xdf\xa3":
            clip = _webm(file, end)
        else:
            raise NotAVideo
    finally:
        file.seek(0)
    if clip.width > clip.height:
        raise LyingVideo
    return clip


# --- MP4: boxes of a length, a kind, and what is in them ------------------------------
def _mp4(file: BinaryIO, end: int) -> Clip:
    found = _Found()
    _walk(file, 0, end, found)
    if not (found.brands & BRANDS and found.has_movie and found.has_data):
        raise NotAVideo
    pictures = [codec for kind, codec in found.codecs if kind == b"vide"]
    sounds = [codec for kind, codec in found.codecs if kind == b"soun"]
    if not pictures or not all(found.size):
        raise NotAVideo
    if not (set(pictures) <= PICTURE_CODECS and set(sounds) <= SOUND_CODECS):
        raise CodecRefused
    return Clip(
        type=VideoType.MP4,
        ms=found.ms,
        width=found.size[0],
        height=found.size[1],
        notes=tuple(found.notes),
    )


def _boxes(
    file: BinaryIO, start: int, end: int, found: _Found
) -> Iterator[tuple[bytes, Place]]:
    """Give each box between two places: its kind, and where that stands and its content
    begins and ends.
    """
    while start < end:
        found.boxes += 1
        if found.boxes > MOST_BOXES or end - start < 8:
            raise NotAVideo
        file.seek(start)
        size, kind, content = _number(file.read(4)), file.read(4), start + 8
        if size == 1:
            size, content = _number(file.read(8)), start + 16
        stop = end if size == 0 else start + size
        if stop < content or stop > end:
            raise NotAVideo
        yield kind, (start + 4, content, stop)
        start = stop


def _walk(file: BinaryIO, start: int, end: int, found: _Found, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise NotAVideo
    for kind, place in _boxes(file, start, end, found):
        _kind_at, content, stop = place
        if kind in NOTES:
            found.notes.append(place)
        elif kind in LEADING:
            found.has_movie = found.has_movie or kind == b"moov"
            _walk(file, content, stop, found, depth + 1)
        elif kind == b"mdat":
            found.has_data = True
        elif kind in _READERS:
            file.seek(content)
            _READERS[kind](file.read(min(stop - content, LONGEST_HEADER)), found)


def _read_brands(header: bytes, found: _Found) -> None:
    brands = [header[at : at + 4] for at in range(0, len(header) - 3, 4)]
    # The second is the brand's version.
    found.brands.update(brands[:1] + brands[2:])


def _read_length(header: bytes, found: _Found) -> None:
    at, width = (20, 8) if header[:1] == b"\x01" else (12, 4)
    scale = _number(header[at : at + 4])
    length = _number(header[at + 4 : at + 4 + width])
    if scale and 0 < length * 1000 // scale < LONGEST_MS:
        found.ms = length * 1000 // scale


def _read_size(header: bytes, found: _Found) -> None:
    at = 88 if header[:1] == b"\x01" else 76
    if len(header) < at + 8:
        raise NotAVideo
    width, height = _number(header[at : at + 2]), _number(header[at + 4 : at + 6])
    across, along = header[at - 36 : at - 32], header[at - 20 : at - 16]
    if across == along == bytes(4):  # turned by a quarter
        width, height = height, width
    if width and height:
        found.size = (width, height)


def _read_handler(header: bytes, found: _Found) -> None:
    found.handler = header[8:12]


def _read_codec(header: bytes, found: _Found) -> None:
    found.codecs.append((found.handler, header[12:16]))


_READERS = {
    b"ftyp": _read_brands,
    b"mvhd": _read_length,
    b"tkhd": _read_size,
    b"hdlr": _read_handler,
    b"stsd": _read_codec,
}


# --- WebM: elements of an id, a length, and what is in them ---------------------------
_HEADER, _DOCTYPE, _SEGMENT = 0x1A45DFA3, 0x4282, 0x18538067
_INFO, _SCALE, _DURATION = 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _ENTRY, _CODEC, _VIDEO = 0x1654AE6B, 0xAE, 0x86, 0xE0
_WIDTH, _HEIGHT, _CLUSTER = 0xB0, 0xBA, 0x1F43B675
_WITHIN = {_HEADER, _SEGMENT, _INFO, _TRACKS, _ENTRY, _VIDEO}


@dataclass(slots=True)
class _Said:
    """What the elements before the first cluster say, by their ids."""

    values: dict[int, list[bytes]] = field(default_factory=dict)
    has_data: bool = False
    elements: int = 0

    def first(self, kind: int) -> bytes:
        return self.values.get(kind, [b""])[0]


def _webm(file: BinaryIO, end: int) -> Clip:
    said = _Said()
    _elements(file, 0, end, said)
    codecs = {codec.rstrip(b"\0") for codec in said.values.get(_CODEC, [])}
    width, height = _number(said.first(_WIDTH)), _number(said.first(_HEIGHT))
    if said.first(_DOCTYPE) != b"webm" or not (said.has_data and width and height):
        raise NotAVideo
    if not codecs <= WEBM_PICTURES | WEBM_SOUNDS or not codecs & WEBM_PICTURES:
        raise CodecRefused
    return Clip(type=VideoType.WEBM, ms=_webm_ms(said), width=width, height=height)


def _webm_ms(said: _Said) -> int | None:
    """Give the length where it is said; it is written as a fraction in binary."""
    written = said.first(_DURATION)
    kind = {4: ">f", 8: ">d"}.get(len(written))
    ticks = struct.unpack(kind, written)[0] if kind else 0
    if not math.isfinite(ticks):
        return None
    nanoseconds = _number(said.first(_SCALE)) or 1_000_000
    ms = int(ticks) * nanoseconds // 1_000_000
    return ms if 0 < ms < LONGEST_MS else None


def _elements(
    file: BinaryIO, start: int, end: int, said: _Said, depth: int = 0
) -> None:
    """Collect what the elements say, up to the first cluster."""
    while start < end and not said.has_data:
        said.elements += 1
        file.seek(start)
        kind, size = _vint(file, is_id=True), _vint(file)
        content = file.tell()
        stop = end if size is None else content + size
        if stop > end or said.elements > MOST_BOXES or depth > DEEPEST:
            raise NotAVideo
        if kind == _CLUSTER:
            said.has_data = True
        elif kind in _WITHIN:
            _elements(file, content, stop, said, depth + 1)
        elif stop - content <= LONGEST_HEADER:
            said.values.setdefault(kind or 0, []).append(file.read(stop - content))
        start = stop


def _vint(file: BinaryIO, *, is_id: bool = False) -> int | None:
    """Read a number whose first bits say how long it is; an id keeps them. A length of
    all ones is not known: None.
    """
    first = file.read(1)
    if not first or first == b"\0":
        raise NotAVideo
    length = 9 - first[0].bit_length()
    value = _number(first + file.read(length - 1))
    if is_id:
        return value
    own = value & (2 ** (7 * length) - 1)
    return None if own == 2 ** (7 * length) - 1 else own


def _number(written: bytes) -> int:
    return int.from_bytes(written, "big")
