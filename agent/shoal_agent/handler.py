"""Load the handler that ``module:attribute`` names, and run it on one message.

A handler is a function of one message, or a class with ``handle`` and, where it needs a
client or a file, ``setup`` and ``teardown`` (called once per process). A middleware is a
decorator of such a function: it takes the next callable and returns one. That is all the
extension there is, and it works on the loop, in threads and in child processes alike.
"""

from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from types import FunctionType
from typing import Any

from shoal_agent.agent_error import AgentError, ConfigurationError
from shoal_agent.ending import DONE, Ending, ending_of
from shoal_agent.log_lines import current_message
from shoal_agent.message import Message

Handle = Callable[[Message], Any]
Middleware = Callable[[Handle], Handle]

_IS_COROUTINE_FUNCTION = 0x80  # inspect.CO_COROUTINE


class Handler:
    """A loaded handler, its middleware around it."""

    def __init__(
        self,
        handle: Handle,
        *,
        setup: Callable[[], Any] | None = None,
        teardown: Callable[[], Any] | None = None,
    ) -> None:
        """Take the parts; ``load_handler`` finds them."""
        self._handle = handle
        self._setup = setup
        self._teardown = teardown
        self.is_async = is_async(handle)

    def run(self, message: Message) -> Ending:
        """Handle one message to its end, whatever that is; for handlers that are not async."""
        current_message.set(message)
        try:
            self._handle(message)
        except BaseException as error:  # noqa: BLE001 - SystemExit too ends this message alone
            return ending_of(error)
        finally:
            current_message.set(None)
        return DONE

    def start(self, message: Message) -> Awaitable[Any]:
        """Call an async handler; awaiting the result raises what the handler raises."""
        result: Awaitable[Any] = self._handle(message)
        return result

    def setup(self) -> Any:
        """Call the handler's ``setup``; an awaitable if that is async."""
        return None if self._setup is None else self._setup()

    def teardown(self) -> Any:
        """Call the handler's ``teardown``; an awaitable if that is async."""
        return None if self._teardown is None else self._teardown()


def load_handler(name: str, middleware: Sequence[str] = ()) -> Handler:
    """Import a handler; the first middleware named is the outermost.

    Raises ConfigurationError in one sentence for what cannot be imported or called.
    """
    found = attribute(name, "the handler")
    return make_handler(name, found, [attribute(each, "the middleware") for each in middleware])


def make_handler(name: str, found: Any, middleware: Sequence[Middleware] = ()) -> Handler:
    """Return a handler made of a function or a class; the first middleware is the outermost.

    Raises ConfigurationError, which calls it ``name``, for what is neither.
    """
    owner = found
    if isinstance(found, type):
        owner = found()
        found = getattr(owner, "handle", None)
        if found is None:
            raise ConfigurationError(f"the handler class {name!r} has no method 'handle'")
        setup, teardown = getattr(owner, "setup", None), getattr(owner, "teardown", None)
    else:
        setup = teardown = None
    if not callable(found):
        raise ConfigurationError(f"the handler {name!r} is not callable but {found!r:.80}")
    for wrapper in reversed(middleware):
        found = wrapper(found)
    return Handler(found, setup=setup, teardown=teardown)


def setup_failed(error: Exception) -> AgentError:
    """Return what ends the agent when ``setup`` raised this."""
    return AgentError(f"the handler's setup failed: {type(error).__name__}: {error}")


def attribute(name: str, what: str) -> Any:
    """Import what ``module:attribute`` names; ``what`` is what the user knows it as."""
    module_name, _, path = name.partition(":")
    if not module_name or not path:
        raise ConfigurationError(f"{what} {name!r} is not of the form module:function")
    try:
        found: Any = import_module(module_name)
    except Exception as error:  # its module may raise anything
        raise ConfigurationError(
            f"{what} {name!r} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    for part in path.split("."):
        if not hasattr(found, part):
            raise ConfigurationError(f"{what} {name!r}: {module_name} has no {path!r}")
        found = getattr(found, part)
    return found


def is_async(handle: Handle) -> bool:
    """Tell whether calling it returns something to await."""
    if isinstance(handle, FunctionType) and not vars(handle):
        return bool(handle.__code__.co_flags & _IS_COROUTINE_FUNCTION)
    import inspect  # noqa: PLC0415 - 0.9 MB that a plain function needs not

    return inspect.iscoroutinefunction(handle) or inspect.iscoroutinefunction(
        getattr(handle, "__call__", None)  # noqa: B004 - an object's own async __call__
    )
