"""Remove remarks around a clear name and version: labels, bullets, architectures, dates, builds. Pure."""

import re

_LABELS = frozenset(
    """
    anwendung anwendungsserver app application appserver aplicación backend basededatos basededonnées bdd
    betriebssystem bibliothek broker build cache ci cms component composant componente container containerruntime
    database databaseengine databaseserver datenbank datenbankserver datenbanksystem db dbms dependency distribution
    distro engine entorno env environment framework frontend hypervisor idioma infrastructure komponente langage
    language langue laufzeit laufzeitumgebung lenguaje library logiciel messagebroker messaging messagequeue middleware
    name operatingsystem orchestration orchestrator os package paket plateforme platform plattform product produit
    produkt producto programmiersprache programminglanguage queue runtime search searchengine server serveur
    serveurdapplication serveurweb servidor servidorweb sgbd sistema sistemaoperativo software sprache stack
    storage suchmaschine system systemdexploitation systèmedexploitation système technologie technology tech tecnología
    tool umgebung version version virtualisierung virtualization web webserver website werkzeug
    """.split()  # noqa: SIM905  one word per line would take pages
)
"""Words for a kind of technology, in English, German, French and Spanish, without spaces and punctuation."""

PACKAGES = re.compile(
    r"(?<![^\W_])(?:pypi|pip|npm|gem|rubygem|crate|nuget|conda|hex|package)s?(?![^\W_])", re.IGNORECASE
)
"""Words that make a name that of a package, whose version is not the product's."""

OTHER_THINGS = re.compile(
    r"(?<![^\W_])(?:adapter|addon|agent|api|binding|bindings|client|cli|compass|connector|console|controller|cookbook"
    r"|dashboard|driver|exporter|extension|gui|helper|insight|integration|lib|library|lint|linter|manager|module"
    r"|operator|orm|plugin|provider|proxy|role|router|sdk|studio|toolbox|toolkit|types|ui|utils|workbench|wrapper)s?"
    r"(?![^\W_])",
    re.IGNORECASE,
)
"""Words that make a product's name that of something else: a client, a plugin, an exporter."""

