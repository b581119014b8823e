"""建立入库申请、停工与变更的表。"""

import django.db.models.deletion
import uuid6
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_files_of_projects")]

    operations = [
        migrations.CreateModel(
            name="EntryFiling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ref",
                    models.UUIDField(
                        default=uuid6.uuid7, editable=False, unique=True, verbose_name="公开编号"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("submitted", "待审"), ("returned", "退回"), ("accepted", "已入库")],
                        default="submitted",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("submitted_at", models.DateTimeField(verbose_name="提交时间")),
                ("submitted_by", models.CharField(max_length=60, verbose_name="提交人")),
                ("submitted_user", models.BigIntegerField(blank=True, null=True, verbose_name="提交账号")),
                ("values", models.JSONField(default=dict, verbose_name="提交时的内容")),
                ("defects", models.JSONField(default=list, verbose_name="退回的问题")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审核时间")),
                ("decided_by", models.CharField(blank=True, max_length=60, verbose_name="审核人")),
            ],
            options={
                "verbose_name": "入库申请",
                "verbose_name_plural": "入库申请",
                "ordering": ["project_id", "submitted_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="ProjectChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=40, verbose_name="项目字段")),
                ("before", models.CharField(blank=True, max_length=300, verbose_name="变更前")),
                ("after", models.CharField(blank=True, max_length=300, verbose_name="变更后")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="理由")),
                ("person", models.CharField(blank=True, max_length=60, verbose_name="办理人")),
                ("body", models.CharField(blank=True, max_length=120, verbose_name="单位")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "项目变更",
                "verbose_name_plural": "项目变更",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Stop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ref",
                    models.UUIDField(
                        default=uuid6.uuid7, editable=False, unique=True, verbose_name="公开编号"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("X1", "中止施工"), ("X2", "冬季停工"), ("ordered", "责令停工")],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("applied", "待批"),
                            ("approved", "已批准"),
                            ("refused", "不予批准"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="applied",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("starts", models.DateField(verbose_name="停工起")),
                ("ends", models.DateField(verbose_name="停工止（含）")),
                ("reason", models.CharField(max_length=300, verbose_name="事由")),
                ("applied_at", models.DateTimeField(verbose_name="申请时间")),
                ("applied_by", models.CharField(max_length=60, verbose_name="申请人")),
                ("applied_user", models.BigIntegerField(blank=True, null=True, verbose_name="申请账号")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审批时间")),
                ("decided_by", models.CharField(blank=True, max_length=60, verbose_name="审批人")),
                ("words", models.CharField(blank=True, max_length=300, verbose_name="审批意见")),
                ("resumed_on", models.DateField(blank=True, null=True, verbose_name="复工日期")),
            ],
            options={
                "verbose_name": "停工",
                "verbose_name_plural": "停工",
                "ordering": ["-starts", "-id"],
            },
        ),
        migrations.AddField(
            model_name="entryfiling",
            name="authority",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orgs.authority",
                verbose_name="审核机构",
            ),
        ),
        migrations.AddField(
            model_name="entryfiling",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
                verbose_name="项目",
            ),
        ),
        migrations.AddField(
            model_name="projectchange",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
                verbose_name="项目",
            ),
        ),
        migrations.AddField(
            model_name="stop",
            name="authority",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orgs.authority",
                verbose_name="审批机构",
            ),
        ),
        migrations.AddField(
            model_name="stop",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.project",
                verbose_name="项目",
            ),
        ),
        migrations.AddIndex(
            model_name="entryfiling",
            index=models.Index(fields=["authority", "state"], name="entry_filing_waiting"),
        ),
        migrations.AddConstraint(
            model_name="entryfiling",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "submitted")), fields=("project",), name="entry_filing_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="entryfiling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "submitted")),
                    models.Q(("decided_at__isnull", False), models.Q(("state", "submitted"), _negated=True)),
                    _connector="OR",
                ),
                name="entry_filing_decided_by_someone",
            ),
        ),
        migrations.AddIndex(
            model_name="projectchange",
            index=models.Index(fields=["project", "at"], name="project_change_at"),
        ),
        migrations.AddIndex(
            model_name="stop",
            index=models.Index(fields=["authority", "state"], name="stop_waiting"),
        ),
        migrations.AddConstraint(
            model_name="stop",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gte", models.F("starts"))),
                name="stop_in_order",
                violation_error_message="停工止早于停工起",
            ),
        ),
        migrations.AddConstraint(
            model_name="stop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["applied", "withdrawn"]),
                    models.Q(("decided_at__isnull", False), models.Q(("decided_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="stop_decided_by_someone",
            ),
        ),
    ]
