"""Evaluate a Pulumi program through Pulumi's own Python runtime, with this monitor.

``Evaluation.run`` does what Pulumi's language host does around a program: it configures the
SDK, opens a stack, runs the program in it, waits until every registration and output has
settled, and raises what went wrong. The SDK keeps its settings in context variables; each run
has a context and an event loop of its own, so that nothing of it is left behind.
"""

from __future__ import annotations

import asyncio
import contextvars
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.settings import ROOT

from shoal_local.config_values import serialise_config
from shoal_local.engine_log import EngineLog, LogMessage
from shoal_local.in_order_executor import InOrderExecutor
from shoal_local.monitor import Monitor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from shoal_local.backend import Backend
    from shoal_local.registration import Resource

    # What the SDK declares; it ignores every other result, a lambda's resource for one.
    _Program = Callable[[], Awaitable[None] | None]


class Evaluation:
    """One evaluation of one program for one stack.

    ``config`` maps full keys (``aws:region``; a key without a namespace is the project's) to
    values: text, or anything JSON can hold, secret if wrapped in ``Secret``. ``preview`` is
    what ``pulumi.runtime.is_dry_run()`` tells the program. ``on_registered`` is called for
    each resource before it is answered, ``on_message`` for each message on Pulumi's log.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        project: str,
        stack: str,
        config: Mapping[str, Any] | None = None,
        preview: bool,
        root_directory: str | None = None,
        on_registered: Callable[[Resource], None] | None = None,
        on_message: Callable[[LogMessage], None] | None = None,
    ) -> None:
        self.project = project
        self.stack_name = stack
        self.preview = preview
        self._config = serialise_config({} if config is None else config, project)
        self._root_directory = root_directory
        self._monitor = Monitor(backend, project=project, stack=stack, on_registered=on_registered)
        self._log = EngineLog(on_message)

    @property
    def resources(self) -> list[Resource]:
        """What is registered so far, in order, the stack itself left out."""
        return self._monitor.resources

    @property
    def stack_resource(self) -> Resource:
        """The stack, the root of the tree; there is none before ``run``."""
        stack = self._monitor.stack
        if stack is None:
            raise LookupError("the program has not been run, so there is no stack yet")
        return stack

    @property
    def exports(self) -> dict[str, Any]:
        """What the program exported, by name; complete when ``run`` has returned."""
        return self.stack_resource.outputs

    @property
    def messages(self) -> list[LogMessage]:
        """What the program said on Pulumi's log, in order."""
        return self._log.messages

    def run(self, program: Callable[[], object]) -> None:
        """Evaluate ``program``; raises whatever it, an output or the backend raised."""
        context = contextvars.copy_context()
        context.run(self._configure)
        with _quiet_sdks(), asyncio.Runner() as runner:
            loop = runner.get_loop()
            loop.set_default_executor(InOrderExecutor(loop))
            # When one output fails, every output made from it does; the first is raised, and
            # asyncio would report the others as never retrieved.
            loop.set_exception_handler(lambda _loop, _context: None)
            runner.run(run_in_stack(cast("_Program", program)), context=context)

    def _configure(self) -> None:
        ROOT.set(None)
        set_all_config(*self._config)
        settings = Settings(
            project=self.project,
            stack=self.stack_name,
            monitor=self._monitor,
            engine=self._log,
            dry_run=self.preview,
            organization="organization",
            root_directory=self._root_directory,
        )
        configure(settings)


@contextmanager
def _quiet_sdks() -> Iterator[None]:
    """Ignore what a generated SDK warns of when a module of it is first imported.

    It warns of each deprecated class that the module happens to define. A class or property
    that the program does use is also reported on Pulumi's log, which is kept.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"pulumi_\w+(\..*)?$")
        yield
