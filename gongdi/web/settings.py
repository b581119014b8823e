"""Django 设置：全部由 config 推出，没有默认密钥。"""

import os
import secrets
from typing import Any

from gongdi.config.load import Config, ConfigError, load

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
        parts = {"host": str(config.data / "postgres" / "run")}
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
    "gongdi.kernel",
    "gongdi.orgs",
    "gongdi.projects",
    "gongdi.equipment",
    "gongdi.telemetry",
    "gongdi.returns",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "gongdi.web.urls"
TEMPLATES: list[dict[str, Any]] = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}}
]
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
