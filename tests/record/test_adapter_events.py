"""What an adapter does, from the lines that are recorded of it: a collision, or the SQE test of its MAU."""

import pytest

from hw.adapter.recording import SQE_TEST_PS, AdapterDecoder
from hw.nets import Net
from hw.switch.recording import SwitchDecoder

BEGINS, ENDS = 1_000_000, 60_000_000


def kinds(*changes: tuple[int, str, int]) -> list[str]:
    """The kinds of the events that these changes of lines are."""
    decoder = AdapterDecoder("pc")
    takes = {line: decoder.line(Net("pc", "", line)) for line in ("tx_en", "col")}
    for ps, line, value in changes:
        take = takes[line]
        assert take is not None
        take(ps, value)
    decoder.settle()
    return [event.kind for event in decoder.events]


@pytest.mark.parametrize(
    ("after_ps", "kind"),
    [(600_000, "SQE test heard"), (SQE_TEST_PS - 1, "SQE test heard"), (SQE_TEST_PS, "collision detected")],
)
def test_802_3_clause_7_2_4_6_the_signal_after_a_transmission_is_the_sqe_test(
    after_ps: int, kind: str
) -> None:
    burst = ENDS + after_ps
    heard = kinds((BEGINS, "tx_en", 1), (ENDS, "tx_en", 0), (burst, "col", 1), (burst + 1_000_000, "col", 0))
    assert heard == ["transmission begins", "transmission ends", kind]


def test_802_3_clause_4_2_8_the_signal_during_a_transmission_is_a_collision() -> None:
    assert kinds((BEGINS, "tx_en", 1), (BEGINS + 5_000_000, "col", 1)) == [
        "transmission begins",
        "collision detected",
    ]


@pytest.mark.parametrize(("full", "modes"), [(0, [False]), (1, [True])])
def test_a_port_of_a_switch_says_its_duplex_mode_once_it_has_a_link(full: int, modes: list[bool]) -> None:
    decoder = SwitchDecoder("switch")
    mode, link = (decoder.line(Net("switch", "port1", line)) for line in ("full_duplex", "link"))
    assert mode is not None and link is not None
    if full:
        mode(0, 1)
    link(BEGINS, 1)
    assert [event.fields["full_duplex"] for event in decoder.events] == modes
