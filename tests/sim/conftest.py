"""Whole runs are on the compiled engine."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def _engine(on_compiled: None) -> None:
    pass
