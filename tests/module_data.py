"""一个模块只造一次数据：整个模块在一个事务里，每个用例的改动退回。"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="module")
def module_transaction(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One transaction for all tests of a module; nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def own_changes(module_transaction: None) -> Iterator[None]:
    """What one test writes is taken back before the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
