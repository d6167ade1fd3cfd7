"""HOST and PORT of `make run`: refused with the reason before anything is started."""

import socket

import pytest

from techlist.server.address import Address, RefusedError, check_free, read_address


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", "80 80", "٨٠٠٠"])
def test_no_port(port: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_address({"PORT": port})
    assert str(refused.value) == f'PORT must be a number from 1 to 65535, not "{port}".'


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])  # noqa: S104
def test_taken_port(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(RefusedError, match=f"^Port {port} on {host} cannot be used: Address already in use."):
            check_free(Address(host, port))


def test_unknown_host() -> None:
    with pytest.raises(RefusedError, match="on no such host cannot be used"):
        check_free(read_address({"HOST": "no such host"}))


def test_free_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    check_free(read_address({"PORT": str(port)}))
