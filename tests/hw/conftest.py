"""Every test of a circuit gets a simulator of its own."""

from collections.abc import Iterator

import pytest
from bench import fresh_simulator


@pytest.fixture(autouse=True)
def _simulator() -> Iterator[None]:
    with fresh_simulator():
        yield
