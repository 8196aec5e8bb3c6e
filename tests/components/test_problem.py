import pulumi

from pulumi_shoal.problem import Place, Problem, SettingsError, yaml_key

PROBLEM = Problem(
    code="too-short",
    key="scaling.cooldown_period_s",
    value=3,
    allowed="more than {longest_job_s}",
    why="work takes time",
    fix="raise it",
)


def test_yaml_keys_are_camel_case_without_the_unit() -> None:
    assert yaml_key("longest_job_s") == "longestJob"
    assert yaml_key("peak_rate_per_s") == "peakRate"
    assert yaml_key("agents[0]") == "agents[0]"
    assert yaml_key("public_access_cidrs") == "publicAccessCidrs"


def test_a_problem_in_a_stack_is_told_in_the_keys_of_its_yaml() -> None:
    text = Place("shoal:", yaml_key).item("agents[1]").describe(PROBLEM)
    assert text == (
        "shoal:agents[1].scaling.cooldownPeriod is 3: allowed is more than longestJob, "
        "because work takes time; raise it. [too-short]"
    )


def test_a_problem_in_a_program_is_told_in_the_keys_of_its_arguments() -> None:
    text = Place("QueueAgent 'resize': ").describe(PROBLEM)
    assert text.startswith("QueueAgent 'resize': scaling.cooldown_period_s is 3: ")
    assert "more than longest_job_s" in text


def test_settings_errors_are_printed_by_pulumi_without_a_traceback() -> None:
    error = SettingsError([(Place("here."), PROBLEM), (Place("there."), PROBLEM)])
    assert isinstance(error, pulumi.RunError)
    assert [line.partition(".")[0] for line in str(error).splitlines()] == ["here", "there"]
