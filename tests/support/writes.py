"""An example request for every route that writes, with the activity that it has to leave."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlencode

from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from frontend.presenters.import_draft import Draft
from frontend.presenters.upload_draft import UploadDraft
from techs import tokens
from techs.exports import feed_tokens
from techs.inventory import editing, saved_views, services
from techs.models import (
    APIToken,
    Delivery,
    DeliveryState,
    Product,
    SavedView,
    Service,
    Source,
    Submission,
    SubmissionState,
    Subscription,
    Tech,
    Webhook,
)
from techs.webhooks import deliveries
from tests.support.activity import newest_action
from tests.support.browser import PASSWORD
from tests.support.factories import add, submit
from tests.support.uploads import push

NEW_PASSWORD = "another long password 7"
_PASSWORDS = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
SEVERAL = "Django 3.2, Redis 6"


class Sent(NamedTuple):
    """A request."""

    path: str
    body: bytes = b""
    content_type: str = "application/json"
    action: str = ""


def as_json(path: str, **values: Any) -> Sent:
    return Sent(path, json.dumps(values).encode())


def as_form(path: str, **values: Any) -> Sent:
    action = values.get("action", "")
    return Sent(path, urlencode(values, doseq=True).encode(), "application/x-www-form-urlencoded", action)


def as_upload(path: str, **values: Any) -> Sent:
    return Sent(path, encode_multipart(BOUNDARY, values), MULTIPART_CONTENT)


@dataclass
class World:
    """Makes the objects of the examples, each with a name of its own. root: the user who sends the requests."""

    root: User
    numbers: Any = field(default_factory=lambda: count(1))

    def text(self, start: str = "Tool") -> str:
        return f"{start} {next(self.numbers)}"

    def tech(self) -> Tech:
        return add(self.text())

    def service(self, **fields: Any) -> Service:
        return services.create(name=self.text("Shop"), **fields)[0]

    def used(self) -> Service:
        """Return a service with one source, requirements.txt."""
        service = self.service()
        push(service, f"package-{next(self.numbers)}==1.0\n")
        return service

    def content(self) -> str:
        return f"package-{next(self.numbers)}==1.0\n"

    def webhook(self) -> Webhook:
        return Webhook.objects.create(name=self.text("Hook"), url="https://hooks.example.org/x")

    def delivery(self) -> Delivery:
        delivery = deliveries.send_test(self.webhook())
        Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.FAILED, finished_at=timezone.now())
        return delivery

    def token(self) -> APIToken:
        return tokens.create(self.root, name=self.text("Token"))[0]

    def subscription(self) -> Subscription:
        return feed_tokens.create(self.root, name=self.text("Feed"))[0]

    def user(self) -> User:
        return User.objects.create_user(self.text("user").replace(" ", ""), password=PASSWORD)

    def group(self) -> Group:
        return Group.objects.create(name=self.text("Group"))

    def product(self) -> Product:
        slug = self.text("product").replace(" ", "-")
        return Product.objects.create(
            slug=slug, title=slug, source=Source.LOCAL, facts_as_of=timezone.now().date(), aliases=[], identifiers=[]
        )

    def view(self) -> SavedView:
        return saved_views.create(name=self.text("View"), query="")[0]

    def failed(self) -> Submission:
        submission = submit(self.text())
        Submission.objects.filter(pk=submission.pk).update(state=SubmissionState.FAILED)
        return submission

    def draft(self) -> str:
        text = f"Django 4.{next(self.numbers)}"
        return Draft(name="", text=text, shown="k").dump()

    def upload(self) -> str:
        return UploadDraft(source="requirements.txt", name="requirements.txt", content=self.content().encode()).dump()


Prepare: TypeAlias = Callable[[World], Sent]


@dataclass(frozen=True)
class Write:
    """A request that writes, and the activity it leaves: kind and objects of each action.

    needs_login: with open access, the page does not exist.
    """

    method: str
    prepare: Prepare
    activity: tuple[str, ...]
    needs_login: bool = False


def write(method: str, prepare: Prepare, *activity: str, needs_login: bool = False) -> Write:
    return Write(method, prepare, activity, needs_login)


def admin(model: str, *path: Any) -> str:
    return "/".join(["/admin", *model.split("."), *map(str, path), ""])


def chosen(model: str, row: Model, action: str, **fields: Any) -> Sent:
    """Choose a bulk action for one row."""
    return as_form(admin(model), action=action, _selected_action=row.pk, **fields)


def delete(model: str, row: Model) -> Sent:
    return as_form(admin(model, row.pk, "delete"), post="yes")


def delete_chosen(model: str, row: Model) -> Sent:
    return chosen(model, row, "delete_selected", post="yes")


def _service(service: Service, *path: str) -> str:
    return "/".join(["/api/services", service.slug, *path, ""])


def _page(service: Service, *path: str) -> str:
    return "/".join(["/services", service.slug, *path, ""])


def _archived(world: World) -> Service:
    return services.change(world.service(), archived=True)


def _used_tech(world: World) -> int:
    usage = world.used().usages.get()
    assert usage.tech_id
    return usage.tech_id


def _removal(world: World) -> int:
    editing.remove(world.tech())
    return newest_action()


def _now() -> str:
    return timezone.now().isoformat(timespec="microseconds")


def _complete(world: World) -> Sent:
    return as_json(f"{_service(world.used(), 'complete')}?confirm=large", origin="api", sources=[])


def _put(service: Service, content: str, query: str = "") -> Sent:
    return Sent(f"{_service(service, 'sources', 'requirements.txt')}{query}", content.encode(), "text/plain")


def _product_form(**fields: Any) -> dict[str, Any]:
    return {"releases-TOTAL_FORMS": 0, "releases-INITIAL_FORMS": 0, **fields}


def _tech_form(tech: Tech, **fields: Any) -> dict[str, Any]:
    """Return the fields of the admin's form, whose hidden initial values tell which of them changed."""
    inlines = {
        f"{prefix}-{name}_FORMS": 0 for prefix in ("level_changes", "submissions") for name in ("TOTAL", "INITIAL")
    }
    return {"impact": tech.impact, "initial-impact": tech.impact, **inlines, **fields}


