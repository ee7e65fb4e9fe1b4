"""Addresses of the roadmap, evaluations and the business plan, under /direction/.

One list per part; each part adds to its own.
"""

from django.urls import URLPattern, path

from roadmap.urls_plan import urlpatterns as plan_patterns
from roadmap.views import evaluations, facts, items, principles, results, signing, standard

app_name = "roadmap"

# --- the standard ---
STANDARD: list[URLPattern] = [
    path("roadmap/", standard.standard, name="standard"),
    path("roadmap/versions/<int:pk>/", standard.standard_version, name="standard_version"),
    path("roadmap/import/", standard.standard_import_page, name="standard_import"),
    path("roadmap/local/new/", standard.local_item_new, name="local_item_new"),
    path("roadmap/local/<int:pk>/", standard.local_item_edit_page, name="local_item_edit"),
    path("roadmap/local/<int:pk>/use/", standard.local_item_use_view, name="local_item_use"),
]

# --- self-evaluations ---
EVALUATIONS: list[URLPattern] = [
    path("evaluations/", evaluations.evaluations, name="evaluations"),
    path("evaluations/new/", evaluations.evaluation_new, name="evaluation_new"),
    path("evaluations/<int:pk>/", evaluations.evaluation, name="evaluation"),
    path("evaluations/<int:pk>/progress/", evaluations.evaluation_progress, name="evaluation_progress"),
    path("evaluations/<int:pk>/resume/", items.evaluation_resume, name="evaluation_resume"),
    path("evaluations/<int:pk>/group/", evaluations.evaluation_group, name="evaluation_group"),
    path("evaluations/<int:pk>/leave/", evaluations.evaluation_leave, name="evaluation_leave"),
    path("evaluations/<int:pk>/leader/", evaluations.evaluation_leader, name="evaluation_leader"),
    path("evaluations/<int:pk>/sign/", signing.evaluation_sign_page, name="evaluation_sign"),
    path("evaluations/<int:pk>/withdraw/", signing.evaluation_withdraw, name="evaluation_withdraw"),
    path("evaluations/<int:pk>/reopen/", signing.evaluation_reopen_page, name="evaluation_reopen"),
    path("evaluations/<int:pk>/cancel/", signing.evaluation_cancel_page, name="evaluation_cancel"),
    path("evaluations/<int:pk>/items/<int:item_pk>/", items.evaluation_item, name="evaluation_item"),
    path("evaluations/<int:pk>/items/<int:item_pk>/state/", items.item_state, name="item_state"),
    path("evaluations/<int:pk>/items/<int:item_pk>/mark/", items.item_mark, name="item_mark"),
    path("evaluations/<int:pk>/items/<int:item_pk>/answer/", items.item_answer, name="item_answer"),
    path("evaluations/<int:pk>/items/<int:item_pk>/agreed/", items.item_answer_part, name="item_answer_part"),
]

# --- evidence and results ---
RESULTS: list[URLPattern] = [
    path("results/", results.compare, name="compare"),
    path("results/export.<slug:format>", results.compare_export, name="compare_export"),
    path("results/<int:pk>/", results.results, name="results"),
    path("results/targets/<str:code>/<int:year>/", results.targets, name="targets"),
    path("facts/<int:pk>/", facts.item_facts, name="item_facts"),
]

# --- business plan ---
PLAN: list[URLPattern] = plan_patterns

# --- the five principles ---
PRINCIPLES: list[URLPattern] = [
    path("principles/", principles.principles, name="principles"),
    path("principles/<int:number>/", principles.principle, name="principle"),
]

urlpatterns: list[URLPattern] = [*STANDARD, *EVALUATIONS, *RESULTS, *PLAN, *PRINCIPLES]
