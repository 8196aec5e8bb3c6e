"""The signer, held to botocore's own for whatever it may be given."""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from shoal_agent.aws.signature import CONTENT_TYPE, Credentials, JsonCallSigner

WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
SECRET = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


class Call(NamedTuple):
    """What a request is made and signed of."""

    host: str
    target: str
    body: bytes
    credentials: Credentials
    region: str
    now_s: float


CALLS = st.builds(
    Call,
    host=st.tuples(WORD, st.integers(1, 65535)).map(lambda parts: f"h{parts[0]}x:{parts[1]}"),
    target=WORD,
    body=st.binary(max_size=200),
    credentials=st.builds(Credentials, WORD, SECRET, st.none() | SECRET),
    region=WORD,
    now_s=st.floats(0, 4e9),
)


def by_botocore(call: Call) -> dict[str, str]:
    """Return the headers that botocore signs with."""
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": call.target}
    request = AWSRequest("POST", f"http://{call.host}/", data=call.body, headers=headers)
    credentials = BotocoreCredentials(*call.credentials[:3])
    moment = datetime.fromtimestamp(int(call.now_s), UTC).replace(tzinfo=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", lambda: moment)
        auth.SigV4Auth(credentials, "sqs", call.region).add_auth(request)
    return dict(request.headers.items())


def by_us(call: Call) -> dict[str, str]:
    """Return the headers of the whole request that we write."""
    signer = JsonCallSigner(service="sqs", region=call.region, host=call.host)
    request = signer.request(call.target, call.body, call.credentials, call.now_s)
    head, _, sent = request.partition(b"\r\n\r\n")
    assert sent == call.body
    lines = head.decode("latin-1").split("\r\n")
    assert lines[0] == "POST / HTTP/1.1"
    return dict(line.split(": ", 1) for line in lines[1:])


@given(CALLS)
def test_every_request_is_signed_as_botocore_signs_it(call: Call) -> None:
    theirs, ours = by_botocore(call), by_us(call)
    for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Target"):
        assert ours.get(name) == theirs.get(name)
    assert ours["Host"] == call.host
    assert ours["Content-Length"] == str(len(call.body))


def test_new_credentials_and_a_new_day_are_not_signed_with_the_old_key() -> None:
    signer = JsonCallSigner(service="sqs", region="eu-west-1", host="sqs")
    first = Credentials("key", "one")
    second = Credentials("key", "two")
    moments = [(first, 0.0), (second, 0.0), (first, 86_400.0), (first, 0.0)]
    requests = [signer.request("T", b"", credentials, now_s) for credentials, now_s in moments]
    assert requests[0] == requests[3]
    assert len(set(requests)) == 3
