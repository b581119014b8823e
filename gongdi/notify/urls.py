"""消息的地址。"""

from django.urls import URLPattern, path

from gongdi.notify import views

urlpatterns: list[URLPattern] = [
    path("messages/", views.message_list, name="messages"),
    path("messages/read", views.read_all, name="messages-read"),
    path("messages/<uuid:ref>", views.message, name="message"),
]
