"""工作台与跨房间页面的地址。"""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
