"""The services, one service, uploads for it, and resolved technologies. All views work without JavaScript."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from frontend.forms.service import ApplyForm, NewServiceForm, ServiceEditForm, UploadForm
from frontend.presenters.activity_page import newest_of_service
from frontend.presenters.changes import Changes
from frontend.presenters.delay import Delay
from frontend.presenters.resolved_page import ResolvedPage
from frontend.presenters.service_page import ServicePage
from frontend.presenters.services_page import ServicesPage
from frontend.presenters.upload_draft import UploadDraft
from frontend.responses import Request, refuse, refuse_too_many, render_page, see_other
from techs.api import throttling
from techs.exceptions import LargeRemoval, NameTaken, ServiceArchived
from techs.imports import upload_results, uploads
from techs.imports.manifests import ManifestError
from techs.inventory import services
from techs.inventory.service_lists import ServiceQuery
from techs.inventory.service_reads import ResolvedQuery
from techs.models import Service, ServiceSource, Upload, UploadState
from techs.submissions import uploads_outbox

NOT_FOUND = "There is no such service. Perhaps it was deleted."
SOURCE_GONE = "This service has no such file. Perhaps it was removed already."
NAME_TAKEN = "Another service has this name."
NOT_CONFIRMED = "Nothing was saved. Confirm the removal, or choose another file."
# Seconds between polls, which grow with the time it takes.
POLL_AT_LEAST, POLL_AT_MOST = 1, 5

Change: TypeAlias = Callable[[Request, Service], HttpResponse]


def changing(change: Change) -> Callable[[Request, str], HttpResponse]:
    """Decorate a view that changes a service: limit writes, and handle a missing or archived one."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(change)
    def view(request: Request, slug: str) -> HttpResponse:
        if request.method != "POST":
            # The user reloaded the page that showed an invalid form.
            return redirect("frontend:service", slug)
        if wait := throttling.seconds_to_wait(request):
            return refuse_too_many(request, wait)
        try:
            return change(request, Service.objects.get(slug=slug))
        except Service.DoesNotExist:
            return refuse(request, NOT_FOUND, status=HTTPStatus.NOT_FOUND)
        except ServiceArchived as error:
            # Its page offers to restore it.
            messages.warning(request, str(error))
            return _show(request, slug, status=HTTPStatus.CONFLICT)

    return view


@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def show_all(request: Request) -> HttpResponse:
    """Show the services and the form for a new one."""
    if request.method == "POST":
        return _create(request)
    try:
        query = ServiceQuery.from_params(request.GET)
    except ValidationError as error:
        return refuse(request, " ".join(error.messages), status=HTTPStatus.BAD_REQUEST)
    return _show_all(request, query)


@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: Request, slug: str) -> HttpResponse:
    if request.method == "POST":
        return _edit(request, slug)
    try:
        return _show(request, slug)
    except Service.DoesNotExist:
        return refuse(request, NOT_FOUND, status=HTTPStatus.NOT_FOUND)


@changing
def archive(request: Request, service: Service) -> HttpResponse:
    """Archive a service. Its page then offers undo."""
    _change(service, archived=True)
    return see_other(_url(service))


@changing
def restore(request: Request, service: Service) -> HttpResponse:
    _change(service, archived=False)
    messages.success(request, f"{service.name} is active again.")
    return see_other(_url(service))