def _user_form(user: User, **fields: Any) -> dict[str, Any]:
    joined = {"date_joined_0": user.date_joined.date(), "date_joined_1": f"{user.date_joined:%H:%M:%S}"}
    return {"username": user.username, "is_active": "on", **joined, **fields}


def _import_with_service(world: World) -> Sent:
    file = SimpleUploadedFile("stack.csv", f"name,service\n{world.text()},{world.text('Shop')}\n".encode())
    return as_upload("/api/imports/", file=file)


def adding(path: str) -> Prepare:
    return lambda world: as_json(path, text=world.text())


def importing(path: str) -> Prepare:
    return lambda world: as_json(path, lines=[world.text()])


def changing_many(path: str) -> Prepare:
    return lambda world: as_json(path, ids=[world.tech().pk], set={"owner": "Web"})


def undoing(end: str) -> Prepare:
    return lambda world: as_json(f"/api/activity/{_removal(world)}/{end}")


def creating(path: str) -> Prepare:
    return lambda world: as_json(path, name=world.text("Shop"))


def saving(path: str) -> Prepare:
    return lambda world: as_json(path, name=world.text("View"), query="owner=web")


def asking(path: str) -> Prepare:
    return lambda world: as_form(path)


API = (
    *(write("POST", adding(path), "added technology") for path in ("/create", "/api/techs/", "/api/techs")),
    write("PATCH", lambda world: as_json(f"/api/techs/{world.tech().pk}/", owner="Web"), "changed technology"),
    write("DELETE", lambda world: Sent(f"/api/techs/{world.tech().pk}/"), "removed technology"),
    *(write("POST", changing_many(path), "changed technology") for path in ("/api/techs/bulk/", "/api/techs/bulk")),
    *(write("POST", undoing(end), "undone technology") for end in ("undo/", "undo")),
    *(write("POST", importing(path), "imported technology") for path in ("/api/imports/", "/api/imports")),
    write("POST", _import_with_service, "added service", "imported technology"),
    *(write("POST", creating(path), "added service") for path in ("/api/services/", "/api/services")),
    *(write("POST", saving(path), "added view") for path in ("/api/views/", "/api/views")),
    write("PATCH", lambda world: as_json(f"/api/views/{world.view().pk}/", query="owner=web"), "changed view"),
    write("DELETE", lambda world: Sent(f"/api/views/{world.view().pk}/"), "removed view"),
    write("PATCH", lambda world: as_json(_service(world.service()), owner="Web"), "changed service"),
    write("DELETE", lambda world: Sent(_service(world.service())), "removed service"),
    write("POST", _complete, "uploaded source technology"),
    write("PUT", lambda world: _put(world.service(), world.content()), "uploaded source technology"),
    write(
        "DELETE",
        lambda world: Sent(_service(world.used(), "sources", "requirements.txt")),
        "removed source technology",
    ),
)

