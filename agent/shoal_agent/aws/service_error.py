"""What a service says when it refuses a call, and what that means for the agent."""

import json
from typing import Any

from shoal_agent.aws.http_response import Response

# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html, and the
# names that the JSON and the older query protocol give to the same thing.
_CREDENTIALS_REFUSED = frozenset(
    {
        "InvalidSecurity",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "OptInRequired",
    }
)
_CREDENTIALS_EXPIRED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        # A key that was rotated away is one that AWS has never heard of.
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "UnrecognizedClientException",
    }
)
_CLOCK = frozenset(
    {"RequestExpired", "RequestTimeTooSkewed", "InvalidSignatureException", "SignatureDoesNotMatch"}
)
_ACCESS_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "KMS.AccessDeniedException", "KmsAccessDenied"}
)
# Refusals in the class of the caller's faults that time cures all the same: botocore's lists of
# throttles and of transient errors, and SQS's limit of messages in flight.
_TRANSIENT = frozenset(
    {
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "TooManyRequestsException",
        "SlowDown",
        "PriorRequestNotComplete",
        "TransactionInProgressException",
        "RequestTimeout",
        "RequestTimeoutException",
        "OverLimit",
    }
)
_TRANSIENT_STATUSES = frozenset({408, 425, 429})
_NO_QUEUE = frozenset(
    {
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NonExistentQueue",
        "InvalidAddress",
    }
)


class ServiceError(Exception):
    """A call was answered with an error."""

    def __init__(self, action: str, code: str, message: str, status: int) -> None:
        """``code`` is the service's own, such as ``AccessDenied``; empty where it gives none."""
        super().__init__(f"{action} answered {status} {code or 'without a code'}: {message}")
        self.action = action
        self.code = code
        self.message = message
        self.status = status
        self.date: str | None = None  # the service's own clock, as it wrote it
        self.signed_with: object = None  # the credentials of the refused request
        self.fields: dict[str, Any] = {}  # the whole answer, where it was JSON

    @property
    def credentials_refused(self) -> bool:
        """The credentials or the signature they made are not accepted."""
        return self.code in _CREDENTIALS_REFUSED or self.credentials_expired

    @property
    def credentials_expired(self) -> bool:
        """The credentials may have been good once; newer ones may exist."""
        return self.code in _CREDENTIALS_EXPIRED

    @property
    def may_be_clock(self) -> bool:
        """A wrong clock on this machine could be the cause."""
        return self.code in _CLOCK

    @property
    def queue_unusable(self) -> bool:
        """The queue does not exist, or this identity may not use it."""
        return self.code in _ACCESS_DENIED or self.code in _NO_QUEUE

    @property
    def sender_fault(self) -> bool:
        """The same call would be refused again."""
        if not 400 <= self.status < 500 or self.status in _TRANSIENT_STATUSES:  # noqa: PLR2004
            return False
        # A page without a code is not the service's own word, but a proxy's on the way to it.
        return bool(self.code) and not ("Throttl" in self.code or self.code in _TRANSIENT)

    @classmethod
    def from_response(cls, action: str, response: Response) -> "ServiceError":
        """Read an error in AWS JSON; a body that is none of it keeps its first words."""
        fields = _fields(response.body)
        # SQS gives the query protocol's code in this header, "code;Sender".
        code = response.headers.get("x-amzn-query-error", "").split(";", 1)[0]
        if not code:
            code = str(fields.get("__type", "") or fields.get("code", "")).rsplit("#", 1)[-1]
        message = str(fields.get("message") or fields.get("Message") or "")
        if not message:
            message = response.body[:200].decode("utf-8", "replace")
        error = cls(action, code, message, response.status)
        error.date = response.headers.get("date")
        error.fields = fields
        return error


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
