"""The HTTP proxy that TLS connections go through, where the environment names one.

HTTPS_PROXY and NO_PROXY as curl and botocore read them: lower case wins, a name in NO_PROXY
stands for its subdomains too, ``*`` for every host.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from shoal_agent.agent_error import ConfigurationError

_DEFAULT_PORT = 80


class Proxy(NamedTuple):
    """Where a proxy listens, and the Proxy-Authorization that it is sent ("" for none)."""

    host: str
    port: int
    authorization: str

    def request_for(self, host: str, port: int) -> bytes:
        """Return the request for a tunnel to there."""
        to = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        head = f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n"
        if self.authorization:
            head += f"Proxy-Authorization: {self.authorization}\r\n"
        return f"{head}\r\n".encode()


def proxy_for(host: str, port: int, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for TLS to there, None for a direct way; raise ConfigurationError."""
    url = environ.get("https_proxy", environ.get("HTTPS_PROXY", ""))
    excepted = environ.get("no_proxy", environ.get("NO_PROXY", ""))
    if not url or any(_covers(entry.strip(), host, port) for entry in excepted.split(",")):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        proxy_port = _DEFAULT_PORT if parts.port is None else parts.port
    except ValueError:
        proxy_port = -1
    if parts.scheme != "http" or not parts.hostname or proxy_port < 0:
        # Not the value: there may be a password in it.
        raise ConfigurationError(
            f"HTTPS_PROXY: {parts.scheme}://{parts.hostname or ''} is not the URL of an HTTP "
            "proxy such as http://proxy.example:3128; give one, or name the host in NO_PROXY"
        )
    authorization = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {b64encode(pair.encode()).decode()}"
    return Proxy(parts.hostname, proxy_port, authorization)


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, _, only_port = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
    name = name.lower().strip(".").strip("[]")
    if not name or only_port not in {"", str(port)}:
        return False
    return host.lower() == name or host.lower().endswith(f".{name}")
