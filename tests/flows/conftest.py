"""流程测试的夹具：一个可以被杀的数据库服务器，整个会话共用。"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.own_server import OwnServer, own_server
from tests.gateways.process import Process, gateway


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
