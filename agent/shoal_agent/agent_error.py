"""The errors that end an agent: each has its exit code and one sentence for the operator."""

from shoal_agent.contract import ExitCode


class AgentError(Exception):
    """A reason to stop that a restart alone does not cure."""

    exit_code = ExitCode.CRASHED


class ConfigurationError(AgentError):
    """A setting is missing or wrong, or the handler cannot be used."""

    exit_code = ExitCode.CONFIGURATION


class QueueUnusableError(AgentError):
    """The queue does not exist, or may not be used."""

    exit_code = ExitCode.QUEUE_UNUSABLE


class CredentialsError(AgentError):
    """No credentials were found, or the service refuses them."""

    exit_code = ExitCode.CREDENTIALS
