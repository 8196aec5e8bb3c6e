"""The end of a run in numbers, a picture and lines."""

import io
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console
from tests.local.samples import observation, sample, small_run

from shoal_local.chart import draw
from shoal_local.ledger import Attempt, AttemptReport, Ledger
from shoal_local.live_view import LiveView, PlainView, panel, plain_line, sparkline, view_on
from shoal_local.summary import Summary, median_and_p95


def _summary() -> Summary:
    ledger = Ledger(sent={str(number): "key" for number in range(4)})
    for number in range(3):
        ledger.enter(AttemptReport(str(number), Attempt.DONE, 1, number + 1.0, 0.5))
    ledger.enter(AttemptReport("3", Attempt.REJECTED, 2, 9.0, 0.5, "no image"))
    return Summary.of_run(ledger, small_run(), lost=0, fixed_replicas=4)


def test_a_run_is_added_up() -> None:
    rows = dict(_summary().rows())
    assert rows == {
        "sent": "4",
        "done": "3",
        "rejected": "1",
        "redelivered": "1",
        "lost": "0",
        "wait p50 / p95": "2.00 s / 2.90 s",
        "processing p50 / p95": "0.50 s / 0.50 s",
        "replicas at most": "4",
        # 1 from 2 s to 4 s, then 4 to the end at 10 s: draining pods are paid for too.
        "replica-seconds": "26; a fixed fleet of 4: 40 (35% saved)",
    }


def test_percentiles_of_nothing_are_none_and_of_one_value_itself() -> None:
    assert median_and_p95([]) is None
    assert median_and_p95([3.0]) == (3.0, 3.0)
    assert median_and_p95([float(number) for number in range(101)]) == (50.0, 95.0)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    assert small_run().rate_per_s == pytest.approx((40 - 38) / 2)
    assert observation(sample(0)).rate_per_s == 0.0


def test_a_plain_line_holds_everything_the_view_does() -> None:
    line = plain_line(observation(*small_run().samples[:4]), 40)
    assert line == (
        "    4 s  backlog 28 (8 in flight)  replicas 4 (3 ready)  done 12  rejected 0  "
        "ended 12 of 40  3.0/s  oldest 4 s"
    )


def test_the_panel_holds_every_number() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(panel(observation(*small_run().samples[:5]), 40))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for expected in ("backlog  2 ", "replicas  4 (4 ready)", "done  35", "rejected  3", "38/40"):
        assert expected in text


def test_a_terminal_gets_the_live_view_and_a_file_gets_lines() -> None:
    assert isinstance(view_on(Console(force_terminal=True)), LiveView)
    assert isinstance(view_on(Console(file=io.StringIO())), PlainView)


def test_plain_lines_come_every_few_seconds_and_not_with_every_sample() -> None:
    console = Console(file=io.StringIO(), width=200)
    with PlainView(console) as view:
        for end in range(1, 8):
            view.sample(observation(*small_run().samples[:end]), expected=40)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line.split()[0] for line in lines] == ["0", "4", "8"]


def test_a_sparkline_is_as_high_as_the_highest_value_of_each_slice() -> None:
    assert sparkline([0, 0]) == "  "
    assert sparkline([0, 4, 8]) == " ▄█"
    assert sparkline([0, 1, 8, 0], width=2) == "▁█"
    assert len(sparkline(list(range(1000)))) == 48


def test_the_chart_is_a_png_fit_for_a_slide(tmp_path: Path) -> None:
    path = tmp_path / "made" / "run.png"
    draw(small_run().samples, path, title="40 messages", subtitle="small", fixed_replicas=4)
    with Image.open(path) as image:
        image.load()
        assert image.format == "PNG"
        assert image.width >= 1600
        colours = image.convert("RGB").getcolors(maxcolors=1 << 20)
    assert colours is not None
    painted = {colour for _, colour in colours}
    assert {(0x9C, 0xC5, 0xE8), (0x1F, 0x6F, 0xB2), (0xD9, 0x62, 0x2B)} <= painted
