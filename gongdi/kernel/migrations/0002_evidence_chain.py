"""建立证据事件与摘要链，并禁止修改和删除。"""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("kernel_evidenceevent", "kernel_evidencerow", "kernel_evidencelink", "kernel_evidenceday")
INSERT_ONLY = "".join(
    f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION kernel_insert_only();\n"
    for table in TABLES
)
GRANTS = f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gongdi_app') THEN
        GRANT SELECT, INSERT ON {", ".join(TABLES)} TO gongdi_app;
        REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(TABLES)} FROM gongdi_app;
    END IF;
END $$;
"""
ALLOW_AGAIN = "".join(f"DROP TRIGGER {table}_insert_only ON {table};\n" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0001_policy_and_calendar"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="日期")),
                ("last_seq", models.BigIntegerField(verbose_name="末节")),
                ("links", models.PositiveIntegerField(verbose_name="节数")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("sm3", models.CharField(max_length=64, verbose_name="SM3")),
                ("at", models.DateTimeField(verbose_name="留根时间")),
            ],
            options={
                "verbose_name": "日根",
                "verbose_name_plural": "日根",
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="EvidenceWaiting",
            fields=[
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="事件")),
            ],
            options={
                "verbose_name": "待封链",
                "verbose_name_plural": "待封链",
            },
        ),
        migrations.CreateModel(
            name="EvidenceEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("act", models.CharField(max_length=60, verbose_name="行为")),
                ("about_kind", models.CharField(max_length=40, verbose_name="对象类别")),
                ("about_ref", models.UUIDField(verbose_name="对象编号")),
                ("about_name", models.CharField(blank=True, max_length=200, verbose_name="对象名称")),
                ("project_id", models.BigIntegerField(blank=True, null=True, verbose_name="项目")),
                ("person", models.CharField(blank=True, max_length=60, verbose_name="办理人")),
                ("body", models.CharField(blank=True, max_length=120, verbose_name="单位")),
                ("role", models.CharField(blank=True, max_length=20, verbose_name="身份")),
                ("user_id", models.BigIntegerField(blank=True, null=True, verbose_name="账号")),
                ("membership_id", models.BigIntegerField(blank=True, null=True, verbose_name="身份编号")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("facts", models.JSONField(default=dict, verbose_name="事实")),
                ("sha256", models.CharField(max_length=64, verbose_name="摘要")),
            ],
            options={
                "verbose_name": "证据事件",
                "verbose_name_plural": "证据事件",
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["about_kind", "about_ref", "at"], name="evidence_event_about"),
                    models.Index(fields=["project_id", "at"], name="evidence_event_project"),
                    models.Index(fields=["user_id", "at"], name="evidence_event_user"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EvidenceLink",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="链号")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("sm3", models.CharField(max_length=64, verbose_name="SM3")),
                ("at", models.DateTimeField(db_index=True, verbose_name="封链时间")),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.evidenceevent",
                        verbose_name="事件",
                    ),
                ),
            ],
            options={
                "verbose_name": "摘要链节",
                "verbose_name_plural": "摘要链节",
                "ordering": ["seq"],
            },
        ),
        migrations.CreateModel(
            name="EvidenceRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="次序")),
                ("facts", models.JSONField(verbose_name="事实")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.evidenceevent",
                        verbose_name="事件",
                    ),
                ),
            ],
            options={
                "verbose_name": "成批行为明细",
                "verbose_name_plural": "成批行为明细",
                "ordering": ["event_id", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("event", "position"), name="evidence_row_once")
                ],
            },
        ),
        migrations.RunSQL(INSERT_ONLY + GRANTS, ALLOW_AGAIN),
    ]
