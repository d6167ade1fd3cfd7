"""Reword shorthands of operating systems, of their service packs, and of names with glued versions. Pure."""

import re

from techs.rules.text import any_of

_EDITION = (
    r"(?: (?:server|std|standard|dc|datacenter|ent|enterprise|web|essentials|foundation|edition|azure|evaluation))*"
)

_WINDOWS_SERVER = (
    r"(?:ms |microsoft )?(?:win(?:dows)?[ -]?(?:server|srvr?|svr)?|ws|w)[ -]?(?:20|2k)(03|08|12|16|19|22|25|3|8)"
    rf"(?:[ -]?(?:server )?(r2))?{_EDITION}(?:[ ,]+(?:sp|service pack) ?([0-9]))?"
    r"(?:[ ,]+(?:version )?(?:1607|1809|21h2|24h2|(?:10\.0|6\.[0-3])\.[0-9.]+)|[ ,]+\(?(?:os )?build [0-9.]+\)?)*"
)
_WINDOWS = r"(?:ms |microsoft )?win(?:dows)?[ -]?"
_PACK = r"(?:sp|service pack) ?"
_ORACLE_EDITION = r"(?: (?:enterprise|standard|express|edition|[ex]e|se[12]?|rac))*"
_CORE = r"(?:server )?core(?: installation)?"
_CLIENT = (
    r"(?:[12][0-9]h[12]|1[5-9][0-9]{2}|2004|pro|home|ent|enterprise|edu|education|lts[cb]|sp ?[0-9]|x64|64[ -]?bit)"
)
_MACOS = r"(?:apple )?(?:mac ?os ?x?|os ?x)"
_MACOS_NAMES = (
    "tahoe|sequoia|sonoma|ventura|monterey|big sur|catalina|mojave|(?:high )?sierra|el capitan|yosemite|mavericks"
    "|(?:mountain )?lion|(?:snow )?leopard|tiger|panther|jaguar"
)
_RED_HAT = (
    r"(?:red ?hat(?: linux)?(?: enterprise)?(?: linux)?|rhel)(?: (?:server|workstation|client|es|as))?(?: release)?"
    r" ?v?([0-9][0-9.]*)"
)

