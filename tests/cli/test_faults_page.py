"""docs/faults.md: each of its networks runs, and shows what the page says that one sees."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main

pytestmark = pytest.mark.usefixtures("on_compiled")

PAGE = (Path(__file__).parent.parent.parent / "docs" / "faults.md").read_text("utf-8")
UNTIL = "80 ms"
NETWORKS = dict(re.findall(r"^(\w+):\n\n```toml\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = {
    title: (network, toml, shown.splitlines())
    for title, network, toml, shown in re.findall(
        r"^### ([^\n]+)\n\nOn the (\w+)\..*?```toml\n(.*?)```\n\n```text\n(.*?)```",
        PAGE,
        re.MULTILINE | re.DOTALL,
    )
}


def plain(line: str) -> str:
    """Without its time, and with the figures that depend on the seed blotted out."""
    return re.sub(r"\d+", "#", re.sub(r"^[ \d.]+ (?:µs|ms|s) +", "", line)).strip()


def test_every_section_has_an_example() -> None:
    assert len(EXAMPLES) == PAGE.count("\n### ")
    assert {network for network, _, _ in EXAMPLES.values()} <= {*NETWORKS}


@pytest.mark.parametrize("title", EXAMPLES)
def test_one_sees_what_the_page_says(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    network, toml, shown = EXAMPLES[title]
    Path("lan.toml").write_text(NETWORKS[network] + toml)
    result = CliRunner().invoke(main, ["run", "lan.toml", "-o", "out", "--no-vcd", "-v", "--until", UNTIL])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    seen = {plain(line) for line in result.output.splitlines()}
    missing = [line for line in shown if plain(line) not in seen]
    assert not missing, result.output[-3000:]
