"""Plain tokens of Django REST framework become digests, stay valid, and leave the database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, models
from knox.crypto import hash_token
from rest_framework.test import APIRequestFactory

from techs.api.tokens import TokenAuthentication
from techs.models import APIToken, TokenScope

pytestmark = pytest.mark.django_db(transaction=True)

# The code needs the newest tables.
BEFORE, AFTER = "0025_api_tokens", ""
KEY, OTHER = "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b", "aaaab09199c62bcf9418ad846dd0e4bbdfc6ee4b"
CREATED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class OldToken(models.Model):
    """The table as Django REST framework creates it."""

    key = models.CharField(max_length=40, primary_key=True)
    user = models.OneToOneField(User, related_name="+", on_delete=models.CASCADE)
    created = models.DateTimeField()
    objects: ClassVar[models.Manager["OldToken"]] = models.Manager()

    class Meta:
        app_label = "authtoken"
        db_table = "authtoken_token"
        managed = False

    def __str__(self) -> str:
        return self.key


@pytest.fixture
def migrate() -> Iterator[Any]:
    """Migrate back and forth; the test ends with the current tables."""

    def to(name: str) -> None:
        call_command("migrate", "techs", *filter(None, [name]), verbosity=0)

    yield to
    call_command("migrate", "techs", verbosity=0)


@pytest.fixture
def old_table(migrate: Any) -> Iterator[None]:
    migrate(BEFORE)
    with connection.schema_editor() as editor:
        editor.create_model(OldToken)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(OldToken)


def authenticated(key: str) -> tuple[Any, Any]:
    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Token {key}")
    found: tuple[Any, Any] = TokenAuthentication().authenticate(request)  # type: ignore[no-untyped-call]
    return found


def test_tokens_stay_valid_and_are_plain_no_longer(old_table: None, migrate: Any) -> None:
    people = [User.objects.create_user(name) for name in ("ada", "grace")]
    for person, key in zip(people, (KEY, OTHER), strict=True):
        OldToken.objects.create(key=key, user=person, created=CREATED)
    migrate(AFTER)
    assert not OldToken.objects.exists()
    for person, key in zip(people, (KEY, OTHER), strict=True):
        user, token = authenticated(key)
        assert (user, token.expiry, token.scope, token.created) == (person, None, TokenScope.WRITE, CREATED)
        assert token.token_key == key[:15]
    assert KEY not in str([*APIToken.objects.values_list()])


def test_back_and_forth(old_table: None, migrate: Any) -> None:
    """Going back keeps the old table, in which older versions create new tokens."""
    ada = User.objects.create_user("ada")
    OldToken.objects.create(key=KEY, user=ada, created=CREATED)
    migrate(AFTER)
    migrate(BEFORE)
    assert APIToken.objects.values_list("user", "digest").get() == (ada.pk, hash_token(KEY))
    migrate("0024_services")
    OldToken.objects.create(key=OTHER, user=ada, created=CREATED)
    migrate(AFTER)
    assert authenticated(OTHER)[0] == ada
    assert APIToken.objects.count() == 1


def test_an_interrupted_migration_is_repeated(old_table: None, migrate: Any) -> None:
    ada = User.objects.create_user("ada")
    for _ in range(2):
        OldToken.objects.create(key=KEY, user=ada, created=CREATED)
        migrate(AFTER)
        migrate(BEFORE)
    assert APIToken.objects.count() == 1


def test_without_the_old_table(migrate: Any) -> None:
    migrate(BEFORE)
    assert "authtoken_token" not in connection.introspection.table_names()
    migrate(AFTER)
    assert not APIToken.objects.exists()


def test_permissions_come_along(migrate: Any) -> None:
    migrate(BEFORE)
    proxy = ContentType.objects.create(app_label="authtoken", model="tokenproxy")
    old = [Permission.objects.create(content_type=proxy, codename=f"{each}_tokenproxy") for each in ("view", "add")]
    group, ada = Group.objects.create(name="Operators"), User.objects.create_user("ada")
    group.permissions.add(old[0])
    ada.user_permissions.add(old[1])
    migrate(AFTER)
    assert ada.has_perm("techs.add_apitoken")
    assert not ada.has_perm("techs.view_apitoken")
    codenames = set(group.permissions.values_list("codename", flat=True))
    assert codenames == {"view_tokenproxy", "view_apitoken"}


def test_the_log_of_the_admin_is_shortened(migrate: Any) -> None:
    """The admin of 0.2.0 logged tokens in full."""
    migrate(BEFORE)
    ada = User.objects.create_user("ada")
    proxy = ContentType.objects.create(app_label="authtoken", model="tokenproxy")
    user = ContentType.objects.get(app_label="auth", model="user")
    for content_type, words in ((proxy, KEY), (proxy, f"{OTHER[:8]}…"), (user, "somebody-with-a-long-name")):
        LogEntry.objects.create(user=ada, content_type=content_type, object_id="1", object_repr=words, action_flag=1)
    migrate(AFTER)
    logged = LogEntry.objects.order_by("id").values_list("object_repr", flat=True)
    assert [*logged] == [f"{KEY[:8]}…", f"{OTHER[:8]}…", "somebody-with-a-long-name"]
