"""Who the agent is and where its service stands: credentials, region and endpoint.

Finding them is botocore's work (web identity, container, instance, profile, SSO, process,
environment, and the order among them). It is done in a process of its own, which prints the
answer and ends: so the agent never holds botocore's 25 MB, and reads its own settings while
botocore looks. Only one case is so plain that no process is needed for it: static keys in
the environment and no configuration file; botocore takes exactly those then.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from shoal_agent.agent_error import CredentialsError
from shoal_agent.aws.signature import Credentials

_LOOK_UP_TIMEOUT_S = 60.0
_NOT_SETTLED_BY_KEYS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_DATA_PATH")


class Identity(NamedTuple):
    """What botocore's session answers for one service."""

    credentials: Credentials
    region: str | None
    endpoint_url: str | None
    ca_bundle: str | None


async def find_identity(service: str, environ: Mapping[str, str]) -> Identity:
    """Return the identity for a service, or raise CredentialsError."""
    plain = identity_from_environment(service, environ)
    return plain if plain is not None else await _ask_botocore(service)


def identity_from_environment(service: str, environ: Mapping[str, str]) -> Identity | None:
    """Return what botocore would find, where the environment alone settles it, else None."""
    access_key = environ.get("AWS_ACCESS_KEY_ID")
    secret_key = environ.get("AWS_SECRET_ACCESS_KEY")
    undecided = any(name in environ for name in _NOT_SETTLED_BY_KEYS)
    if not access_key or not secret_key or undecided or "AWS_CREDENTIAL_EXPIRATION" in environ:
        return None
    if Path(environ.get("AWS_CONFIG_FILE", "~/.aws/config")).expanduser().exists():
        return None
    token = environ.get("AWS_SECURITY_TOKEN") or environ.get("AWS_SESSION_TOKEN") or None
    ignored = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
    named = environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environ.get("AWS_ENDPOINT_URL")
    return Identity(
        Credentials(access_key, secret_key, token),
        environ.get("AWS_DEFAULT_REGION") or None,
        None if ignored else named or None,
        environ.get("AWS_CA_BUNDLE") or None,
    )


async def _ask_botocore(service: str) -> Identity:
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shoal_agent.aws.botocore_identity", service,
            stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
    except OSError as error:  # no memory or no process left: the next search may find some
        raise CredentialsError(f"no AWS credentials: the search cannot start: {error}") from error
    try:
        async with asyncio.timeout(_LOOK_UP_TIMEOUT_S):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise CredentialsError(
            f"no AWS credentials: the search for them took over {_LOOK_UP_TIMEOUT_S:g} s"
        ) from None
    if process.returncode != 0:
        reason = err.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        raise CredentialsError(f"no AWS credentials: {reason or 'the search for them died'}")
    return identity_from_wire(out)


def identity_from_wire(text: bytes) -> Identity:
    """Read what ``botocore_identity`` prints."""
    fields = json.loads(text)
    return Identity(**{**fields, "credentials": Credentials(**fields["credentials"])})