PAGES = (
    write("POST", lambda world: as_form("/add/", text=world.text()), "added technology"),
    write("POST", lambda world: as_form("/import/start/", draft=world.draft(), take=0), "imported technology"),
    write(
        "POST",
        lambda world: as_form("/select/", tech=world.tech().pk, change="owner", owner="Web", seen_at=_now()),
        "changed technology",
    ),
    write(
        "POST",
        lambda world: as_form(f"/techs/{world.tech().pk}/", **{"impact": "high", "initial-impact": "normal"}),
        "changed technology",
    ),
    write(
        "POST",
        lambda world: as_form(f"/techs/{world.tech().pk}/rename/", text=world.text("Gadget")),
        "changed technology",
    ),
    write(
        "POST",
        lambda world: as_form(f"/techs/{add(SEVERAL).pk}/split/"),
        *("removed technology", "added technology", "added technology"),
    ),
    write("POST", lambda world: as_form(f"/techs/{world.tech().pk}/remove/"), "removed technology"),
    write("POST", lambda world: as_form(f"/techs/{_used_tech(world)}/keep/", by_hand="yes"), "changed technology"),
    write("POST", lambda world: as_form(f"/actions/{_removal(world)}/undo/"), "undone technology"),
    write("POST", lambda world: as_form("/services/", name=world.text("Shop")), "added service"),
    write("POST", lambda world: as_form(_page(world.service()), name=world.text("Shop")), "changed service"),
    write("POST", lambda world: as_form(_page(world.service(), "archive")), "archived service"),
    write("POST", lambda world: as_form(_page(_archived(world), "restore")), "restored service"),
    write(
        "POST",
        lambda world: as_form(_page(world.service(), "apply"), draft=world.upload()),
        "uploaded source technology",
    ),
    write(
        "POST",
        lambda world: as_form(_page(world.used(), "remove-source"), source="requirements.txt"),
        "removed source technology",
    ),
    write("POST", lambda world: as_form("/views/save/", name=world.text("View"), query="owner=web"), "added view"),
    write("POST", lambda world: as_form(f"/views/{world.view().pk}/change/", query="owner=web"), "changed view"),
    write("POST", lambda world: as_form(f"/views/{world.view().pk}/remove/"), "removed view"),
    write("POST", lambda world: as_form("/subscriptions/", name=world.text()), "added subscription", needs_login=True),
    write(
        "POST",
        lambda world: as_form(f"/subscriptions/{world.subscription().pk}/revoke/"),
        "revoked subscription",
        needs_login=True,
    ),
    write(
        "POST",
        lambda world: as_form("/tokens/", name=world.text(), scope="read", days=30),
        "added token",
        needs_login=True,
    ),
    write("POST", lambda world: as_form(f"/tokens/{world.token().pk}/revoke/"), "revoked token", needs_login=True),
    write("POST", lambda world: as_form("/password/", **_PASSWORDS), "changed user", needs_login=True),
)

