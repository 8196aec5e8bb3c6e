"""The text that Prometheus reads."""

from shoal_agent.metrics import AgentMetrics, Counter, Gauge, Histogram


def test_a_counter_writes_one_line_for_each_set_of_labels() -> None:
    counter = Counter("requests_total", "Requests.", ["action", "outcome"])
    counter.add("Send", 'a"b\\c\n')
    counter.add("Send", "ok", amount=2)
    counter.add("Send", "ok")
    assert list(counter.lines()) == [
        "# HELP requests_total Requests.",
        "# TYPE requests_total counter",
        'requests_total{action="Send",outcome="a\\"b\\\\c\\n"} 1',
        'requests_total{action="Send",outcome="ok"} 3',
    ]


def test_a_counter_without_labels_starts_at_zero() -> None:
    assert list(Counter("received_total", "Received.").lines())[-1] == "received_total 0"


def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    held = [1, 2]
    gauge = Gauge("held", "Held.", lambda: len(held))
    held.append(3)
    assert list(gauge.lines())[-1] == "held 3"


def test_a_histogram_counts_cumulatively_and_a_bound_belongs_to_its_bucket() -> None:
    histogram = Histogram("took_seconds", "Time.", (0.5, 1))
    for duration_s in (0.1, 0.5, 0.7, 9):
        histogram.observe(duration_s)
    assert list(histogram.lines())[2:] == [
        'took_seconds_bucket{le="0.5"} 2',
        'took_seconds_bucket{le="1"} 3',
        'took_seconds_bucket{le="+Inf"} 4',
        "took_seconds_sum 10.3",
        "took_seconds_count 4",
    ]


def test_every_metric_of_the_contract_is_written() -> None:
    from shoal_agent import contract  # noqa: PLC0415 - read by name

    text = AgentMetrics().render()
    names = [value for name, value in vars(contract).items() if name.startswith("METRIC_")]
    assert len(names) >= 8
    assert [name for name in names if f"# TYPE {name} " not in text] == []
