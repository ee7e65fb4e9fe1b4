"""Addresses of routes and the bottleneck, under /together/flow/."""

from django.urls import path

from principles.flow import views

app_name = "flow"

urlpatterns = [
    path("", views.routes, name="routes"),
    path("new/", views.route_new, name="route_new"),
    path("<str:code>/", views.route, name="route"),
    path("<str:code>/edit/", views.route_edit, name="route_edit"),
    path("<str:code>/processes/new/", views.step_add, name="step_add"),
    path("<str:code>/processes/<int:pk>/remove/", views.step_remove, name="step_remove"),
]
