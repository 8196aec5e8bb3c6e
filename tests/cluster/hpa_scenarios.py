"""What the HPA does: with and without behavior, every kind of policy, both directions."""

from tests.cluster.scenario import AT_ONCE, QUICK_UP, Scenario, depths, percent, pods, rules

LEGACY = (
    Scenario(
        "legacy-burst-and-phantom",
        "without behavior: doubling, the cut to zero, then one message that brings the whole "
        "fleet back because the last 300 s are remembered",
        depths((0, 0), (67, 900), (217, 0), (287, 1), (347, 0)),
        until=460,
        spec={"cooldownPeriod": 30, "maxReplicaCount": 30},
    ),
    Scenario(
        "legacy-min-above-zero",
        "without behavior, never at zero: the HPA alone scales, down only after 300 s",
        depths((0, 12), (37, 155), (187, 45), (337, 0), (697, 61)),
        until=780,
        spec={"minReplicaCount": 2, "maxReplicaCount": 30, "pollingInterval": 30},
        initial_replicas=2,
    ),
    Scenario(
        "legacy-tolerance-edges",
        "at 10 replicas of 7 each: within a tenth nothing moves, just outside it does",
        depths((0, 70), (37, 76), (97, 77), (157, 78), (217, 84), (277, 72), (617, 63)),
        until=800,
        spec={"minReplicaCount": 1, "maxReplicaCount": 40},
        trigger={"queueLength": "7"},
        initial_replicas=10,
    ),
    Scenario(
        "legacy-started-above-max",
        "a Deployment larger than maxReplicaCount is cut to it, then follows the queue",
        depths((0, 110), (97, 35)),
        until=480,
        spec={"minReplicaCount": 1, "maxReplicaCount": 12},
        initial_replicas=18,
    ),
    Scenario(
        "legacy-started-without-work",
        "replicas that stand there with an empty queue that was never active",
        depths((0, 0), (127, 30), (187, 0)),
        until=330,
        initial_replicas=5,
    ),
    Scenario(
        "legacy-cut-before-the-hpa-lets-go",
        "cooldown ends a fleet that the HPA would have kept for 300 s",
        depths((0, 140), (67, 9), (157, 0)),
        until=300,
        spec={"minReplicaCount": 0, "cooldownPeriod": 45},
        initial_replicas=1,
    ),
)

DEFAULTS = (
    Scenario(
        "partial-only-scale-down",
        "behavior with scaleDown alone: scaleUp takes its defaults",
        depths((0, 0), (37, 600), (157, 120), (277, 10)),
        until=420,
        spec={"maxReplicaCount": 40},
        behavior={"scaleDown": rules(30, percent(50, 30))},
    ),
    Scenario(
        "partial-only-scale-up",
        "behavior with scaleUp alone: scaleDown waits 300 s and then goes at once",
        depths((0, 0), (37, 120), (127, 40), (547, 200)),
        until=640,
        behavior={"scaleUp": rules(0, pods(3, 30))},
    ),
    Scenario(
        "partial-windows-without-policies",
        "windows alone: the policies are the defaults of each direction",
        depths((0, 0), (37, 300), (187, 80), (277, 20), (397, 150)),
        until=500,
        spec={"minReplicaCount": 1, "maxReplicaCount": 30},
        behavior={
            "scaleUp": {"stabilizationWindowSeconds": 30},
            "scaleDown": {"stabilizationWindowSeconds": 45},
        },
        initial_replicas=1,
    ),
    Scenario(
        "empty-behavior",
        "behavior: {} is no behavior or all defaults: the first step tells",
        depths((0, 0), (37, 400), (157, 100)),
        until=540,
        spec={"maxReplicaCount": 40},
        behavior={},
    ),
)

