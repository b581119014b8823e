"""单位、人员与账号的地址。"""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
