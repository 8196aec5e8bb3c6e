"""Log groups, alarms, dashboards and the topics that alarms notify."""

from collections.abc import Mapping
from typing import Any

from shoal_local.moto_resources.made import Clients, Made, Maker, physical_name


def _create_log_group(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    group = physical_name(name, inputs)
    clients["logs"].create_log_group(logGroupName=group)
    days = inputs.get("retentionInDays")
    if days is not None and int(days) > 0:
        clients["logs"].put_retention_policy(logGroupName=group, retentionInDays=int(days))
    arn = f"arn:aws:logs:{clients.region}:{clients.account_id}:log-group:{group}"
    return Made(group, {"arn": arn, "name": group})


def _delete_log_group(clients: Clients, made: Made) -> None:
    clients["logs"].delete_log_group(logGroupName=made.id)


# Pulumi's input: CloudWatch's parameter, and how its value is sent.
_ALARM = {
    "alarmActions": ("AlarmActions", list),
    "alarmDescription": ("AlarmDescription", str),
    "comparisonOperator": ("ComparisonOperator", str),
    "datapointsToAlarm": ("DatapointsToAlarm", int),
    "evaluationPeriods": ("EvaluationPeriods", int),
    "extendedStatistic": ("ExtendedStatistic", str),
    "metricName": ("MetricName", str),
    "namespace": ("Namespace", str),
    "okActions": ("OKActions", list),
    "period": ("Period", int),
    "statistic": ("Statistic", str),
    "threshold": ("Threshold", float),
    "treatMissingData": ("TreatMissingData", str),
}


def _create_alarm(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    alarm = physical_name(name, inputs)
    dimensions = inputs.get("dimensions") or {}
    settings = {
        parameter: convert(inputs[key])
        for key, (parameter, convert) in _ALARM.items()
        if inputs.get(key) is not None
    }
    clients["cloudwatch"].put_metric_alarm(
        AlarmName=alarm,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Metrics=_metric_queries(inputs.get("metricQueries") or []),
        **settings,
    )
    arn = f"arn:aws:cloudwatch:{clients.region}:{clients.account_id}:alarm:{alarm}"
    return Made(alarm, {"arn": arn, "name": alarm})


def _metric_queries(queries: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_metric_query(query) for query in queries]


def _metric_query(query: Mapping[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "Id": query["id"],
        "ReturnData": bool(query.get("returnData", False)),
    }
    for key, parameter in (("expression", "Expression"), ("label", "Label")):
        if query.get(key) is not None:
            answer[parameter] = query[key]
    metric = query.get("metric")
    if metric is not None:
        dimensions = metric.get("dimensions") or {}
        answer["MetricStat"] = {
            "Metric": {
                "Namespace": metric["namespace"],
                "MetricName": metric["metricName"],
                "Dimensions": [{"Name": key, "Value": dimensions[key]} for key in dimensions],
            },
            "Period": int(metric["period"]),
            "Stat": metric["stat"],
        }
    return answer


def _delete_alarm(clients: Clients, made: Made) -> None:
    clients["cloudwatch"].delete_alarms(AlarmNames=[made.id])


def _create_dashboard(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    dashboard = physical_name(name, inputs, key="dashboardName")
    clients["cloudwatch"].put_dashboard(
        DashboardName=dashboard, DashboardBody=inputs["dashboardBody"]
    )
    arn = f"arn:aws:cloudwatch::{clients.account_id}:dashboard/{dashboard}"
    return Made(dashboard, {"dashboardArn": arn, "dashboardName": dashboard})


def _delete_dashboard(clients: Clients, made: Made) -> None:
    clients["cloudwatch"].delete_dashboards(DashboardNames=[made.id])


def _create_topic(clients: Clients, name: str, inputs: Mapping[str, Any]) -> Made:
    topic = physical_name(name, inputs)
    arn = clients["sns"].create_topic(Name=topic)["TopicArn"]
    return Made(arn, {"arn": arn, "name": topic})


def _delete_topic(clients: Clients, made: Made) -> None:
    clients["sns"].delete_topic(TopicArn=made.id)


MONITORING_MAKERS = {
    "aws:cloudwatch/dashboard:Dashboard": Maker(_create_dashboard, _delete_dashboard),
    "aws:cloudwatch/logGroup:LogGroup": Maker(_create_log_group, _delete_log_group),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Maker(_create_alarm, _delete_alarm),
    "aws:sns/topic:Topic": Maker(_create_topic, _delete_topic),
}
