"""All tests of the compiled engine use the cache that this run of the tests makes."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _cache(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(shared_cache))
