"""The planner: how long a simulated week and a search take."""