_LABEL = re.compile(r"(?:([\[(])[^\])]{1,30}[\])]\s*)?([^\W\d_][^:=\[\]()|\n]{0,39}?)\s*[:=|–—]+\s+(?=\S)")
_WEAK_LABEL = re.compile(r"([^\W\d_][^:=\[\]()|\n-]{0,39}?)\s+-+\s+(?=\S)")
_BRACKETED = re.compile(r"[\[(][^\])]{1,30}[\])]\s*(?=\S)")
_BULLET = re.compile(r"\A(?:(?:[-*+•–‣·]|[0-9]{1,3}[.)])\s+)+(?=\S)")
_MAKERS = (
    "atlassian|sonatype|jfrog|f5|fortinet|mikrotik|canonical|pivotal|broadcom|elastic|hashicorp|jetbrains|progress|vmware"
    r"|suse|apache|citrix|anaconda|miniconda|mri|twitter|haskell|palo alto|oracle (?=mysql\b)"
)
_LANGUAGES = (
    "python (?=django|wagtail|plone)|php (?=laravel|symfony|drupal|wordpress|cakephp|joomla|typo3|magento)"
    r"|ruby (?=rails)|node(?:\.?js)? (?=express|next)|java (?=spring|hibernate|struts|quarkus|tomcat|log4j)"
    "|javascript (?=react|vue|angular|jquery)"
)
"""Languages before their frameworks."""
_USES = r"use[sd]?|run(?:s|ning)?|needs?|requires?|based|built|hosted|installed|deployed"
_LEADING = re.compile(
    r"\A(?:(?:(?:an?|the|our|old|outdated|legacy|obsolete|unsupported|self-hosted|managed) )+"
    rf"|(?:we )?(?:{_USES})(?: (?:on|with|in|by))?:? |powered by |alte[rs]? |(?:{_MAKERS})[ -]"
    rf"|(?:{_LANGUAGES})"
    r"|(?:ms|microsoft) (?=(?:exchange|office|sharepoint|sql|windows|visual)\b))",
    re.IGNORECASE,
)
_WORDS = """
    ce ee community enterprise standard std professional oss express developer evaluation edition datacenter ami
    prod production staging test testing dev development qa live legacy old deprecated eol unsupported outdated obsolete
    on[ -]?prem(?:ises?)? cluster instance primary replica master slave nodes? hosts? vms? servers? installed current
    release headless minimal docker containers? internal generic workstation desktop veraltet produktiv obsol[eè]to?
    ga final stable lts[rc]? slim
"""
_WORDS_PATTERN = "|".join(_WORDS.replace("[ -]", "[\\s-]").split())
_ARCHITECTURES = r"(?:64|32)[ -]?bit|x64|x86(?:[_-]64)?|amd64|arm64|aarch64|armhf|i[3-6]86|ppc64le|s390x"
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_STAMPS = "|".join(
    (
        r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+Z?)?",
        r"(?:19|20)[0-9]{2}/[0-9]{2}/[0-9]{2}",
        rf"[0-9]{{1,2}}[- ](?:{_MONTHS})[a-z]*[- ](?:19|20)[0-9]{{2}}(?: [0-9:]+)?",
        r"[0-9a-f]{7,64}",
        r"build-?[0-9]+",
    )
)
_PLATFORMS = "linux|windows|darwin|macos|mac|unix|solaris|freebsd"
_REMARKS = "|".join(
    (
        _WORDS_PATTERN,
        _ARCHITECTURES,
        _STAMPS,
        r"[(\[{][^()\[\]{}]*(?:\([^()]*\)[^()\[\]{}]*)?[)\]}]",  # (cli), [GCC 7.5.0]
        r"(?:build|commit|revision|rev\.?|patchlevel)[ :#-]*[\w.+-]+",
        r"(?:built|compiled|released?|copyright)(?: (?:for|on|by|with|in|at|\(c\)))* .*",
        rf"(?:on|for) (?:{_PLATFORMS})\S*(?: on \S+)?",
        rf"(?:{_PLATFORMS})[/_](?:386|{_ARCHITECTURES})",
        r"https?://\S+",
        r"#[0-9]+",
        r"-- .*",
        r"- [^\W\d].*",  # an afterthought: "MySQL 5.7 - to be migrated"
        r"(?:please|bitte|to be|wird|muss|should|must|needs?|until|bis) .*",
    )
)
_STAMP = re.compile(rf"[\s,-]+(?:[(\[]?(?:{_ARCHITECTURES})[)\]]?|{_STAMPS})$", re.IGNORECASE)
_TAIL = re.compile(rf"[\s,;!.]+(?:{_REMARKS})[\s,;!.]*$", re.IGNORECASE)
_FILE = re.compile(
    r"(?<=[0-9])(?:[.-](?:slim|min|bundle|prod|sources|all|bin))*\.(?:js|css|jar|war|zip|tar\.[gx]z|tgz|msi|exe|deb|rpm|apk|iso)$",
    re.IGNORECASE,
)
_ENDS = " .,;:"
_QUOTES = str.maketrans("", "", "\"'`´“”„‘’«»")
_PUNCTUATION = " ,;!.-–—:=|/\\*•\t"
_MOST = 12  # remarks


def undecorated(text: str) -> str:
    """Remove bullets and numbers of lists, punctuation at the end, and what makes a version the name of a file."""
    plain = _FILE.sub("", _BULLET.sub("", text, count=1).rstrip(_ENDS))
    return plain or text


def without_label(text: str) -> tuple[str, bool]:
    """Remove a label before the name. Also return whether the label only names a kind of technology."""
    for pattern in (_LABEL, _WEAK_LABEL):
        if (found := pattern.match(text)) and not OTHER_THINGS.search(found[0]):
            is_kind = _key(found[found.lastindex or 1]) in _LABELS
            if is_kind or pattern is _LABEL:
                return text[found.end() :], is_kind
    without = _BRACKETED.sub("", text, count=1) if _BRACKETED.match(text) else text
    return _LEADING.sub("", without, count=1), True


def without_stamps(text: str) -> str:
    """Remove architectures, dates and hashes behind the version, which cannot be part of it."""
    return _shortened(text, _STAMP)


def without_remarks(text: str) -> str:
    """Remove quotes, and remarks behind the version."""
    return _shortened(text.translate(_QUOTES), _TAIL).strip(_PUNCTUATION)


def _shortened(text: str, tail: re.Pattern[str]) -> str:
    for _ in range(_MOST):
        shorter = tail.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text


def _key(label: str) -> str:
    return "".join(filter(str.isalpha, label.casefold()))
