"""The shop's addresses."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("payments/", include("payments_usdt.urls")),
    path("pay/", views.pay, name="pay"),
    path("pay/again/", views.pay_again, name="pay_again"),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
