"""Change the selected technologies of the list. The view works without JavaScript."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from frontend.forms.selection import SelectionForm
from frontend.navigation import way_to_list
from frontend.presenters.bulk_words import words_of
from frontend.responses import Request, refuse, refuse_too_many, retry_later, see_other
from frontend.views.tech_detail import CACHE_AWAY
from techs.api import throttling
from techs.exceptions import TooManySelected
from techs.inventory import bulk_changes
from techs.inventory.bulk_changes import Report
from techs.models import Action


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request) -> HttpResponse:
    """Change the selected technologies, and return to the list, which offers undo."""
    if request.method != "POST":
        # The user reloaded the page that showed an error.
        return redirect(way_to_list(request))
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    form = SelectionForm(request.POST)
    if not form.is_valid():
        return refuse(request, form.problem, status=HTTPStatus.BAD_REQUEST)
    newest = _newest()
    try:
        report = _apply(form)
    except (TooManySelected, ValidationError) as error:
        return refuse(request, _problem(error), status=HTTPStatus.BAD_REQUEST)
    except RedisError:
        if _newest() != newest:
            raise  # some were changed, but the cache failed afterwards
        return retry_later(refuse(request, CACHE_AWAY, status=HTTPStatus.SERVICE_UNAVAILABLE))
    _report(request, form, report)
    return see_other(way_to_list(request))


def _apply(form: SelectionForm) -> Report:
    given = form.cleaned_data
    techs = bulk_changes.matching(form.list_query) if given["all"] else given["tech"]
    return bulk_changes.apply(techs, given["bulk_change"], seen_at=given["seen_at"])


def _report(request: Request, form: SelectionForm, report: Report) -> None:
    level = messages.WARNING if report.skipped or not report.action else messages.SUCCESS
    words = words_of(form.cleaned_data["bulk_change"], report)
    # The tag is the action that the message offers to undo.
    messages.add_message(request, level, words, extra_tags=str(report.action or ""))


def _problem(error: TooManySelected | ValidationError) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _newest() -> int | None:
    return Action.objects.order_by("-pk").values_list("pk", flat=True).first()
