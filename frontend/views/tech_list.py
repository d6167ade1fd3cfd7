"""The list, the form for adding, and the status of submissions. All views work with and without htmx."""

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
from frontend.impacts import LABELS
from frontend.presenters.delay import Delay
from frontend.presenters.list_fragments import ListFragments
from frontend.presenters.overview import Overview
from frontend.presenters.saved_views import ViewMenu, address_to_open
from frontend.presenters.submission_status import SubmissionStatus, shown_on, url_with
from frontend.presenters.text_preview import Preview
from frontend.responses import Request, refuse, refuse_too_many, render_page, see_other
from techs.api import throttling
from techs.inventory.groups import GroupPage
from techs.inventory.queries import ListQuery
from techs.models import Submission, SubmissionState
from techs.submissions import outbox


# A page of a hundred similar rows compresses to a tenth. Django masks CSRF tokens differently in each response, which
# protects them against BREACH.
@gzip_page
@require_safe
def list_techs(request: Request) -> HttpResponse:
    if not request.htmx and (address := address_to_open(request)):
        return redirect(address)
    try:
        query = ListQuery.from_params(request.GET)
        groups = GroupPage.from_params(request.GET) if request.GET.get("by") else None
    except ValidationError as error:
        return refuse(request, " ".join(error.messages), status=HTTPStatus.BAD_REQUEST)
    # Read the submissions before the list, so that any shown as done is on the list.
    entries = shown_on(request)
    page = ListFragments.read(query, groups)
    if request.htmx and not request.htmx.history_restore_request:
        response = render_page(request, "frontend/_list.html", {"list": page, "form": AddForm()})
        # The address that the search form requests also contains its empty fields.
        return replace_url(response, page.url) if request.htmx.trigger == "search" else response
    context = {
        "list": page,
        "form": AddForm(),
        "entries": entries,
        "menu": ViewMenu.of(page.views, request, query, groups),
        "impacts": LABELS.items(),
        "is_wall": request.GET.get("view") == "wall",
    }
    return render_page(request, "frontend/list.html", context)


@require_safe
def show_data_age(request: Request) -> HttpResponse:
    """Render the age of the lifecycle data for htmx, which polls while new data is downloaded."""
    age = Overview.read().lifecycle_data
    if not request.htmx or age is None:
        return redirect("frontend:list")
    response = render_page(request, "frontend/_data_age.html", {"age": age})
    return trigger_client_event(response, "techs-changed") if age.has_just_come else response


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    """Accept a technology. With htmx, its status appears below the form; otherwise, the list shows it."""
    if request.method != "POST":
        # The user reloaded the page that showed an invalid form.
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
    """Show the status of a submission, as a small page or, for htmx, as a fragment if it has changed."""
    submission = get_object_or_404(Submission.objects.select_related("tech"), uuid=uuid)
    entry = SubmissionStatus.of(submission)
    context = {"entry": entry}
    if not request.htmx:
        return render_page(request, "frontend/submission.html", context)
    is_waiting = submission.public_state == SubmissionState.QUEUED
    if is_waiting and entry.seen == request.META["QUERY_STRING"]:
        # Nothing changed, so replace only the invisible polling element. Screen readers stay silent.
        return render_page(request, "frontend/_poll.html", context)
    template = "frontend/_submission_late.html" if is_waiting else "frontend/_submission.html"
    response = render_page(request, template, context)
    reswap(retarget(response, f"#submission-{uuid}"), "outerHTML")
    return response if is_waiting else trigger_client_event(response, "techs-changed")


@require_safe
def show_delay(request: Request) -> HttpResponse:
    """Render the text of the delay warning for htmx. Once the delay is over, remove the warning."""
    if not request.htmx:
        return redirect("frontend:list")
    delay = Delay.now()
    if delay:
        return render_page(request, "frontend/_delay_ages.html", {"delay": delay})
    return reswap(retarget(HttpResponse(), "#delay"), "innerHTML")


@require_safe
def preview(request: Request) -> HttpResponse:
    """Assess the text in the form while it is typed. Invalid text has no preview."""
    if not request.htmx:
        return redirect("frontend:list")
    form = TextForm(request.GET)
    found = Preview.of(form.cleaned_data["text"]) if form.is_valid() else None
    return render_page(request, "frontend/_preview.html", {"preview": found})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Serve the icon at the address that browsers try if a response, such as JSON, does not link to one."""
    return redirect(static("frontend/icon.svg"))


def _show_again(request: Request, form: AddForm) -> HttpResponse:
    if request.htmx:
        # Status 200, because browsers log others as errors of the page, which a typing mistake is not.
        return render_page(request, "frontend/_form.html", {"form": form})
    page = ListFragments.read(ListQuery())
    menu = ViewMenu.of(page.views, request)
    context = {"list": page, "form": form, "menu": menu, "impacts": LABELS.items()}
    return render_page(request, "frontend/list.html", context, status=HTTPStatus.BAD_REQUEST)
