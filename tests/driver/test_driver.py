"""The driver against the programming model, word by word: no hardware, only the answers it would give."""

from itertools import pairwise

import pytest
from canned_adapter import (
    ALL,
    BD_CRC,
    BD_PAD,
    BUSY,
    CRCEN,
    CTRLMODER,
    FCS,
    FRAME,
    FULLD,
    HASH0,
    HASH1,
    INT_MASK,
    INT_SOURCE,
    IPGT,
    IRQ,
    MAC_ADDR0,
    MAC_ADDR1,
    MODER,
    PACKETLEN,
    PAD,
    PRO,
    RD_OR_E,
    ROM_0,
    ROM_1,
    RXB,
    RXC,
    RXE,
    RXEN,
    RXFLOW,
    TX_BD_NUM,
    TXB,
    TXC,
    TXE,
    TXEN,
    TXFLOW,
    WR,
    Adapter,
    descriptor,
)

from driver.bus import Write
from driver.driver import (
    RX_RING,
    AdapterError,
    FrameError,
    Received,
    Transmitted,
)
from driver.settings import TX_RING, Settings


@pytest.fixture
def adapter() -> Adapter:
    made = Adapter()
    made.probe()
    return made


def test_mission_5_7_probe_carries_the_address_from_the_rom_into_the_mac() -> None:
    adapter = Adapter()
    written = adapter.probe()
    assert adapter.driver.mac.hex(":") == "02:08:0a:0b:0c:0d"
    assert (MAC_ADDR0, 0x0A0B0C0D) in written
    assert (MAC_ADDR1, 0x0208) in written


def test_mission_5_7_a_given_address_overrides_the_rom() -> None:
    adapter = Adapter(Settings(station_address=bytes.fromhex("02000000beef")))
    written = adapter.probe()
    assert adapter.driver.rom_address.hex(":") == "02:08:0a:0b:0c:0d"
    assert adapter.driver.mac.hex(":") == "02:00:00:00:be:ef"
    assert (MAC_ADDR0, 0x0000BEEF) in written
    assert (MAC_ADDR1, 0x0200) in written
    assert adapter.events == [
        ("address read", {"rom": "02:08:0a:0b:0c:0d"}),
        ("address written", {"mac": "02:00:00:00:be:ef", "given": True}),
    ]


def test_an_adapter_without_rom_needs_a_given_address() -> None:
    nothing = [(ROM_0, 0), (ROM_1, 0)]
    with pytest.raises(AdapterError, match="ROM holds no station address"):
        Adapter().run(Adapter().driver.probe(), nothing)
    adapter = Adapter(Settings(station_address=b"\x02\0\0\0\0\x07"))
    assert (MAC_ADDR0, 7) in adapter.run(adapter.driver.probe(), nothing)


@pytest.mark.parametrize(
    ("settings", "mode", "ipgt", "ctrlmoder"),
    [
        (Settings(), 0, 0x12, 0),
        (Settings(full_duplex=True), FULLD, 0x15, 0),
        (Settings(full_duplex=True, flow_control=True), FULLD, 0x15, RXFLOW | TXFLOW),
        (Settings(flow_control=True), 0, 0x12, 0),  # PAUSE is for full duplex only
        (Settings(promiscuous=True), PRO, 0x12, 0),
    ],
)
def test_probe_sets_the_mac_up_while_it_is_off(
    settings: Settings, mode: int, ipgt: int, ctrlmoder: int
) -> None:
    written = Adapter(settings).probe()
    assert written[0] == (MODER, 0)
    assert written[-1] == (MODER, RXEN | TXEN | CRCEN | PAD | mode)
    words = dict(written[:-1])
    assert (words[IPGT], words[CTRLMODER]) == (ipgt, ctrlmoder)
    assert words[PACKETLEN] == 64 << 16 | 1518
    assert (words[HASH0], words[HASH1]) == (0, 0)