@changing
def preview(request: Request, service: Service) -> HttpResponse:
    """Preview the changes that a file would make. Nothing is stored."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, service.slug, upload_form=form, status=HTTPStatus.BAD_REQUEST)
    try:
        return _preview(request, service, form.cleaned_data["draft"])
    except ManifestError as error:
        form.add_error("file", f"{form.cleaned_data['file'].name}: {error}")
        return _show(request, service.slug, upload_form=form, status=HTTPStatus.BAD_REQUEST)


@changing
def apply(request: Request, service: Service) -> HttpResponse:
    """Accept the upload that the preview showed."""
    form = ApplyForm(request.POST)
    if not form.is_valid():
        problem = " ".join(map(str, form.errors["draft"]))
        return _show(request, service.slug, upload_problem=problem, status=HTTPStatus.BAD_REQUEST)
    draft = form.cleaned_data["draft"]
    try:
        upload, _ = uploads.accept(service, draft.source, draft.file, is_confirmed=form.is_confirmed)
    except LargeRemoval:
        return _preview(request, service, draft, problem=NOT_CONFIRMED, status=HTTPStatus.CONFLICT)
    except ManifestError as error:
        return _show(request, service.slug, upload_problem=str(error), status=HTTPStatus.BAD_REQUEST)
    return see_other(reverse("frontend:upload", args=[service.slug, upload.pk]))


@changing
def remove_source(request: Request, service: Service) -> HttpResponse:
    """Remove a source, and show the progress."""
    try:
        upload = uploads.remove(service, request.POST.get("source", ""))
    except ServiceSource.DoesNotExist:
        return refuse(request, SOURCE_GONE, status=HTTPStatus.NOT_FOUND)
    return see_other(reverse("frontend:upload", args=[service.slug, upload.pk]))


@require_safe
def progress(request: Request, slug: str, pk: int) -> HttpResponse:
    """Show the progress and the result of an upload, as a page or, for htmx, only the part that changes."""
    upload = get_object_or_404(Upload.objects.select_related("service", "source"), pk=pk, service__slug=slug)
    result = upload_results.of_upload(upload)
    age = int((timezone.now() - upload.created_at).total_seconds())
    is_late = upload.public_state == UploadState.QUEUED and Delay.now() is not None
    context = {
        "service": upload.service,
        "upload": upload,
        "state": upload.public_state,
        "changes": Changes.of(result),
        "errors": result["errors"],
        "skipped_rows": result["skipped_lines"],
        "poll_after": min(max(age // 10, POLL_AT_LEAST), POLL_AT_MOST),
        "check_again": not request.htmx,
        "is_late": is_late,
        # Screen readers would read an unchanged warning out again.
        "shows_delay": bool(request.htmx) and is_late != ("late" in request.GET),
    }
    return render_page(request, "frontend/_upload.html" if request.htmx else "frontend/upload.html", context)


@gzip_page
@require_safe
def show_resolved(request: Request) -> HttpResponse:
    """Show the technologies that left the list, by month."""
    try:
        query = ResolvedQuery.from_params(request.GET)
    except ValidationError as error:
        return refuse(request, " ".join(error.messages), status=HTTPStatus.BAD_REQUEST)
    return render_page(request, "frontend/resolved.html", {"page": ResolvedPage.read(query)})


def _create(request: Request) -> HttpResponse:
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    form = NewServiceForm(request.POST)
    if not form.is_valid():
        return _show_all(request, ServiceQuery(), form=form, status=HTTPStatus.BAD_REQUEST)
    service, is_new = services.create(**form.cleaned_data)
    if not is_new:
        messages.warning(request, f"{service.name} exists already. Nothing was changed.")
    return see_other(_url(service))


@changing
def _edit(request: Request, service: Service) -> HttpResponse:
    form = ServiceEditForm(request.POST, service=service)
    if not form.is_valid():
        return _show(request, service.slug, form=form, status=HTTPStatus.BAD_REQUEST)
    changes = form.changes()
    try:
        if changes:
            _change(service, **changes)
    except NameTaken:
        form.add_error("name", NAME_TAKEN)
        return _show(request, service.slug, form=form, status=HTTPStatus.BAD_REQUEST)
    messages.success(request, "Saved." if changes else "Nothing was changed.")
    return see_other(_url(service))


def _change(service: Service, **changes: Any) -> None:
    uploads_outbox.publish_changes(services.change(service, **changes))


def _preview(
    request: Request, service: Service, draft: UploadDraft, *, problem: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    result = upload_results.of_dry_run(service, draft.source, draft.file)
    context = {
        "service": service,
        "draft": draft,
        "result": result,
        "changes": Changes.of(result),
        "removes": len(result["removed"]),
        "problem": problem,
    }
    return render_page(request, "frontend/upload_preview.html", context, status=status)


def _show_all(request: Request, query: ServiceQuery, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    defaults = {"page": ServicesPage.read(query), "form": NewServiceForm()}
    return render_page(request, "frontend/services.html", defaults | context, status=status)


def _show(request: Request, slug: str, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    """Render the page. context may contain a bound form or upload_form, and a problem of the upload.

    Raises Service.DoesNotExist.
    """
    page = ServicePage.read(slug)
    defaults = {
        "page": page,
        "form": ServiceEditForm(service=page.service),
        "upload_form": UploadForm(),
        "activity": newest_of_service(page.service),
        "stale_days": settings.STALE_DAYS,
    }
    return render_page(request, "frontend/service.html", defaults | context, status=status)


def _url(service: Service) -> str:
    return reverse("frontend:service", args=[service.slug])
