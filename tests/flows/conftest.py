"""流程测试的夹具：一个可以被杀的数据库服务器、一个旅程共用的演示系统，整个会话共用。"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.demo_site import DemoSite, started
from tests.flows.own_server import OwnServer, own_server
from tests.gateways.process import Process, gateway


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of the journeys; it is set below, never by hand."""
    config.addinivalue_line("markers", "journey: 浏览器旅程，共用一个演示系统，排在最后")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the journeys before `-m` selects and put them last: they share one demo, and nobody runs beside it."""
    last: list[pytest.Item] = []
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "demo_site" in names:
            item.add_marker("journey")
        # The browser of the session too: beside it no other test could open one of its own in this thread
        if "demo_site" in names or "chromium" in names:
            last.append(item)
    moved = set(last)
    items[:] = [item for item in items if item not in moved] + last


@pytest.fixture(scope="session")
def demo_site(need_package: Callable[[str], None]) -> Iterator[DemoSite]:
    """The demo province, started once for all journeys, in a place that the database's account can reach."""
    need_package("chromium")
    folder = Path(tempfile.mkdtemp(prefix="gongdi-journeys-"))
    folder.chmod(0o711)
    try:
        with started(folder) as site:
            yield site
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium(need_package: Callable[[str], None]) -> Iterator[Any]:
    """One browser for all journeys; windows of their own come from `opened`."""
    need_package("chromium")
    # Not above: its helpers know the models, and Django has no settings yet when this file is read
    from tests.web.browser import launched

    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def _own_server() -> Iterator[OwnServer]:
    """One more cluster beside the session's."""
    with own_server() as server:
        yield server


@pytest.fixture
def server(_own_server: OwnServer) -> OwnServer:
    """The cluster that may be killed, running."""
    if not _own_server.alive():
        _own_server.start()
    return _own_server


@pytest.fixture
def running(data: Path, dsn: Callable[[str], str], clean_tables: None, tmp_path: Path) -> Iterator[Process]:
    """One gateway process on the session's database."""
    with gateway(data, tmp_path) as process:
        yield process
