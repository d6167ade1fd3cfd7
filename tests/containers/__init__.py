"""Techlist in real containers: `make stack` and `make hosts`.

engine.py finds the container engine, project.py starts and stops the containers of docker/compose.yaml, client.py
checks them from outside, upgrade.py replaces them under load, and hosts.py cuts them off one at a time.
"""
