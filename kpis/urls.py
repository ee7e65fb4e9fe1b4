"""Addresses of the figures (/figures/…) and of the process tree, which stands among the standards."""

from django.urls import path

from kpis.views import dashboard, deviations, effects, exports, feeds, followup, indicator, links, targets, tree

app_name = "kpis"

urlpatterns = [
    path("figures/", dashboard.dashboard_page, name="dashboard"),
    path("figures/export/<slug:what>/", exports.export, name="export"),
    path("figures/targets/", targets.targets_page, name="targets"),
    path("figures/targets/<slug:code>/", targets.target_page, name="target"),
    path("figures/events/<slug:code>/", targets.event_add_page, name="event_add"),
    path("figures/events/<int:pk>/remove/", targets.event_remove, name="event_remove"),
    path("figures/follow-up/", followup.followup_start, name="followups"),
    path("figures/follow-up/<str:unit>/<slug:cadence>/", followup.closings_page, name="followup"),
    path(
        "figures/follow-up/<str:unit>/<slug:cadence>/<slug:first>/<int:number>/",
        followup.closing_page,
        name="followup",
    ),
    path(
        "figures/follow-up/<str:unit>/<slug:cadence>/<slug:first>/<int:number>/review/",
        followup.review,
        name="review",
    ),
    path("figures/effects/<int:pk>/", effects.action_effect, name="action_effect"),
    path("figures/effects/<int:pk>/edit/", effects.action_effect_edit, name="action_effect_edit"),
    path("figures/terms/<int:pk>/", links.term_measure, name="term_measure"),
    path("figures/matters/<int:pk>/", links.item_indicator, name="item_indicator"),
    path("figures/observation/<uuid:pk>/", indicator.observation_figures, name="observation_figures"),
    path("figures/deviation/<int:pk>/open/", deviations.deviation_open, name="deviation_open"),
    path("figures/deviation/<int:pk>/figures/", deviations.deviation_figures, name="deviation_figures"),
    path("figures/deviation/<int:pk>/of-figure/", deviations.figure_deviations, name="figure_deviations"),
    path("figures/<slug:code>/", indicator.indicator_page, name="indicator"),
    path("standards/tree/", tree.tree_page, name="tree"),
    path("standards/points/<slug:code>/indicators/", tree.point_indicators, name="point_indicators"),
    path("standards/points/<slug:code>/feeds/", feeds.point_feeds, name="point_feeds"),
    path(
        "standards/points/<slug:code>/feeds/<slug:indicator>/remove/",
        feeds.point_feed_remove,
        name="point_feed_remove",
    ),
]
