"""Images for the demonstration: real ones, quick to make, and three that are not images."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# As large as a phone's photographs, so that a fleet has work that one agent does not finish
# before it is joined by others; of a few formats, so that thumbnails differ in shape.
SIZES: Final = ((4800, 3600), (3600, 4800), (4800, 2700), (4000, 4000))
_JPEG_QUALITY: Final = 60
_COMMENT_MARKER: Final = b"\xff\xfe"
_START_OF_IMAGE: Final = b"\xff\xd8"
# More pixels than Pillow's limit (twice MAX_IMAGE_PIXELS, 179 million), from a few kilobytes.
_BOMB_SIDE: Final = 20_000


@dataclass(frozen=True)
class SampleImage:
    """A JPEG and its size in pixels (width, height)."""

    name: str
    body: bytes
    size: tuple[int, int]


@dataclass(frozen=True)
class NoImage:
    """An object that looks like an image by its name alone."""

    name: str
    body: bytes
    what: str


def sample_images(count: int, sizes: Sequence[tuple[int, int]] = SIZES) -> Iterator[SampleImage]:
    """Yield so many JPEGs, no two of the same bytes.

    One picture is painted for each size; a JPEG comment then makes each copy an object of its
    own, in microseconds instead of the hundred milliseconds that painting takes.
    """
    painted = [_paint(size, hue) for hue, size in enumerate(sizes[:count])]
    for index in range(count):
        turn = index % len(painted)
        yield SampleImage(
            name=f"photo-{index:05d}.jpg",
            body=_with_comment(painted[turn], f"photo {index}"),
            size=sizes[turn],
        )


def no_images() -> list[NoImage]:
    """Return the three objects that an agent must reject, and never retry."""
    whole = _paint((640, 480), 0)
    return [
        NoImage("truncated.jpg", whole[: len(whole) // 2], "a JPEG cut in half"),
        NoImage("notes.jpg", b"These are my notes, not a picture.\n", "text named .jpg"),
        NoImage("bomb.png", decompression_bomb(_BOMB_SIDE), "a decompression bomb"),
    ]


def decompression_bomb(side: int) -> bytes:
    """Return a small PNG that unpacks to a square of so many pixels a side, one bit each."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, data) for kind, data in chunks)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _paint(size: tuple[int, int], hue: int) -> bytes:
    """Paint soft light and grain: as much work to decode as a photograph is."""
    light = Image.radial_gradient("L").resize(size)
    slope = Image.linear_gradient("L").rotate(90 * hue).resize(size)
    grain = Image.effect_noise((size[0] // 4, size[1] // 4), 40).resize(size)
    bands = [ImageChops.blend(light, grain, 0.3), ImageChops.blend(slope, grain, 0.2), light]
    turned = bands[hue % 3 :] + bands[: hue % 3]
    picture = Image.merge("RGB", turned)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_JPEG_QUALITY, progressive=True)
    return out.getvalue()


def _with_comment(jpeg: bytes, comment: str) -> bytes:
    text = comment.encode()
    segment = _COMMENT_MARKER + struct.pack(">H", len(text) + 2) + text
    return _START_OF_IMAGE + segment + jpeg.removeprefix(_START_OF_IMAGE)
