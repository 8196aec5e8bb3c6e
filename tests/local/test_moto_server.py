"""The moto server: its own port, its own state, and no way to the user's AWS account."""

import socket
from pathlib import Path

import pytest

from shoal_local.moto_server import LOOPBACK, MotoServer

REGION = "eu-west-1"


def test_a_server_starts_empty_on_a_port_of_its_own_and_closes_it() -> None:
    with MotoServer(REGION) as server:
        port = server.port
        assert server.endpoint_url == f"http://127.0.0.1:{port}"
        server.client("sqs").create_queue(QueueName="left-behind")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, port))
    with MotoServer(REGION) as server:
        assert server.client("sqs").list_queues().get("QueueUrls", []) == []


def test_the_users_aws_settings_are_never_followed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = ap-south-1\nendpoint_url = https://aws.invalid\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.invalid")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    with MotoServer(REGION) as server:
        client = server.client("sqs")
        assert client.meta.endpoint_url == server.endpoint_url
        assert client.meta.region_name == REGION
        assert client.create_queue(QueueName="q")["QueueUrl"].startswith(server.endpoint_url)


def test_a_child_is_bound_to_the_server_and_to_nothing_else() -> None:
    with MotoServer(REGION) as server:
        environment = server.environment()
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert environment["AWS_REGION"] == REGION
    assert environment["AWS_CONFIG_FILE"] == "/dev/null"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert "AWS_PROFILE" not in environment
