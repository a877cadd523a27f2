"""Runs are on the compiled engine where it can be built: it gives the same bits, as tests/compiled show."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="module")
def _cache(built: Path, _no_cache_of_the_user: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THICKNET_CACHE", str(built))
        yield
