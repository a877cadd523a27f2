"""Circuits of the switch at their pins: fairness, buffers, the queue, the table's bucket, seconds."""

import pytest
from bench import Clocked
from hypothesis import given, settings
from hypothesis import strategies as st
from myhdl import Signal, intbv

from hw.analogue.memory import WHOLE_WORD, HostMemory
from hw.switch.duplex import FULL_DUPLEX_IPGT, HALF_DUPLEX_IPGT
from hw.switch.queue import DEPTH
from hw.switch.sizes import BUFFER_BITS, PORT_BITS, WORD_BITS
from hw.switch.table import ENTRY_OCTETS, WAYS, Entry, entries

BUCKETS = 2
AGEING_S = 10


class TestRoundRobin:
    def test_all_who_ask_are_served_in_turn(self) -> None:
        bench = Clocked("round_robin", requests=0b1011)
        served = []
        for _ in range(7):
            bench.tick()
            served.append(bench["grant"])
        assert served == [1, 2, 8, 1, 2, 8, 1]

    def test_one_alone_is_served_every_other_tick(self) -> None:
        """Between them it takes its request back, or shows the next one."""
        bench = Clocked("round_robin", requests=1 << 47)
        served = []
        for _ in range(4):
            bench.tick()
            served.append(bench["grant"])
        assert served == [1 << 47, 0, 1 << 47, 0]


class TestPacketMemory:
    """Four ports; of each, what it shows has its own place in the bundle."""

    def bench(self) -> Clocked:
        places = {"port_buffer_number": BUFFER_BITS, "port_store_index": WORD_BITS, "port_store_word": 32}
        bench = Clocked(
            "packet_memory",
            **{name: sum((n + 1) << n * width for n in range(4)) for name, width in places.items()},
        )
        for port in range(4):
            bench.tick(store_choice=1 << port)
        bench.set(store_choice=0)
        return bench

    @pytest.mark.parametrize("owner", range(4))
    def test_a_word_is_there_after_one_tick(self, owner: int) -> None:
        reader = 3 - owner
        bench = self.bench()
        bench.tick(
            port_fetch_owner=owner << reader * PORT_BITS,
            port_fetch_buffer=(owner + 1) << reader * BUFFER_BITS,
            port_fetch_index=(owner + 1) << reader * WORD_BITS,
            fetch_choice=1 << reader,
        )
        assert bench["fetched"] == owner + 1
        assert bench["port_returned"] == 0
        bench.tick(fetch_choice=0)
        assert bench["fetched"] == owner + 1

    def test_a_copy_goes_back_to_its_owner(self) -> None:
        bench = self.bench()
        bench.tick(
            port_give_back=0b10,
            port_fetch_owner=3 << PORT_BITS,
            port_fetch_buffer=7 << BUFFER_BITS,
            fetch_choice=0b10,
        )
        assert (bench["port_returned"], bench["returned_buffer"], bench["fetched"]) == (0b1000, 7, 0)
        bench.tick(fetch_choice=0)
        assert bench["port_returned"] == 0


class TestBuffers:
    def test_a_frame_lies_until_its_last_copy_is_returned(self) -> None:
        bench = Clocked("frame_buffers", buffers=2)
        bench.tick(keep=1, buffer_number=bench["spare"], copies=3)
        bench.set(keep=0)
        assert (bench["held"], bench["spare"], bench["none_spare"]) == (1, 1, 0)
        bench.tick(keep=1, buffer_number=1, copies=1)
        assert (bench["held"], bench["none_spare"]) == (2, 1)
        for held in (2, 2, 1):
            bench.tick(keep=0, returned=1, returned_buffer=0)
            assert bench["held"] == held
        assert (bench["spare"], bench["none_spare"]) == (0, 0)

    def test_one_comes_and_one_goes_in_the_same_tick(self) -> None:
        bench = Clocked("frame_buffers", buffers=32)
        bench.tick(keep=1, buffer_number=0, copies=1)
        bench.tick(keep=1, buffer_number=1, copies=2, returned=1, returned_buffer=0)
        assert (bench["held"], bench["spare"]) == (1, 0)


