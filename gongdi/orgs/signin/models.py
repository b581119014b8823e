"""登录的表：登录记录、会话、密码状况、扫码登录的一次性码。"""

from typing import ClassVar

import uuid6
from django.db import models

from gongdi.orgs.models import User


class Way(models.TextChoices):
    """How a person proved who they are."""

    PASSWORD = "password", "密码"
    BOTH = "both", "密码加动态口令"
    CODE = "code", "动态口令"
    RECOVERY = "recovery", "恢复码"
    QR = "qr", "扫码"
    SSO = "sso", "统一身份认证"


class Outcome(models.TextChoices):
    """What came of it."""

    ENTERED = "entered", "登录成功"
    PASSED = "passed", "密码对，等第二步"
    WRONG = "wrong", "账号或密码不对"
    WRONG_CODE = "wrong_code", "动态口令或恢复码不对"
    LOCKED = "locked", "试错过多，暂停登录"
    UNLINKED = "unlinked", "统一身份未关联账号"
    LINKED = "linked", "关联统一身份"
    LEFT = "left", "退出"
    IDLE = "idle", "长时间没有操作，自动退出"
    ENDED = "ended", "会话被结束"
    PASSWORD_CHANGED = "password_changed", "更换密码"
    PASSWORD_RESET = "password_reset", "管理员重置密码"
    FACTOR_ADDED = "factor_added", "设置动态口令"
    FACTOR_REMOVED = "factor_removed", "停用动态口令"
    CODES_RENEWED = "codes_renewed", "更换恢复码"


class SigninEvent(models.Model):
    """One line of the log of sign-ins (登录记录). Insert only: triggers forbid UPDATE and DELETE."""

    at = models.DateTimeField("时间")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="账号")
    typed = models.CharField("所填账号", max_length=60, blank=True)
    outcome = models.CharField("结果", max_length=20, choices=Outcome.choices)
    way = models.CharField("方式", max_length=10, choices=Way.choices, blank=True)
    address = models.CharField("来源地址", max_length=45)
    agent = models.CharField("浏览器", max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录记录"
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["user", "-at"], name="signin_event_user_at"),
            models.Index(fields=["-at"], name="signin_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_outcome_display()}"


class SigninSession(models.Model):
    """One session of a person on one device (会话); ended by signing out, by the person elsewhere, or by time."""

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="账号")
    session_key = models.CharField("会话号", max_length=40, unique=True)
    way = models.CharField("方式", max_length=10, choices=Way.choices)
    factor = models.BooleanField("经过第二步", default=False)
    address = models.CharField("来源地址", max_length=45)
    agent = models.CharField("浏览器", max_length=80, blank=True)
    started_at = models.DateTimeField("登录时间")
    seen_at = models.DateTimeField("最近操作")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "会话"
        ordering: ClassVar = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user} {self.agent}"


class PasswordState(models.Model):
    """State of the password of an account (密码状况): to be changed, since when, the hashes before it."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+", verbose_name="账号")
    must_change = models.BooleanField("下次登录须更换", default=False)
    changed_at = models.DateTimeField("最近更换", null=True)
    earlier = models.JSONField("以前的密码摘要", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "密码状况"

    def __str__(self) -> str:
        return str(self.user)


class QrCode(models.Model):
    """One-time code shown by a computer for a signed-in phone (扫码登录); bound to one session, used once."""

    digest = models.CharField("码的摘要", max_length=64, primary_key=True)
    session_key = models.CharField("会话号", max_length=40)
    address = models.CharField("电脑地址", max_length=45)
    agent = models.CharField("浏览器", max_length=80, blank=True)
    made_at = models.DateTimeField("出码时间", db_index=True)
    until = models.DateTimeField("有效至")
    scanned_at = models.DateTimeField("扫码时间", null=True)
    approved_at = models.DateTimeField("确认时间", null=True)
    used_at = models.DateTimeField("使用时间", null=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", verbose_name="账号")
    membership_id = models.BigIntegerField("身份", null=True)
    factor = models.BooleanField("手机经过第二步", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "扫码登录"

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M} {self.address}"
