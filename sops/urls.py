"""Addresses of the standards, under /standards/."""

from django.urls import path

from sops.views import approval, deviations, drafting, listing, new_points, pages, register

app_name = "sops"

urlpatterns = [
    path("", listing.sop_list, name="list"),
    path("new/", drafting.sop_new, name="new"),
    path("points/", pages.point_list, name="points"),
    path("points/<slug:code>/", pages.point_page, name="point"),
    path("points/<slug:code>/edit/", register.point_change, name="point_edit"),
    path("deviations/<int:pk>/", deviations.deviation_standard, name="deviation_standard"),
    path("deviations/<int:pk>/edit/", deviations.deviation_standard_edit, name="deviation_standard_edit"),
    path("deviations/<int:pk>/draft/", deviations.deviation_draft, name="deviation_draft"),
    path("<str:code>/", pages.sop_page, name="sop"),
    path("<str:code>/draft/", drafting.draft_start, name="draft"),
    path("<str:code>/<int:number>/", pages.revision_page, name="revision"),
    path("<str:code>/<int:number>/changes/", pages.changes_page, name="changes"),
    path("<str:code>/<int:number>/steps/<int:step>/", pages.step_card, name="step_card"),
    path("<str:code>/<int:number>/edit/", drafting.edit, name="edit"),
    path("<str:code>/<int:number>/edit/texts/", drafting.header, name="header"),
    path("<str:code>/<int:number>/edit/steps/new/", drafting.step_add, name="step_add"),
    path("<str:code>/<int:number>/edit/steps/<int:step_id>/", drafting.step_edit, name="step_edit"),
    path("<str:code>/<int:number>/edit/steps/<int:step_id>/remove/", drafting.step_remove, name="step_remove"),
    path("<str:code>/<int:number>/edit/steps/<int:step_id>/move/", drafting.step_move, name="step_move"),
    path("<str:code>/<int:number>/edit/steps/<int:step_id>/points/", drafting.point_bind, name="point_bind"),
    path("<str:code>/<int:number>/edit/steps/<int:step_id>/points/new/", new_points.point_add, name="point_add"),
    path("<str:code>/<int:number>/edit/points/<int:bound_id>/", new_points.point_rewrite, name="point_rewrite"),
    path("<str:code>/<int:number>/edit/points/<int:bound_id>/remove/", drafting.point_unbind, name="point_unbind"),
    path("<str:code>/<int:number>/send/", approval.send, name="send"),
    path("<str:code>/<int:number>/withdraw/", approval.withdraw, name="withdraw"),
    path("<str:code>/<int:number>/send-back/", approval.send_back, name="send_back"),
    path("<str:code>/<int:number>/approve/", approval.approve, name="approve"),
]