def test_r9_enabled_groups_have_their_bins() -> None:
    groups = (bytes.fromhex("01005e000001"), bytes.fromhex("0180c2000001"))
    words = dict(Adapter(Settings(groups=groups)).probe())
    wanted = [_bin(group) for group in groups]
    assert {n for n in range(64) if words[HASH0 if n < 32 else HASH1] >> n % 32 & 1} == {*wanted}


def _bin(group: bytes) -> int:
    """As the manual has it: the six top bits of the CRC register after the address, bit by bit."""
    crc = 0xFFFF_FFFF
    for octet in group:
        for bit in range(8):
            carry = crc >> 31 ^ octet >> bit & 1
            crc = crc << 1 & 0xFFFF_FFFF ^ (0x04C11DB7 if carry else 0)
    return crc >> 26


def test_probe_gives_every_receive_buffer_to_the_adapter_before_it_is_enabled() -> None:
    written = Adapter().probe()
    assert written[-1] == (MODER, RXEN | TXEN | CRCEN | PAD)
    assert (TX_BD_NUM, TX_RING) in written
    words = dict(written)
    for number in range(TX_RING, TX_RING + RX_RING):
        last = WR if number == TX_RING + RX_RING - 1 else 0
        assert words[descriptor(number)] == RD_OR_E | IRQ | last
    buffers = [words[descriptor(number) + 4] for number in range(TX_RING + RX_RING)]
    assert len({*buffers}) == len(buffers)
    assert all(later - earlier >= 1536 for earlier, later in pairwise(buffers))
    assert all(buffer % 4 == 0 for buffer in buffers)


def test_probe_acknowledges_before_it_unmasks() -> None:
    written = Adapter().probe()
    assert written.index((INT_SOURCE, ALL)) < written.index((INT_MASK, ALL)) < len(written) - 1


def test_transmit_puts_the_frame_into_memory_before_it_hands_the_descriptor_over(adapter: Adapter) -> None:
    job = adapter.driver.transmit(FRAME)
    operation = next(job)
    assert bytes(adapter.memory[: len(FRAME)]) == FRAME
    assert operation == Write(descriptor(0), len(FRAME) << 16 | RD_OR_E | IRQ | BD_PAD | BD_CRC)


def test_the_last_transmit_descriptor_wraps(adapter: Adapter) -> None:
    for number in range(TX_RING):
        assert not adapter.driver.ring_full
        ((register, word),) = adapter.run(adapter.driver.transmit(FRAME))
        assert register == descriptor(number)
        assert bool(word & WR) == (number == TX_RING - 1)
    assert adapter.driver.ring_full


@pytest.mark.parametrize("frames", [1, 2, TX_RING])
def test_a_driver_may_use_fewer_descriptors_at_a_time_than_there_are(frames: int) -> None:
    adapter = Adapter(Settings(frames_in_flight=frames))
    for number in range(frames):
        assert not adapter.driver.ring_full
        adapter.run(adapter.driver.transmit(FRAME))
        assert adapter.driver.ring_full == (number == frames - 1)
    after = [(descriptor(1), RD_OR_E)] if frames > 1 else []
    adapter.interrupt(TXB, (descriptor(0), len(FRAME) << 16), *after)
    assert not adapter.driver.ring_full
    ((register, _),) = adapter.run(adapter.driver.transmit(FRAME))
    assert register == descriptor(frames % TX_RING)  # it goes round all of them


def test_one_handler_answers_both_directions() -> None:
    adapter = Adapter()
    adapter.run(adapter.driver.transmit(FRAME))
    arrived = adapter.arrive(0, FRAME + FCS), (descriptor(TX_RING + 1), RD_OR_E)
    written = adapter.interrupt(RXB | TXB, (descriptor(0), len(FRAME) << 16), *arrived)
    assert (INT_SOURCE, RXB | TXB) in written
    assert len(adapter.driver.transmitted) == len(adapter.driver.received) == 1


