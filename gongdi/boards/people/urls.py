"""新建账号与离任移交的地址。"""

from django.urls import URLPattern, path

from gongdi.boards.people import views

urlpatterns: list[URLPattern] = [
    path("people/new", views.new_account, name="person-new"),
    path("people/new/read-only", views.new_reader, name="person-new-reader"),
    path("people/<uuid:ref>/leave", views.leave, name="person-leave"),
]
