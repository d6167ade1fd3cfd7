"""Only addresses that are certainly public count as public."""

import pytest

from techs.net.address_policy import check_url, is_public

PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),  # noqa: S104  it binds nothing
    *("169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7"),
    *("203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::1"),
    *("", "localhost", "127.1", "0x7f000001", "2130706433", "1.1.1.1 "),
]
PUBLIC = ["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", PRIVATE)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["", "x", "//a.example", "ftp://a.example", "file:///etc/passwd", "https://", "https:///x", "https://a.example:0/"]
    + ["https://a.example:99999/", "https://ada:secret@a.example/", "https://@a.example/", "https://a.example/ x"]
    + ["https://a.example/\nx", "https://ä.example/", "https://[::1/", "http://a.example/"],
)
def test_urls_that_make_no_sense(url: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        check_url(url, is_private_allowed=False)


def test_plain_http_is_for_private_networks() -> None:
    check_url("http://hooks:8065/x", is_private_allowed=True)
    check_url("https://hooks.example.org/x?key=1", is_private_allowed=False)
