"""Every AWS resource type that is made for real on the laptop."""

from collections.abc import Mapping

from shoal_local.moto_resources.iam_makers import IAM_MAKERS
from shoal_local.moto_resources.made import Maker
from shoal_local.moto_resources.monitoring_makers import MONITORING_MAKERS
from shoal_local.moto_resources.sqs_makers import SQS_MAKERS
from shoal_local.moto_resources.storage_makers import STORAGE_MAKERS

# Pulumi's type token: how to make it.
MAKERS: Mapping[str, Maker] = {**SQS_MAKERS, **IAM_MAKERS, **STORAGE_MAKERS, **MONITORING_MAKERS}
