"""The list, the form to add, and how a submission stands. Each view works with htmx and without."""

from http import HTTPStatus
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import replace_url, reswap, retarget, trigger_client_event

from frontend.forms.tech import AddForm, TextForm
from frontend.presenters.delay import Delay
from frontend.presenters.list_page import ListPage
from frontend.presenters.overview import Overview
from frontend.presenters.submission_status import SubmissionStatus, shown_on, url_with
from frontend.presenters.text_preview import Preview
from frontend.responses import Request, refuse, refuse_too_many, render_page, see_other
from techs.api import throttling
from techs.inventory.queries import ListQuery
from techs.models import Submission, SubmissionState
from techs.submissions import outbox


# A full page is a hundred rows that are much alike, and a tenth of it goes over the wire. Form tokens differ each time.
@gzip_page
@require_safe
def list_techs(request: Request) -> HttpResponse:
    """The list with the form, or for htmx the list alone."""
    try:
        query = ListQuery.from_params(request.GET)
    except ValidationError as error:
        return refuse(request, " ".join(error.messages), status=HTTPStatus.BAD_REQUEST)
    # First: a submission that is done by then is on the list that is read afterwards.
    entries = shown_on(request)
    page = ListPage.read(query)
    if request.htmx and not request.htmx.history_restore_request:
        response = render_page(request, "frontend/_list.html", {"page": page, "form": AddForm()})
        # A search form's own address names every field, the empty ones too.
        return replace_url(response, page.url) if request.htmx.trigger == "search" else response
    context = {"page": page, "form": AddForm(), "entries": entries}
    return render_page(request, "frontend/list.html", context)


@require_safe
def show_overview(request: Request) -> HttpResponse:
    """The overview alone, for htmx, when the list has changed."""
    if not request.htmx:
        return redirect("frontend:list")
    return render_page(request, "frontend/_overview.html", {"overview": Overview.read()})


@require_safe
def show_facts_age(request: Request) -> HttpResponse:
    """The age of the lifecycle data alone, for htmx, while newer data is fetched. The list follows new data."""
    facts = Overview.read().facts
    if not request.htmx or facts is None:
        return redirect("frontend:list")
    response = render_page(request, "frontend/_facts_age.html", {"facts": facts})
    return trigger_client_event(response, "techs-changed") if facts.has_just_come else response


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    """Accept a technology. The form stays where it is with htmx; without, the list shows the submission."""
    if request.method != "POST":
        # Somebody loads the address of a refused form again.
        return redirect("frontend:list")
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    form = AddForm(request.POST, focus=True)
    if not form.is_valid():
        return _show_again(request, form)
    added = [outbox.accept(**given) for given in form.accepted()]
    if request.htmx:
        context = {"form": AddForm(focus=True), "entries": [SubmissionStatus.of(submission) for submission in added]}
        return render_page(request, "frontend/_added.html", context)
    return see_other(url_with(added, on=reverse("frontend:list")))


@require_safe
def submission_state(request: Request, uuid: UUID) -> HttpResponse:
    """How a submission stands: a small page, or for htmx what changed since it asked last."""
    submission = get_object_or_404(Submission.objects.select_related("tech"), uuid=uuid)
    entry = SubmissionStatus.of(submission)
    context = {"entry": entry}
    if not request.htmx:
        return render_page(request, "frontend/submission.html", context)
    is_waiting = submission.public_state == SubmissionState.QUEUED
    if is_waiting and entry.is_late == ("late" in request.GET):
        # Only the invisible poll is replaced: nothing changed, so nothing is read out.
        return render_page(request, "frontend/_poll.html", context)
    template = "frontend/_submission_late.html" if is_waiting else "frontend/_submission.html"
    response = render_page(request, template, context)
    reswap(retarget(response, f"#submission-{uuid}"), "outerHTML")
    return response if is_waiting else trigger_client_event(response, "techs-changed")


@require_safe
def show_delay(request: Request) -> HttpResponse:
    """What the notice says that assessment is delayed, for htmx; the notice goes when all is well again."""
    if not request.htmx:
        return redirect("frontend:list")
    delay = Delay.now()
    if delay:
        return render_page(request, "frontend/_delay_ages.html", {"delay": delay})
    return reswap(retarget(HttpResponse(), "#delay"), "innerHTML")


@require_safe
def preview(request: Request) -> HttpResponse:
    """What the text in the form would become, for htmx while it is typed. What cannot be added yet has no preview."""
    if not request.htmx:
        return redirect("frontend:list")
    form = TextForm(request.GET)
    found = Preview.of(form.cleaned_data["text"]) if form.is_valid() else None
    return render_page(request, "frontend/_preview.html", {"preview": found})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon if a page names none, as JSON does."""
    return redirect(static("frontend/icon.svg"))


def _show_again(request: Request, form: AddForm) -> HttpResponse:
    """The form again, with the typed text and what is wrong with it."""
    if request.htmx:
        # 200, because a browser reports every other status as an error of the page, and a typing mistake is none.
        return render_page(request, "frontend/_form.html", {"form": form})
    context = {"page": ListPage.read(ListQuery()), "form": form}
    return render_page(request, "frontend/list.html", context, status=HTTPStatus.BAD_REQUEST)
