"""MII as clause 22 has it, each side by itself: what the other side may do is driven by hand."""

import zlib
from collections.abc import Sequence

import pytest
from bench import Clocked
from receiving import INVALID, STATION, Received, ReceiveMac
from transmitting import TransmitMac

P, D = 5, 13
BODY = STATION + bytes(range(1, 55))
FRAME = BODY + zlib.crc32(BODY).to_bytes(4, "little")
GOOD = [Received(FRAME, 64, 0)]
SFD = "10101011"
"""As it is on the line, first bit first."""


# Receiving: the MAC.


@pytest.mark.parametrize("nibbles", [0, 1, 2, 13, 14, 15, 100])
def test_22_2_3_2_2_any_number_of_preamble_nibbles_before_the_sfd(nibbles: int) -> None:
    """Table 22-3: none; table 22-4: all fourteen. Odd numbers, and more than were sent, can be too."""
    mac = ReceiveMac()
    assert mac.receive(FRAME, header=[P] * nibbles + [P, D]) == GOOD
    assert mac.receive(FRAME, header=[P] * nibbles + [P, D]) == GOOD


@pytest.mark.parametrize(
    "preamble", [[7], [0, 1, 2, 3], [P, P, 4, P], [P, D ^ 1], [12, D], [D, D], [P, 7, D], [15] * 20]
)
def test_4_2_9_what_stands_before_the_sfd_is_discarded(preamble: list[int]) -> None:
    """Wrong bits in the preamble, or a D that has no 5 before it, lose no frame."""
    assert ReceiveMac().receive(FRAME, header=[*preamble, P, D]) == GOOD


@pytest.mark.parametrize("header", [[], [D], [P], [P] * 15, [P, 7, D], [P, P, 12]])
def test_22_2_2_7_without_a_whole_sfd_there_is_no_frame(header: list[int]) -> None:
    """`rx_dv` begins no later than the SFD: a D by itself is half of one."""
    mac = ReceiveMac()
    assert mac.receive(FRAME, header=header) == []
    assert mac.receive(FRAME) == GOOD


def test_table_22_2_without_rx_dv_nothing_counts() -> None:
    """Normal inter-frame, and a false carrier indication: `rx_er` and E without `rx_dv`."""
    mac = ReceiveMac()
    for rx_er, rxd in ((0, P), (0, D), (1, 0), (1, 14), (1, P), (1, D)):
        mac.tick(rx_dv=0, rx_er=rx_er, rxd=rxd)
        assert not mac["rx_busy"]
    mac.set(rx_er=0)
    assert mac.receive(FRAME) == GOOD


@pytest.mark.parametrize("at", [0, 1, 5, 6, 7, 20, 6 + 127])
def test_22_2_1_5_rx_er_at_any_nibble_under_rx_dv_spoils_the_frame(at: int) -> None:
    mac = ReceiveMac()
    nibbles = [P] * 5 + [P, D] + [half for octet in FRAME for half in (octet & 15, octet >> 4)]
    for place, nibble in enumerate(nibbles):
        mac.tick(rx_dv=1, rxd=nibble, rx_er=place == at)
        mac.taker.look()
    assert mac.receive(b"", header=[]) == [Received(FRAME, 64, INVALID)]
    assert mac.receive(FRAME) == GOOD


def test_rx_er_in_a_preamble_without_sfd_is_forgotten() -> None:
    mac = ReceiveMac()
    for rx_er in (1, 0):
        mac.tick(rx_dv=1, rxd=P, rx_er=rx_er)
    assert mac.receive(b"", header=[]) == []
    assert mac.receive(FRAME) == GOOD


# Receiving: the PHY.


def on_mii(bits: str) -> list[int]:
    """What is on `rxd` at each tick of `rx_clk` under `rx_dv`, when `bits` come in, and then silence."""
    phy = Clocked("phy_receive")
    nibbles = []
    for place, bit in enumerate(bits + "-" * 12):
        if place % 4 == 0 and phy["rx_dv"]:
            nibbles.append(phy["rxd"])
        phy.tick(rx_valid=bit != "-", rx_bit=bit == "1")
    assert not phy["rx_dv"]
    return nibbles


def ends_as(nibbles: Sequence[int], end: Sequence[int]) -> bool:
    """`end`, behind any number of nibbles of the preamble."""
    lead = len(nibbles) - len(end)
    return lead >= 0 and list(nibbles) == [P] * lead + list(end)


@pytest.mark.parametrize("lost", range(57))
def test_22_2_2_7_rx_dv_covers_the_whole_sfd(lost: int) -> None:
    """However many bits of the preamble were lost before the PHY had its clock, and wherever it fell."""
    bits = ("10" * 28 + SFD)[lost:] + "1100" + "0110"
    assert ends_as(on_mii(bits), [P, D, 3, 6])


def test_preamble_is_shown_from_its_beginning() -> None:
    assert len(on_mii("10" * 28 + SFD)) >= 14


@pytest.mark.parametrize("place", [1, 3, 5, *range(0, 50, 2)])
def test_22_2_2_7_one_wrong_bit_in_the_preamble_changes_nothing_of_the_sfd(place: int) -> None:
    """`rx_dv` stays up, and the SFD is found. (A 1 in place of a later 0 makes an SFD, 10101011, there.)"""
    lead = [*("10" * 28)]
    lead[place] = "10"[int(lead[place])]
    assert ends_as(on_mii("".join(lead) + SFD + "1100" + "0110"), [P, D, 3, 6])


def test_a_preamble_without_sfd_is_a_preamble_on_mii() -> None:
    nibbles = on_mii("10" * 40)
    assert nibbles == [P] * len(nibbles) != []


# Transmitting: the MAC.


@pytest.mark.parametrize("no_preamble", [0, 1])
def test_22_2_3_2_1_preamble_and_sfd_as_they_are_sent(no_preamble: int) -> None:
    """Fifteen times 5 and D; with NOPRE, which is not the standard's, the SFD alone, and that whole."""
    mac = TransmitMac(no_preamble=no_preamble)
    mac.send(FRAME[:-4])
    (burst,) = mac.bursts
    assert burst.nibbles[: -2 * len(FRAME)] == ((P, D) if no_preamble else (P,) * 15 + (D,))
    assert burst.octets[-len(FRAME) :] == FRAME
