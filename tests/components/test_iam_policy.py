from pulumi_shoal.iam_policy import (
    agent_permissions,
    allow,
    policy_document,
    trust_document,
)

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:jobs"
DEAD_LETTERS = f"{QUEUE}-dlq"


def test_an_agent_may_consume_its_queue_and_send_to_its_dlq_and_nothing_else() -> None:
    document = policy_document(
        agent_permissions(queue_arn=QUEUE, dead_letter_queue_arn=DEAD_LETTERS)
    )
    allowed = {(action, s["Resource"][0]) for s in document["Statement"] for action in s["Action"]}
    assert allowed == {
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:DeleteMessage", QUEUE),
        ("sqs:ChangeMessageVisibility", QUEUE),
        ("sqs:GetQueueAttributes", QUEUE),
        ("sqs:SendMessage", DEAD_LETTERS),
    }


def test_an_agent_of_an_encrypted_queue_may_use_its_key() -> None:
    permissions = agent_permissions(
        queue_arn=QUEUE, dead_letter_queue_arn=DEAD_LETTERS, kms_key_arn="arn:key"
    )
    assert permissions[-1] == allow(("kms:Decrypt", "kms:GenerateDataKey"), "arn:key")


def test_a_permission_keeps_its_conditions() -> None:
    conditions = {"StringEquals": {"aws:PrincipalTag/team": "shop"}}
    document = policy_document(
        [{"actions": ["s3:GetObject"], "resources": ["arn"], "conditions": conditions}]
    )
    assert document["Statement"][0]["Condition"] == conditions


def test_trust_binds_one_service_account_and_the_audience() -> None:
    document = trust_document(
        provider_arn="arn:provider",
        issuer="https://oidc.eks.eu-west-1.amazonaws.com/id/ABC",
        namespace="shoal",
        service_account="resize",
    )
    (statement,) = document["Statement"]
    assert statement["Principal"] == {"Federated": "arn:provider"}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:shoal:resize",
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com",
        }
    }
