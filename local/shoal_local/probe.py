"""An HTTP GET to a port on this machine: what a kubelet's probe does."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from shoal_local.moto_server import LOOPBACK

# Kubernetes' default timeoutSeconds.
TIMEOUT_S: Final = 1.0


async def answers_ok(port: int, path: str, *, timeout_s: float = TIMEOUT_S) -> bool:
    """Say whether the port answers a GET of the path with a 2xx or 3xx in time."""
    try:
        return await asyncio.wait_for(_status_is_ok(port, path), timeout_s)
    except (OSError, TimeoutError, ValueError):
        return False


async def _status_is_ok(port: int, path: str) -> bool:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        request = f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        status_line = (await reader.readline()).split()
        return len(status_line) > 1 and status_line[1][:1] in {b"2", b"3"}
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