_TECH, _WEBHOOK, _DELIVERY = "techs.tech", "techs.webhook", "techs.delivery"
_TOKEN, _FEED, _PRODUCT = "techs.apitoken", "techs.subscription", "techs.product"
_USER, _GROUP, _SERVICE, _VIEW = "auth.user", "auth.group", "techs.service", "techs.savedview"
_HOOK_FORM = {"url": "https://hooks.example.org/y", "kind": "json", "is_active": "on", "days_ahead": 30}


def _change_tech(world: World) -> Sent:
    tech = world.tech()
    return as_form(admin(_TECH, tech.pk, "change"), **_tech_form(tech, impact="high"))


def _change_service(world: World) -> Sent:
    service = world.service()
    inlines = {f"{prefix}-{name}_FORMS": 0 for prefix in ("sources", "changes") for name in ("TOTAL", "INITIAL")}
    return as_form(admin(_SERVICE, service.pk, "change"), owner="Web", **inlines)


def _change_user(world: World) -> Sent:
    user = world.user()
    return as_form(admin(_USER, user.pk, "change"), **_user_form(user, groups=world.group().pk))


def _remove_override(world: World) -> Sent:
    tech = world.tech()
    review_on = timezone.now().date().replace(year=timezone.now().year + 1)
    Tech.objects.filter(pk=tech.pk).update(level_override="low", override_review_on=review_on, note="x")
    return chosen(_TECH, tech, "remove_overrides")


def setting_impact(impact: str) -> Prepare:
    other = "low" if impact != "low" else "high"
    return lambda world: chosen(_TECH, add(world.text(), impact=other), f"set_impact_{impact}")


def _change_product(world: World) -> Sent:
    product = world.product()
    form = _product_form(slug=product.slug, title="Renamed")
    return as_form(admin(_PRODUCT, product.pk, "change"), **form)


