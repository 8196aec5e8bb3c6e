"""The agent: takes messages from an SQS queue and gives each to a handler."""
