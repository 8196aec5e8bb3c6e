"""One stack of the program, standing on this machine: made on entering, deleted on leaving."""

from __future__ import annotations

import contextlib
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

import pulumi

from shoal_local.answers import Account
from shoal_local.evaluation import Evaluation
from shoal_local.kubernetes_objects import LocalObjects
from shoal_local.moto_backend import MotoBackend, ResourceNotMadeError
from shoal_local.moto_server import MotoServer
from shoal_local.program import describe_failure, load_program
from shoal_local.user_error import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from shoal_local.engine_log import LogMessage
    from shoal_local.stack_config import Project, StackConfig


class ProgramFailedError(Exception):
    """The program raised something that it does not explain; the text is what to show."""


class LaptopStack:
    """The stack's resources: AWS in ``server``, Kubernetes objects in ``objects``.

    Leaving deletes every resource in reverse order of registration, dependents first, and
    stops the server; what cannot be deleted is in ``not_deleted``.
    """

    def __init__(
        self, project: Project, config: StackConfig, *, on_message: Callable[[LogMessage], None]
    ) -> None:
        self.objects = LocalObjects()
        self.server = MotoServer(Account.of_config(config.values).region)
        self.backend = MotoBackend(self.server, self.objects)
        self.not_deleted: list[str] = []
        self.evaluation = Evaluation(
            self.backend,
            project=project.name,
            stack=config.stack,
            config=config.values,
            preview=False,
            root_directory=str(project.directory),
            on_message=on_message,
        )
        self._project = project
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self._exits.enter_context(self.server)
        self._exits.callback(self._delete)
        try:
            self._evaluate()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exits.close()

    def _evaluate(self) -> None:
        directory = self._project.program_directory
        try:
            with contextlib.redirect_stdout(sys.stderr):
                self.evaluation.run(load_program(directory))
        except (pulumi.RunError, ResourceNotMadeError) as error:
            raise UserError(str(error)) from error
        except UserError:
            raise
        except Exception as error:
            raise ProgramFailedError(describe_failure(error, directory)) from error

    def _delete(self) -> None:
        for resource in reversed(self.evaluation.resources):
            try:
                self.backend.delete(resource)
            except Exception as error:  # noqa: BLE001 - the others are to be deleted all the same
                self.not_deleted.append(f"{resource.type} {resource.name}: {error}")
