"""Decide which URLs and IP addresses a webhook may use. Pure."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

# A gateway translates these addresses to the IPv4 address embedded in them.
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_BITS = 32


def check_url(url: str, *, is_private_allowed: bool) -> None:
    """Raise ValueError, with a message for the user, if the URL is unacceptable whatever its host resolves to."""
    schemes = ("https", "http") if is_private_allowed else ("https",)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("Enter a valid URL.") from error
    if parts.scheme not in schemes or not host:
        raise ValueError(f"Enter a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    if not url.isascii() or not url.isprintable() or " " in url or port == 0:
        raise ValueError("Enter a valid URL: printable ASCII characters without spaces.")
    if "@" in parts.netloc:
        raise ValueError("Remove the user name and password from the URL.")


def is_public(text: str) -> bool:
    """Return True if an IP address certainly belongs to the public internet."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return all(map(_is_global, _with_embedded(address)))


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified
    is_site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not address.is_private and not is_special and not is_site_local


def _with_embedded(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address in _NAT64:
        return [IPv4Address(int(address) % 2**_IPV4_BITS)]
    embedded = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return [address, *(each for each in embedded if each)]
