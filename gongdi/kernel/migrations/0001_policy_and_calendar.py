"""建立政策决定与工作日历两张表，并禁止修改和删除。"""

from typing import ClassVar

from django.db import migrations, models

INSERT_ONLY = """
CREATE FUNCTION kernel_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '表 % 只许新增，不许修改或删除', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER kernel_policyvalue_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_policyvalue
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_insert_only();
CREATE TRIGGER kernel_calendaryear_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_calendaryear
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_insert_only();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gongdi_app') THEN
        GRANT SELECT, INSERT ON kernel_policyvalue, kernel_calendaryear TO gongdi_app;
        REVOKE UPDATE, DELETE, TRUNCATE ON kernel_policyvalue, kernel_calendaryear FROM gongdi_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gongdi_gateway') THEN
        GRANT SELECT ON kernel_policyvalue TO gongdi_gateway;
    END IF;
END $$;
"""

ALLOW_AGAIN = """
DROP TRIGGER kernel_policyvalue_insert_only ON kernel_policyvalue;
DROP TRIGGER kernel_calendaryear_insert_only ON kernel_calendaryear;
DROP FUNCTION kernel_insert_only();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="PolicyValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=80, verbose_name="参数")),
                ("division", models.CharField(blank=True, max_length=6, null=True, verbose_name="区划")),
                ("value", models.JSONField(null=True, verbose_name="数值")),
                ("valid_from", models.DateField(verbose_name="生效日期")),
                ("basis", models.CharField(max_length=200, verbose_name="依据")),
                ("decided_by", models.CharField(max_length=80, verbose_name="决定人")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
            ],
            options={
                "verbose_name": "政策决定",
                "verbose_name_plural": "政策决定",
                "ordering": ["id"],
                "indexes": [models.Index(fields=["key", "valid_from"], name="policy_value_key_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("division__isnull", True), ("division__regex", "^[0-9]{6}$"), _connector="OR"
                        ),
                        name="policy_value_division_six_digits",
                        violation_error_message="区划应为 6 位数字，留空表示全省",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年份")),
                ("exceptions", models.JSONField(default=dict, verbose_name="与周一至周五不同的日子")),
                ("basis", models.CharField(max_length=200, verbose_name="依据")),
                ("decided_by", models.CharField(max_length=80, verbose_name="录入人")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
            ],
            options={"verbose_name": "工作日历", "verbose_name_plural": "工作日历", "ordering": ["id"]},
        ),
        migrations.RunSQL(INSERT_ONLY, ALLOW_AGAIN),
    ]
