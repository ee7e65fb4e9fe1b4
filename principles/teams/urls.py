"""Addresses under Together: units, crews, people, rota, calendar, audit trail, oneself."""

from django.urls import path

from principles.teams.views import audit, crews, me, people, roles, scheduling, team, units

app_name = "teams"
urlpatterns = [
    path("", units.start, name="start"),
    path("units/", units.units, name="units"),
    path("new-unit/", units.unit_new, name="unit_new"),
    path("units/<str:code>/", units.unit, name="unit"),
    path("units/<str:code>/edit/", units.unit_edit, name="unit_edit"),
    path("units/<str:code>/move/", units.unit_move, name="unit_move"),
    path("units/<str:code>/close/", units.unit_close, name="unit_close"),
    path("units/<str:code>/keep/", units.unit_reopen, name="unit_reopen"),
    path("crews/", crews.crews, name="crews"),
    path("new-crew/", crews.crew_new, name="crew_new"),
    path("crews/<str:code>/edit/", crews.crew_edit, name="crew_edit"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/out-of-use/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/into-use/", people.person_reactivate, name="person_reactivate"),
    path("people/<int:pk>/new-password/", people.person_password, name="person_password"),
    path("people/<int:pk>/new-role/", roles.role_new, name="role_new"),
    path("roles/<int:pk>/end/", roles.role_end, name="role_end"),
    path("team/", team.team_start, name="team_start"),
    path("team/<str:unit>/", team.team, name="team"),
    path("rota/", scheduling.rota, name="rota"),
    path("rota/new/", scheduling.rota_new, name="rota_new"),
    path("rota/<int:pk>/take-back/", scheduling.rota_withdraw, name="rota_withdraw"),
    path("calendar/", scheduling.calendar, name="calendar"),
    path("calendar/new/", scheduling.calendar_new, name="calendar_new"),
    path("calendar/<int:pk>/take-back/", scheduling.calendar_withdraw, name="calendar_withdraw"),
    path("me/", me.me, name="me"),
    path("me/password/", me.password, name="password"),
    path("audit/", audit.audit, name="audit"),
    path("audit/audit.csv", audit.audit_export, name="audit_export"),
]
