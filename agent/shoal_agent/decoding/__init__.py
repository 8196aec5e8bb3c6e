"""JSON bodies made into the types that handlers ask for."""
