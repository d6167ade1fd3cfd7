"""The names of values of filters, as people know them."""

from collections.abc import Sequence

from django.db.models import Min

from techs.inventory import counts
from techs.models import Import, Service


def names_of_owners(keys: Sequence[str]) -> dict[str, str]:
    """Return owners as spelled on the list, by key."""
    names = counts.names_of_owners(keys)
    if names.keys() != set(keys):
        through = Service.objects.filter(owner_key__in=keys).order_by().values_list("owner_key")
        names = dict(through.annotate(name=Min("owner"))) | names
    return {key: names.get(key, key) for key in keys}


def names_of_imports(uuids: Sequence[str]) -> dict[str, str]:
    """Return the names of imports, or the ids of those that do not exist, by id."""
    names = {str(each.uuid): str(each) for each in Import.objects.filter(uuid__in=uuids)}
    return {uuid: names.get(uuid, uuid) for uuid in uuids}


def names_of_services(slugs: Sequence[str]) -> dict[str, str]:
    """Return the names of services, or the slugs of those that do not exist, by slug."""
    names = dict(Service.objects.filter(slug__in=slugs).values_list("slug", "name"))
    return {slug: names.get(slug, slug) for slug in slugs}