UP = (
    Scenario(
        "up-pods",
        "at most 3 replicas more in 30 s",
        depths((0, 0), (37, 170), (217, 190)),
        until=300,
        behavior={"scaleUp": rules(0, pods(3, 30)), "scaleDown": AT_ONCE},
    ),
    Scenario(
        "up-percent",
        "at most half as many again in 30 s, rounded up",
        depths((0, 20), (37, 250), (217, 60), (277, 180)),
        until=400,
        spec={"minReplicaCount": 2, "maxReplicaCount": 25},
        behavior={"scaleUp": rules(0, percent(50, 30)), "scaleDown": AT_ONCE},
        initial_replicas=2,
    ),
    Scenario(
        "up-both-max",
        "pods or percent, whichever gives more",
        depths((0, 0), (37, 290)),
        until=240,
        spec={"maxReplicaCount": 29},
        behavior={
            "scaleUp": rules(0, pods(5, 45), percent(60, 15), select="Max"),
            "scaleDown": AT_ONCE,
        },
    ),
    Scenario(
        "up-both-min",
        "pods or percent, whichever gives less",
        depths((0, 10), (37, 290)),
        until=420,
        spec={"minReplicaCount": 1, "maxReplicaCount": 29},
        behavior={
            "scaleUp": rules(0, pods(5, 30), percent(100, 60), select="Min"),
            "scaleDown": AT_ONCE,
        },
        initial_replicas=1,
    ),
    Scenario(
        "up-disabled",
        "the HPA may only go down; KEDA's step from zero is not the HPA's",
        depths((0, 60), (67, 200), (127, 25), (187, 0), (307, 90)),
        until=400,
        behavior={"scaleUp": rules(0, select="Disabled"), "scaleDown": AT_ONCE},
        initial_replicas=5,
    ),
    Scenario(
        "up-stabilised",
        "going up waits until the whole window agrees",
        depths((0, 10), (37, 80), (67, 50), (157, 160), (307, 30)),
        until=420,
        spec={"minReplicaCount": 1},
        behavior={"scaleUp": rules(60, percent(100, 15)), "scaleDown": AT_ONCE},
        initial_replicas=1,
    ),
)

DOWN = (
    Scenario(
        "down-pods",
        "at most 2 replicas fewer in 30 s",
        depths((0, 150), (97, 30)),
        until=360,
        spec={"minReplicaCount": 1},
        behavior={"scaleUp": QUICK_UP, "scaleDown": rules(0, pods(2, 30))},
        initial_replicas=1,
    ),
    Scenario(
        "down-percent",
        "at most 30 percent fewer in 45 s, after a window of 30 s",
        depths((0, 190), (97, 20), (397, 5)),
        until=600,
        spec={"minReplicaCount": 1},
        behavior={"scaleUp": QUICK_UP, "scaleDown": rules(30, percent(30, 45))},
        initial_replicas=12,
    ),
    Scenario(
        "down-both-max",
        "pods or percent, whichever takes more away",
        depths((0, 200), (67, 10)),
        until=330,
        spec={"minReplicaCount": 1},
        behavior={
            "scaleUp": QUICK_UP,
            "scaleDown": rules(0, pods(3, 45), percent(25, 30), select="Max"),
        },
        initial_replicas=20,
    ),
    Scenario(
        "down-both-min",
        "pods or percent, whichever takes less away",
        depths((0, 200), (67, 10)),
        until=540,
        spec={"minReplicaCount": 1},
        behavior={
            "scaleUp": QUICK_UP,
            "scaleDown": rules(0, pods(4, 30), percent(20, 15), select="Min"),
        },
        initial_replicas=20,
    ),
    Scenario(
        "down-disabled",
        "the HPA may only go up; cooldown still ends the fleet",
        depths((0, 0), (37, 80), (97, 15), (187, 0), (307, 4)),
        until=400,
        behavior={"scaleUp": QUICK_UP, "scaleDown": rules(0, select="Disabled")},
    ),
    Scenario(
        "long-and-short-periods",
        "an event that the longer period of the other direction still counts is overwritten "
        "when the shorter one has passed",
        depths((0, 70), (37, 140), (52, 250), (67, 60)),
        until=330,
        spec={"minReplicaCount": 1, "maxReplicaCount": 30},
        behavior={"scaleUp": AT_ONCE, "scaleDown": rules(0, pods(3, 45))},
        initial_replicas=7,
    ),
    Scenario(
        "tolerances-of-its-own",
        "a tolerance of 30 percent upwards and none downwards",
        depths((0, 100), (37, 125), (97, 135), (157, 130), (217, 90), (277, 101)),
        until=380,
        spec={"minReplicaCount": 1},
        behavior={
            "scaleUp": {**QUICK_UP, "tolerance": "300m"},
            "scaleDown": {**AT_ONCE, "stabilizationWindowSeconds": 0, "tolerance": "0"},
        },
        initial_replicas=10,
    ),
)
