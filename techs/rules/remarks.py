"""Remove remarks around a clear name and version: labels, bullets, architectures, dates, builds. Pure."""

import re
from collections.abc import Iterator

LABELS = frozenset(
    """
    ami anwendung anwendungsserver apiserver aplicación app appliance applicatie applicatieserver application
    applicationserver applicazione appserver backend backendframework backup banco bancodedados basedados basedatos
    basededados basededatos basededonnees basededonnées basedidati bdd besturingssysteem betriebssystem bibliothek
    broker build cache ci cms component componente composant container containerruntime databank database
    databaseengine databasemanagementsystem databaseserver datenbank datenbankserver datenbanksystem db dbengine
    dbms dbserver dependency desktopos desktops distribution distro engine entorno env environment firewall
    framework frontend frontendframework hypervisor idioma infrastructure infrastruktur komponente lamp lemp langage
    langagedeprogrammation language langue laptops laufzeit laufzeitumgebung lenguaje lenguajedeprogramación library
    linguagem linguagemdeprogramação linguaggio linguaggiodiprogrammazione loadbalancer logiciel messagebroker
    messagequeue messaging middleware mobileos monitoring moteur moteurdebasededonnées motor motordebasededatos name
    nas notebooks operatingsystem orchestration orchestrator os package paket piattaforma plataforma plateforme
    platform plattform prodotto product producto produit produkt produto programmeertaal programmiersprache
    programminglanguage queue reverseproxy router runtime san scriptsprache search searchengine server
    serverapplicativo servers serverweb serveur serveurdapplication serveurdapplications serveurdebasededonnées
    serveurweb servidor servidordeaplicaciones servidordeaplicación servidordeaplicações servidordebasededatos
    servidorweb sgbd sistema sistemaoperacional sistemaoperativo skriptsprache so software sprache stack storage
    suchmaschine switch system systemdexploitation système systèmedexploitation taal tech technologie technology
    tecnologia tecnologie tecnología tool umgebung versie version versione versión versão virtualisation
    virtualisierung virtualization virtualizzazione web webanwendung webapp webframework webserver website werkzeug
    workstations zoekmachine
    オペレーティングシステム サーバ サーバー システム ソフトウェア データベース バージョン
    フレームワーク プログラミング言語 ミドルウェア ライブラリ 中间件 操作系统 数据库 服务器
    框架 版本 編程語言 编程语言 言語 資料庫 軟體 软件
    데이터베이스 버전 서버 소프트웨어 운영체제 프레임워크
    """.split()  # noqa: SIM905  one word per line would take pages
)
"""Words for a kind of technology, without spaces and punctuation.

English, German, French, Spanish, Portuguese, Italian, Dutch, Japanese, Chinese and Korean.
"""

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

ASKED = frozenset(
    {"api", "apigateway", "apiserver", "clients", "gui", "router", "proxy", "reverseproxy", "ui", "webui"}
)
"""Labels that begin a line about the technology itself, although the words otherwise make another thing of a name."""

