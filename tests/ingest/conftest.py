"""写入层测试的公共夹具。"""

from collections.abc import Iterator

import pytest

from gongdi.ingest.store import Store
from tests.ingest.builders import Dsn, open_store, query


@pytest.fixture
def store(dsn: Dsn, clean_tables: None) -> Iterator[Store]:
    """A store on empty hot tables, with gateway 1 announced."""
    query(
        dsn, "INSERT INTO gateway_instance (id, name, started_at, last_seen) VALUES (1, '测试', now(), now())"
    )
    opened = open_store(dsn)
    yield opened
    opened.close()
