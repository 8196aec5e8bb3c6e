"""The handlers under test: they do nothing, so that all that is measured is the agent."""

from proof import handled


async def handle(_message: object) -> None:
    """Do nothing with the message, on the agent's loop."""
    handled()


def handle_sync(_message: object) -> None:
    """Do nothing with the message, in a thread or a process."""
    handled()
