"""Where a queue's service stands, and for which region its requests are signed."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from shoal_agent.agent_error import ConfigurationError
from shoal_agent.aws.http_client import Endpoint

# sqs.<region>.amazonaws.com[.cn], sqs-fips.<region>..., <vpce>.sqs.<region>.vpce...,
# the dual-stack sqs.<region>.api.aws, and the old <region>.queue.amazonaws.com.
_REGION_IN_HOST = re.compile(
    r"(?:^|\.)sqs(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.|^([a-z]{2}(?:-[a-z]+)+-\d)\.queue\."
)

# The partitions that have a domain of their own, by the start of their regions' names.
_DNS_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "eusc-": "amazonaws.eu",
}


class ServiceAddress(NamedTuple):
    """An endpoint, the path that its requests go to, and the region they are signed for."""

    endpoint: Endpoint
    path: str
    region: str


def service_address(
    queue_url: str, *, region: str | None, endpoint_url: str | None
) -> ServiceAddress:
    """Return where to send a queue's requests.

    A configured endpoint wins; without one the queue's own URL says it, which holds for VPC
    endpoints, FIPS and other partitions without any table. The region in the host that is
    spoken to wins over the configured one, since a signature for another is refused.
    """
    endpoint, path = _split(queue_url if endpoint_url is None else endpoint_url)
    found = _REGION_IN_HOST.search(endpoint.host)
    in_host = None if found is None else found[1] or found[2]
    chosen = in_host if in_host is not None else region
    if chosen is None:
        raise ConfigurationError(
            f"the AWS region is not known: it is not in the host {endpoint.host!r}; set AWS_REGION"
        )
    # A queue's URL carries the account and the name; requests go to the service's root.
    return ServiceAddress(endpoint, "/" if endpoint_url is None else path, chosen)


def regional_address(
    service: str, *, region: str | None, endpoint_url: str | None
) -> ServiceAddress:
    """Return where to send a service's requests: the configured endpoint, or the region's own.

    Endpoints for FIPS and the like have to be configured (``AWS_ENDPOINT_URL_<SERVICE>``).
    """
    if region is None:
        raise ConfigurationError(f"the AWS region of {service} is not known; set AWS_REGION")
    if endpoint_url is None:
        suffixes = (end for start, end in _DNS_SUFFIXES.items() if region.startswith(start))
        endpoint_url = f"https://{service}.{region}.{next(suffixes, 'amazonaws.com')}"
    endpoint, path = _split(endpoint_url)
    return ServiceAddress(endpoint, path, region)


def _split(url: str) -> tuple[Endpoint, str]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"not an http or https URL: {url!r}")
    port = parts.port if parts.port is not None else (443 if secure else 80)
    return Endpoint(secure, parts.hostname, port), parts.path or "/"
