"""Make a thumbnail of every image that arrives in a bucket.

The body is an S3 event, or ``{"bucket": …, "key": …}``. The thumbnail is a JPEG under
``thumbnails/<key>.jpg`` in the bucket that ``THUMBNAIL_BUCKET`` names (the image's own by
default), its longer side ``THUMBNAIL_MAX_PX``. Doing a message twice writes the same object
twice, so redelivery does no harm. What is no whole image is rejected with its reason.
"""

import io
import os
from collections.abc import Iterator
from functools import cache
from struct import error as StructError  # noqa: N812 - it is one
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_plus

from shoal_agent.ending import Reject
from shoal_agent.message import Message

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
_GONE = frozenset({"NoSuchKey", "NoSuchBucket", "404"})


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
    try:
        fields = message.json()
    except ValueError as error:
        raise Reject(f"the body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise Reject("the body is not a JSON object")
    if fields.get("Event") == "s3:TestEvent":  # S3 sends one when a notification is set up
        return
    for source in _named(fields):
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


def _named(fields: dict[str, Any]) -> list[Source]:
    try:
        if "Records" not in fields:
            return [Source(str(fields["bucket"]), str(fields["key"]))]
        # docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
        return [
            Source(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
            for record in fields["Records"]
        ]
    except (KeyError, TypeError) as error:
        raise Reject(f"neither an S3 event nor bucket and key: {error!r}") from error


def _make_thumbnail(source: Source) -> None:
    _s3().put_object(
        Bucket=os.environ.get(BUCKET) or source.bucket,
        Key=thumbnail_key(source.key),
        Body=thumbnail(_read(source), int(os.environ.get(MAX_PX) or DEFAULT_MAX_PX)),
        ContentType="image/jpeg",
    )


def _read(source: Source) -> bytes:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - with the client

    try:
        found = _s3().get_object(Bucket=source.bucket, Key=source.key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            raise Reject("there is no such object") from error
        raise
    with found["Body"] as body:
        if found["ContentLength"] > _MAX_BYTES:
            raise Reject(f"{found['ContentLength']} bytes are more than {_MAX_BYTES}")
        data: bytes = body.read()
        return data


def _jpeg(image: "Image") -> bytes:
    from PIL import Image  # noqa: PLC0415 - an extra of the distribution

    # JPEG has no transparency: what shines through is white.
    flat = Image.new("RGB", image.size, _WHITE)
    colours = image.convert("RGBA")
    flat.paste(colours, mask=colours.getchannel("A"))
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@cache
def _s3() -> Any:
    import botocore.session  # noqa: PLC0415 - 0.2 s that a process pays once

    # botocore itself reads AWS_DEFAULT_REGION alone.
    region = os.environ.get("AWS_REGION") or None
    return botocore.session.Session().create_client("s3", region_name=region)
