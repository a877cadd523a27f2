"""docs/programs_tried.md says what comes of each program of the gallery, and it does come."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _trying() -> ModuleType:
    path = Path(__file__).with_name("trying.py")
    spec = importlib.util.spec_from_file_location("trying", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["trying"] = module
    spec.loader.exec_module(module)
    return module


trying = _trying()
TEN = (
    "aiohttp_json",
    "aiosmtpd_smtplib",
    "bottle_wsgiref",
    "dnspython_udp",
    "pymodbus_registers",
    "tftpy_files",
    "tornado_web",
    "trio_streams",
    "waitress_requests",
    "websockets_echo",
)
"""Of all kinds: event loops, threads, subprocess, UDP; the extra [dev] has their packages."""


def _outcomes(name: str) -> list[str]:
    return [cell.strip() for cell in trying.rows()[name].split("|")[4:6]]


def _isolated() -> None:
    if trying.namespace() is None:
        pytest.skip("namespaces of one's own are not allowed here (unshare -np)")


def test_each_program_has_a_row() -> None:
    assert sorted(trying.rows()) == trying.NAMES


def test_ten_of_them_work() -> None:
    assert {verdict for name in TEN for verdict in _outcomes(name)} == {trying.WORKS}


def test_ten_at_once_answer_over_a_link_as_on_the_real_loopback_interface() -> None:
    _isolated()
    link, here = trying.run("link", *TEN), trying.run("here", *TEN)
    assert json.loads(link) == json.loads(here)


@pytest.mark.slow
@pytest.mark.usefixtures("on_compiled")
@pytest.mark.parametrize("name", trying.NAMES)
def test_a_program_as_the_page_has_it(name: str) -> None:
    program = trying.Program.named(name)
    if not program.installed:
        pytest.skip(f"{program.package} is not installed; the extra [gallery] has it")
    _isolated()
    assert trying.outcomes(name) == _outcomes(name)
