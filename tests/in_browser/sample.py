"""A list with something at each level: what pages are looked at with."""

SAMPLE = ["Django 3.2", "djano 4", "Postgres 14", "Node.js 20", "React", "Ubuntu 26.04", "our own thing", "Python 3.13"]
