"""All addresses of the product. Each app owns its own url module; this list only says where it hangs."""

from django.contrib import admin
from django.urls import include, path

from amps.demo.views import demo_stories
from amps.favicon import favicon
from amps.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("favicon.ico", favicon, name="favicon"),
    path("demo/", demo_stories, name="demo_stories"),
    path("", include("principles.teams.door_urls")),
    path("together/improvement/", include("principles.improvement.urls")),
    path("together/agreements/", include("principles.agreements.urls")),
    path("together/flow/", include("principles.flow.urls")),
    path("together/", include("principles.teams.urls")),
    path("direction/", include("roadmap.urls")),
    path("documents/", include("amps.documents.urls")),
    path("admin/", admin.site.urls),
    path("", include("kpis.urls")),
    path("standards/", include("sops.urls")),
    path("shift/", include("observations.urls")),
]
