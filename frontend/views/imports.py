"""Import many technologies: enter lines or a file, check the preview, import, and watch the progress.

All views work without JavaScript.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend.forms.imports import ImportForm, PreviewForm
from frontend.forms.tech import OptionsForm
from frontend.presenters.delay import Delay
from frontend.presenters.import_draft import Draft, DraftChanged
from frontend.presenters.import_preview import SHOWN, Preview, button_id, tick_id
from frontend.presenters.import_result import Result
from frontend.responses import Request, refuse_too_many, render_page, retry_later, see_other
from techs.api import throttling
from techs.api.limits import TOO_MANY_IMPORTS
from techs.exceptions import TooManyImports
from techs.imports import service
from techs.imports.manifests import ManifestError
from techs.imports.service import Progress
from techs.models import Import

SEE_BELOW = "Nothing was saved. Correct the marked fields."
CHANGED = "Newer lifecycle data recognises other technologies in this. Check your selection again."
NOTHING_LEFT = "Select at least one technology to import."
# Seconds between polls, which grow with the time it takes.
POLL_AT_LEAST, POLL_AT_MOST = 1, 5


def _explained(view: Callable[[Request], HttpResponse]) -> Callable[[Request], HttpResponse]:
    """Show the form with the reason if the input takes too long to assess."""

    @wraps(view)
    def explained(request: Request) -> HttpResponse:
        try:
            return view(request)
        except ManifestError as error:
            context = {"form": ImportForm(), "problem": str(error)}
            return render_page(request, "frontend/import.html", context, status=HTTPStatus.BAD_REQUEST)

    return explained


@require_http_methods(["GET", "HEAD", "POST"])
@_explained
def new(request: Request) -> HttpResponse:
    """Show the form. A POST previews the import and stores nothing."""
    if request.method != "POST":
        return render_page(request, "frontend/import.html", {"form": ImportForm()})
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_page(request, "frontend/import.html", {"form": form}, status=HTTPStatus.BAD_REQUEST)
    return _show(request, Preview(form.cleaned_data["draft"], attributes=form.attributes), form)


@require_http_methods(["GET", "HEAD", "POST"])
@_explained
def start(request: Request) -> HttpResponse:
    """Import the selection in the preview, update the preview, or return to the form."""
    if request.method != "POST":
        return redirect("frontend:import")
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    form = PreviewForm(request.POST)
    if form.problem:
        context = {"form": ImportForm(), "problem": form.problem}
        return render_page(request, "frontend/import.html", context, status=HTTPStatus.BAD_REQUEST)
    return _handle_click(request, form.cleaned_data["draft"], form)


@require_safe
def progress(request: Request, uuid: UUID) -> HttpResponse:
    """Show the progress of an import, as a page or, for htmx, only the part that changes."""
    batch = get_object_or_404(Import, uuid=uuid)
    template = "frontend/_import_progress.html" if request.htmx else "frontend/import_progress.html"
    context = _progress_context(batch)
    # Screen readers would read an unchanged warning out again.
    is_news = bool(request.htmx) and context["is_late"] != ("late" in request.GET)
    return render_page(request, template, context | {"check_again": not request.htmx, "shows_delay": is_news})


def _handle_click(request: Request, draft: Draft, form: PreviewForm) -> HttpResponse:
    if "change" in request.POST:
        given = form.typed | {"text": draft.corrected_text}
        return render_page(request, "frontend/import.html", {"form": ImportForm(initial=given)})
    if preview := _changed(draft, form):
        return _show(request, preview, form)
    if form.errors:
        preview = Preview(draft, attributes=form.attributes, selection=form.selection, problem=SEE_BELOW)
        return _show(request, preview, form, status=HTTPStatus.BAD_REQUEST)
    return _accept(request, draft, form)


def _changed(draft: Draft, form: PreviewForm) -> Preview | None:
    selection = form.selection
    if form.cleaned_data["correct"]:
        place, text = form.cleaned_data["correct"]
        selection = replace(selection, taken=selection.taken | {place})
        return Preview(
            draft.corrected(place, text), attributes=form.attributes, selection=selection, focus=tick_id(place)
        )
    if kind := form.cleaned_data["tick"]:
        return Preview(
            draft, attributes=form.attributes, selection=draft.select_all(kind, selection), focus=button_id(kind)
        )
    if kind := form.cleaned_data["untick"]:
        return Preview(
            draft, attributes=form.attributes, selection=draft.select_none(kind, selection), focus=button_id(kind)
        )
    return None


def _accept(request: Request, draft: Draft, form: PreviewForm) -> HttpResponse:
    try:
        manifest = draft.chosen(form.selection)
    except DraftChanged:
        return _show(request, Preview(draft, attributes=form.attributes, problem=CHANGED), form)
    if not manifest.entries:
        return _show(
            request, Preview(draft, attributes=form.attributes, selection=form.selection, problem=NOTHING_LEFT), form
        )
    try:
        uuid = draft.uuid_of(manifest, form.attributes)
        batch = service.accept(manifest, name=draft.name, attributes=form.attributes, uuid=uuid)
    except TooManyImports:
        preview = Preview(draft, attributes=form.attributes, selection=form.selection, problem=TOO_MANY_IMPORTS)
        return retry_later(_show(request, preview, form, status=HTTPStatus.TOO_MANY_REQUESTS))
    return see_other(reverse("frontend:import-progress", args=[batch.uuid]))


def _show(request: Request, preview: Preview, form: OptionsForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    return render_page(request, "frontend/import_preview.html", {"preview": preview, "form": form}, status=status)


def _progress_context(batch: Import) -> dict[str, Any]:
    now = Progress.of(batch)
    age = int((timezone.now() - batch.created_at).total_seconds())
    return {
        "batch": batch,
        "progress": now,
        "errors": service.errors(batch)[:SHOWN] if now.failed else [],
        "problem": service.problem(batch) if now.state == "queued" else "",
        "skipped_rows": batch.skipped_rows[:SHOWN],
        "kept_owners": service.kept_owners(batch) if now.state == "done" else [],
        "new_services": batch.new_services or [],
        "result": Result(batch) if now.state == "done" and batch.action else None,
        "list_of_import": Result(batch).list_url if now.state == "done" else "",
        "shown": SHOWN,
        "is_late": now.state == "queued" and Delay.now() is not None,
        "poll_after": min(max(age // 10, POLL_AT_LEAST), POLL_AT_MOST),
    }
