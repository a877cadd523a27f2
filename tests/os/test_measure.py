"""`measure`: what a program has measured is an event, with its simulated time."""

import math
import re
import time

import pytest

from sim import Event, Lan, Run, measure


def measured(lan: Lan) -> tuple[Run, list[Event]]:
    run = lan.run()
    assert run.outcome.succeeded
    return run, [event for event in run.events if (event.layer, event.kind) == ("program", "measured")]


def pair() -> Lan:
    lan = Lan(seed=1)
    lan.host("pc", address="10.0.0.1/24")
    lan.host("server", address="10.0.0.2/24")
    lan.link(delay="2 ms")
    return lan


def test_a_value_has_the_time_at_which_it_was_measured() -> None:
    def program() -> None:
        measure("temperature", 20)
        time.sleep(0.5)  # of simulated time
        measure("temperature", 20.5, "°C")

    lan = pair()
    lan.program("pc", program, at="1 s")
    _, (first, second) = measured(lan)
    assert (first.where, first.fields["name"], first.fields["value"], first.fields["unit"]) == (
        "pc", "temperature", 20.0, "",
    )  # fmt: skip
    assert (second.fields["value"], second.fields["unit"]) == (20.5, "°C")
    assert first.ps == 10**12
    assert second.ps == pytest.approx(1.5 * 10**12, rel=1e-4)


def test_on_a_real_machine_it_does_nothing() -> None:
    measure("temperature", 20)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_cannot_be_drawn_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"measure\(\): 'x' is .*, and only finite numbers can be drawn"):
        measure("x", value)


def test_mission_6_3_a_telephone_measures_what_it_reports() -> None:
    """Jitter, loss and playable seconds over a call; at its end they are what the program prints."""
    lan = pair()
    lan.program("pc", "phone --seconds 1 --buffer 5 server", at="1 ms")
    lan.program("server", "phone --seconds 1 --buffer 5 pc", at="1 ms")
    last: dict[str, float] = {}
    run, values = measured(lan)
    for event in values:
        if event.where == "pc":
            last[str(event.fields["name"])] = float(event.fields["value"])
    words = " ".join(run.output("pc"))
    assert re.search(rf"{last['lost']:.0f} lost, {last['late']:.0f} late", words)
    assert f"{last['can be played']:.2f} s of" in words
    assert f"playout buffer {last['playout buffer']:.1f} ms" in words
    assert 5 <= last["time left before it is played"] < 10, "the first packet waited for ARP as well"
