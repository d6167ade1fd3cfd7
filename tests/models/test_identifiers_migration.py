"""The migration that adds what the lifecycle data says of products: older data stays, and is fetched once more."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from techs.models import LifecycleDataVersion, Product, Release, Source

pytestmark = pytest.mark.django_db(transaction=True)


def test_older_products_stay_and_the_next_download_is_whole() -> None:
    call_command("migrate", "techs", "0018_reword_labels", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO techs_product (slug, title, aliases, url, source, facts_as_of)"
            " VALUES ('thing', 'Thing', '[]', '', 'endoflife.date', '2026-01-01')"
        )
        cursor.execute("UPDATE techs_factsload SET etag = 'W/abc', url = 'https://endoflife.date'")
    call_command("migrate", "techs", verbosity=0)

    product = Product.objects.get(slug="thing")
    assert (product.identifiers, product.version_command, product.release_policy) == ([], "", "")
    assert product.facts_as_of == date(2026, 1, 1)
    assert product.source == Source.ENDOFLIFE_DATE
    assert not Release.objects.filter(is_lts=True).exists()
    assert not LifecycleDataVersion.objects.exclude(etag="").exists()
