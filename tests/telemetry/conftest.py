"""监测室测试共用的装置。"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.telemetry.building import Store

if TYPE_CHECKING:
    from gongdi.telemetry.terms import Terms


@pytest.fixture
def store(transactional_db: None, dsn: Callable[[str], str]) -> Iterator[Store]:
    """Yield the writer of hot rows; everything is emptied after the test."""
    writer = Store(dsn)
    yield writer
    writer.close()


@pytest.fixture(scope="session")
def terms() -> "Terms":
    """Return the policy defaults and the shipped calendar (imported late: Django is set up by then)."""
    from gongdi.telemetry.terms import Terms

    return Terms()
