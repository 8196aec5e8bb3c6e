"""Where requests go and what region they are signed for."""

import botocore.regions
import botocore.session
import pytest

from shoal_agent.agent_error import ConfigurationError
from shoal_agent.aws.endpoint import regional_address, service_address

HOSTS = {
    "sqs.eu-west-1.amazonaws.com": "eu-west-1",
    "eu-west-2.queue.amazonaws.com": "eu-west-2",
    "sqs.cn-north-1.amazonaws.com.cn": "cn-north-1",
    "sqs.us-gov-west-1.amazonaws.com": "us-gov-west-1",
    "sqs-fips.us-east-2.amazonaws.com": "us-east-2",
    "sqs.eu-central-1.api.aws": "eu-central-1",
    "vpce-0a1-b2.sqs.ap-southeast-2.vpce.amazonaws.com": "ap-southeast-2",
}


@pytest.mark.parametrize("host", HOSTS)
def test_the_queue_s_host_says_where_and_for_which_region(host: str) -> None:
    address = service_address(f"https://{host}/1/work", region="sa-east-1", endpoint_url=None)
    assert address.endpoint == (True, host, 443)
    assert address.endpoint.authority == host
    assert (address.path, address.region) == ("/", HOSTS[host])


def test_a_configured_endpoint_wins_with_its_path_and_the_configured_region() -> None:
    address = service_address(
        "https://sqs.eu-west-1.amazonaws.com/1/work",
        region="us-east-1",
        endpoint_url="http://localhost:4566/proxy",
    )
    assert address.endpoint == (False, "localhost", 4566)
    assert address.endpoint.authority == "localhost:4566"
    assert (address.path, address.region) == ("/proxy", "us-east-1")


def test_an_ipv6_endpoint_keeps_its_brackets_in_the_host_header() -> None:
    address = service_address("http://[::1]:9324/q", region="eu-west-1", endpoint_url=None)
    assert address.endpoint == (False, "::1", 9324)
    assert address.endpoint.authority == "[::1]:9324"


def test_a_region_that_nothing_says_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="set AWS_REGION"):
        service_address("http://localhost:4566/q", region=None, endpoint_url=None)


@pytest.mark.parametrize("url", ["localhost:4566", "ftp://host", "https://"])
def test_an_endpoint_that_is_no_url_is_an_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match="not an http or https URL"):
        service_address("https://sqs.eu-west-1.amazonaws.com/q", region=None, endpoint_url=url)


def test_a_region_s_own_endpoint_is_where_botocore_would_send() -> None:
    table = botocore.session.Session().get_data("endpoints")
    resolver = botocore.regions.EndpointResolver(table)
    regions = [
        region
        for partition in resolver.get_available_partitions()
        for region in resolver.get_available_endpoints("dynamodb", partition)
    ]
    assert len(regions) > 30
    for region in regions:
        expected = resolver.construct_endpoint("dynamodb", region)["hostname"]
        address = regional_address("dynamodb", region=region, endpoint_url=None)
        assert address == ((True, expected, 443), "/", region)


def test_a_service_s_configured_endpoint_wins_over_the_region_s_own() -> None:
    address = regional_address("dynamodb", region="eu-west-1", endpoint_url="http://localhost:8000")
    assert address == ((False, "localhost", 8000), "/", "eu-west-1")


def test_a_service_without_a_region_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="region of dynamodb is not known; set AWS_REGION"):
        regional_address("dynamodb", region=None, endpoint_url=None)
