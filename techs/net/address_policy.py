"""Where a webhook may lead: which addresses are public, and which URLs make sense. Pure."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

# A gateway passes these on to the IPv4 address in them.
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_BITS = 32


def check_url(url: str, *, is_private_allowed: bool) -> None:
    """Raise ValueError, with a sentence for who typed it, for what nothing may be sent to whatever it resolves to."""
    schemes = ("https", "http") if is_private_allowed else ("https",)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("This is not an address.") from error
    if parts.scheme not in schemes or not host:
        raise ValueError(f"Name an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    if not url.isascii() or not url.isprintable() or " " in url or port == 0:
        raise ValueError("This is not an address: use printable ASCII without spaces.")
    if "@" in parts.netloc:
        raise ValueError("Leave the user name and the password out of the address.")


def is_public(text: str) -> bool:
    """Whether an IP address is somewhere in the internet, for certain, and not in a network of one's own."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return all(map(_is_global, _meant(address)))


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified
    is_site_local = isinstance(address, IPv6Address) and address.is_site_local
    return address.is_global and not address.is_private and not is_special and not is_site_local


def _meant(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address, and the IPv4 addresses that it stands for or leads to."""
    if isinstance(address, IPv4Address):
        return [address]
    if address in _NAT64:
        return [IPv4Address(int(address) % 2**_IPV4_BITS)]
    within = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return [address, *(each for each in within if each)]
