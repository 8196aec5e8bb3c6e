"""What a URN says of its resource: `urn:pulumi:stack::project::parent$type::name`."""

import hashlib


def type_of(urn: str) -> str:
    """Return the resource's own type, without the types of its parents before it."""
    return urn.split("::")[-2].rpartition("$")[-1]


def name_of(urn: str) -> str:
    """Return the resource's logical name."""
    return urn.rpartition("::")[-1]


def physical_name(urn: str) -> str:
    """Return a name as a provider's auto-naming gives it, the same for the same URN."""
    return f"{name_of(urn)}-{hashlib.sha256(urn.encode()).hexdigest()[:7]}"
