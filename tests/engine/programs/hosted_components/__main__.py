"""A queue made by the plugin: named in camelCase, unknown in a preview, numbers as doubles.

No Python class of Shoal is imported here; what a generated SDK would register, this registers.
"""

import pulumi
import pulumi_aws as aws


class Hosted(pulumi.ComponentResource):
    """A component that the plugin constructs."""

    url: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]

    def __init__(self, kind: str, name: str, inputs: pulumi.Inputs) -> None:
        outputs = dict.fromkeys(["url", "deadLetterUrl"])
        super().__init__(f"shoal:index:{kind}", name, {**inputs, **outputs}, None, remote=True)


key = aws.kms.Key("jobs")
queue = Hosted(
    "WorkQueue", "jobs", {"kmsKeyArn": key.arn, "visibilityTimeoutS": 120, "maxReceiveCount": 3}
)
pulumi.export("url", queue.url)
