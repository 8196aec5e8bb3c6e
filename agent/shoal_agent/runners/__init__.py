"""Where handlers run: on the agent's loop, in its threads, or in processes of their own."""
