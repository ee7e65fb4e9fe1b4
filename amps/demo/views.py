"""The page that says what is in the demo."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from amps.demo.people import DEMO_LOGINS, DEMO_PASSWORD
from amps.demo.stories import is_demo, stories


@require_GET
@login_not_required
def demo_stories(request: HttpRequest) -> HttpResponse:
    """What happened in the demo plant and where to see it. 404 where no demo is loaded."""
    if not is_demo():
        raise Http404
    context = {"stories": stories(timezone.now()), "logins": DEMO_LOGINS, "password": DEMO_PASSWORD}
    return render(request, "demo/stories.html", context)