def test_separate_interrupts_leave_the_other_direction_to_one_of_its_own() -> None:
    adapter = Adapter(Settings(separate_interrupts=True))
    adapter.run(adapter.driver.transmit(FRAME))
    arrived = adapter.arrive(0, FRAME + FCS), (descriptor(TX_RING + 1), RD_OR_E)
    first = [(INT_SOURCE, RXB | TXB), (INT_SOURCE, RXB | TXB), *arrived, (INT_SOURCE, TXB)]
    written = adapter.run(adapter.driver.interrupt(), first)
    assert [value for register, value in written if register == INT_SOURCE] == [RXB]
    assert written[-1] == (INT_MASK, ALL)  # and TXB raises `irq` again
    assert len(adapter.driver.received) == 1 and not adapter.driver.transmitted
    second = [(INT_SOURCE, TXB), (INT_SOURCE, TXB), (descriptor(0), len(FRAME) << 16), (INT_SOURCE, RXB)]
    written = adapter.run(adapter.driver.interrupt(), second)
    assert [value for register, value in written if register == INT_SOURCE] == [TXB]
    assert len(adapter.driver.transmitted) == 1


def test_a_full_ring_reopens_with_the_interrupt(adapter: Adapter) -> None:
    for _ in range(TX_RING):
        adapter.run(adapter.driver.transmit(FRAME))
    adapter.run(
        adapter.driver.interrupt(),
        [(INT_SOURCE, TXB), (descriptor(0), len(FRAME) << 16), (descriptor(1), RD_OR_E), (INT_SOURCE, 0)],
    )
    assert not adapter.driver.ring_full
    ((register, _),) = adapter.run(adapter.driver.transmit(FRAME))
    assert register == descriptor(0)


def test_the_reason_of_an_interrupt_is_told_in_the_words_of_the_manual(adapter: Adapter) -> None:
    adapter.events.clear()
    adapter.interrupt(TXC | RXC)
    assert adapter.events == [("interrupt acknowledged", {"source": "TXC RXC"})]
    assert (adapter.driver.counters.tx_pause, adapter.driver.counters.rx_pause) == (1, 1)


def test_interrupt_masks_acknowledges_what_it_saw_looks_again_and_unmasks(adapter: Adapter) -> None:
    answers = [
        (INT_SOURCE, RXB),
        adapter.arrive(0, FRAME + FCS),
        (descriptor(TX_RING + 1), RD_OR_E),
        (INT_SOURCE, TXE),  # came while the ring was looked through
        (INT_SOURCE, 0),
    ]
    written = adapter.run(adapter.driver.interrupt(), answers)
    assert written[0] == (INT_MASK, 0)
    assert [value for register, value in written if register == INT_SOURCE] == [RXB, TXE]
    assert written[-1] == (INT_MASK, ALL)


def test_a_received_frame_goes_up_without_its_fcs_and_its_buffer_goes_back(adapter: Adapter) -> None:
    answers = [
        (INT_SOURCE, RXB),
        adapter.arrive(0, FRAME + FCS),
        (descriptor(TX_RING + 1), RD_OR_E),
        (INT_SOURCE, 0),
    ]
    written = adapter.run(adapter.driver.interrupt(), answers)
    assert list(adapter.driver.received) == [Received(FRAME, FCS)]
    assert (descriptor(TX_RING), RD_OR_E | IRQ) in written
    assert adapter.driver.counters.rx_packets == 1
    assert adapter.driver.counters.rx_bytes == len(FRAME)


def test_the_receive_ring_wraps(adapter: Adapter) -> None:
    for number in [*range(RX_RING), 0]:
        written = adapter.run(
            adapter.driver.interrupt(),
            [
                (INT_SOURCE, RXB),
                adapter.arrive(number, FRAME + FCS),
                (descriptor(TX_RING + (number + 1) % RX_RING), RD_OR_E),
                (INT_SOURCE, 0),
            ],
        )
        last = WR if number == RX_RING - 1 else 0
        assert (descriptor(TX_RING + number), RD_OR_E | IRQ | last) in written
    assert len(adapter.driver.received) == RX_RING + 1


