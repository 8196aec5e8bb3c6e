"""Settings from the environment: defaults from the contract, each mistake one sentence."""

import pytest

from shoal_agent import contract
from shoal_agent.agent_error import ConfigurationError
from shoal_agent.settings import Isolation, read_settings, unknown_variables

URL = "https://sqs.eu-west-1.amazonaws.com/1/work"
GOOD = {contract.QUEUE_URL: URL, contract.HANDLER: "work:handle"}


def test_what_is_not_set_has_the_contract_s_default() -> None:
    settings = read_settings(GOOD)
    assert settings.queue_url == URL
    assert settings.handler == "work:handle"
    assert settings.dead_letter_queue_url is None
    assert settings.concurrency == contract.DEFAULT_CONCURRENCY
    assert settings.visibility_timeout_s == contract.DEFAULT_VISIBILITY_TIMEOUT_S
    assert settings.longest_job_s == contract.DEFAULT_LONGEST_JOB_S
    assert settings.drain_s == contract.DEFAULT_DRAIN_S
    assert settings.heartbeat is contract.DEFAULT_HEARTBEAT
    assert settings.log_level == contract.DEFAULT_LOG_LEVEL
    assert settings.isolation is Isolation.AUTO
    assert settings.middleware == ()
    assert settings.poll_wait_s == contract.LONG_POLL_S


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert read_settings({**GOOD, contract.CONCURRENCY: ""}) == read_settings(GOOD)


def test_the_command_line_s_handler_wins() -> None:
    assert read_settings(GOOD, "other:handle").handler == "other:handle"


def test_values_are_read_as_they_are_meant() -> None:
    settings = read_settings(
        {
            **GOOD,
            contract.HEARTBEAT: "False",
            contract.LONGEST_JOB_S: "0.5",
            contract.LOG_LEVEL: "debug",
            contract.ISOLATION: "Process",
            contract.MIDDLEWARE: "a:b, c:d",
        }
    )
    assert settings.heartbeat is False
    assert settings.longest_job_s == 0.5
    assert settings.log_level == "DEBUG"
    assert settings.isolation is Isolation.PROCESS
    assert settings.middleware == ("a:b", "c:d")


WRONG = {
    contract.QUEUE_URL: ("work", "SHOAL_QUEUE_URL='work': must be the URL of an SQS queue"),
    contract.DEAD_LETTER_QUEUE_URL: ("dead", "SHOAL_DEAD_LETTER_QUEUE_URL='dead': must be"),
    contract.HANDLER: ("work", "SHOAL_HANDLER='work': name the handler as module:function"),
    contract.CONCURRENCY: ("0", "SHOAL_CONCURRENCY='0': must be from 1 to 10000"),
    contract.VISIBILITY_TIMEOUT_S: ("1.5", "'1.5': must be a whole number from 1 to 43200"),
    contract.LONGEST_JOB_S: ("nan", "SHOAL_LONGEST_JOB_S='nan': must be a number of seconds"),
    contract.DRAIN_S: ("-1", "SHOAL_DRAIN_S='-1': must be a number of seconds above 0"),
    contract.HEARTBEAT: ("maybe", "SHOAL_HEARTBEAT='maybe': must be true or false"),
    contract.HEALTH_PORT: ("70000", "SHOAL_HEALTH_PORT='70000': must be from 0 to 65535"),
    contract.METRICS_PORT: ("x", "SHOAL_METRICS_PORT='x': must be a whole number from 0"),
    contract.LOG_LEVEL: ("loud", "must be one of DEBUG, INFO, WARNING, ERROR"),
    contract.ISOLATION: ("pod", "must be one of auto, async, thread, process"),
    contract.POLL_WAIT_S: ("21", "SHOAL_POLL_WAIT_S='21': must be from 0 to 20"),
    contract.RETRY_BASE_S: ("0", "SHOAL_RETRY_BASE_S='0': must be a number of seconds above 0"),
    contract.RETRY_MAX_S: ("inf", "SHOAL_RETRY_MAX_S='inf': must be a number of seconds"),
    contract.RECYCLE_MESSAGES: ("-1", "SHOAL_RECYCLE_MESSAGES='-1': must be a whole number"),
    contract.RECYCLE_RSS_MB: ("a lot", "SHOAL_RECYCLE_RSS_MB='a lot': must be a whole number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_one_sentence_with_its_name_and_what_is_allowed(name: str) -> None:
    value, sentence = WRONG[name]
    with pytest.raises(ConfigurationError) as caught:
        read_settings({**GOOD, name: value})
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({contract.CONCURRENCY: "x", contract.DRAIN_S: "y"})
    lines = str(caught.value).splitlines()
    assert [line.split("=")[0].split(" ")[0] for line in lines] == [
        contract.HANDLER,
        contract.QUEUE_URL,
        contract.CONCURRENCY,
        contract.DRAIN_S,
    ]


CONTRADICTIONS = [
    ({contract.HEARTBEAT: "no", contract.VISIBILITY_TIMEOUT_S: "60"}, "without the heartbeat"),
    ({contract.LONGEST_JOB_S: "43200"}, "a job must be shorter"),
    ({contract.RETRY_BASE_S: "10", contract.RETRY_MAX_S: "5"}, "cannot be shorter than the first"),
]


@pytest.mark.parametrize(("together", "sentence"), CONTRADICTIONS)
def test_settings_that_contradict_each_other_are_refused(
    together: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        read_settings({**GOOD, **together})


def test_a_misspelt_variable_is_told_with_the_nearest_name() -> None:
    assert list(unknown_variables({**GOOD, "SHOAL_CONCURENCY": "4", "SHOAL_": "", "PATH": ""})) == [
        "SHOAL_ is not a setting",
        "SHOAL_CONCURENCY is not a setting; did you mean SHOAL_CONCURRENCY?",
    ]
