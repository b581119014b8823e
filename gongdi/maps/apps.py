"""地图房间的登记。"""

from django.apps import AppConfig


class MapsConfig(AppConfig):
    """Map of the sites (地图) with clusters."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "gongdi.maps"
    label = "maps"
    verbose_name = "地图"
