"""Runs modules of CPython's own test suite and prints the outcome of each test as JSON.

    python cpython_suite.py patched|plain test_time test_queue …

With `patched` the package is led into the library first, as a run does it.
"""

import importlib
import json
import sys
import unittest

from test import support

LEFT_OUT = ("SCMRights", "VSOCK")
"""In the names of classes whose tests hang in some sandboxes, with the package and without."""


class _Loader(unittest.TestLoader):
    def loadTestsFromTestCase(self, testCaseClass: type[unittest.TestCase]) -> unittest.TestSuite:
        if any(part in testCaseClass.__name__ for part in LEFT_OUT):
            return unittest.TestSuite()
        return super().loadTestsFromTestCase(testCaseClass)


class _Outcomes(unittest.TestResult):
    """What became of each test, by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.by_test: dict[str, str] = {}

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        name = test.id()
        if name not in self.by_test:
            self.by_test[name] = "passed"

    def addError(self, test: unittest.TestCase, err: object) -> None:
        super().addError(test, err)  # type: ignore[arg-type]
        self.by_test[test.id()] = self.errors[-1][1]

    def addFailure(self, test: unittest.TestCase, err: object) -> None:
        super().addFailure(test, err)  # type: ignore[arg-type]
        self.by_test[test.id()] = self.failures[-1][1]

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.by_test[test.id()] = "skipped"

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: object) -> None:
        super().addSubTest(test, subtest, err)  # type: ignore[arg-type]
        if err is not None:
            self.by_test[test.id()] = "failed in a part"


def main() -> None:
    """See the module."""
    how, *names = sys.argv[1:]
    if how == "patched":
        from sim.python import install

        install()
    support.use_resources = ["network"]  # the loopback interface is all that there is
    outcomes = _Outcomes()
    for name in names:
        suite = _Loader().loadTestsFromModule(importlib.import_module(f"test.{name}"))
        suite.run(outcomes)
    print(json.dumps(outcomes.by_test))


if __name__ == "__main__":
    main()
