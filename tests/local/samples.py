"""Samples of a run, made up."""

from shoal_local.observation import Observation, Sample


def sample(at_s: float, **values: float | None) -> Sample:
    """Return a sample of a fleet at rest, but for what is given."""
    numbers: dict[str, float | None] = {
        "visible": 0,
        "in_flight": 0,
        "oldest_s": None,
        "replicas": 0,
        "running": 0,
        "ready": 0,
        "done": 0,
        "rejected": 0,
    }
    return Sample(at_s=at_s, **{**numbers, **values})  # type: ignore[arg-type]


def observation(*samples: Sample) -> Observation:
    """Return an observation of these samples."""
    seen = Observation()
    seen.samples.extend(samples)
    return seen


def small_run() -> Observation:
    """Return a run of ten seconds: 40 messages, 4 replicas at most."""
    return observation(
        sample(0),
        sample(1, visible=40, oldest_s=1.0),
        sample(2, visible=36, in_flight=4, replicas=1, running=1, oldest_s=2.0),
        sample(4, visible=20, in_flight=8, replicas=4, running=4, ready=3, done=12, oldest_s=4.0),
        sample(8, visible=0, in_flight=2, replicas=4, running=4, ready=4, done=35, rejected=3),
        sample(9, replicas=0, running=4, done=37, rejected=3),
        sample(10, done=37, rejected=3),
    )