_SHORTHANDS = tuple(
    (re.compile(pattern, re.IGNORECASE), template)
    for pattern, template in (
        # Windows: Win2012R2, W2K16, WS2019, Windows 2016 Server.
        (_WINDOWS_SERVER, r"Windows Server 20\1 \2 SP\3"),
        (r"(?:ms |microsoft )?windows 2000(?: advanced)? server(?: sp ?[0-9])?", r"Windows Server 2000"),
        (rf"{_WINDOWS}(xp)\b(?: \w+)?(?:,? {_PACK}3)?", r"Windows XP SP3"),
        (rf"(?:{_WINDOWS})?(vista)\b(?: \w+)?(?:,? {_PACK}2)?", r"Windows Vista SP2"),
        (rf"{_WINDOWS}(7|vista|xp)\b(?: \w+)?,? {_PACK}([0-9])", r"Windows \1 SP\2"),
        (rf"{_WINDOWS}(7|8|8\.1|10|11)\b(?: (?:ultimate|professional|business))?(.*)", r"Windows \1\2"),
        (rf"w(7|8|8\.1|10|11)((?: {_CLIENT})+)", r"Windows \1\2"),
        (
            rf"(?:ms |microsoft )?windows server (20[0-9]{{2}})(?: (r2))?{_EDITION} \(?{_CORE}\)?",
            r"Windows Server Core \1 \2",
        ),
        (r"(?:(?:ms|microsoft) )?(?:office|windows|m|microsoft) ?365\b.*", ""),
        # Linux.
        (r"(?:linux mint )?lmde ?([0-9])(?: \(?[a-z]+\)?)?", r"Linux Mint LMDE \1"),
        (r"ubuntu[ -]?([0-9]{2})(04|10)", r"Ubuntu \1.\2"),
        (_RED_HAT, r"RHEL \1"),
        (r"centos(?: linux)?[ -]v?([0-9]+)[ -]stream", r"CentOS Stream \1"),
        (r"al(2|2023)", r"Amazon Linux \1"),
        (r"amazon linux (2|2023)(?: ami)?\b.*", r"Amazon Linux \1"),
        (r"amazon linux (?:1|ami)[ (]+(20[0-9.]+)\)?", r"Amazon Linux \1"),
        (
            r"(?:suse linux enterprise server|suse linux enterprise|sles|suse)[ -]?([0-9]+)[ -]?sp ?([0-9]+)",
            r"SLES \1 SP\2",
        ),
        (
            r"oracle(?: db| database| rdbms)? ([0-9]{1,2}(?:c|g|i|ai))[ -]?(?:r|release )([12])\b.*",
            r"Oracle Database \1 Release \2",
        ),
        (
            rf"oracle(?: db| rdbms)? ([0-9]{{1,2}}(?:c|g|i|ai))\b{_ORACLE_EDITION}",
            r"Oracle Database \1",
        ),
        (r"oracle(?: db| rdbms)? ((?:9|1[0-29]|2[13])(?:\.[0-9]+){3,})", r"Oracle Database \1"),
        (
            r"oracle(?: db| database| rdbms)? [0-9]{1,2}(?:c|g|i|ai)\b[^()]*\(([0-9]+\.[0-9][0-9.]*)\)",
            r"Oracle Database \1",
        ),
        (r"oracle ?(?:[89]|1[0-9]|21)[cgi] ([0-9]+\.[0-9][0-9.]*)", r"Oracle Database \1"),
        # With fewer parts, 9.2 and 10.1 are also releases of Oracle Linux.
        (
            r"oracle ((?:11\.[12]|12\.[12]|1[89]\.[0-9]+|2[13]\.[0-9]+)(?:\.[0-9]+)*(?: [es]e[12]?)?)",
            r"Oracle Database \1",
        ),
        (r"vs ?(20[0-9]{2})((?: .*)?)", r"Visual Studio \1\2"),
        (
            r"(?:microsoft )?visual studio (?:\w+ )?20[0-9]{2}(?: \w+)? \(?(?:version )?(1[0-9]\.[0-9.]+).*",
            r"Visual Studio \1",
        ),
        (r"(?:vmware |omnissa )?horizon 8 (2[0-9]{3})\b.*", r"Horizon 8.\1"),
        (r"sonarqube (?:enterprise|developer|data ?center)(?: edition)? v?([0-9].*)", r"SonarQube Server \1"),
        (r"veeam (?:b&r|b\+r|vbr|backup) v?([0-9].*)", r"Veeam Backup & Replication \1"),
        (
            r"citrix (?:virtual apps(?: (?:and|&) desktops)?|cvad)(?: 7)? ([0-9]{4})\b.*",
            r"Citrix Virtual Apps and Desktops \1",
        ),
        (r"proxmox v?([0-9].*)", r"Proxmox VE \1"),
        # Appliances, with their hardware.
        (r"(?:cisco )?ios (?:software )?(?:version )?[0-9]+\.[0-9]+\([0-9].*", ""),  # not IOS XE, and not Apple's
        (r"cisco (?:ios|nx-?os|asa)\b(?!.*\bxe\b).*", ""),
        (r"cisco (?:(?:catalyst|isr|asr|csr) ?)?\S+[ -]+ios[ -]?xe (.*)", r"Cisco IOS XE \1"),
        (r"(?:fortinet )?forti(?:gate|wifi)(?:[ -]?\S+)?[ -]+(?:fortios|fos) (.*)", r"FortiOS \1"),
        (r"(?:fortinet )?fortigate(?: firmware| version)? v?([0-9]+\.[0-9][0-9.]*)", r"FortiOS \1"),
        (r"(?:palo alto(?: networks)? )?(?:firewall|ngfw|pa-[0-9]+\w*)[ -]+pan-?os (.*)", r"PAN-OS \1"),
        (r"(?:vmware |omnissa )?horizon(?: 8)?[ (]+(2[0-9](?:0[1-9]|1[0-2]))\)?(?: esb)?", r"Horizon 8.\1"),
        # Devices named by the year or the generation.
        (
            r"(?:apple )?ipad (air|pro) ([0-9.]+)(?:\"|[ -]?in(?:ch)?)? \(?([0-9](?:st|nd|rd|th)) gen(?:eration)?\)?",
            r"iPad \1 \2-inch (\3 generation)",
        ),
        (r"((?:apple|ipad|kindle|amazon kindle)\b.*\b[0-9]{1,2}(?:st|nd|rd|th)) gen\.?(\)?)", r"\1 generation\2"),
        (r"(raspberry ?pi .+?) plus(?: rev\.? [0-9.]+)?", r"\1+"),
        (r"(?:apple )?iphone se[ ,(]+(?:2016|1(?:st)? gen(?:eration)?)\.?\)?", r"iPhone SE (1st generation)"),
        (r"(?:apple )?iphone se[ ,(]+(?:2020|2(?:nd)? gen(?:eration)?)\.?\)?", r"iPhone SE (2nd generation)"),
        (r"(?:apple )?iphone se[ ,(]+(?:2022|3(?:rd)? gen(?:eration)?)\.?\)?", r"iPhone SE (3rd generation)"),
        (r"(?:lg |huawei |google )?nexus (4|5x?|6p?|7|9|10)", r"Google Nexus \1"),
        (r"(?:samsung )?galaxy (watch ?[0-9a-z].*)", r"Samsung Galaxy Watch Galaxy \1"),
        (
            r"intel (?:core )?([a-z]+ (?:lake|bridge|canyon|trail)|skylake|broadwell|haswell|lakefield)",
            r"Intel Processors \1",
        ),
        (r"stormshield (sn[ir]?[0-9]{2,4}\w*)", r"Stormshield Firewall \1"),
        # Others.
        (r"(?:ibm )?aix ([0-9]\.[0-9]) ?tl ?([0-9]+).*", r"IBM AIX \1.\2"),
        (rf"{_MACOS} (?:{_MACOS_NAMES})[ (]+([0-9]+(?:\.[0-9]+)*)\)?", r"macOS \1"),
        (rf"(?:{_MACOS_NAMES}) (10\.[0-9]+(?:\.[0-9]+)?)", r"macOS \1"),
        (rf"{_MACOS} ([0-9]+(?:\.[0-9]+)*)[ (]+(?:{_MACOS_NAMES})\)?", r"macOS \1"),
        (r"(?:samsung )?galaxy (tab .+)", r"Samsung Galaxy Tab Galaxy \1"),
        (r"(?:samsung )?galaxy ((?!watch)[a-z].+)", r"Samsung Mobile Galaxy \1"),
        (r"((?:vmware )?esxi|(?:vmware )?vcenter(?: server)?) ([0-9.]+) (?:u|update )[0-9]+\w*", r"\1 \2"),
        (r"moodle ([0-9]+\.[0-9]+\.[0-9]+)\+", r"Moodle \1"),  # a weekly build
        (r"icinga ?2? r(2\.[0-9.]+)\S*", r"Icinga \1"),
        (r"next[ @]v?([0-9]{1,2}(?:\.[0-9x]+)*)", r"Next.js \1"),
        # Versions glued to the name without their dot.
        (r"(?:postgresql|postgres|pgsql)(9)([0-6])(?:-server)?(?:[ -]\1\.\2\.\S+)?", r"PostgreSQL \1.\2"),
        (r"(?:python|py)(2|3)([0-9]{1,2})(?:[ -]\1\.\2\.\S+)?", r"Python \1.\2"),
        (r"php(5|7|8)([0-9])(?:[ -]\1\.\2\.\S+)?", r"PHP \1.\2"),
        (r"python ?2", r"Python 2.7"),
        # Numbers that belong to a sibling.
        (r"(?:ms |microsoft )?sql ?(20[0-9]{2}.*)", r"SQL Server \1"),
        (r"(?:microsoft )?powershell ([1-5]\.[0-9].*)", r"Windows PowerShell \1"),
        (r"(?:ms |microsoft )?(?:asp)?\.net v?(3\.5.*|4(?:\.[0-9].*)?)", r".NET Framework \1"),
        (r"angular ?v?(1(?:\..*)?)", r"AngularJS \1"),
        (r"kafka[ _-]2\.1[0-3]-([0-9].*)", r"Apache Kafka \1"),
    )
)

