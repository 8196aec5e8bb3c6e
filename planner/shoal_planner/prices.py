"""What AWS charges, from a dated file that a user may override key by key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from shoal_planner.planner_input_error import PlannerInputError


@dataclass(frozen=True)
class Prices:
    """Prices in `currency`, of `date` in `region`, as `source` says."""

    values: Mapping[str, Any]

    def of(self, key: str) -> float:
        """Return one price."""
        return float(self.values[key])

    def instance_hour(self, instance_type: str) -> float:
        """Return an instance's on-demand price per hour; raise for a type that has none."""
        known = self.values["instance_hour"]
        if instance_type not in known:
            raise PlannerInputError(
                "--instance-type",
                instance_type,
                allowed=f"one of {', '.join(sorted(known))}",
                fix="or give its price: --prices FILE.json with "
                f'{{"instance_hour": {{"{instance_type}": ...}}}}',
            )
        return float(known[instance_type])

    @property
    def provenance(self) -> str:
        """One line: whose prices, of when, for where."""
        values = self.values
        return f"{values['currency']}, {values['region']}, {values['date']}: {values['source']}"

    def overridden(self, changes: Mapping[str, Any]) -> "Prices":
        """Return these prices with some replaced; unknown keys and negative prices are errors."""
        merged = dict(self.values)
        for key, value in changes.items():
            if key not in merged:
                allowed = f"one of {', '.join(sorted(merged))}"
                raise PlannerInputError(f"prices.{key}", value, allowed=allowed)
            expected = merged[key]
            if isinstance(expected, dict):
                if not isinstance(value, Mapping):
                    allowed = f"a mapping such as {{{next(iter(expected))!r}: 0.1}}"
                    raise PlannerInputError(f"prices.{key}", value, allowed=allowed)
                merged[key] = {**expected, **{k: _price(f"{key}.{k}", v) for k, v in value.items()}}
            elif isinstance(expected, int | float):
                merged[key] = _price(key, value)
            else:
                merged[key] = str(value)
        if merged["hours_per_month"] == 0:
            raise PlannerInputError("prices.hours_per_month", 0, allowed="more than 0")
        return Prices(merged)


def _price(key: str, value: object) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value < float("inf")
    ):
        raise PlannerInputError(f"prices.{key}", value, allowed="a number, 0 or more")
    return float(value)


@cache
def default_prices() -> Prices:
    """Return the prices that come with the planner."""
    return Prices(json.loads(files("shoal_planner").joinpath("prices.json").read_text()))
