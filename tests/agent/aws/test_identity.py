"""Credentials, region and endpoint: botocore's answer, with or without botocore's process."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shoal_agent.agent_error import CredentialsError
from shoal_agent.aws.botocore_identity import look_up
from shoal_agent.aws.identity import find_identity, identity_from_environment, identity_from_wire

WORD = st.text("abcXYZ019+/=", min_size=1, max_size=12)
NAMES = {
    "AWS_ACCESS_KEY_ID": WORD | st.just(""),
    "AWS_SECRET_ACCESS_KEY": WORD | st.just(""),
    "AWS_SESSION_TOKEN": WORD | st.just(""),
    "AWS_SECURITY_TOKEN": WORD,
    "AWS_DEFAULT_REGION": st.sampled_from(["eu-west-1", "us-east-1", ""]),
    "AWS_ENDPOINT_URL": st.sampled_from(["http://a:1", ""]),
    "AWS_ENDPOINT_URL_SQS": st.sampled_from(["http://b:2", ""]),
    "AWS_ENDPOINT_URL_S3": st.just("http://c:3"),
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": st.sampled_from(["true", "false", "TRUE", ""]),
    "AWS_CA_BUNDLE": st.sampled_from(["/ca.pem", ""]),
    "AWS_PROFILE": st.just("default"),
}
ENVIRONMENTS = st.fixed_dictionaries({}, optional=NAMES)


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Hide every AWS setting of this machine; return the home directory that is left."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.mark.usefixtures("no_aws")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ENVIRONMENTS)
def test_where_the_environment_settles_it_botocore_says_the_same(environ: dict[str, str]) -> None:
    ours = identity_from_environment("sqs", environ)
    if ours is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        theirs = identity_from_wire(json.dumps(look_up("sqs")).encode())
    assert ours.credentials == theirs.credentials
    for ours_said, theirs_said in zip(ours[1:], theirs[1:], strict=True):
        assert (ours_said or None) == (theirs_said or None)


def test_keys_in_the_environment_alone_need_no_process(no_aws: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "HOME": str(no_aws)}
    assert identity_from_environment("sqs", keys) is not None
    assert identity_from_environment("sqs", {**keys, "AWS_PROFILE": "team"}) is None
    (no_aws / "config").write_text("")
    named = {**keys, "AWS_CONFIG_FILE": str(no_aws / "config")}
    assert identity_from_environment("sqs", named) is None


def test_a_profile_with_a_process_and_an_endpoint_is_found_with_its_expiry(
    no_aws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {
        "Version": 1,
        "AccessKeyId": "key",
        "SecretAccessKey": "secret",
        "SessionToken": "token",
        "Expiration": "2100-01-01T00:00:00Z",
    }
    (no_aws / "answer").write_text(json.dumps(answer))
    (no_aws / "config").write_text(
        f"""
        [profile team]
        credential_process = {sys.executable} -c "print(open('{no_aws}/answer').read())"
        region = eu-north-1
        services = local
        [services local]
        sqs =
          endpoint_url = http://queue:1
        """.replace("        ", "")
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(no_aws / "config"))
    monkeypatch.setenv("AWS_PROFILE", "team")
    found = asyncio.run(find_identity("sqs", {"AWS_PROFILE": "team"}))
    assert found.credentials == ("key", "secret", "token", 4102444800.0)
    assert (found.region, found.endpoint_url) == ("eu-north-1", "http://queue:1")


@pytest.mark.usefixtures("no_aws")
def test_no_credentials_anywhere_is_one_sentence() -> None:
    with pytest.raises(CredentialsError, match=r"^no AWS credentials: .*IRSA.*"):
        asyncio.run(find_identity("sqs", {}))


def test_a_profile_that_does_not_exist_is_one_sentence(
    no_aws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(no_aws / "config"))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CredentialsError, match=r"^no AWS credentials: .*nobody"):
        asyncio.run(find_identity("sqs", {"AWS_PROFILE": "nobody"}))


@pytest.mark.usefixtures("no_aws")
def test_a_search_that_cannot_start_is_one_sentence_and_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nothing_starts(*_: object, **__: object) -> None:
        raise BlockingIOError("no process is left")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", nothing_starts)
    with pytest.raises(CredentialsError, match=r"^no AWS credentials: .*no process is left"):
        asyncio.run(find_identity("sqs", {}))
