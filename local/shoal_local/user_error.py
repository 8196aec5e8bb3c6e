"""A mistake that the person at the command line can put right."""


class UserError(Exception):
    """Reported as one line on stderr, without a traceback, and exit code 2."""
