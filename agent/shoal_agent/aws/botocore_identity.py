"""Ask botocore for credentials, region, endpoint and CA bundle; print them as JSON, and end.

Run as ``python -m shoal_agent.aws.botocore_identity SERVICE``. Standard output is a pipe to
the agent that started it.
"""

import json
import sys
from typing import Any

import botocore.session
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError


def look_up(service: str) -> dict[str, Any]:
    """Return the fields of ``Identity``, made of JSON types."""
    session = botocore.session.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise LookupError(
            "botocore finds none; give the pod a role (IRSA or Pod Identity), or set a profile "
            "or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    frozen = credentials.get_frozen_credentials()
    expiry = getattr(credentials, "_expiry_time", None)  # only refreshable ones have it
    return {
        "credentials": {
            "access_key": frozen.access_key,
            "secret_key": frozen.secret_key,
            "token": frozen.token,
            "expires_s": None if expiry is None else expiry.timestamp(),
        },
        "region": session.get_config_variable("region"),
        "endpoint_url": _endpoint_url(session, service),
        "ca_bundle": session.get_config_variable("ca_bundle"),
    }


def _endpoint_url(session: Any, service: str) -> str | None:
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    url = ConfiguredEndpointProvider(
        full_config=session.full_config,
        scoped_config=session.get_scoped_config(),
        client_name=service,
    ).provide()
    return None if url is None else str(url)


def main() -> int:
    """Print the identity, or one line on standard error."""
    try:
        found = look_up(sys.argv[1])
    except (BotoCoreError, LookupError) as error:
        sys.stderr.write(f"{error}".replace("\n", " ") + "\n")
        return 1
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