_LABEL = re.compile(r"(?:([\[(])[^\])]{1,30}[\])]\s*)?([^\W\d_][^:=<>!~^\[\]()|\n]{0,39}?)\s*[:=|–—]+\s+(?=\S)")
_WEAK_LABEL = re.compile(r"([^\W\d_][^:=\[\]()|\n-]{0,39}?)\s+-+\s+(?=\S)")
_TIGHT_LABEL = re.compile(r"([^\W\d_][^:=\[\]()|/\n]{0,39}?):(?=[^\W\d_])")
_BRACKETED = re.compile(r"[\[(][^\])]{1,30}[\])]\s*(?=\S)")
_BULLET = re.compile(
    r"\A(?:(?:[-*+•–‣·▪►]|[0-9]{1,3}[.)]|\[[ x]?\]|[0-9]{1,4}\s?[x×]|(?:qty|anzahl|stück)[: ]+[0-9]{1,4})\s+)+(?=\S)",
    re.IGNORECASE,
)
_MAKERS = (
    "adoptium|claris|opa|owasp|atlassian|sonatype|jfrog|jetstack|f5|fortinet|mikrotik|canonical|pivotal|broadcom|elastic|hashicorp|jetbrains|progress|vmware"
    r"|suse|apache|citrix|mozilla|anaconda|miniconda|mri|twitter|haskell|palo alto|oracle (?=mysql\b)"
)
_LANGUAGES = (
    "python (?=django|wagtail|plone)|php (?=laravel|symfony|drupal|wordpress|cakephp|joomla|typo3|magento|composer)"
    r"|ruby (?=rails)|node(?:\.?js)? (?=express|next)|java (?=spring|hibernate|struts|quarkus|tomcat|log4j)"
    "|javascript (?=react|vue|angular|jquery)"
)
"""Languages before their frameworks."""
_USES = r"use[sd]?|run(?:s|ning)?|needs?|requires?|based|built|hosted|installed|deployed"
_DISTRIBUTIONS = (
    "debian|ubuntu|centos|red ?hat|rhel|suse|sles|opensuse|fedora|alpine|rocky|alma|oracle|mint|linux mint|amazon|arch"
)
_LEADING = re.compile(
    r"\A(?:(?:(?:an?|the|our|old|outdated|legacy|obsolete|unsupported|self-hosted|managed) )+"
    rf"|(?:(?:gnu[ /])?linux|unix) (?=(?:{_DISTRIBUTIONS})\b)"
    r"|(?:(?:currently|still|actually|now|presently|derzeit|aktuell|noch|momentan|actuellement|encore|actualmente"
    r"|atualmente|attualmente|momenteel|nog)(?: (?:on|at|using|running|auf|mit|en|op|su|con|sur|avec))? )"
    r"|(?:wir (?:nutzen|verwenden|haben|benutzen)|nous (?:utilisons|avons)|on utilise|usamos|utilizamos|tenemos|usiamo"
    r"|utilizziamo|wij gebruiken|we gebruiken|läuft (?:auf|mit|unter)|tourne sur|corre en|roda em|gira su|draait op) "
    rf"|(?:we )?(?:{_USES})(?: (?:on|with|in|by))?:? |powered by |alte[rs]? |(?:{_MAKERS})[ -]"
    rf"|(?:{_LANGUAGES})"
    r"|(?:ms|microsoft) (?=(?:\.net|exchange|office|sharepoint|sql|windows|visual)\b))",
    re.IGNORECASE,
)
_WORDS = """
    ce ee community enterprise standard std professional oss express developer evaluation edition datacenter ami
    prod production staging test testing dev development qa live legacy old deprecated eol unsupported outdated obsolete
    on[ -]?prem(?:ises?)? cluster instance primary replica master slave nodes? hosts? vms? servers? installed current
    release headless minimal docker containers? internal generic workstation desktop veraltet produktiv obsol[eè]to?
    ga final stable lts[rc]? slim ltss elts eus aus tus e4s esm min minified bundle library database db framework
    language software produktion produktivsystem testsystem entwicklung abnahme recette préproduction preproduction
    preprod produção produccion producción pruebas desarrollo homologação produzione collaudo sviluppo productie
    acceptatie uat dr backup intern intranet verouderd abgekündigt abgelaufen replica[ -]?sets? reverse[ -]?proxy
    load[ -]?balancer gps cellular wi-?fi lte only front-?end back-?end sharded clustered
"""
_WORDS_PATTERN = "|".join(_WORDS.replace("[ -]", "[\\s-]").split())
_ARCHITECTURES = (
    r"(?:64|32)[ -]?bits?|x64|x86(?:[_-]64)?|amd64|arm64|aarch64|armhf|armv[67]l?|i[3-6]86|ppc64(?:le)?|s390x|riscv64"
    r"|ia64|sparc(?:64)?"
)
_SIZES = (
    r"(?:[0-9]{1,4} ?(?:mm|[kmgt]b|vcpus?|cpus?|cores?)(?: ram)?"
    r"|(?<=[,;/+&] )[0-9]{1,4} (?:vms?|servers?|nodes?|hosts?|instances?|machines?|devices?|pods?|replicas?|stück))"
)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_STAMPS = "|".join(
    (
        r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+Z?(?: UTC)?)?",
        r"(?:19|20)[0-9]{2}/[0-9]{2}/[0-9]{2}",
        rf"[0-9]{{1,2}}[- ](?:{_MONTHS})[a-z]*[- ](?:19|20)[0-9]{{2}}(?: [0-9:]+)?(?: GMT| UTC)?",
        r"[0-9a-f]{7,64}",
        r"build-?[0-9]+",
        r"\(?r[0-9]{4,}(?:[-+][0-9a-f]{7,})?\)?",
    )
)
_PLATFORMS = "linux|windows|darwin|macos|mac|unix|solaris|freebsd"
_HOSTS = (
    r"heroku|vercel|netlify|(?:aws |amazon )?(?:ec2|ecs|fargate)|docker|kubernetes|k8s|vms?|bare[ -]?metal|premises?"
    r"|(?:google )?(?:cloud run|app engine|compute engine|gce)|hetzner|linode|vmware|(?:hadoop )?yarn|mesos"
)
_REMARKS = "|".join(
    (
        _WORDS_PATTERN,
        _ARCHITECTURES,
        _STAMPS,
        _SIZES,
        r"[(\[{][^()\[\]{}]*(?:\([^()]*\)[^()\[\]{}]*)?[)\]}]",  # (cli), [GCC 7.5.0]
        r"(?:build|commit|revision|rev\.?|patchlevel)[ :#-]*[\w.+-]+",
        r"(?:built|compiled|released|release(?! *v?[0-9])|copyright)(?: (?:for|on|by|with|in|at|\(c\)))* .*",
        rf"(?:on|for) (?:{_PLATFORMS})\S*(?: on \S+)?",
        rf"(?:{_PLATFORMS})[/_](?:386|{_ARCHITECTURES})",
        r"https?://\S+",
        r"#[0-9]+",
        r"-- .*",
        r"(?:#|//) .*",
        r":: .*",  # Python 3.7.16 :: Anaconda, Inc.
        r"\+(?:YJIT|RJIT|JIT|PRISM|MN|GC)",
        r"[a-z0-9_]+-(?:pc|unknown|apple|redhat|alpine|suse|amazon|w64)-\S+",
        r"\+ provider .*",
        r"h1:\S+",
        r"(?:mon|tue|wed|thu|fri|sat|sun),? .*",
        rf"(?:on|in|auf|sur|en|su|op) (?:{_HOSTS})",
        r"source code repository .*",
        r"running \S.* theme",
        r"running version: .*",
        r"type help\b.*",
        r"(?:build date|point release|protocol|subversion|your version) .*",
        r"\| packaged by .*",
        r"\| \(c\) .*",
        r"(?:->|=>|→) (?:to|upgrad|updat|migr|mov|replac|retir|decom)\w* .*",
        r"git:\S+.*",
        r"(?:sdk|sru|api(?: level)?) [0-9.]+",
        r"(?:with|mit|avec|con|com) mod_\w+",
        # Further lines of an output, each with a key and a value: "Git revision: 2b813ade".
        r"(?!(?:[\w-]+ ){0,3}(?:version|release|ver)\b)[a-z][\w-]*(?: [a-z][\w-]*){0,3} ?[:=] .*",
        r"- [~/]\S+",
        r"- [^\W\d](?:(?! - ).)*",  # an afterthought: "MySQL 5.7 - to be migrated"
        r"(?:please|bitte|to be|wird|muss|should|must|needs?|wegen|because) .*",
        # Dates, not versions:
        r"(?:until|bis|since|seit|depuis|desde|sinds) (?!v?[0-9]{1,3}(?![0-9]|[./-][0-9./-]*[0-9]{4})).*",
        r"(?:to|zu|à|a|da|te|por) (?:be|upgrade|update|migr|replace|retire|remove|decom|rempl|ersetz|aktual).*",
        r"(?:for|für|pour|para|per|voor) [^\W\d].*",
        r"(?:eol|eos|eosl|end of (?:life|support)|out of support|fin de (?:vie|vida|soporte|support)|supported)\b.*",
    )
)
_STAMP = re.compile(rf"[\s,-]+(?:[(\[]?(?:{_ARCHITECTURES})[)\]]?|{_STAMPS})$", re.IGNORECASE)
_TAIL = re.compile(rf"[\s,;!.]+(?:(?:[+&/]|and|und|et|y|e|en)\s+)?(?:{_REMARKS})[\s,;!.]*$", re.IGNORECASE)
_FILE = re.compile(
    r"(?<=[0-9])(?:[._-](?:slim|min|bundle|prod|sources|src|all|bin|linux|darwin|windows|win|macos|osx|gnu|musl|x64|x86_64|x86"
    r"|amd64|arm64|aarch64|i386|i686|64bit|installer|setup|hadoop[0-9.]+|all-languages|release|dvd-[0-9]{4}|dvd[0-9]?"
    r"|disc[0-9]|netinst|minimal|boot|live|server|desktop))*"
    r"\.(?:js|css|jar|war|zip|tar\.(?:[gx]z|bz2)|tgz|msi|exe|dmg|pkg|deb|rpm|apk|iso|qcow2|vmdk|vhdx?|ova|img|box)$",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\A/\*[!*\s]*(.+?)[*\s]*\*/\Z")
_BUILT_FOR = re.compile(
    rf"(?<=[0-9])[._-](?:(?:linux|windows|darwin|macos|osx|freebsd|win)[._-](?:{_ARCHITECTURES})|bin|src)$",
    re.IGNORECASE,
)
_ENDS = " .,;:!?"
_QUOTES = str.maketrans("", "", "\"'`´“”„‘’«»")
_COMMAND = re.compile(
    r"(?:[$#>%] ?(?=\S+ version)|(?:[$#>%] ?)?(?=\S+(?: [a-z][\w.]*)? -))(?:\S*/)?([a-z][\w.+-]*)(?: [a-z][\w.]*)?"
    r" (?:--?version|-v{1,2}|version)\b:?\s+(.+)",
    re.IGNORECASE,
)
_ASKED_BY_NAME = re.compile(
    r"(?:[$#>%] ?)?"
    r"(cat /etc/\S+|lsb_release -\w+|sw_vers|oslevel -s|show version|hostnamectl|npm (?:ls|list)(?: -g)? \S+"
    r"|([a-z][\w-]*) version(?= \2 v?[0-9])) (.+)",
    re.IGNORECASE,
)
"""Commands that need no word for a version, and those that repeat their name in front of it."""
_VERSION_WORD = re.compile(r"(?<=\w)(?:,| -)? version(?: is)?:? +v?(?=[0-9])", re.IGNORECASE)
_NEWEST = (
    r"(?:(?:the|die|das|la|le|el|il|de) )?(?:latest|newest|most recent|up-to-date|current|aktuell(?:e[rsn]?|ste[rsn]?)?"
    r"|neueste[rsn]?|letzte[rsn]?|derni[eè]re|actuel(?:le)?|actual|[uú]ltim[ao]|atual|attuale|laatste|nieuwste|huidige)"
    r"(?: (?:stable|lts|version|release|versión|versão|versione|versie|major|minor|of|de|del|di|von|van))*"
)
_NEWEST_FIRST = re.compile(rf"{_NEWEST} ([^\W\d_][^0-9]*?)(?:[ -](?:version|release))?", re.IGNORECASE)
_NEWEST_LAST = re.compile(rf"([^\W\d_][^0-9]*?)(?: |, | - )\(?{_NEWEST}\)?", re.IGNORECASE)
_NUMBER_FIRST = re.compile(
    r"v?([0-9]+(?:\.[0-9]+)+\S*)(?: \([^()]*\))? \(?(?!express\b)([^\W\d_]{4,}(?: [^\W\d_]+){0,2})\)?", re.IGNORECASE
)
_PUNCTUATION = " ,;!.-–—:=|/\\*•\t"
_MOST = 12  # remarks
_MOST_LEADING = 3  # phrases before a name: "we use", "still on", "the old"


def undecorated(text: str) -> str:
    """Remove bullets and numbers of lists, punctuation at the end, and the endings of file names after a version."""
    plain = _COMMENT.sub(r"\1", _BULLET.sub("", text, count=1).rstrip(_ENDS))
    if "://" not in plain:
        plain = _BUILT_FOR.sub("", _FILE.sub("", plain))
    return plain or text


def command(text: str) -> tuple[str, str] | None:
    """Return the command that asked for a version, and its output; None for any other text."""
    if found := _ASKED_BY_NAME.fullmatch(text):
        return found[1], found[3]
    found = _COMMAND.fullmatch(text)
    return (found[1], found[2]) if found else None


def without_version_word(text: str) -> str:
    """Return "Apache ZooKeeper 3.8.3" for "Apache ZooKeeper, version 3.8.3"."""
    return _VERSION_WORD.sub(" ", text, count=1)


def without_channel(text: str) -> str:
    """Return "Node" for "latest Node" and "Node current"; "" for any other text."""
    found = _NEWEST_FIRST.fullmatch(text) or _NEWEST_LAST.fullmatch(text)
    return found[1] if found else ""


def number_last(text: str) -> str:
    """Return name and version of a text that has the version first; "" for any other text."""
    found = _NUMBER_FIRST.fullmatch(text)
    return f"{found[2]} {found[1]}" if found and not OTHER_THINGS.search(text) else ""


def without_label(text: str) -> tuple[str, bool]:
    """Remove a label before the name. Also return whether the label only names a kind of technology."""
    for pattern in (_LABEL, _WEAK_LABEL, _TIGHT_LABEL):
        if (found := pattern.match(text)) and _is_label(found):
            is_kind = letters(found[found.lastindex or 1]) in LABELS | ASKED
            if is_kind or pattern is _LABEL:
                return text[found.end() :], is_kind
    without = _BRACKETED.sub("", text, count=1) if _BRACKETED.match(text) else text
    for _ in range(_MOST_LEADING):
        without, count = _LEADING.subn("", without, count=1)
        if not count:
            break
    return without, True


def _is_label(found: re.Match[str]) -> bool:
    return letters(found[found.lastindex or 1]) in ASKED or not OTHER_THINGS.search(found[0])


def without_stamps(text: str) -> str:
    """Remove architectures, dates and hashes behind the version, which cannot be part of it."""
    for _ in range(_MOST):
        text, count = _STAMP.subn("", text)
        if not count:
            break
    return text


def without_quotes(text: str) -> str:
    return text.translate(_QUOTES)


def without_remark(text: str) -> str:
    """Remove quotes, and the last of the remarks behind the version."""
    return _TAIL.sub("", without_quotes(text), count=1).strip(_PUNCTUATION)


def without_remarks(text: str) -> Iterator[str]:
    """Yield the text without its last remark, without the last two, and so on."""
    for _ in range(_MOST):
        shorter = without_remark(text)
        if shorter in ("", text):
            break
        yield shorter
        text = shorter


def letters(label: str) -> str:
    """Return a label as it is in LABELS."""
    return "".join(filter(str.isalpha, label.casefold()))
