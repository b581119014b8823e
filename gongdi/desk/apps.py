"""开户与服务窗口这一套表在 Django 里的登记。"""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Desk (开户与服务窗口): invitations, registrations of enterprises, contacts, questions."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "gongdi.desk"
    label = "desk"
    verbose_name = "开户与服务窗口"