class TestIngress:
    """No port can be made to show an overrun: the fabric is too fast. So that one is shown here."""

    WORDS = 16
    OR, GOOD = 3, 4
    """Bits of rx_status: overrun, and M, which is no error."""

    def receive(self, status: int) -> Clocked:
        """A frame of 64 octets with this status from the MAC."""
        bench = Clocked("switch_ingress", buffers=4, pause_above=5, resume_at=1)
        for word in range(self.WORDS):
            bench.set(**{f"rx_full_{word % 2}": (word // 2 + 1) % 2})
            while not bench["store_request"]:
                bench.tick()
            assert bench["store_index"] == word
            bench.tick(store_granted=1)
            bench.set(store_granted=0)
        bench.set(rx_length=64, rx_status=status, rx_end=1)
        for _ in range(5):
            bench.tick()
        return bench

    def test_an_overrun_is_not_offered(self) -> None:
        bench = self.receive(1 << self.OR)
        assert (bench["offer"], bench["received"], bench["bad"]) == (0, 0, 1)

    @pytest.mark.parametrize("control", [0x80, 0x90])
    def test_31_3_a_control_frame_ends_in_the_mac(self, control: int) -> None:
        bench = self.receive(control)
        assert (bench["offer"], bench["received"], bench["bad"], bench["filtered"]) == (0, 0, 0, 0)

    def test_a_good_frame_is(self) -> None:
        bench = self.receive(1 << self.GOOD)
        assert (bench["offer"], bench["received"], bench["bad"]) == (1, 1, 0)


class TestQueue:
    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.booleans(), max_size=200))
    def test_first_in_first_out(self, moves: list[bool]) -> None:
        bench = Clocked("output_queue")
        expected: list[int] = []
        for number, enqueue in enumerate(moves):
            if enqueue and bench["room"]:
                bench.tick(enqueue=1, entry=number)
                expected.append(number)
            elif bench["waiting"]:
                assert bench["head"] == expected.pop(0)
                bench.tick(dequeue=1)
            bench.tick(enqueue=0, dequeue=0)
            bench.tick()
            assert bench["empty"] == (not expected)
            assert bench["room"] == (len(expected) < DEPTH)

    def test_room_ends_at_its_depth(self) -> None:
        bench = Clocked("output_queue", enqueue=1)
        for number in range(DEPTH):
            assert bench["room"]
            bench.tick(entry=number)
        assert not bench["room"]


class Table(Clocked):
    """The table's circuit with a memory of two buckets; `second` is the present one."""

    def __init__(self) -> None:
        super().__init__("address_table", bucket_mask=BUCKETS - 1, ageing_time=AGEING_S)
        pins = {name: self.wires[f"t_{name}"] for name in ("adr", "dat_w", "we", "stb", "dat_r")}
        pins |= {"ack": Signal(False), "err": Signal(False), "sel": Signal(intbv(WHOLE_WORD)[4:])}
        size = BUCKETS * WAYS * ENTRY_OCTETS
        self.memory = HostMemory(size, **{f"m_{name}": signal for name, signal in pins.items()})

    def walk(self, address: int, *, learn: int, port: int = 0, second: int = 0) -> int:
        """One walk; return the ticks that it took."""
        self.tick(address=address, learn=learn, heard_at=port, second=second, start=1)
        self.set(start=0)
        ticks = 1
        while not self["ready"]:
            self.tick()
            ticks += 1
            assert ticks < 100
        return ticks

    def find(self, address: int, second: int = 0) -> int | None:
        """The port of a station, from 0 on."""
        self.walk(address, learn=0, second=second)
        return self["found_port"] if self["found"] else None


class TestTable:
    def test_a_bucket_has_room_for_four(self) -> None:
        table = Table()
        stations = [2 * n for n in range(WAYS + 1)]  # all in bucket 0 by their last bit
        for port, one in enumerate(stations):
            table.walk(one, learn=1, port=port)
        assert [table.find(one) for one in stations] == [0, 1, 2, 3, None]
        assert (table["learnt"], table["unlearnt"]) == (4, 1)
        table.walk(1, learn=1, port=9)
        assert table.find(1) == 9

    def test_an_aged_entry_gives_way(self) -> None:
        table = Table()
        for number in range(WAYS):
            table.walk(2 * number, learn=1, port=number, second=number)
        table.walk(100, learn=1, port=40, second=AGEING_S)
        assert table["unlearnt"] == 1
        assert table.find(0, AGEING_S) == 0
        assert table.find(0, AGEING_S + 1) is None
        table.walk(100, learn=1, port=40, second=AGEING_S + 1)
        assert table.find(100, AGEING_S + 1) == 40
        assert [table.find(2 * n, AGEING_S + 1) for n in range(WAYS)] == [None, 1, 2, 3]

    def test_addresses_that_differ_in_one_half_only(self) -> None:
        table = Table()
        for port, one in enumerate((0x0200_0000_0000, 0x0400_0000_0000, 0x0200_0000_0002)):
            table.walk(one, learn=1, port=port)
        assert [table.find(one) for one in (0x0200_0000_0000, 0x0400_0000_0000, 0x0200_0000_0002)] == [
            0,
            1,
            2,
        ]

    def test_a_walk_is_bounded(self) -> None:
        table = Table()
        ticks = [table.walk(2 * number, learn=1, second=1) for number in range(12)]
        ticks += [table.walk(2 * number, learn=0, second=1) for number in range(12)]
        assert max(ticks) <= 6 * WAYS + 8

    def test_what_the_memory_says(self) -> None:
        table = Table()
        table.walk(0x0200_0000_00AA, learn=1, port=7, second=3)
        table.walk(0x0200_0000_0011, learn=1, port=0, second=9)
        found = entries(bytes(table.memory.octets), 9, AGEING_S)
        assert found == [Entry(b"\x02\0\0\0\0\x11", 1, 0), Entry(b"\x02\0\0\0\0\xaa", 8, 6)]
        later = entries(bytes(table.memory.octets), 3 + AGEING_S + 1, AGEING_S)
        assert later == [Entry(b"\x02\0\0\0\0\x11", 1, 5)]


class TestDuplex:
    @pytest.mark.parametrize("link", [0, 1])
    @pytest.mark.parametrize("partner", [0, 1])
    @pytest.mark.parametrize("negotiates", [0, 1])
    @pytest.mark.parametrize("forced", [0, 1])
    def test_full_when_forced_or_when_both_announce_it(
        self, link: int, partner: int, negotiates: int, forced: int
    ) -> None:
        """Clause 28: who announces nothing has half duplex."""
        bench = Clocked(
            "switch_duplex",
            link=link,
            partner_announces=partner,
            negotiates=negotiates,
            full_duplex_forced=forced,
        )
        for _ in range(3):
            bench.tick()
        full = bool(forced or (link and partner and negotiates))
        assert bool(bench["full_duplex"]) == full
        assert bench["ipgt"] == (FULL_DUPLEX_IPGT if full else HALF_DUPLEX_IPGT)
        assert bench["announce"] == negotiates


class TestSeconds:
    def test_the_clock_rests_when_all_entries_have_aged(self) -> None:
        bench = Clocked("switch_ageing", ageing_time=AGEING_S)
        assert not bench["ageing"]
        bench.tick(stamped=1)
        for _ in range(AGEING_S):
            assert bench["ageing"]
            bench.tick()
        bench.tick()
        assert not bench["ageing"]
        assert bench["second"] > AGEING_S
