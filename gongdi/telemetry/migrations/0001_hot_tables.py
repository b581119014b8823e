"""执行 ingest/schema 里的热表 SQL：表归 ingest，由本室的迁移建立。"""

from importlib.resources import files

from django.db import migrations


def schema_sql(name: str) -> str:
    """Text of one schema file of the ingest room."""
    return files("gongdi.ingest").joinpath("schema", name).read_text(encoding="utf-8")


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(schema_sql("0001_hot_tables.sql"), migrations.RunSQL.noop)]
