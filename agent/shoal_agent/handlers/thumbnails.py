"""Make a thumbnail of every image that arrives in a bucket.

The body is an S3 event, S3's own or EventBridge's, straight or through an SNS topic; or it is
``{"bucket": …, "key": …}``. The thumbnail is a JPEG under
``thumbnails/<key>.jpg`` in the bucket that ``THUMBNAIL_BUCKET`` names (the image's own by
default), its longer side ``THUMBNAIL_MAX_PX``. Doing a message twice writes the same object
twice, so redelivery does no harm. What is no whole image is rejected with its reason.
"""

import io
import os
from collections.abc import Iterator
from struct import error as StructError  # noqa: N812 - it is one
from typing import TYPE_CHECKING, NamedTuple

from shoal_agent.aws.s3_object import read_object
from shoal_agent.aws.s3_object import s3_client as _s3
from shoal_agent.decoding.body_decoder import json_of
from shoal_agent.ending import Reject
from shoal_agent.message import Message
from shoal_agent.middleware.envelopes import open_envelopes
from shoal_agent.s3_event import s3_objects

if TYPE_CHECKING:
    from PIL.Image import Image

BUCKET = "THUMBNAIL_BUCKET"
MAX_PX = "THUMBNAIL_MAX_PX"
DEFAULT_MAX_PX = 256
PREFIX = "thumbnails/"

# What is read into memory, and what its header may unfold to: a bomb is small until decoded.
_MAX_BYTES = 64 * 2**20
_MAX_PIXELS = 64_000_000
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
_WHITE = (255, 255, 255)


class Source(NamedTuple):
    """Where an image is."""

    bucket: str
    key: str


def handle(message: Message) -> None:
    """Make the thumbnails that a message asks for, then reject it if one could not be made."""
    problems: list[str] = []
    for source in sources(message):
        try:
            _make_thumbnail(source)
        except Reject as rejection:
            problems.append(f"s3://{source.bucket}/{source.key}: {rejection.reason}")
    if problems:
        raise Reject("; ".join(problems))


def thumbnail_key(key: str) -> str:
    """Return the key of an image's thumbnail."""
    return f"{PREFIX}{key}.jpg"


def sources(message: Message) -> Iterator[Source]:
    """Yield the images that a message names; a thumbnail's own arrival names none."""
    for source in _named(open_envelopes(message)):
        if not source.key.startswith(PREFIX):
            yield source


def thumbnail(data: bytes, max_px: int) -> bytes:
    """Return a JPEG no larger than ``max_px`` on its longer side; Reject what is no image."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - an extra of the distribution

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise Reject(f"{image.width}x{image.height} is more than {_MAX_PIXELS} pixels")
            image.draft("RGB", (max_px * 2, max_px * 2))  # a JPEG decodes smaller at once
            image.load()
            small = ImageOps.exif_transpose(image)
            small.thumbnail((max_px, max_px))
            return _jpeg(small)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Reject(f"too many pixels: {error}") from error
    except (OSError, SyntaxError, ValueError, EOFError, StructError) as error:
        raise Reject(f"not a whole image: {error}") from error


def _named(message: Message) -> list[Source]:
    match json_of(message.body):
        case {"bucket": str(bucket), "key": str(key)}:
            return [Source(bucket, key)]
    try:
        return [Source(found.bucket, found.key) for found in s3_objects(message)]
    except Reject as error:
        raise Reject(f"neither an S3 event nor bucket and key: {error.reason}") from error


def _make_thumbnail(source: Source) -> None:
    s3 = _s3()
    data = read_object(s3, source.bucket, source.key, max_bytes=_MAX_BYTES)
    s3.put_object(
        Bucket=os.environ.get(BUCKET) or source.bucket,
        Key=thumbnail_key(source.key),
        Body=thumbnail(data, int(os.environ.get(MAX_PX) or DEFAULT_MAX_PX)),
        ContentType="image/jpeg",
    )


def _jpeg(image: "Image") -> bytes:
    from PIL import Image  # noqa: PLC0415 - an extra of the distribution

    # JPEG has no transparency: what shines through is white.
    flat = Image.new("RGB", image.size, _WHITE)
    colours = image.convert("RGBA")
    flat.paste(colours, mask=colours.getchannel("A"))
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
