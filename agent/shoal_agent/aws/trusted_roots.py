"""Whose certificates are trusted."""

import ssl
from importlib.util import find_spec
from pathlib import Path


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a context that verifies: by ``ca_bundle`` (PEM), the system's roots, or botocore's.

    A slim image may have no roots of its own; botocore, which is installed with the agent,
    always brings some.
    """
    paths = ssl.get_default_verify_paths()
    if ca_bundle is None and not any((paths.cafile, paths.capath)):
        ca_bundle = _botocore_roots()
    return ssl.create_default_context(cafile=ca_bundle)


def _botocore_roots() -> str | None:
    found = find_spec("botocore")  # which does not import it
    if found is None or found.origin is None:
        return None
    return str(Path(found.origin).with_name("cacert.pem"))
