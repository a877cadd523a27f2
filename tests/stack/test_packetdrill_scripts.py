"""Scripts in packetdrill's language (`tests/support/packetdrill.py`): a suite put into `scripts` is run."""

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
