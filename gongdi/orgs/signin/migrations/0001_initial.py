"""建立登录记录、会话、密码状况、扫码登录四张表；登录记录只许新增。"""

import django.db.models.deletion
import uuid6
from django.conf import settings
from django.db import migrations, models

INSERT_ONLY = """
CREATE FUNCTION signin_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '表 % 只许新增，不许修改或删除', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER signin_signinevent_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON signin_signinevent
    FOR EACH STATEMENT EXECUTE FUNCTION signin_insert_only();
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'gongdi_app') THEN
        GRANT SELECT, INSERT ON signin_signinevent TO gongdi_app;
        REVOKE UPDATE, DELETE, TRUNCATE ON signin_signinevent FROM gongdi_app;
    END IF;
END $$;
"""

ALLOW_AGAIN = """
DROP TRIGGER signin_signinevent_insert_only ON signin_signinevent;
DROP FUNCTION signin_insert_only();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orgs", "0002_load_divisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PasswordState",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                ("must_change", models.BooleanField(default=False, verbose_name="下次登录须更换")),
                ("changed_at", models.DateTimeField(null=True, verbose_name="最近更换")),
                ("earlier", models.JSONField(default=list, verbose_name="以前的密码摘要")),
            ],
            options={
                "verbose_name": "密码状况",
                "verbose_name_plural": "密码状况",
            },
        ),
        migrations.CreateModel(
            name="QrCode",
            fields=[
                (
                    "digest",
                    models.CharField(
                        max_length=64, primary_key=True, serialize=False, verbose_name="码的摘要"
                    ),
                ),
                ("session_key", models.CharField(max_length=40, verbose_name="会话号")),
                ("address", models.CharField(max_length=45, verbose_name="电脑地址")),
                ("agent", models.CharField(blank=True, max_length=80, verbose_name="浏览器")),
                ("made_at", models.DateTimeField(db_index=True, verbose_name="出码时间")),
                ("until", models.DateTimeField(verbose_name="有效至")),
                ("scanned_at", models.DateTimeField(null=True, verbose_name="扫码时间")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                ("membership_id", models.BigIntegerField(null=True, verbose_name="身份")),
                ("factor", models.BooleanField(default=False, verbose_name="手机经过第二步")),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "扫码登录",
                "verbose_name_plural": "扫码登录",
            },
        ),
        migrations.CreateModel(
            name="SigninSession",
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
                ("session_key", models.CharField(max_length=40, unique=True, verbose_name="会话号")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("password", "密码"),
                            ("both", "密码加动态口令"),
                            ("code", "动态口令"),
                            ("recovery", "恢复码"),
                            ("qr", "扫码"),
                            ("sso", "统一身份认证"),
                        ],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("factor", models.BooleanField(default=False, verbose_name="经过第二步")),
                ("address", models.CharField(max_length=45, verbose_name="来源地址")),
                ("agent", models.CharField(blank=True, max_length=80, verbose_name="浏览器")),
                ("started_at", models.DateTimeField(verbose_name="登录时间")),
                ("seen_at", models.DateTimeField(verbose_name="最近操作")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "会话",
                "verbose_name_plural": "会话",
                "ordering": ["-seen_at"],
            },
        ),
        migrations.CreateModel(
            name="SigninEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("typed", models.CharField(blank=True, max_length=60, verbose_name="所填账号")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("entered", "登录成功"),
                            ("passed", "密码对，等第二步"),
                            ("wrong", "账号或密码不对"),
                            ("wrong_code", "动态口令或恢复码不对"),
                            ("locked", "试错过多，暂停登录"),
                            ("unlinked", "统一身份未关联账号"),
                            ("linked", "关联统一身份"),
                            ("left", "退出"),
                            ("idle", "长时间没有操作，自动退出"),
                            ("ended", "会话被结束"),
                            ("password_changed", "更换密码"),
                            ("password_reset", "管理员重置密码"),
                            ("factor_added", "设置动态口令"),
                            ("factor_removed", "停用动态口令"),
                            ("codes_renewed", "更换恢复码"),
                        ],
                        max_length=20,
                        verbose_name="结果",
                    ),
                ),
                (
                    "way",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("password", "密码"),
                            ("both", "密码加动态口令"),
                            ("code", "动态口令"),
                            ("recovery", "恢复码"),
                            ("qr", "扫码"),
                            ("sso", "统一身份认证"),
                        ],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("address", models.CharField(max_length=45, verbose_name="来源地址")),
                ("agent", models.CharField(blank=True, max_length=80, verbose_name="浏览器")),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "登录记录",
                "verbose_name_plural": "登录记录",
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["user", "-at"], name="signin_event_user_at"),
                    models.Index(fields=["-at"], name="signin_event_at"),
                ],
            },
        ),
        migrations.RunSQL(INSERT_ONLY, ALLOW_AGAIN),
    ]
