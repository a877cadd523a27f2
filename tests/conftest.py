"""Tools that are not Python packages: a test that needs one says so, and is skipped by name without it.

With THICKNET_REQUIRE_TOOLS=1 (in continuous integration) a missing tool fails the test instead.
"""

import os
import shutil

import pytest

_REQUIRED = os.environ.get("THICKNET_REQUIRE_TOOLS") == "1"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*tools): the commands that the test runs, from `make tools`")


def pytest_runtest_setup(item: pytest.Item) -> None:
    tools = [str(tool) for marker in item.iter_markers("needs") for tool in marker.args]
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        sentence = f"needs {', '.join(missing)}: run `make tools`"
        if _REQUIRED:
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
