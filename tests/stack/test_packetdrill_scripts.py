"""Scripts in packetdrill's language (`tests/support/packetdrill.py`): a suite put into `scripts` is run."""

import re
from pathlib import Path

import pytest
from packetdrill import Script, ScriptError

SCRIPTS = sorted((Path(__file__).parent / "scripts").rglob("*.pkt"))


@pytest.mark.parametrize("script", [pytest.param(one, id=one.stem) for one in SCRIPTS])
def test_script(script: Path) -> None:
    Script(script.read_text("utf-8")).run()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("> S. 0:0(0) ack 1 <mss 1460>", "> S. 0:0(0) ack 2", "line 8: .*'ack': 1"),
        ("> S. 0:0(0) ack 1 <mss 1460>", "> S. 0:0(0) ack 1 <mss 1461>", "line 8: .*has the options"),
        ("+0   > P. 1:201(200) ack 101", "+.1  > P. 1:201(200) ack 101", "line 16: .*was sent at 0.1 s"),
        ("read(4, ..., 1000) = 100\n", "read(4, ..., 1000) = 101\n", "line 13: .*gave 100"),
        ("+0   > R 202:202(0)", "+0   > . 202:202(0)", "line 27: .*'flags': 'R'"),
        ("+0   > R 202:202(0)", "+0   > R 202:202(0)\n+1   > . 202:202(0)", "line 28: .*nothing was sent"),
        ("+0   listen(3, 1) = 0", "+0   lisen(3, 1) = 0", "line 4: .*there is no call lisen"),
    ],
)
def test_what_a_script_says_and_is_not_so_is_found(old: str, new: str, sentence: str) -> None:
    text = next(one for one in SCRIPTS if one.stem == "passive_open").read_text("utf-8")
    assert old in text
    with pytest.raises(ScriptError, match=sentence):
        Script(text.replace(old, new, 1)).run()


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("slow_start", "tcpi_cwnd == 4", "tcpi_cwnd == 5", r"line 9: .*is not so.*'tcpi_cwnd': 4"),
        (
            "slow_start",
            "assert tcpi_cwnd == 5 and",
            "assert tcpi_cwnd == 6 and",
            r"line 27: .*'tcpi_cwnd': 5",
        ),
        ("last_ack", "TCP_CLOSE_WAIT }", "TCP_LAST_ACK }", "line 11: .*'tcpi_state': 8"),
        ("path_mtu", "[1:1461(1460)] icmp", "[1461:1462(1)] icmp", "line 14: .*nothing was sent"),
        ("blocking", "+0...0.2 accept", "+0...0.1 accept", "line 5: .*returned at 0.2 s"),
        ("blocking", "100) = 10", "100) = 11", "line 9: .*gave 10"),
        ("blocking", "(10) ack 1 win 60000", "(10) ack 9 win 60000", "line 9: .*gave EAGAIN"),
        ("unreachable", "-1 ECONNREFUSED", "-1 EHOSTUNREACH", "line 3: .*gave ECONNREFUSED"),
    ],
)
def test_what_is_not_so_about_tcp_info_icmp_and_calls_that_block_is_found(
    name: str, old: str, new: str, sentence: str
) -> None:
    text = next(one for one in SCRIPTS if one.stem == name).read_text("utf-8")
    assert old in text
    with pytest.raises(ScriptError, match=re.compile(sentence, re.DOTALL)):
        Script(text.replace(old, new, 1)).run()


def test_there_is_a_script_for_every_state() -> None:
    """Each state's name, or what leads to it, stands in one of them."""
    text = "".join(one.read_text("utf-8") for one in SCRIPTS)
    states = ("LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2")
    states += ("CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT", "CLOSED")
    assert [state for state in states if state not in text.replace("_", "-")] == []
