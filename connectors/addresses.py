"""Which addresses Steward may fetch from: the public internet, and what the operator's setting allows by name."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# Source: IANA special-purpose address registries for IPv4 and IPv6, November 2026. Written out, because the standard
# library's `is_global` has changed its mind between patch releases of Python 3.11.
_BLOCKED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
_BLOCKED_V6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """False for loopback, private, link-local, multicast, reserved, documentation and tunnel addresses.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64) is judged by that one.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _BLOCKED_V4)
    embedded = address.ipv4_mapped
    if embedded is None and address in _NAT64:
        embedded = IPv4Address(int(address) & 0xFFFF_FFFF)
    if embedded is not None:
        return is_public(embedded)
    return address in _GLOBAL_UNICAST_V6 and not any(address in network for network in _BLOCKED_V6)


def parse_address(host: str) -> Address | None:
    """The address that a host written as one stands for; None for a name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
