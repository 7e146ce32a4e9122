"""The plugin's addresses. One takes the webhooks of all events, since a project has one webhook URL."""

from django.urls import path

from . import views

_EVENT = "control/event/<str:organizer>/<str:event>/usdt/"

urlpatterns = [
    path("_usdt/webhook/", views.webhook, name="webhook"),
    path(_EVENT, views.Status.as_view(), name="status"),
    path(_EVENT + "test/<str:what>/", views.Test.as_view(), name="test"),
    path(_EVENT + "settle/<int:pk>/", views.Settle.as_view(), name="settle"),
    path(_EVENT + "check/<int:pk>/", views.Check.as_view(), name="check"),
]

event_patterns = [
    path("usdt/return/<str:token>/", views.returned, name="return"),
]
