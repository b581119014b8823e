"""Django 设置：全部由 config 推出，没有默认密钥。"""

import os
import secrets
from typing import Any

from gongdi.config.load import Config, ConfigError, load
from gongdi.web.static_version import tree_version

CONFIG = load(os.environ)


def _secret_key(config: Config) -> str:
    """The generated key; before the first start a random one for this process (checks need no system)."""
    try:
        return config.secret("django")
    except ConfigError:
        return secrets.token_urlsafe(32)


def _database(config: Config) -> dict[str, Any]:
    try:
        parts = config.connection(config.django_role)
    except ConfigError:
        parts = {"host": str(config.data / "postgres" / "run"), "dbname": "gongdi"}
    known = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    options: dict[str, Any] = {key: value for key, value in parts.items() if key not in known}
    if config.django_role == "app":
        options["pool"] = {"min_size": 0, "max_size": 8, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{name: parts.get(key, "") for key, name in known.items()},
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }


def _identity_providers(config: Config) -> dict[str, Any]:
    """The provincial identity provider of the environment for the library; nothing when there is none."""
    found = config.identity
    if found is None:
        return {}
    app = {
        "provider_id": "sso",
        "name": found.name,
        "client_id": found.client_id,
        "secret": found.secret,
        "settings": {"server_url": found.issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


SECRET_KEY = _secret_key(CONFIG)
DEBUG = False
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": _database(CONFIG)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "orgs.User"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "gongdi.orgs.signin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "gongdi.kernel",
    "gongdi.notify",
    "gongdi.orgs",
    "gongdi.desk",
    "gongdi.projects",
    "gongdi.inventory",
    "gongdi.equipment",
    "gongdi.telemetry",
    "gongdi.returns",
    "gongdi.maps",
    "gongdi.boards",
    "gongdi.api",
    "gongdi.web",
]
MIDDLEWARE = [
    "gongdi.web.trace.Trace",
    "gongdi.web.security.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "gongdi.web.security.RefuseOddBytes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gongdi.web.guard.Guard",
]
ROOT_URLCONF = "gongdi.web.urls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "gongdi.web.shell.shell",
            ],
        },
    }
]
SYSTEM_NAME = "山西省建设工程质量安全监管信息系统"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# 静态文件由 asgi.py 从内存应答；地址里带整棵树的摘要，内容变了地址就变，可以永久缓存。
STATIC_URL = f"/static/{tree_version()}/"

LOGIN_URL = "signin"
LOGIN_REDIRECT_URL = "workbench"
PASSWORD_HASHERS = ["gongdi.orgs.signin.hashers.OneLaneArgon2"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "gongdi.orgs.signin.passwords.StrongPassword"}]

# 登录：django-allauth 只用第二因素的表与算法和统一身份的协议，地址与页面都是自己的（gongdi/orgs/signin）
ACCOUNT_ADAPTER = "gongdi.orgs.signin.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "gongdi.orgs.signin.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODE_DIGITS = 10
SOCIALACCOUNT_ADAPTER = "gongdi.orgs.signin.adapters.IdentityAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = _identity_providers(CONFIG)

SESSION_COOKIE_NAME = "gongdi_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "gongdi_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "gongdi.web.pages.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "gongdi": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
