"""The `behavior` of a manifest, completed as Kubernetes completes it."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import cast

from shoal_planner.hpa_behavior import (
    DEFAULT_SCALE_DOWN,
    DEFAULT_SCALE_UP,
    HorizontalPodAutoscalerBehavior,
    HPAScalingPolicy,
    HPAScalingRules,
    PolicyType,
    SelectPolicy,
)
from shoal_planner.manifest_fields import ManifestFields
from shoal_planner.planner_input_error import PlannerInputError

_SUFFIXES = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6}


def read_behavior(behavior: ManifestFields) -> HorizontalPodAutoscalerBehavior:
    """Read both directions; one that is absent gets all of its defaults."""
    behavior.refuse_unknown(("scaleUp", "scaleDown"))
    return HorizontalPodAutoscalerBehavior(
        scale_up=_read_rules(behavior.fields("scaleUp"), DEFAULT_SCALE_UP),
        scale_down=_read_rules(behavior.fields("scaleDown"), DEFAULT_SCALE_DOWN),
    )


def _read_rules(fields: ManifestFields | None, rules: HPAScalingRules) -> HPAScalingRules:
    if fields is None:
        return rules
    fields.refuse_unknown(("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"))
    window_s = fields.integer("stabilizationWindowSeconds")
    if window_s is not None:
        rules = replace(rules, stabilization_window_s=window_s)
    select_policy = fields.choice("selectPolicy", ("Max", "Min", "Disabled"))
    if select_policy is not None:
        rules = replace(rules, select_policy=cast("SelectPolicy", select_policy))
    # An empty list does not survive the way to Kubernetes: it is as good as none.
    policies = tuple(_read_policy(policy) for policy in fields.items("policies"))
    if policies:
        rules = replace(rules, policies=policies)
    if fields.raw("tolerance") is not None:
        rules = replace(rules, tolerance=_read_quantity(fields, "tolerance"))
    return rules


def _read_policy(fields: ManifestFields) -> HPAScalingPolicy:
    fields.refuse_unknown(("type", "value", "periodSeconds"))
    policy_type = fields.choice("type", ("Pods", "Percent"))
    if policy_type is None:
        raise PlannerInputError(fields.path("type"), None, allowed="Pods or Percent")
    return HPAScalingPolicy(
        type=cast("PolicyType", policy_type),
        value=fields.required_integer("value"),
        period_s=fields.required_integer("periodSeconds"),
    )


def _read_quantity(fields: ManifestFields, key: str) -> float:
    """Return a Kubernetes quantity as the float that the HPA works with.

    The HPA reads the canonical form, "50m" for 0.05, and multiplies 50 by 1e-3; another way to
    the same number could differ in the last bit, and the tolerance includes both of its ends.
    """
    raw = fields.raw(key)
    text = str(raw).strip()
    exponent = _SUFFIXES.get(text[-1:], 0)
    try:
        value = Decimal(text[:-1] if exponent else text).scaleb(exponent)
    except InvalidOperation:
        allowed = 'a quantity such as "0.05" or "50m"'
        raise PlannerInputError(fields.path(key), raw, allowed=allowed) from None
    if not value.is_finite():
        raise PlannerInputError(fields.path(key), raw, allowed='a quantity such as "0.05"')
    for scale in (0, -3, -6):
        mantissa = value.scaleb(-scale)
        if mantissa == mantissa.to_integral_value():
            return float(int(mantissa)) * float(f"1e{scale}")
    return float(value)
