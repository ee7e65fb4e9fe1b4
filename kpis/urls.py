"""Addresses of the figures (/figures/…) and of the process tree, which stands among the standards."""

from django.urls import path

from kpis.views import tree

app_name = "kpis"

urlpatterns = [
    path("standards/tree/", tree.tree_page, name="tree"),
    path("standards/points/<slug:code>/indicators/", tree.point_indicators, name="point_indicators"),
]
