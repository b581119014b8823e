"""接入标准房间的登记。"""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Access bench (接入台) and packet checker."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "gongdi.api"
    label = "api"
    verbose_name = "接入标准"
