"""The page of a technology, as a visitor opens it."""

from django.test import Client

from techs.models import Tech


def url_of(tech: Tech) -> str:
    return f"/techs/{tech.pk}/"


def page(client: Client, tech: Tech) -> str:
    response = client.get(url_of(tech))
    assert response.status_code == 200
    return response.content.decode()
