from io import StringIO

import pytest
from django.core.management import call_command

from tests.architecture.tree import python, short


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(f"模型改了而没有迁移：{said.getvalue()}")


def test_every_migration_has_a_telling_name() -> None:
    names = [path for path in python("gongdi") if "migrations" in path.parts and path.name != "__init__.py"]
    assert names
    assert not [short(path) for path in names if "_auto_" in path.name]
