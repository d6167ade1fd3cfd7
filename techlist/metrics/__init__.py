"""Metrics for Prometheus.

Each process counts in plain numbers (figures.py), and writes them to its file in a directory that the processes of one
machine share (files.py). The process that Prometheus asks adds up these files, and measures the database and the broker
(state.py). The web server answers at /metrics with a token (views.py), and each process on a port of its own (port.py).
All metrics are in catalogue.py.
"""
