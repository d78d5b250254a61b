"""Small files that say of themselves what a video says; no picture is in them."""

import struct
from io import BytesIO

PLACE = b"+57.7089+011.9746/"
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nLinen, washed soft.\n"


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def track(
    handler: bytes,
    codec: bytes,
    *,
    width: int = 0,
    height: int = 0,
    turned: bool = False,
) -> bytes:
    one = struct.pack(">I", 0x10000)
    straight = one + bytes(12) + one + bytes(16)
    matrix = bytes(4) + one + bytes(4) + one + bytes(20) if turned else straight
    size = struct.pack(">HHHH", width, 0, height, 0)
    return box(
        b"trak",
        box(b"tkhd", bytes(40), matrix, size),
        box(
            b"mdia",
            box(b"hdlr", bytes(8), handler, bytes(12)),
            box(b"minf", box(b"stbl", box(b"stsd", bytes(12), codec, bytes(16)))),
        ),
    )


def mp4(
    *,
    brand: bytes = b"isom",
    codec: bytes = b"avc1",
    sound: bytes | None = b"mp4a",
    width: int = 720,
    height: int = 1280,
    turned: bool = False,
    ms: int = 6200,
    notes: bytes = PLACE,
    data: bytes = b"moving pictures",
) -> BytesIO:
    tracks = [track(b"vide", codec, width=width, height=height, turned=turned)]
    if sound:
        tracks.append(track(b"soun", sound))
    length = box(b"mvhd", bytes(12), struct.pack(">II", 1000, ms), bytes(80))
    noted = box(b"udta", box(b"\xa9xyz", notes)) if notes else b""
    return BytesIO(
        box(b"ftyp", brand, bytes(4), brand)
        + box(b"moov", length, *tracks, noted)
        + box(b"mdat", data)
    )


def element(kind: int, *content: bytes) -> bytes:
    body = b"".join(content)
    written = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return written + (len(body) | 1 << 56).to_bytes(8, "big") + body


def webm(
    *,
    doctype: bytes = b"webm",
    codec: bytes = b"V_VP9",
    sound: bytes | None = b"A_OPUS",
    width: int = 360,
    height: int = 640,
    seconds: float = 4.5,
) -> BytesIO:
    sides = [
        element(0xB0, struct.pack(">H", width)),
        element(0xBA, struct.pack(">H", height)),
    ]
    entries = [element(0xAE, element(0x86, codec), element(0xE0, *sides))]
    if sound:
        entries.append(element(0xAE, element(0x86, sound)))
    header = element(0x1A45DFA3, element(0x4282, doctype))
    length = element(0x1549A966, element(0x4489, struct.pack(">d", seconds * 1000)))
    inside = length + element(0x1654AE6B, *entries)
    # As recorders write it: a segment and a cluster whose lengths are not known yet.
    unknown = b"\x01" + b"\xff" * 7
    return BytesIO(
        header + b"\x18\x53\x80\x67" + unknown + inside + b"\x1f\x43\xb6\x75" + unknown
    )
