"""Read an object of S3: what can never be read is rejected, anything else may be tried again."""

import os
from contextlib import closing
from threading import Lock
from typing import Any

from shoal_agent.ending import Reject

# docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_NEVER = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchVersion", "InvalidBucketName", "404"})

_clients: list[Any] = []
_making = Lock()


def s3_client() -> Any:
    """Return this process's client, made when it is first asked for; threads may share it."""
    with _making:
        if not _clients:
            import botocore.session  # noqa: PLC0415 - 0.2 s that a process pays once

            # botocore itself reads AWS_DEFAULT_REGION alone.
            region = os.environ.get("AWS_REGION") or None
            session = botocore.session.Session()
            _clients.append(session.create_client("s3", region_name=region))
        return _clients[0]


def read_object(client: Any, bucket: str, key: str, *, max_bytes: int) -> bytes:
    """Return an object's content.

    Raises Reject where there is no such object or it is larger than ``max_bytes``; whatever
    botocore raises for the rest, access denied among it: a policy can be mended.
    """
    from botocore.exceptions import ClientError, ParamValidationError  # noqa: PLC0415

    try:
        found = client.get_object(Bucket=bucket, Key=key)
    except ParamValidationError as error:
        raise Reject("there is no such object: no bucket or key can be called that") from error
    except ClientError as error:
        if error.response["Error"]["Code"] in _NEVER:
            raise Reject("there is no such object") from error
        raise
    # Not ``with``, which would read around botocore's check of the length.
    with closing(found["Body"]) as body:
        if found["ContentLength"] > max_bytes:
            raise Reject(f"{found['ContentLength']} bytes are more than {max_bytes}")
        data: bytes = body.read()
        return data