NODE_LTS = {
    name: number
    for number, name in enumerate(
        (
            *("argon", "boron", "carbon", "dubnium", "erbium", "fermium", "gallium", "hydrogen", "iron", "jod"),
            "krypton",
        ),
        start=2,
    )
}
"""Codenames of Node.js's long-term releases: Argon is 4, Boron is 6."""
_NODE_CODENAME = re.compile(
    rf"(?:node(?:\.?js)?[ @:]?|nvm (?:use|install) )?(?:--)?lts[/-]({'|'.join(NODE_LTS)})", re.IGNORECASE
)
_ANY = any_of(pattern for pattern, _ in _SHORTHANDS)
_SHORT_YEAR = re.compile(r"Windows Server 20([38])(?![0-9])")  # W2K8


def reword(text: str) -> str | None:
    """Return the name and version in full; "" for versions outside the lifecycle data; None if this is no shorthand."""
    if found := _NODE_CODENAME.fullmatch(text):
        return f"Node.js {2 * NODE_LTS[found[1].casefold()]}"
    if not _ANY.fullmatch(text):
        return None
    for pattern, template in _SHORTHANDS:
        if found := pattern.fullmatch(text):
            return _without_gaps(found, template)
    return None


def _without_gaps(found: re.Match[str], template: str) -> str:
    # A service pack is only spelled out where there is one.
    pack = found[found.re.groups] if template.endswith(r"SP\3") else "set"
    spelled = found.expand(template if pack else template.removesuffix(r"SP\3"))
    return " ".join(_SHORT_YEAR.sub(r"Windows Server 200\1", spelled).split())