CRC_BIT, DN = 1 << 1, 1 << 4
RX_ERRORS = [
    # status bits, reason, counter
    (1 << 0, "late collision", "rx_late_collisions"),
    (CRC_BIT, "bad FCS", "rx_crc_errors"),
    (1 << 2, "frame too short", "rx_too_short"),
    (1 << 3, "frame too long", "rx_too_long"),
    (1 << 3 | CRC_BIT, "frame too long", "rx_too_long"),
    (CRC_BIT | DN, "alignment error", "rx_alignment_errors"),
    (1 << 5, "invalid symbol", "rx_symbol_errors"),
    (1 << 6, "overrun", "rx_overruns"),
    (1 << 6 | CRC_BIT, "overrun", "rx_overruns"),
    (1 << 9, "length error", "rx_length_field_errors"),
]


@pytest.mark.parametrize(("status", "reason", "counter"), RX_ERRORS)
def test_a_frame_with_an_error_is_counted_by_its_reason_and_dropped(
    adapter: Adapter, status: int, reason: str, counter: str
) -> None:
    adapter.events.clear()
    adapter.interrupt(RXE, adapter.arrive(0, FRAME + FCS, status), (descriptor(TX_RING + 1), RD_OR_E))
    assert not adapter.driver.received
    counted = {name: value for name, value in vars(adapter.driver.counters).items() if value}
    assert counted == {"rx_errors": 1, counter: 1}
    assert adapter.events[-1] == ("received frame dropped", {"reason": reason, "octets": 64})


def test_r5_dribble_bits_after_a_good_fcs_are_no_error(adapter: Adapter) -> None:
    adapter.interrupt(RXE, adapter.arrive(0, FRAME + FCS, DN), (descriptor(TX_RING + 1), RD_OR_E))
    assert list(adapter.driver.received) == [Received(FRAME, FCS)]
    assert adapter.driver.counters.rx_errors == 0
    assert adapter.driver.counters.rx_dribble == 1


def test_a_foreign_frame_in_promiscuous_mode_is_no_error(adapter: Adapter) -> None:
    adapter.interrupt(RXB, adapter.arrive(0, FRAME + FCS, 1 << 7), (descriptor(TX_RING + 1), RD_OR_E))
    assert list(adapter.driver.received) == [Received(FRAME, FCS)]


@pytest.mark.parametrize("length", [0, 1, 46])
def test_r4_padding_is_stripped_from_a_frame_with_a_length(adapter: Adapter, length: int) -> None:
    frame = FRAME[:12] + length.to_bytes(2, "big") + bytes(46)
    adapter.interrupt(RXB, adapter.arrive(0, frame + FCS), (descriptor(TX_RING + 1), RD_OR_E))
    assert list(adapter.driver.received) == [Received(frame[: 14 + length], FCS)]
    assert adapter.driver.counters.rx_bytes == 14 + length


@pytest.mark.parametrize("length", [47, 1500])
def test_r4_a_length_beyond_the_data_is_an_error_even_if_the_adapter_does_not_say_so(
    adapter: Adapter, length: int
) -> None:
    frame = FRAME[:12] + length.to_bytes(2, "big") + bytes(46)
    adapter.interrupt(RXB, adapter.arrive(0, frame + FCS), (descriptor(TX_RING + 1), RD_OR_E))
    assert not adapter.driver.received
    assert adapter.driver.counters.rx_length_field_errors == 1


