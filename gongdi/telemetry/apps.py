"""扬尘噪声监测室在 Django 里的登记。"""

from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "gongdi.telemetry"
    label = "telemetry"
    verbose_name = "扬尘噪声监测"
