"""The handler under test: it does nothing, so that all that is measured is the agent."""


async def handle(message: object) -> None:
    """Do nothing with the message."""
