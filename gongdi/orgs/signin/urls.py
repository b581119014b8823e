"""登录与我的账号的地址：只开放用得着的几个，每个有名字。"""

from django.urls import path

from gongdi.orgs.signin import views

urlpatterns = [
    path("signin/code", views.second_step, name="signin-code"),
    path("signin/qr", views.qr_new, name="signin-qr"),
    path("signin/qr/state", views.qr_state, name="signin-qr-state"),
    path("signin/qr/enter", views.qr_enter, name="signin-qr-enter"),
    path("signin/scan/<str:code>", views.scan, name="signin-scan"),
    path("signin/waiting", views.waiting, name="signin-waiting"),
    path("sso/<slug:provider_id>/login", views.identity_login, name="openid_connect_login"),
    path("sso/<slug:provider_id>/back", views.identity_back, name="openid_connect_callback"),
    path("audit/signins", views.audit_log, name="signin-log"),
    path("me/", views.account, name="account"),
    path("me/password", views.password, name="account-password"),
    path("me/second-factor", views.factor, name="account-factor"),
    path("me/second-factor/off", views.factor_off, name="account-factor-off"),
    path("me/recovery-codes", views.codes, name="account-codes"),
    path("me/sessions/<uuid:ref>/end", views.end_session, name="account-session-end"),
    path("me/identity", views.link_identity, name="account-identity"),
]
