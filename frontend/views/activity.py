"""The pages of activity: who changed what and when."""

from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from frontend.presenters.activity_page import ActionPage, ActivityPage
from frontend.responses import Request, refuse, render_page
from techs.models import Action


@gzip_page
@require_safe
def show(request: Request) -> HttpResponse:
    page = ActivityPage.read(request.GET)
    status = HTTPStatus.BAD_REQUEST if page.filters.problems else HTTPStatus.OK
    return render_page(request, "frontend/activity.html", {"page": page}, status=status)


@gzip_page
@require_safe
def show_action(request: Request, pk: int) -> HttpResponse:
    """Show an action with all of its changes, in pages."""
    action = get_object_or_404(Action, pk=pk)
    try:
        page = ActionPage.read(action, request.GET)
    except ValidationError as error:
        return refuse(request, " ".join(error.messages), status=HTTPStatus.BAD_REQUEST)
    return render_page(request, "frontend/action.html", {"page": page})
