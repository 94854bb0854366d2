"""Rules for every test."""

import os
from collections.abc import Generator

import hypothesis
import pytest

# A busy machine is no reason to fail.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")

# Whatever proxy leads out of here, what the tests start is on this machine.
for _name in ("no_proxy", "NO_PROXY"):
    os.environ[_name] = ",".join([*filter(None, [os.environ.get(_name)]), "127.0.0.1", "localhost"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where nobody reads the list of skips, a test that does not run is a failure."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped; in CI a test runs or fails"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same of a whole module."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped; in CI a test runs or fails"
    return report
