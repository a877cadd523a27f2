"""Rows whose hardware is being built."""

import pytest


@pytest.mark.skip(reason="not yet")
def test_H17_link_integrity(engine: str) -> None:
    """Waits for the link's circuit."""
