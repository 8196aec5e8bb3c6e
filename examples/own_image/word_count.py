"""Count the words of a message: as small as a handler gets."""

import logging

from shoal_agent import Message, Reject

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Log how many words the body has; an empty one goes to the dead-letter queue."""
    words = len(message.body.split())
    if words == 0:
        raise Reject("the message has no words")
    log.info("counted %d words", words)
