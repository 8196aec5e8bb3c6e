"""An agent's settings, read from the environment: checked together, each error a sentence."""

import math
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple, TypeVar

from shoal_agent import contract
from shoal_agent.agent_error import ConfigurationError

_PREFIX = "SHOAL_"
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LARGEST_PORT = 65_535


_Value = TypeVar("_Value")


class Isolation(StrEnum):
    """Where handlers run."""

    AUTO = "auto"  # ASYNC for an async handler, PROCESS for any other
    ASYNC = "async"  # tasks on the agent's own loop
    THREAD = "thread"  # threads of the agent; a stuck one costs the agent its process
    PROCESS = "process"  # child processes; a stuck or dying one costs one attempt


class Settings(NamedTuple):
    """What ``read_settings`` returns; names, units and defaults are the contract's."""

    handler: str
    queue_url: str
    dead_letter_queue_url: str | None
    concurrency: int
    visibility_timeout_s: int
    longest_job_s: float
    drain_s: float
    heartbeat: bool
    health_port: int
    metrics_port: int
    log_level: str
    log_format: str
    isolation: Isolation
    middleware: tuple[str, ...]
    poll_wait_s: int
    retry_base_s: float
    retry_max_s: float
    recycle_messages: int
    recycle_rss_mb: int


def read_settings(environ: Mapping[str, str], handler: str | None = None) -> Settings:
    """Return the settings; ``handler`` given on the command line wins over the variable.

    Raises ConfigurationError with one line for each setting that is missing or wrong.
    """
    read = _Reader(environ)
    settings = Settings(
        handler=handler if handler is not None else read.text(contract.HANDLER, _handler),
        queue_url=read.text(contract.QUEUE_URL, _url),
        dead_letter_queue_url=read.optional(contract.DEAD_LETTER_QUEUE_URL, _url),
        concurrency=read.whole(contract.CONCURRENCY, contract.DEFAULT_CONCURRENCY, 1, 10_000),
        visibility_timeout_s=read.whole(
            contract.VISIBILITY_TIMEOUT_S,
            contract.DEFAULT_VISIBILITY_TIMEOUT_S,
            1,
            contract.MAX_VISIBILITY_TIMEOUT_S,
        ),
        longest_job_s=read.seconds(contract.LONGEST_JOB_S, contract.DEFAULT_LONGEST_JOB_S),
        drain_s=read.seconds(contract.DRAIN_S, contract.DEFAULT_DRAIN_S),
        heartbeat=read.flag(contract.HEARTBEAT, default=contract.DEFAULT_HEARTBEAT),
        health_port=read.whole(
            contract.HEALTH_PORT, contract.DEFAULT_HEALTH_PORT, 0, _LARGEST_PORT
        ),
        metrics_port=read.whole(
            contract.METRICS_PORT, contract.DEFAULT_METRICS_PORT, 0, _LARGEST_PORT
        ),
        log_level=read.choice(contract.LOG_LEVEL, contract.DEFAULT_LOG_LEVEL, _LOG_LEVELS),
        log_format=read.choice(
            contract.LOG_FORMAT, contract.DEFAULT_LOG_FORMAT, contract.LOG_FORMATS
        ),
        isolation=Isolation(
            read.choice(contract.ISOLATION, contract.DEFAULT_ISOLATION, tuple(Isolation))
        ),
        middleware=read.names(contract.MIDDLEWARE),
        poll_wait_s=read.whole(
            contract.POLL_WAIT_S, contract.DEFAULT_POLL_WAIT_S, 0, contract.LONG_POLL_S
        ),
        retry_base_s=read.seconds(contract.RETRY_BASE_S, contract.DEFAULT_RETRY_BASE_S),
        retry_max_s=read.seconds(contract.RETRY_MAX_S, contract.DEFAULT_RETRY_MAX_S),
        recycle_messages=read.whole(
            contract.RECYCLE_MESSAGES, contract.DEFAULT_RECYCLE_MESSAGES, 0, None
        ),
        recycle_rss_mb=read.whole(
            contract.RECYCLE_RSS_MB, contract.DEFAULT_RECYCLE_RSS_MB, 0, None
        ),
    )
    problems = read.problems or list(_contradictions(settings))
    if problems:
        raise ConfigurationError("\n".join(problems))
    return settings


def unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each ``SHOAL_`` variable that means nothing, with the nearest name."""
    known = [
        value.removeprefix(_PREFIX)
        for value in vars(contract).values()
        if isinstance(value, str) and value.startswith(_PREFIX)
    ]
    ours = [name.removeprefix(_PREFIX) for name in environ if name.startswith(_PREFIX)]
    unknown = [name for name in ours if name not in known]
    if not unknown:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    for name in sorted(unknown):
        nearest = get_close_matches(name, known, n=1)
        hint = f"; did you mean {_PREFIX}{nearest[0]}?" if nearest else ""
        yield f"{_PREFIX}{name} is not a setting{hint}"


def read_seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    """Return one variable that is a time, for middleware; raise ConfigurationError."""
    read = _Reader(environ)
    value = read.seconds(name, default)
    if read.problems:
        raise ConfigurationError(read.problems[0])
    return value


def _contradictions(settings: Settings) -> Iterator[str]:
    longest_job_s, visibility_s = settings.longest_job_s, settings.visibility_timeout_s
    if not settings.heartbeat and visibility_s <= longest_job_s:
        yield (
            f"{contract.VISIBILITY_TIMEOUT_S}={visibility_s} is not longer than "
            f"{contract.LONGEST_JOB_S}={longest_job_s:g}: without the heartbeat SQS would give a "
            f"message to a second agent while the first works; raise it, or set "
            f"{contract.HEARTBEAT}=true"
        )
    if longest_job_s >= contract.MAX_VISIBILITY_TIMEOUT_S:
        yield (
            f"{contract.LONGEST_JOB_S}={longest_job_s:g}: SQS hides a message for less than "
            f"{contract.MAX_VISIBILITY_TIMEOUT_S} seconds in all, so a job must be shorter"
        )
    if settings.retry_max_s < settings.retry_base_s:
        yield (
            f"{contract.RETRY_MAX_S}={settings.retry_max_s:g} is below "
            f"{contract.RETRY_BASE_S}={settings.retry_base_s:g}: the longest wait between "
            "attempts cannot be shorter than the first"
        )


class _Reader:
    """Reads variables and collects a sentence for each that is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, check: Callable[[str], str | None]) -> str:
        value = self.optional(name, check)
        if value is None:
            self.problems.append(f"{name} is not set: {check('')}")
            return ""
        return value

    def optional(self, name: str, check: Callable[[str], str | None]) -> str | None:
        value = self._environ.get(name)
        if value is None or value == "":
            return None
        problem = check(value)
        if problem is not None:
            self.problems.append(f"{name}={value!r}: {problem}")
        return value

    def whole(self, name: str, default: int, least: int, most: int | None) -> int:
        value = self._environ.get(name, "")
        if value == "":
            return default
        allowed = f"at least {least}" if most is None else f"from {least} to {most}"
        if not value.isascii() or not value.isdigit():
            return self._wrong(name, value, f"must be a whole number {allowed}", default)
        number = int(value)
        if number < least or (most is not None and number > most):
            return self._wrong(name, value, f"must be {allowed}", default)
        return number

    def seconds(self, name: str, default: float) -> float:
        value = self._environ.get(name, "")
        if value == "":
            return default
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf:
            return self._wrong(name, value, "must be a number of seconds above 0", default)
        return number

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._environ.get(name, "").lower()
        if value == "":
            return default
        if value not in _TRUE | _FALSE:
            return self._wrong(name, value, "must be true or false", default)
        return value in _TRUE

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self._environ.get(name, "")
        if value == "":
            return default
        for name_allowed in allowed:
            if value.lower() == name_allowed.lower():
                return str(name_allowed)
        return self._wrong(name, value, f"must be one of {', '.join(allowed)}", default)

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self._environ.get(name, "").split(",") if part)

    def _wrong(self, name: str, value: str, problem: str, default: _Value) -> _Value:
        self.problems.append(f"{name}={value!r}: {problem}")
        return default


def _handler(value: str) -> str | None:
    module, colon, attribute = value.partition(":")
    if module and colon and attribute:
        return None
    return "name the handler as module:function, such as handlers.resize:handle"


def _url(value: str) -> str | None:
    scheme, separator, rest = value.partition("://")
    if separator and scheme in {"http", "https"} and rest:
        return None
    return "must be the URL of an SQS queue, such as https://sqs.<region>.amazonaws.com/<id>/<name>"
