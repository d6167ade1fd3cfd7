"""The words around a version that do not affect its release cycle, and versions spelled unlike in the data. Pure."""

import re

from techs.rules.text import ANY_PATCH

NOISE = frozenset(
    {
        *("version", "ver", "vers", "release", "rel", "edition"),  # introduce a version and add nothing
        *("versión", "versão", "versao", "versione", "versie", "ausgabe"),
        *("lts", "stable", "final", "ga", "latest"),  # a channel; cycles that differ by it are looked up first
    }
)
"""Words that do not change the meaning of a name or version."""

_SERVERS = (
    *("apache-activemq", "apache-couchdb", "apache-kafka", "couchbase-server", "haproxy", "influxdb", "jenkins"),
    *("keycloak", "mattermost", "memcached", "nextcloud", "prometheus", "rabbitmq", "solr", "teleport", "valkey"),
    "zookeeper",
)
_KINDS: tuple[tuple[set[str], tuple[str, ...]], ...] = (
    ({"server"}, _SERVERS),
    (
        {"database", "db", "datenbank", "cluster"},
        (
            *("apache-cassandra", "apache-couchdb", "arangodb", "clickhouse", "cockroachdb", "couchbase-server"),
            *("elasticsearch", "ibm-db2", "influxdb", "mariadb", "mongodb", "mssqlserver", "neo4j", "opensearch"),
            *("oracle-database", "postgresql", "redis", "solr", "valkey"),
        ),
    ),
    ({"database", "db", "datenbank"}, ("mysql", "sqlite")),  # MySQL Cluster is another product
    ({"cluster"}, ("apache-hadoop", "apache-kafka", "kubernetes", "rabbitmq", "red-hat-openshift", "zookeeper")),
    ({"cache"}, ("memcached", "redis", "valkey")),
    ({"broker"}, ("apache-activemq", "apache-artemis", "apache-kafka", "rabbitmq")),
    ({"web", "server", "webserver"}, ("apache-http-server", "caddy", "eclipse-jetty", "nginx", "tomcat")),
    (
        {"cms"},
        (
            *("backdrop", "contao", "drupal", "joomla", "kirby", "neos", "plone", "statamic", "typo3", "wagtail"),
            "wordpress",
        ),
    ),
    (
        {"framework"},
        (
            *("angular", "angularjs", "api-platform", "bootstrap", "cakephp", "django", "emberjs", "express"),
            *("jhipster", "laravel", "nextjs", "nuxt", "qt", "quasar", "rails", "react", "spring-boot", "svelte"),
            *("symfony", "tailwind-css", "vue", "vuetify"),
        ),
    ),
    (
        {"oss", "ce", "community"},
        (
            *("akeneo-pim", "apache-cassandra", "arangodb", "artifactory", "clickhouse", "cockroachdb", "consul"),
            *(
                "couchbase-server",
                "elasticsearch",
                "grafana",
                "graylog",
                "haproxy",
                "hashicorp-vault",
                "influxdb",
                "kibana",
            ),
            *("kong-gateway", "liquibase", "logstash", "mariadb", "mattermost", "mongodb", "mysql", "neo4j", "nexus"),
            *("nginx", "nomad", "redis", "sonarqube-community", "teleport", "terraform", "traefik"),
        ),
    ),
    ({"hypervisor"}, ("esxi", "proxmox-ve", "xcp-ng")),
    ({"firewall"}, ("fortios", "opnsense", "panos")),
    ({"language", "interpreter", "runtime"}, ("nodejs", "perl", "php", "python", "ruby")),
)
"""Words for the kind of a product that may stand between its name and its version."""

