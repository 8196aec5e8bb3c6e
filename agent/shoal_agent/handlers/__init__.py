"""Handlers that come with the agent, to run and to read."""
