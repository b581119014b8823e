"""接入台测试共用的装置：像网关那样写热表。"""

from collections.abc import Callable, Iterator

import pytest

from tests.telemetry.building import Store


@pytest.fixture
def store(transactional_db: None, dsn: Callable[[str], str]) -> Iterator[Store]:
    """Yield the writer of hot rows; everything is emptied after the test."""
    writer = Store(dsn)
    yield writer
    writer.close()
