"""映像与热表一致：每个不归 Django 管的模型逐列比对 information_schema。"""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Field, Model

UNMANAGED = [model for model in apps.get_app_config("telemetry").get_models() if not model._meta.managed]
WRITE_ONLY = {"gateway_device": {"secret"}}
"""Columns that the application may not read, so the model leaves them out."""
TYPES = {
    "AutoField": "integer",
    "IntegerField": "integer",
    "SmallIntegerField": "smallint",
    "BigIntegerField": "bigint",
    "TextField": "text",
    "BooleanField": "boolean",
    "DateField": "date",
    "DateTimeField": "timestamp with time zone",
    "FloatField": "real",
    "JSONField": "jsonb",
    "BinaryField": "bytea",
    "MinuteMapField": "bit",
    "ByteaArrayField": "ARRAY",
    "ArrayOf": "ARRAY",
}


def columns_of(model: type[Model]) -> dict[str, tuple[str, bool]]:
    """Column, type and nullability that the model claims."""
    fields = [field for field in model._meta.get_fields() if isinstance(field, Field) and field.concrete]
    return {str(f.column): (TYPES[type(f).__name__], f.null) for f in fields if f.column}


@pytest.mark.django_db
@pytest.mark.parametrize("model", UNMANAGED, ids=[model._meta.db_table for model in UNMANAGED])
def test_model_equals_table(model: type[Model]) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, format_type(a.atttypid, NULL), NOT a.attnotnull FROM pg_attribute a"
            " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped",
            [table],
        )
        found = {
            name: ("ARRAY" if kind.endswith("[]") else kind, null)
            for name, kind, null in cursor.fetchall()
            if name not in WRITE_ONLY.get(table, set())
        }
    assert columns_of(model) == found


def test_every_hot_table_that_pages_read_has_a_model() -> None:
    assert {model._meta.db_table for model in UNMANAGED} >= {
        "coverage_day",
        "coverage_delta",
        "obs_hour",
        "device_last",
        "connection_log",
        "platform_fault",
        "quarantine",
    }
