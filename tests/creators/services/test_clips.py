from io import BytesIO

import pytest

from creators.services import clips
from tests.factories import clips as make


def test_an_mp4_is_known_by_its_boxes():
    clip = clips.read(file=make.mp4())

    assert (clip.type, clip.ms, clip.width, clip.height) == (
        "video/mp4",
        6200,
        720,
        1280,
    )


def test_a_phones_video_that_is_turned_by_a_quarter_stands_upright():
    clip = clips.read(file=make.mp4(width=1280, height=720, turned=True))

    assert (clip.width, clip.height) == (720, 1280)


def test_a_webm_is_known_by_its_elements_as_a_recorder_leaves_it():
    clip = clips.read(file=make.webm())

    assert (clip.type, clip.ms, clip.width, clip.height) == (
        "video/webm",
        4500,
        360,
        640,
    )


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e300])
def test_a_length_that_cannot_be_is_not_known(seconds):
    assert clips.read(file=make.webm(seconds=seconds)).ms is None


@pytest.mark.parametrize("ms", [0, 2**32 - 1])
def test_a_film_that_is_written_as_it_comes_has_no_length_yet(ms):
    assert clips.read(file=make.mp4(ms=ms)).ms is None


def test_a_video_without_sound_is_a_video():
    assert clips.read(file=make.mp4(sound=None)).type == "video/mp4"
    assert clips.read(file=make.webm(sound=None)).type == "video/webm"


@pytest.mark.parametrize(
    "file",
    [
        BytesIO(b""),
        BytesIO(b"<script>alert(1)</script>"),
        BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(100)),
        make.mp4(brand=b"qt  "),
        make.mp4(width=0),
        BytesIO(make.mp4().getvalue()[:-1]),
        BytesIO(make.mp4().getvalue()[:200]),
        BytesIO(make.box(b"ftyp", b"isom", bytes(4), b"isom")),
        BytesIO(make.mp4().getvalue().replace(b"mdat", b"free")),
        make.webm(doctype=b"matroska"),
        make.webm(height=0),
        BytesIO(make.webm().getvalue()[:40]),
        BytesIO(make.webm().getvalue()[:-12]),
        BytesIO(b"\x1a\x45\xdf\xa3" + bytes(100)),
    ],
)
def test_what_is_no_whole_video_is_refused(file):
    with pytest.raises(clips.NotAVideo):
        clips.read(file=file)

    assert file.tell() == 0


@pytest.mark.parametrize(
    "file",
    [
        make.mp4(codec=b"hvc1"),
        make.mp4(codec=b"hev1"),
        make.mp4(sound=b"ac-3"),
        make.webm(codec=b"V_MPEG4/ISO/AVC"),
        make.webm(codec=b"V_VP9", sound=b"A_AAC"),
    ],
)
def test_what_not_every_phone_plays_is_refused_by_its_codec(file):
    with pytest.raises(clips.CodecRefused):
        clips.read(file=file)


def test_a_video_that_lies_on_its_side_is_refused():
    for file in (make.mp4(width=1280, height=720), make.webm(width=641, height=640)):
        with pytest.raises(clips.LyingVideo):
            clips.read(file=file)


def test_boxes_in_boxes_without_end_are_refused_and_not_followed():
    nested = b""
    for _ in range(3000):
        nested = make.box(b"moov", nested)
    deep = b"\xae\xff" * 5000
    head = make.webm().getvalue()[:37]

    with pytest.raises(clips.NotAVideo):
        clips.read(file=BytesIO(make.box(b"ftyp", b"isom") + nested))
    with pytest.raises(clips.NotAVideo):
        clips.read(file=BytesIO(head + deep))
    with pytest.raises(clips.NotAVideo):
        clips.read(
            file=BytesIO(make.box(b"ftyp", b"isom") + make.box(b"free") * 30_000)
        )
