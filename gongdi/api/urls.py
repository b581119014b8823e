"""接入台、报文检查与接口的地址。"""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