ADMIN = (
    write("POST", _change_tech, "changed technology"),
    write("POST", lambda world: delete(_TECH, world.tech()), "removed technology"),
    write("POST", lambda world: delete_chosen(_TECH, world.tech()), "removed technology"),
    *(
        write(
            "POST",
            setting_impact(impact),
            "changed technology",
        )
        for impact in ("critical", "high", "normal", "low")
    ),
    write("POST", _remove_override, "changed technology"),
    write("POST", lambda world: chosen(_TECH, world.tech(), "assess_again"), "requeued technology"),
    write("POST", _change_service, "changed service"),
    write("POST", lambda world: chosen(_SERVICE, world.service(), "archive"), "archived service"),
    write("POST", lambda world: chosen(_SERVICE, _archived(world), "restore"), "restored service"),
    write("POST", lambda world: chosen(_SERVICE, world.service(), "remove"), "removed service"),
    write("POST", lambda world: chosen("techs.submission", world.failed(), "requeue"), "requeued submission"),
    write(
        "POST", lambda world: as_form(admin(_WEBHOOK, "add"), name=world.text("Hook"), **_HOOK_FORM), "added webhook"
    ),
    write(
        "POST",
        lambda world: as_form(admin(_WEBHOOK, world.webhook().pk, "change"), name="Other", **_HOOK_FORM),
        "changed webhook",
    ),
    write("POST", lambda world: delete(_WEBHOOK, world.webhook()), "removed webhook"),
    write("POST", lambda world: delete_chosen(_WEBHOOK, world.webhook()), "removed webhook"),
    write("POST", lambda world: chosen(_WEBHOOK, world.webhook(), "send_test"), "added delivery"),
    write("POST", lambda world: chosen(_WEBHOOK, world.webhook(), "renew_secret"), "changed webhook"),
    write("POST", lambda world: chosen(_DELIVERY, world.delivery(), "requeue"), "requeued delivery"),
    write("POST", lambda world: delete(_FEED, world.subscription()), "revoked subscription"),
    write("POST", lambda world: delete_chosen(_FEED, world.subscription()), "revoked subscription"),
    write(
        "POST",
        lambda world: as_form(admin(_TOKEN, "add"), user=world.root.pk, name=world.text(), scope="read"),
        "added token",
    ),
    write(
        "POST",
        lambda world: as_form(admin(_TOKEN, world.token().pk, "change"), name="Other", scope="read"),
        "changed token",
    ),
    write("POST", lambda world: delete(_TOKEN, world.token()), "revoked token"),
    write("POST", lambda world: delete_chosen(_TOKEN, world.token()), "revoked token"),
    write(
        "POST",
        lambda world: as_form(
            admin(_PRODUCT, "add"), **_product_form(slug=world.text("p").replace(" ", "-"), title="Ours")
        ),
        "added product",
    ),
    write("POST", lambda world: as_form(admin(_VIEW, "add"), name=world.text("View")), "added view"),
    write("POST", lambda world: as_form(admin(_VIEW, world.view().pk, "change"), name="Other"), "changed view"),
    write("POST", lambda world: delete(_VIEW, world.view()), "removed view"),
    write("POST", lambda world: delete_chosen(_VIEW, world.view()), "removed view"),
    write("POST", _change_product, "changed product"),
    write("POST", lambda world: delete(_PRODUCT, world.product()), "removed product"),
    write(
        "POST",
        lambda world: as_form(
            admin(_USER, "add"),
            username=world.text("user").replace(" ", ""),
            usable_password="true",
            password1=NEW_PASSWORD,
            password2=NEW_PASSWORD,
        ),
        "added user",
    ),
    write("POST", _change_user, "changed user"),
    write(
        "POST",
        lambda world: as_form(
            admin(_USER, world.user().pk, "password"),
            usable_password="true",
            password1=NEW_PASSWORD,
            password2=NEW_PASSWORD,
            **{"set-password": ""},
        ),
        "changed user",
    ),
    write("POST", lambda world: delete(_USER, world.user()), "removed user"),
    write("POST", lambda world: delete_chosen(_USER, world.user()), "removed user"),
    write("POST", lambda world: as_form(admin(_GROUP, "add"), name=world.text("Group")), "added group"),
    write(
        "POST",
        lambda world: as_form(admin(_GROUP, world.group().pk, "change"), name=world.text("Group")),
        "changed group",
    ),
    write("POST", lambda world: delete(_GROUP, world.group()), "removed group"),
    write("POST", lambda world: delete_chosen(_GROUP, world.group()), "removed group"),
)


WRITES = (*API, *PAGES, *ADMIN)

# Requests that store nothing of the team's: previews, and choices of one user or browser.
READS = (
    write("PUT", lambda world: _put(world.service(), world.content(), "?dry_run=1")),
    write("POST", lambda world: as_json("/api/imports/?dry_run=1", lines=[world.text()])),
    write("POST", lambda world: as_form("/import/", text=world.text())),
    write("POST", lambda world: as_form("/import/start/", draft=world.draft(), tick="known", take=0)),
    write(
        "POST",
        lambda world: as_upload(_page(world.service(), "upload"), file=_file(world), source="requirements.txt"),
    ),
    *(
        write(method, lambda world: as_form("/login/", username=world.user().username, password=PASSWORD))
        for method in ("POST", "PUT")
    ),
    write("POST", lambda world: as_form("/logout/")),
    # Without a token, there is no such page.
    *(write(method, lambda _: as_form("/metrics")) for method in ("POST", "PUT", "PATCH", "DELETE")),
    write("POST", lambda world: as_form("/appearance/", theme="dark")),
    write("POST", lambda world: as_form(f"/views/{world.view().pk}/start/")),
    write("POST", lambda world: as_form("/views/start/")),
    write("PUT", lambda world: as_form("/password/", **_PASSWORDS)),
    *(
        write(method, asking(path))
        for path in ("/admin/login/", "/admin/password_change/")
        for method in ("POST", "PUT", "PATCH", "DELETE")
    ),
    *(write(method, asking(path)) for path in ("/healthz", "/readyz") for method in ("POST", "PUT", "PATCH", "DELETE")),
)


def _file(world: World) -> Any:
    return SimpleUploadedFile("requirements.txt", world.content().encode())
