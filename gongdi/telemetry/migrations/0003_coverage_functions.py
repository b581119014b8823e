"""位图运算的 SQL 函数。"""

from importlib.resources import files

from django.db import migrations


def function_sql(name: str) -> str:
    """Text of one SQL file of this room."""
    return files("gongdi.telemetry").joinpath("sql", name).read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0002_models")]
    operations = [migrations.RunSQL(function_sql("0001_coverage_functions.sql"), migrations.RunSQL.noop)]
