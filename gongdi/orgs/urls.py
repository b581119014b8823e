"""单位、人员与账号的地址。"""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("gongdi.orgs.desk.urls")),
]