_NOISE = {
    "alibaba-ack": {"cluster", "managed", "pro"},
    "almalinux": {"linux", "os"},
    "apache-pulsar": {"broker"},
    "calico": {"cni"},
    "cilium": {"cni"},
    "craft-cms": {"pro", "solo", "team"},
    "artifactory": {"oss", "pro", "enterprise"},
    "backdrop": {"cms"},
    "big-ip": {"ltm", "gtm", "asm", "apm", "afm", "dns", "ve"},
    "bamboo": {"server", "data", "center", "dc"},
    "bigbluebutton": {"server"},
    "bitbucket": {"server", "data", "center", "dc"},
    "centreon": {"central", "poller"},
    "cfengine": {"hub", "enterprise", "community"},
    "centos": {"linux", "core"},
    "cisco-ios-xe": {"software", "everest", "fuji", "gibraltar", "amsterdam", "bengaluru", "cupertino", "dublin"},
    "checkmk": {"raw", "enterprise", "cloud", "free", "standard", "managed", "services"},
    "citrix-vad": {"ltsr", "cr"},
    "clickhouse": {"server"},
    "confluence": {"server", "data", "center", "dc"},
    "contao": {"managed"},
    "controlm": {"em", "server", "agent", "enterprise", "manager"},
    "consul": {"enterprise"},
    "couchbase-server": {"community", "enterprise", "edition"},
    "debian": {"gnu", "linux"},
    "devuan": {"gnu", "linux"},
    "docker-engine": {"ce", "ee", "community", "enterprise", "engine"},
    "dotnet": {"sdk", "runtime", "desktop", "hosting", "bundle"},
    "dotnetfx": {"full", "client", "profile", "developer", "pack", "redistributable", "runtime"},
    "drupal": {"core", "cms"},
    "elasticsearch": {"oss", "server"},
    "fedora": {"linux", "server", "workstation"},
    "fairphone": {"5g"},
    "font-awesome": {"free", "pro"},
    "gerrit": {"code", "review"},
    "filemaker": {"server", "pro", "advanced"},
    "firefox": {"esr"},
    "godot": {"engine"},
    "google-kubernetes-engine": {"autopilot", "channel", "cluster", "rapid", "regular", "standard"},
    "kibana": {"oss"},
    "knative": {"serving", "eventing"},
    "logstash": {"oss"},
    "mattermost": {"team", "enterprise", "server", "esr"},
    "ovirt": {"engine"},
    "plesk": {"obsidian", "onyx"},
    "grafana": {"oss", "enterprise", "server"},
    "kotlin": {"jvm"},
    "libreoffice": {"fresh", "still"},
    "hashicorp-vault": {"enterprise"},
    "jenkins": {"ci"},
    "mageia": {"linux"},
    "tails": {"os", "linux"},
    "jira-software": {"server", "data", "center", "dc"},
    "joomla": {"cms"},
    "laravel": {"framework"},
    "magento": {"cli", "commerce", "community", "enterprise", "open", "source"},
    "graylog": {"open", "enterprise"},
    "gitlab": {"ce", "ee", "community", "enterprise"},
    "mariadb": {"server"},
    "mongodb": {"server", "community", "enterprise"},
    "ibm-db2": {"luw"},
    "ibm-semeru-runtime": {"certified", "open"},
    "mssqlserver": {"rtm", "express", "standard", "std", "enterprise", "ent", "ee", "se", "developer", "dev", "web"},
    "msexchange": {"server"},
    "mysql": {"server", "community", "enterprise"},
    "neo4j": {"enterprise", "ee", "server"},
    "nexus": {"oss", "pro", "manager"},
    "nginx": {"open", "source", "oss", "mainline"},
    "nodejs": {
        *("argon", "boron", "carbon", "dubnium", "erbium", "fermium", "gallium", "hydrogen", "iron", "jod", "krypton"),
    },
    "office": {
        *("professional", "prof", "plus", "proplus", "standard", "std", "home", "business", "student", "pro", "ltsc"),
        *("suite", "retail", "volume", "and"),
    },
    "oneplus": {"5g"},
    "oracle-database": {"enterprise", "standard", "express", "personal", "one", "ee", "se", "se1", "se2", "xe", "rac"},
    "oracle-jdk": {"se"},
    "oracle-linux": {"server", "uek(?: ?r?[3-8])?"},
    "photon": {"linux", "os"},
    "php": {"fpm", "cgi", "fastcgi"},
    "nextcloud": {"hub"},
    "postgresql": {"server"},
    "powershell": {"core"},
    "red-hat-openshift": {"container", "platform"},
    "redis": {"server"},
    "rhel": {"server", "linux", "as", "es"},
    "sharepoint": {"server", "foundation", "enterprise", "standard"},
    "statamic": {"pro", "core", "solo"},
    "strapi": {"cms"},
    "sonarqube-community": {"lta"},
    "sonarqube-server": {"data", "center", "developer", "enterprise", "lta"},
    "splunk": {"enterprise"},
    "squid": {"cache", "proxy"},
    "symfony": {"framework"},
    "tomcat": {"server"},
    "traefik": {"proxy"},
    "typo3": {"cms", "elts"},
    "ubuntu": {"linux", "server", "desktop"},
    "visual-studio": {"community", "professional", "pro", "enterprise", "premium", "ultimate", "express", "ide"},
    "windows": {
        *("pro", "prof", "professional", "home", "enterprise", "ent", "education", "edu", "for", "workstations"),
        *("ltsc", "ltsb", "ultimate", "starter", "client", "n", "kn"),
    },
    "windows-server": {"standard", "std", "datacenter", "update", "ltsb"},
    "youtrack": {"server", "standalone"},
    "zabbix": {"server"},
}
PRODUCT_NOISE = {
    slug: frozenset(_NOISE.get(slug, set()).union(*(words for words, slugs in _KINDS if slug in slugs)))
    for slug in {*_NOISE, *(slug for _, slugs in _KINDS for slug in slugs)}
}
"""Editions and filler words by product. For others, "server" or "linux" may mean a different product."""

