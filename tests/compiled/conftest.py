"""All tests of the compiled engine share one cache, made anew for each run of the tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    parallel = "PYTEST_XDIST_WORKER" in os.environ  # each worker has a directory of its own in the run's
    return (base.parent if parallel else base) / "compiled-cache"


@pytest.fixture(autouse=True)
def _cache(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(shared_cache))
