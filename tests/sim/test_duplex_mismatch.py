"""A duplex mismatch, the classic fault of a cable in order: what one sees of it, at both ends."""

import socket
import time
from pathlib import Path

from sim import Lan
from sim.record.summary import Summary


def flood(to: str) -> None:
    """Datagrams at four fifths of the rate of the line, without waiting for an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 9))
        for _ in range(40):
            sock.sendto(bytes(1000), (to, 9))
            time.sleep(0.001)


def test_28_late_collisions_at_the_end_in_half_duplex_and_fcs_errors_at_the_other(tmp_path: Path) -> None:
    """pc is set to full duplex; the port beside it negotiates, and takes it for half duplex (28.2.3.1)."""
    lan = Lan(folder=tmp_path / "run", until="100 ms")
    lan.host("pc", address="10.0.0.1/24", duplex="full")
    lan.host("server", address="10.0.0.2/24")
    lan.switch("sw", ports=4)
    lan.cable("a", "10 m", ["pc", "sw.1"])
    lan.cable("b", "10 m", ["server", "sw.2"])
    lan.program("pc", flood, "10.0.0.2", at="1 ms")
    lan.program("server", flood, "10.0.0.1", at="1 ms")
    network = lan.start()
    with network:
        summary = Summary()
        network.listen(summary)
        outcome = network.run()
        network.flush()
        half, full = network.counters("sw.1"), network.counters("sw.2")
        pc, server = network.counters("pc"), network.counters("server")
        run = network.recorded
        modes = [run.find("link up", where=host)[-1].fields["full_duplex"] for host in ("pc", "server")]
        assert modes == [True, True]
        # Until pc's driver sets its PHY, that negotiates.
        assert [event.fields["full_duplex"] for event in run.find("duplex mode", port=1)] == [True, False]
        assert [event.fields["full_duplex"] for event in run.find("duplex mode", port=2)] == [True]
        late = run.find("late collision", where="sw")
        assert {event.fields["port"] for event in late} == {1}
        lines = summary.lines(outcome, tmp_path)
    assert half["late_collisions"] == len(late) > 0
    assert half["collisions"] >= half["late_collisions"]
    assert full["collisions"] == full["late_collisions"] == 0
    assert pc["rx_crc_errors"] + pc["rx_alignment_errors"] > 0
    assert pc["tx_late_collisions"] == server["tx_late_collisions"] == server["rx_crc_errors"] == 0
    assert any(line.startswith("sw.1 (half duplex): ") and "late collision" in line for line in lines)
    assert any(line.startswith("sw.2 (full duplex): ") for line in lines)
