"""Certificates for the tests' servers, signed by their own authority."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Certificate:
    """The paths of a certificate and its key."""

    file: str
    key: str


class Authority:
    """Signs certificates."""

    def __init__(self, directory: Path, name: str) -> None:
        """Create the authority's own certificate."""
        self._directory = directory
        self._name = name
        self.file = str(directory / f"{name}.pem")
        self._key = str(directory / f"{name}.key")
        made = ["req", "-x509", *_KEY, "-keyout", self._key, "-out", self.file, "-days", "2", "-subj", f"/CN={name}"]
        _openssl([*made, "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"])

    def certify(self, names: str) -> Certificate:
        """Create a certificate for a server with these names, such as "IP:127.0.0.1,DNS:localhost"."""
        stem = self._directory / f"{self._name}-{names.replace(':', '-').replace(',', '-')}"
        certificate = Certificate(f"{stem}.pem", f"{stem}.key")
        made = ["req", "-x509", *_KEY, "-keyout", certificate.key, "-out", certificate.file, "-days", "2"]
        signed = ["-CA", self.file, "-CAkey", self._key, "-subj", "/CN=techlist", "-addext", f"subjectAltName={names}"]
        _openssl([*made, *signed, "-addext", "basicConstraints=CA:FALSE"])
        return certificate


def _openssl(arguments: Sequence[str]) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
