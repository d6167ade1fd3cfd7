"""Choose theme and density. With JavaScript, the page changes without a request; see page.js."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from frontend.appearance import chosen
from frontend.navigation import page_before
from frontend.responses import see_other

_YEAR = 365 * 24 * 60 * 60


# Without a CSRF token, which would be the only one on most pages: another site could at most change the colours.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("frontend:list")
    response = see_other(page_before(request))
    for name, value in chosen(request.POST):
        if value:
            response.set_cookie(name, value, max_age=_YEAR, samesite="Lax")
        else:
            response.delete_cookie(name, samesite="Lax")
    return response
