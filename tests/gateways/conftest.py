"""网关流程测试的夹具。"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateways.process import Process, gateway


@pytest.fixture
def running(data: Path, dsn: Callable[[str], str], clean_tables: None, tmp_path: Path) -> Iterator[Process]:
    """One gateway process on the session's database."""
    with gateway(data, tmp_path) as process:
        yield process
