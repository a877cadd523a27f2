"""Both engines run every row; what was measured goes into docs/conformance.md (see `page`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import fresh_simulator


@pytest.fixture(autouse=True, scope="session")
def _cache(shared_cache: Path, _no_cache_of_the_user: None) -> Iterator[None]:
    """One cache of compiled circuits for the whole run of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THICKNET_CACHE", str(shared_cache))
        yield


@pytest.fixture(autouse=True)
def _simulator() -> Iterator[None]:
    with fresh_simulator():
        yield


@pytest.fixture(params=["compiled", "myhdl"])
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that a test runs on."""
    return str(request.param)
