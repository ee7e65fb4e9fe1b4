"""Addresses of the shift's pages, under /shift/."""

from django.urls import path

from observations.views import deviations, events, facts, imports, plans, rounds, shift

app_name = "observations"

urlpatterns = [
    path("", shift.shift, name="shift"),
    path("token/", shift.token, name="token"),
    path("extra/", shift.extra, name="extra"),
    path("round/<int:pk>/", rounds.round_, name="round"),
    path("round/<int:pk>/tap/", rounds.tap, name="tap"),
    path("observation/<uuid:fact_id>/", facts.observation, name="observation"),
    path("observation/<uuid:fact_id>/correct/", facts.correct, name="correct"),
    path("observation/<uuid:fact_id>/undo/", rounds.undo, name="undo"),
    path("observation/<uuid:fact_id>/photo/", facts.photo, name="photo"),
    path("observation/<uuid:fact_id>/deviation/", deviations.deviation_open, name="deviation_open"),
    path("deviation/<int:pk>/", deviations.deviation_source, name="deviation_source"),
    path("photo/<uuid:attachment_id>/", facts.photo_file, name="photo_file"),
    path("events/", events.events, name="events"),
    path("events/reported/", events.event_none_more, name="event_none_more"),
    path("plans/", plans.plans, name="plans"),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/<int:pk>/", plans.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/end/", plans.plan_stop, name="plan_end"),
    path("import/", imports.imports, name="import"),
    path("import/<uuid:draft_id>/", imports.draft, name="import_draft"),
    path("import/<uuid:draft_id>/discard/", imports.discard, name="import_discard"),
]
