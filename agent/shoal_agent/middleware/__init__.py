"""What can be put around a handler; each file is one, and could be replaced by yours.

A middleware takes the next handler and returns one. It is named in ``SHOAL_MIDDLEWARE``, for
a whole deployment, or used as a decorator, for one handler.
"""