IMAGE_TAILS = (
    *("alpine", "slim", "bookworm", "bullseye", "buster", "stretch", "trixie", "jammy", "focal", "noble", "bionic"),
    *("ubi", "windowsservercore", "nanoserver", "jdk", "jre", "fpm", "cli", "apache", "management"),
)
"""Suffixes of container tags after a version and "-": base system and variant, which do not affect the cycle."""

PACKAGE_MARKS = (
    *("ubuntu", "debian", "deb[0-9]", "el[0-9]", "fc[0-9]", "amzn", "pgdg", "rhel"),  # distributions
    *("gke", "eks", "aks", "k3s", "rke"),  # builds of Kubernetes
)
"""Words in a packager's revision after a version: "14.5-1.pgdg110+1", "v1.27.3-gke.100"."""

SUFFIXES = frozenset(
    {  # before and after a release of the cycle
        *("rc", "alpha", "beta", "nightly", "preview", "pre", "dev", "snapshot", "a", "b", "m"),
        *("u", "cu", "update", "patch", "p", "gdr", "build", "ep", "cp", "mr", "hf", "hotfix", "fp", "rev", "su"),
        *("ru", "ur"),
    }
)
"""Words after a number that stay within its cycle ("3.13rc1", "8u292", "2019 CU15")."""
NUMBERED_SUFFIXES = frozenset({"a", "b", "m", "p", "u"})  # alone these may be part of a model name, as in Pixel 10a

JAVA_BUILDS = (
    *("alibaba-dragonwell", "amazon-corretto", "azul-zulu", "bellsoft-liberica", "eclipse-temurin", "graalvm-ce"),
    *("ibm-semeru-runtime", "microsoft-build-of-openjdk", "openjdk-builds-from-oracle", "oracle-graalvm", "oracle-jdk"),
    *("redhat-build-of-openjdk", "sapmachine"),
)
_SPELLINGS = {
    "android": ((r"12 ?l", "12.1"),),
    "cisco-ios-xe": ((r"([0-9]+)\.0?([0-9]+)(\..*)?", r"\1.\2\3"),),
    "commvault": ((r"11(?:\.0\.|[ ,]+(?:sp|fr|feature release) ?)([0-9]{2})(?:\..*)?", r"11.\1"),),
    "cos": ((r"(?:cos-)?([0-9]{2,3})-[0-9]{4,}.*", r"cos-\1"),),
    **dict.fromkeys(("esxi", "vcenter"), ((r"([0-9]+\.[0-9]+)[a-z]", r"\1"),)),
    "ibm-aix": ((r"([67])([0-9])00-0?([0-9]+)(?:-.*)?", r"\1.\2.\3"),),  # oslevel -s
    "ibm-i": ((r"v?([0-9])r([0-9]+)(?:m[0-9])?", r"\1.\2"),),
    "msexchange": (
        (r"15\.2\.2[5-9][0-9]{2}(?:\..*)?", "subscription"),
        (r"15\.2\.[0-9]{3,4}(?:\..*)?", "2019"),
        (r"15\.1\.[0-9]{3,4}(?:\..*)?", "2016"),
        (r"15\.0\.[0-9]{3,4}(?:\..*)?", "2013"),
        (r"14\.[0-3]\.[0-9]{3}(?:\..*)?", "2010"),
        (r"8\.[0-3]\.[0-9]{3}(?:\..*)?", "2007"),
    ),
    "nvidia": ((r"([0-9]{3})\.[0-9]+(?:\.[0-9]+)*", r"r\1"),),
    "oracle-database": (
        (r"[0-9]+(?:[cgi]|ai) ([0-9]+\.[0-9].*)", r"\1"),
        (r"(9|10|11|12)[cgi]", r"\1"),  # 12c is 12.1 or 12.2
        (r"23 ?(?:c|ai)", "23"),  # renamed to 26ai
    ),
    "sles": ((r"([0-9]+)[ -]?sp ?([0-9]+)", r"\1.\2"),),  # the data has 15 SP5 as 15.5
    **dict.fromkeys(
        ("windows-server", "windows-server-core"),
        (
            (r"(20[0-9]{2}) (?:1607|1809|21h2|24h2)", r"\1"),
            (r"(20[0-9]{2}(?: r2)?) (?:[56]\.[0-3]|10\.0)(?:\.[0-9]+)*", r"\1"),
            (r"2003 r2(?: (sp.*))?", r"2003 \1"),
        ),
    ),
    "veeam-backup-and-replication": ((r"([0-9]+)[a-d]", r"\1"),),
    # Up to version 8, Java was numbered 1.x.
    **dict.fromkeys(JAVA_BUILDS, ((r"1\.([5-8])(?:\.0)?(?:[._u][0-9]+)?(?:[.-]b?[0-9].*)?", r"\1"),)),
}
RESPELLED = {
    slug: tuple((re.compile(pattern, re.IGNORECASE), by) for pattern, by in spellings)
    for slug, spellings in _SPELLINGS.items()
}
"""Products that people number differently from the lifecycle data."""

