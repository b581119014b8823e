"""测试设备、只读链接、报修的表，设备的厂商与接替。"""

import django.db.models.deletion
import uuid6
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("equipment", "0001_initial"),
        ("orgs", "0001_initial"),
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="equipment.device",
                verbose_name="换上的设备",
            ),
        ),
        migrations.AddField(
            model_name="device",
            name="vendor_enterprise",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orgs.enterprise",
                verbose_name="设备厂商",
            ),
        ),
        migrations.CreateModel(
            name="TrialDevice",
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
                ("gateway_device_id", models.IntegerField(unique=True, verbose_name="网关设备号")),
                ("mn", models.CharField(max_length=40, unique=True, verbose_name="设备编号")),
                (
                    "interval_min",
                    models.PositiveSmallIntegerField(default=1, verbose_name="上报间隔（分钟）"),
                ),
                ("pm_unit", models.CharField(default="ug", max_length=2, verbose_name="颗粒物单位")),
                ("password_length", models.PositiveSmallIntegerField(verbose_name="口令位数")),
                ("created_by", models.BigIntegerField(blank=True, null=True, verbose_name="登记账号")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                (
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.project",
                        verbose_name="项目",
                    ),
                ),
            ],
            options={
                "verbose_name": "测试设备",
                "verbose_name_plural": "测试设备",
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="BenchShare",
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
                        default=uuid6.uuid7, editable=False, unique=True, verbose_name="链接编号"
                    ),
                ),
                ("created_by", models.BigIntegerField(blank=True, null=True, verbose_name="建立账号")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("expires_at", models.DateTimeField(verbose_name="到期时间")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="收回时间")),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="equipment.trialdevice",
                        verbose_name="测试设备",
                    ),
                ),
            ],
            options={
                "verbose_name": "只读链接",
                "verbose_name_plural": "只读链接",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="FaultReport",
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
                    "sign",
                    models.CharField(
                        choices=[
                            ("no_power", "没电"),
                            ("no_screen", "屏幕不亮"),
                            ("wrong_value", "数值不对"),
                            ("offline", "不上传"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="现象",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("reported_by", models.BigIntegerField(blank=True, null=True, verbose_name="报修账号")),
                ("person", models.CharField(blank=True, max_length=40, verbose_name="报修人")),
                ("reported_at", models.DateTimeField(verbose_name="报修时间")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="修复时间")),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="equipment.device",
                        verbose_name="设备",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.project",
                        verbose_name="项目",
                    ),
                ),
            ],
            options={
                "verbose_name": "报修",
                "verbose_name_plural": "报修",
                "ordering": ["-reported_at"],
                "indexes": [models.Index(fields=["device", "reported_at"], name="fault_report_device")],
            },
        ),
        migrations.AddConstraint(
            model_name="trialdevice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("enterprise__isnull", False), ("project__isnull", True)),
                    models.Q(("enterprise__isnull", True), ("project__isnull", False)),
                    _connector="OR",
                ),
                name="trial_device_one_owner",
            ),
        ),
    ]
