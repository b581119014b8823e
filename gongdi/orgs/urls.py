"""登录与退出的地址。"""

from django.urls import path

from gongdi.orgs.views import SigninView, SignoutView

urlpatterns = [
    path("signin", SigninView.as_view(), name="signin"),
    path("signout", SignoutView.as_view(), name="signout"),
]
