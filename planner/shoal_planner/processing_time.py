"""How long one message takes, as a distribution."""

import math
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

from shoal_planner.planner_input_error import PlannerInputError

Shape = Literal["exponential", "fixed", "lognormal"]
SHAPES: tuple[str, ...] = get_args(Shape)
DEFAULT_VARIATION = 1.0


@dataclass(frozen=True, slots=True)
class ProcessingTime:
    """A mean in seconds and a shape.

    `variation` is the standard deviation over the mean, for the lognormal shape alone (default
    1; the exponential's is 1 and the fixed one's is 0).
    """

    mean_s: float
    shape: Shape = "lognormal"
    variation: float = DEFAULT_VARIATION

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean_s) or self.mean_s <= 0:
            raise PlannerInputError("processing_time_s", self.mean_s, allowed="a number above 0")
        if self.shape not in SHAPES:
            raise PlannerInputError(
                "processing_time_shape", self.shape, allowed=f"one of {', '.join(SHAPES)}"
            )
        if not math.isfinite(self.variation) or self.variation <= 0:
            raise PlannerInputError(
                "processing_time_variation",
                self.variation,
                allowed="a number above 0",
                fix="write the shape fixed where every message takes the same",
            )

    def sample_ms(self, rng: Random) -> float:
        """Draw one processing time, in milliseconds."""
        mean_ms = self.mean_s * 1000
        if self.shape == "fixed":
            return mean_ms
        if self.shape == "exponential":
            return rng.expovariate(1 / mean_ms)
        sigma_squared = math.log1p(self.variation**2)
        return rng.lognormvariate(math.log(mean_ms) - sigma_squared / 2, math.sqrt(sigma_squared))
