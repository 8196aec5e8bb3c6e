"""Calls to a service that speaks AWS JSON 1.0 (SQS, DynamoDB): sign, send, decode.

Two faults are mended here, once each, because every caller would have to: a clock that is
off, and credentials that ended early. All else is raised: HttpError where no whole answer
came, ServiceError where the service refused.
"""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from shoal_agent.agent_error import CredentialsError
from shoal_agent.aws.credential_source import CredentialSource
from shoal_agent.aws.endpoint import ServiceAddress
from shoal_agent.aws.http_client import HttpClient, HttpError
from shoal_agent.aws.http_response import Response
from shoal_agent.aws.service_error import ServiceError
from shoal_agent.aws.signature import JsonCallSigner

_log = logging.getLogger(__name__)

_OK = 200
_SKEW_THAT_MATTERS_S = 60.0


class JsonService:
    """One service at one address."""

    def __init__(
        self,
        *,
        service: str,
        target_prefix: str,
        address: ServiceAddress,
        credentials: CredentialSource,
        observe: Callable[[str, str], None],
        ca_bundle: str | None = None,
    ) -> None:
        """``observe`` hears action and outcome ("ok" or the error's code) of every request."""
        self._http = HttpClient(address.endpoint, ca_bundle=ca_bundle)
        self._signer = JsonCallSigner(
            service=service,
            region=address.region,
            host=address.endpoint.authority,
            path=address.path,
        )
        self._target_prefix = target_prefix
        self._credentials = credentials
        self._observe = observe
        self._skew_s = 0.0

    async def call(self, action: str, body: bytes, *, timeout_s: float) -> dict[str, Any]:
        """Return the decoded answer of one action."""
        try:
            return await self._attempt(action, body, timeout_s)
        except ServiceError as refusal:
            if not await self._mend(refusal):
                raise
        return await self._attempt(action, body, timeout_s)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    async def _attempt(self, action: str, body: bytes, timeout_s: float) -> dict[str, Any]:
        used = self._credentials.current
        request = self._signer.request(
            f"{self._target_prefix}.{action}", body, used, time.time() + self._skew_s
        )
        try:
            response = await self._http.send(request, timeout_s=timeout_s)
        except HttpError:
            self._observe(action, "no_answer")
            raise
        if response.status == _OK:
            self._observe(action, "ok")
            return _decode(action, response)
        refusal = ServiceError.from_response(action, response)
        refusal.signed_with = used
        self._observe(action, refusal.code)
        raise refusal

    async def _mend(self, refusal: ServiceError) -> bool:
        """Remove the cause of a refusal; False if it is none that can be removed here."""
        if refusal.credentials_expired:
            return refusal.signed_with is not self._credentials.current or await self._renew()
        return refusal.may_be_clock and self._set_clock(refusal.date)

    async def _renew(self) -> bool:
        try:
            await self._credentials.renew()
        except CredentialsError as error:
            _log.warning("credentials not renewed: %s", error)
            return False
        return True

    def _set_clock(self, date: str | None) -> bool:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - 4 ms that few pay

        try:
            server_s = parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return False
        skew_s = server_s - time.time()
        if abs(skew_s - self._skew_s) < _SKEW_THAT_MATTERS_S:
            return False
        self._skew_s = skew_s
        return True


def _decode(action: str, response: Response) -> dict[str, Any]:
    if not response.body:
        return {}
    try:
        answer = json.loads(response.body.decode())
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise HttpError(f"{action} was answered with something that is not JSON")
    return answer
