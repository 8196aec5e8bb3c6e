"""The stack program on a laptop: AWS in moto, the fleet as local processes."""
