"""Name the operating systems and runtimes in settings of virtual machines and web applications of clouds."""

import re
from collections.abc import Iterator, Mapping

_SYSTEMS = {
    "alma": "AlmaLinux OS",
    "almalinux": "AlmaLinux OS",
    "centos": "CentOS",
    "centos-stream": "CentOS Stream",
    "debian": "Debian",
    "fedora": "Fedora Linux",
    "rhel": "Red Hat Enterprise Linux",
    "rocky": "Rocky Linux",
    "rockylinux": "Rocky Linux",
    "sles": "SUSE Linux Enterprise Server",
    "ubuntu": "Ubuntu",
    "windows": "Windows Server",
    "windows-server": "Windows Server",
}
_NAME = "|".join(sorted(_SYSTEMS, key=len, reverse=True))
# debian-cloud/debian-11, ubuntu-os-cloud/ubuntu-2004-lts, ubuntu-22-04-x64, linode/ubuntu22.04
_IMAGE = re.compile(
    rf"(?:[\w-]+/)*({_NAME})-?v?([0-9]{{1,4}}(?:[._-][0-9]{{1,2}}|-sp[0-9])?)(?![0-9.]).*", re.IGNORECASE
)
_UBUNTU = re.compile(r"([12][0-9])[._-]?(04|10)")
_CODENAME = re.compile(r"0001-com-ubuntu-server-([a-z]+)(?:-.*)?")
_NUMBER = re.compile(r"([0-9]{1,4}(?:[._][0-9]{1,2})?)(?![0-9]).*")
_OFFERS = {
    "centos": "CentOS",
    "rhel": "Red Hat Enterprise Linux",
    "ubuntuserver": "Ubuntu",
    "windowsserver": "Windows Server",
}
_JOINED = ("CentOS", "Red Hat Enterprise Linux")  # 84-gen2 is 8.4
_STACK = re.compile(r"(DOTNETCORE|JAVA|NODE|PHP|PYTHON|RUBY|TOMCAT)\|v?([0-9]+(?:\.[0-9]+)*)(?:-.*)?", re.IGNORECASE)
_STACKS = {
    "dotnetcore": ".NET",
    "java": "Java",
    "node": "Node.js",
    "php": "PHP",
    "python": "Python",
    "ruby": "Ruby",
    "tomcat": "Apache Tomcat",
}
_BEANSTALK = re.compile(r"64bit (Amazon Linux(?: 20[0-9]{2}(?:\.[0-9]{2})?| 2)?)(?: v[0-9.]+)?(?: running (.*))?")
_RUNNING = re.compile(r"(Corretto|Go|Node\.js|PHP|Python|Ruby|Tomcat) ([0-9]+(?:\.[0-9]+)*)")


def of_settings(words: tuple[str, ...], given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield keys of a block, and the technologies that they name with a version, such as Ubuntu 20.04."""
    if words in (("source_image_reference",), ("storage_image_reference",)):
        yield from _reference(given)
    for key in ("image", "source_image", "stack"):
        if system := of_image(given.get(key, "")):
            yield key, system
    if stack := _STACK.fullmatch(given.get("linux_fx_version", "")[:100]):
        yield "linux_fx_version", f"{_STACKS[stack[1].casefold()]} {stack[2]}"
    if platform := _BEANSTALK.fullmatch(given.get("solution_stack_name", "")[:200]):
        yield "solution_stack_name", platform[1]
        for name, version in _RUNNING.findall(platform[2] or ""):
            yield "solution_stack_name", f"{name} {version}"


def of_image(image: str) -> str:
    """Return the system of the image of a machine, with its version; "" if there is none."""
    if heroku := re.fullmatch(r"heroku-([0-9]{2})", image[:20]):
        return f"Ubuntu {heroku[1]}.04"
    found = _IMAGE.fullmatch(image[:200])
    if not found:
        return ""
    return _versioned(_SYSTEMS[found[1].casefold()], found[2])


def _reference(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    offer, sku = given.get("offer", "").casefold(), given.get("sku", "")
    if named := _CODENAME.fullmatch(offer[:100]):
        yield "offer", f"Ubuntu {named[1]}"
    elif (system := _OFFERS.get(offer)) and (number := _NUMBER.fullmatch(sku[:100])):
        if text := _versioned(system, number[1]):
            yield "sku", text
    elif text := of_image(given.get("offer", "")):
        yield "offer", text


def _versioned(system: str, version: str) -> str:
    version = version.casefold().replace("-sp", " SP").replace("_", ".").replace("-", ".")
    if system == "Ubuntu":
        ubuntu = _UBUNTU.fullmatch(version)
        return f"Ubuntu {ubuntu[1]}.{ubuntu[2]}" if ubuntu else ""
    if system in _JOINED and (joined := re.fullmatch(r"([6-9])([0-9])", version)):
        version = f"{joined[1]}.{joined[2]}"
    return f"{system} {version}"
