"""Signature Version 4 for AWS JSON calls: ``POST`` with a body that is in hand.

docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html

Only what such a call needs is here: no query string, no streaming, one set of headers. All
that does not change between calls is put together once per endpoint, and the signing key
once per day and credentials, which leaves two SHA-256 and one HMAC for each call.
"""

import hmac
import time
from hashlib import sha256
from typing import NamedTuple

CONTENT_TYPE = "application/x-amz-json-1.0"
_ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    """What signs a request. ``expires_s`` is on the Unix clock, None for what lasts."""

    access_key: str
    secret_key: str
    token: str | None = None
    expires_s: float | None = None


class JsonCallSigner:
    """Writes signed requests for one service at one endpoint."""

    def __init__(self, *, service: str, region: str, host: str, path: str = "/") -> None:
        """``host`` is the Host header's value, its port included where it is not the default."""
        self._region = region
        self._service = service
        self._start = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {CONTENT_TYPE}\r\n"
        self._canonical_start = f"POST\n{path}\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\n"
        self._clock: tuple[int, str] = (-1, "")
        self._keyed_by: tuple[str, str] = ("", "")
        self._signing_key = b""

    def request(self, target: str, body: bytes, credentials: Credentials, now_s: float) -> bytes:
        """Return the whole request, head and body, signed at ``now_s`` of the Unix clock."""
        stamp = self._stamp(int(now_s))
        token = credentials.token
        token_line = "" if token is None else f"x-amz-security-token:{token}\n"
        signed = "content-type;host;x-amz-date;" + (
            "x-amz-target" if token is None else "x-amz-security-token;x-amz-target"
        )
        canonical = (
            f"{self._canonical_start}x-amz-date:{stamp}\n{token_line}x-amz-target:{target}\n\n"
            f"{signed}\n{sha256(body).hexdigest()}"
        )
        scope = f"{stamp[:8]}/{self._region}/{self._service}/aws4_request"
        text = f"{_ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = _hmac(self._key(credentials.secret_key, stamp[:8]), text).hex()
        token_header = "" if token is None else f"X-Amz-Security-Token: {token}\r\n"
        head = (
            f"{self._start}X-Amz-Date: {stamp}\r\nX-Amz-Target: {target}\r\n{token_header}"
            f"Authorization: {_ALGORITHM} Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("latin-1") + body

    def _stamp(self, second: int) -> str:
        if self._clock[0] != second:
            self._clock = (second, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second)))
        return self._clock[1]

    def _key(self, secret_key: str, day: str) -> bytes:
        if self._keyed_by != (secret_key, day):
            key = _hmac(b"AWS4" + secret_key.encode(), day)
            for part in (self._region, self._service, "aws4_request"):
                key = _hmac(key, part)
            self._signing_key = key
            self._keyed_by = (secret_key, day)
        return self._signing_key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
