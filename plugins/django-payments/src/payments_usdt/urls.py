"""The addresses of django-payments, and those of this provider."""

from django.urls import include, path

from . import views

urlpatterns = [
    path("usdt/go/<uuid:token>/", views.go, name="usdt_go"),
    path("usdt/return/<str:token>/", views.returned, name="usdt_return"),
    path("", include("payments.urls")),
]
