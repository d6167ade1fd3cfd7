"""The metrics on the web server, for clients with the token."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from techlist.metrics import access


@csrf_exempt
@login_not_required
def show(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS.token:
        raise Http404
    if request.method not in {"GET", "HEAD"}:
        return JsonResponse({"detail": "Use GET."}, status=405, headers={"Allow": "GET, HEAD"})
    if not access.has_token(request.headers.get("Authorization", "")):
        return JsonResponse({"detail": access.WRONG_TOKEN}, status=401, headers=access.CHALLENGE)
    from techlist.metrics import exposition  # noqa: PLC0415  only those who are asked need Prometheus's library

    content, content_type = exposition.render(request.headers.get("Accept", ""))
    return HttpResponse(content, content_type=content_type, headers={"Cache-Control": "no-store"})