def test_a_type_from_1501_on_is_no_length(adapter: Adapter) -> None:
    frame = FRAME[:12] + (1501).to_bytes(2, "big") + bytes(46)
    adapter.interrupt(RXB, adapter.arrive(0, frame + FCS), (descriptor(TX_RING + 1), RD_OR_E))
    assert list(adapter.driver.received) == [Received(frame, FCS)]


@pytest.mark.parametrize(("destination", "multicast"), [("ff" * 6, 0), ("01005e000001", 1), ("02" * 6, 0)])
def test_multicast_counts_groups_but_not_everybody(
    adapter: Adapter, destination: str, multicast: int
) -> None:
    frame = bytes.fromhex(destination) + FRAME[6:]
    adapter.interrupt(RXB, adapter.arrive(0, frame + FCS), (descriptor(TX_RING + 1), RD_OR_E))
    assert adapter.driver.counters.rx_multicast == multicast


def test_busy_counts_a_missed_frame_and_empties_the_ring(adapter: Adapter) -> None:
    answers = [
        (INT_SOURCE, BUSY),
        adapter.arrive(0, FRAME + FCS),
        (descriptor(TX_RING + 1), RD_OR_E),
        (INT_SOURCE, 0),
    ]
    adapter.run(adapter.driver.interrupt(), answers)
    assert adapter.driver.counters.rx_missed == 1
    assert len(adapter.driver.received) == 1


@pytest.mark.parametrize(
    ("status", "done"),
    [
        (0, Transmitted(0, False, None)),
        (3 << 4, Transmitted(3, False, None)),
        (1 << 1, Transmitted(0, True, None)),
        (15 << 4 | 1 << 3, Transmitted(16, False, "excessive collisions")),
        (1 << 2, Transmitted(1, False, "late collision")),
        (1 << 8, Transmitted(0, False, "underrun")),
        (1 << 0, Transmitted(0, False, "carrier lost")),
        (1 << 9 | 1 << 1, Transmitted(0, True, "excessive deferral")),
    ],
)
def test_a_sent_frame_reports_its_collisions_and_errors(
    adapter: Adapter, status: int, done: Transmitted
) -> None:
    adapter.run(adapter.driver.transmit(FRAME))
    source = TXE if done.error else TXB
    adapter.run(
        adapter.driver.interrupt(),
        [(INT_SOURCE, source), (descriptor(0), len(FRAME) << 16 | status), (INT_SOURCE, 0)],
    )
    assert list(adapter.driver.transmitted) == [done]
    counters = adapter.driver.counters
    assert counters.collisions == done.collisions
    assert (counters.tx_packets, counters.tx_errors) == ((0, 1) if done.error else (1, 0))


def test_a_budget_leaves_frames_in_the_ring_and_interrupts_masked(adapter: Adapter) -> None:
    answers = [(INT_SOURCE, RXB), adapter.arrive(0, FRAME + FCS), adapter.arrive(1, FRAME + FCS)]
    written = adapter.run(adapter.driver.interrupt(2), answers)
    assert [value for register, value in written if register == INT_MASK] == [0]
    assert adapter.driver.polling
    rest = [
        (INT_SOURCE, 0),
        adapter.arrive(2, FRAME + FCS),
        (descriptor(TX_RING + 3), RD_OR_E),
        (INT_SOURCE, 0),
    ]
    assert adapter.run(adapter.driver.poll(2), rest)[-1] == (INT_MASK, ALL)
    assert not adapter.driver.polling
    assert len(adapter.driver.received) == 3


@pytest.mark.parametrize("octets", [14, 14 + 1500])
def test_t3_frames_within_the_limits_are_taken(adapter: Adapter, octets: int) -> None:
    adapter.driver.check(bytes(octets))


@pytest.mark.parametrize("octets", [0, 13, 14 + 1501])
def test_t3_frames_beyond_the_limits_are_refused_with_a_sentence(adapter: Adapter, octets: int) -> None:
    with pytest.raises(FrameError, match=f"a frame of {octets} octets"):
        adapter.driver.check(bytes(octets))
