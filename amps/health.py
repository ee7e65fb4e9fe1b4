"""GET /healthz: is every part of this installation alive?"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from amps.heartbeat import parts_alive


@require_GET
@login_not_required
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when database, worker, schedule and queue are alive, else 503 with the names of those that are not."""
    parts = parts_alive(now=timezone.now())
    down = [name for name, state in parts.items() if state not in {"ok", "unknown"}]
    response = JsonResponse({"status": "down" if down else "ok", "down": down, **parts}, status=503 if down else 200)
    # Whoever asks gets the answer; the log need not repeat it as an error of the product.
    response._has_been_logged = True  # type: ignore[attr-defined] # Django's own mark
    return response
