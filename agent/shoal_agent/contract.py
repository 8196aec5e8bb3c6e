"""The contract between an agent process and whatever runs it.

Everything that both sides must spell the same way stands here once: the environment
variables that configure an agent, their defaults, the probe paths, the exit codes and
the names of the metrics. The deploying side (``pulumi_shoal``, the laptop) imports this
file and no other of the agent's, so it uses the standard library alone.

AWS settings are not here: region, endpoint and credentials come from the standard AWS
variables (``AWS_REGION``, ``AWS_ENDPOINT_URL``, web identity).
"""

from enum import IntEnum

# --- Environment variables -------------------------------------------------------------
HANDLER = "SHOAL_HANDLER"  # module:attribute, unless the command line names it
QUEUE_URL = "SHOAL_QUEUE_URL"  # where messages come from
DEAD_LETTER_QUEUE_URL = "SHOAL_DEAD_LETTER_QUEUE_URL"  # where Reject sends a message
CONCURRENCY = "SHOAL_CONCURRENCY"  # messages worked on at once
VISIBILITY_TIMEOUT_S = "SHOAL_VISIBILITY_TIMEOUT_S"  # how long SQS hides a message at a time
LONGEST_JOB_S = "SHOAL_LONGEST_JOB_S"  # a handler is stopped after this
DRAIN_S = "SHOAL_DRAIN_S"  # from SIGTERM to the release of what is still held
HEARTBEAT = "SHOAL_HEARTBEAT"  # true or false: extend visibility while held
HEALTH_PORT = "SHOAL_HEALTH_PORT"  # 0 picks a free port
METRICS_PORT = "SHOAL_METRICS_PORT"  # 0 picks a free port
LOG_LEVEL = "SHOAL_LOG_LEVEL"  # DEBUG, INFO, WARNING or ERROR, at the start
LOG_FORMAT = "SHOAL_LOG_FORMAT"  # json, or text for a developer's terminal
ISOLATION = "SHOAL_ISOLATION"  # auto, async, thread or process: where handlers run
MIDDLEWARE = "SHOAL_MIDDLEWARE"  # module:attribute,…: decorators around the handler
POLL_WAIT_S = "SHOAL_POLL_WAIT_S"  # how long an idle receive stays open, 0 to 20
RETRY_BASE_S = "SHOAL_RETRY_BASE_S"  # wait after the first failure; doubles with each, jittered
RETRY_MAX_S = "SHOAL_RETRY_MAX_S"  # the longest wait between attempts
IDEMPOTENCY_TABLE = "SHOAL_IDEMPOTENCY_TABLE"  # DynamoDB table of middleware once_per_message
IDEMPOTENCY_KEEP_S = "SHOAL_IDEMPOTENCY_KEEP_S"  # how long a message that is done is known
S3_POINTER_MAX_MB = "SHOAL_S3_POINTER_MAX_MB"  # the largest payload middleware fetched takes
RECYCLE_MESSAGES = "SHOAL_RECYCLE_MESSAGES"  # a process is replaced after so many; 0 never
RECYCLE_RSS_MB = "SHOAL_RECYCLE_RSS_MB"  # a process is replaced once it is larger; 0 never

# --- Defaults --------------------------------------------------------------------------
DEFAULT_CONCURRENCY = 1
DEFAULT_LONGEST_JOB_S = 60
DEFAULT_VISIBILITY_TIMEOUT_S = 90
DEFAULT_DRAIN_S = 65
DEFAULT_HEARTBEAT = True
DEFAULT_HEALTH_PORT = 8080
DEFAULT_METRICS_PORT = 9090
DEFAULT_LOG_LEVEL = "INFO"
DEFAULT_LOG_FORMAT = "json"
DEFAULT_ISOLATION = "auto"  # an async handler on the agent's loop, any other in processes
DEFAULT_POLL_WAIT_S = 20
DEFAULT_RETRY_BASE_S = 5
DEFAULT_RETRY_MAX_S = 900
# Past SQS's longest visibility timeout: what comes back after a delete that was lost is known.
DEFAULT_IDEMPOTENCY_KEEP_S = 86_400
DEFAULT_S3_POINTER_MAX_MB = 64
DEFAULT_RECYCLE_MESSAGES = 0
DEFAULT_RECYCLE_RSS_MB = 0

LOG_FORMATS = ("json", "text")

# --- Limits of SQS that both sides hold to ---------------------------------------------
# docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MAX_VISIBILITY_TIMEOUT_S = 43_200
LONG_POLL_S = 20
RECEIVE_BATCH = 10

# --- Probes (HTTP, on the health port) -------------------------------------------------
LIVENESS_PATH = "/livez"  # 200 while polling makes progress
READINESS_PATH = "/readyz"  # 200 from the first answered receive until the drain
METRICS_PATH = "/metrics"  # on the metrics port, Prometheus text format


class ExitCode(IntEnum):
    """How an agent process ends; a restart helps for some and not for others."""

    DRAINED = 0
    """SIGTERM or SIGINT was followed to its end."""
    CRASHED = 1
    """A defect of the agent itself, with a traceback in the log."""
    CONFIGURATION = 64
    """A setting is missing or wrong, or the handler cannot be imported (EX_USAGE)."""
    QUEUE_UNUSABLE = 69
    """The queue does not exist or access is denied (EX_UNAVAILABLE)."""
    CREDENTIALS = 77
    """No AWS credentials, or the service refuses them (EX_NOPERM)."""


# --- Metrics (Prometheus) --------------------------------------------------------------
METRIC_RECEIVED = "shoal_messages_received_total"
METRIC_COMPLETED = "shoal_messages_completed_total"  # done|skipped|retried|rejected|released
METRIC_IN_FLIGHT = "shoal_messages_in_flight"
METRIC_PROCESSING_SECONDS = "shoal_processing_seconds"  # histogram
METRIC_WAIT_SECONDS = "shoal_wait_seconds"  # histogram: sent to start of work
METRIC_REQUESTS = "shoal_sqs_requests_total"  # labels action, outcome
METRIC_LAPSED = "shoal_messages_lapsed_total"  # hidden no longer, before they were settled
METRIC_LOOP_BLOCKED_SECONDS = "shoal_loop_blocked_seconds_total"  # by handlers, on the loop
