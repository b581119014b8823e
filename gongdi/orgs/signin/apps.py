"""登录这一套表在 Django 里的登记。"""

from django.apps import AppConfig


class SigninConfig(AppConfig):
    """Sign-in (登录): sessions, log of sign-ins, one-time codes, state of passwords."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "gongdi.orgs.signin"
    label = "signin"
    verbose_name = "登录"
