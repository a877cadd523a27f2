"""Tables and counters of a switch that runs, on the compiled engine."""

from pathlib import Path

from sim import Lan


def test_the_table_and_the_counters_of_a_switch(tmp_path: Path) -> None:
    """One frame and its answer, twice: ARP and ICMP."""
    lan = Lan(folder=tmp_path / "run")
    for number, name in enumerate(("pc", "server"), 1):
        lan.host(name, address=f"192.168.1.{number}/24")
        lan.cable(f"patch{number}", "10 m", [name, f"switch.{number}"])
    lan.switch("switch", ports=2)
    with lan.start(engine="compiled") as network:
        assert network.tables() == {"switch": []}
        network.run_for("500 ms")  # the ports negotiate
        assert network.host("pc").run("ping -c 1 server").wait() == 0
        network.run_for("1 ms")
        (table,) = network.tables().values()
        assert [(row.address[-1], row.port) for row in table] == [(1, 1), (2, 2)]
        assert network.counters("switch.1")["received"] == 2
        assert network.counters("patch1") == {"frames": 4, "fragments": 0}