OTHER_NUMBERS = {
    slug: re.compile(r"(?:19|2[0-2])\.[1-9].*")  # up to 22.3, GraalVM was numbered apart from Java
    for slug in ("graalvm-ce", "oracle-graalvm")
}
"""Versions of products from before they took the numbers that the lifecycle data has."""

WEEKLY = {"jenkins": 2}
"""Products whose major cycle only has versions with up to this many parts: 2.541 is weekly, 2.541.3 long-term."""

_FILLER = re.compile(
    rf"(?<![^\W_])(?:(?:major|minor) (?=vers?ion\b))?(?:{'|'.join(sorted(NOISE, reverse=True))})(?![^\W_])",
    re.IGNORECASE,
)
REPEATED_LTS = re.compile(r"\b(LTS)\b(.*?)\s*\(LTS\)$", re.IGNORECASE)
"""A label that endoflife.date marks once more, such as "4.9 LTS (LTS)"."""
_V = re.compile(r"(?<![^\W_])v[.=]?\s*(?=[0-9])", re.IGNORECASE)
_IMAGE_TAIL = re.compile(rf"(?<=[0-9a-z])(?:-(?:{'|'.join(IMAGE_TAILS)})[0-9.]*)+(?=[\s,;)]|$)", re.IGNORECASE)
_PACKAGE_TAIL = re.compile(
    rf"(?<=[0-9a-z])(?:[-+~][0-9a-z.~+-]*?(?:{'|'.join(PACKAGE_MARKS)})[0-9a-z.~+-]*|-log\b)", re.IGNORECASE
)
_EDITION_TAIL = re.compile(r"(?<=[0-9])-(?:ce|ee)(?:\.[0-9]+)?(?![^\W_])", re.IGNORECASE)
_ENTERPRISE = re.compile(r"(?<=[0-9])\+ent(?:\.[a-z0-9.]+)?(?![^\W_])", re.IGNORECASE)  # of HashiCorp
_EPOCH = re.compile(r"(?<![\w.])[0-9]{1,2}:(?=[0-9]+(?:\.[0-9]+)+[~+-])")  # of Debian's packages


def clean(rest: str, slug: str = "") -> str:
    """Strip everything that does not affect the cycle: filler words, "v", container and package suffixes."""
    text = without_filler(_EDITION_TAIL.sub("", rest), slug)
    for pattern in (_EPOCH, _ENTERPRISE, _V, ANY_PATCH, _PACKAGE_TAIL, _IMAGE_TAIL):
        text = pattern.sub("", text)
    first, _, second = tidy(text).partition(" ")
    # "log4j2 2.17.1": the product's name includes the major version, and the version repeats it.
    is_repeated = first[:1].isdecimal() and second.startswith(f"{first}.")
    return second if is_repeated else f"{first} {second}".rstrip()


def without_filler(text: str, slug: str = "") -> str:
    """Remove words that add nothing to a version: "Server >=6.2" of MongoDB is ">=6.2"."""
    text = _FILLER.sub(" ", text)
    noise = PRODUCT_NOISE.get(slug)
    if not noise:
        return text
    return re.sub(rf"(?<![^\W_])(?:{'|'.join(sorted(noise))})(?![^\W_])", " ", text, flags=re.IGNORECASE)


def tidy(text: str) -> str:
    return " ".join(text.split()).strip(" –—-=~^:@/_,;.!<>*&|")


def respell(version: str, slug: str) -> str:
    found = ((pattern.fullmatch(version), by) for pattern, by in RESPELLED.get(slug, ()))
    return next((match.expand(by) for match, by in found if match), version)
