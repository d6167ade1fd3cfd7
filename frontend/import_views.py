"""Many technologies at once: give lines or a file, look at what they are, import, and watch. Works without scripts."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend.answers import Request, answer, refuse_too_many, see_other
from frontend.imports import SHOWN, Draft, GiveForm, Preview, StartForm
from techs import imports, throttling
from techs.imports import Progress, TooManyImports
from techs.models import Import

TOO_MANY = "Many imports are running just now. Nothing was stored. Try again in a few seconds."
RETRY_AFTER = "5"
# Seconds between two looks at an import: one at first, more the longer it takes.
POLL_AT_LEAST, POLL_AT_MOST = 1, 5


@require_http_methods(["GET", "HEAD", "POST"])
def give(request: Request) -> HttpResponse:
    """The form; a POST shows what would come of it, and stores nothing."""
    if request.method != "POST":
        return answer(request, "frontend/import.html", {"form": GiveForm()})
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    form = GiveForm(request.POST, request.FILES)
    if not form.is_valid():
        return answer(request, "frontend/import.html", {"form": form}, status=HTTPStatus.BAD_REQUEST)
    return _show(request, Preview.read(form.cleaned_data["draft"]))


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: Request) -> HttpResponse:
    """Import what the preview showed, or lead back to change it."""
    if request.method != "POST":
        return redirect("frontend:import")
    if wait := throttling.seconds_to_wait(request):
        return refuse_too_many(request, wait)
    form = StartForm(request.POST)
    if not form.is_valid():
        context = {"form": GiveForm(), "problem": " ".join(map(str, form.errors["draft"]))}
        return answer(request, "frontend/import.html", context, status=HTTPStatus.BAD_REQUEST)
    draft: Draft = form.cleaned_data["draft"]
    if "change" in request.POST:
        return answer(request, "frontend/import.html", {"form": GiveForm(initial={"text": draft.text})})
    return _accept(request, draft, leave_out=form.cleaned_data["leave_out"])


@require_safe
def progress(request: Request, uuid: UUID) -> HttpResponse:
    """How far an import is: a page of its own, or for htmx the part of it that moves."""
    batch = get_object_or_404(Import, uuid=uuid)
    template = "frontend/_import_progress.html" if request.htmx else "frontend/import_progress.html"
    return answer(request, template, _standing(batch) | {"check_again": not request.htmx})


def _accept(request: Request, draft: Draft, *, leave_out: bool) -> HttpResponse:
    manifest = draft.manifest
    without = Preview.read(draft).unknown_entries() if leave_out else []
    if len(without) == len(manifest.entries):
        return _show(request, Preview.read(draft, problem="Nothing would be left to import."))
    try:
        batch = imports.accept(manifest, name=draft.name, without=without, uuid=draft.uuid)
    except TooManyImports:
        response = _show(request, Preview.read(draft, problem=TOO_MANY), status=HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = RETRY_AFTER
        return response
    return see_other(reverse("frontend:import-progress", args=[batch.uuid]))


def _show(request: Request, preview: Preview, *, status: int = HTTPStatus.OK) -> HttpResponse:
    return answer(request, "frontend/import_preview.html", {"preview": preview}, status=status)


def _standing(batch: Import) -> dict[str, Any]:
    now = Progress.of(batch)
    age = int((timezone.now() - batch.created_at).total_seconds())
    return {
        "batch": batch,
        "progress": now,
        "errors": imports.errors(batch)[:SHOWN] if now.failed else [],
        "skipped_rows": batch.skipped_rows[:SHOWN],
        "poll_after": min(max(age // 10, POLL_AT_LEAST), POLL_AT_MOST),
    }
