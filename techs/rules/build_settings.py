"""Read a setting copied from a build file: `sourceCompatibility = 1.8`, `<java.version>11</java.version>`. Pure."""

import re

from techs.rules.text import compact

_PROPERTIES = {
    **dict.fromkeys(("java", "jdk", "mavencompilersource", "mavencompilertarget", "mavencompilerrelease"), "Java"),
    **dict.fromkeys(("node", "nodejs"), "Node.js"),
    **dict.fromkeys(("go", "golang"), "Go"),
    **dict.fromkeys(("log4j", "log4j2"), "Apache Log4j"),
    **dict.fromkeys(("quarkus", "quarkusplatform"), "Quarkus"),
    **dict.fromkeys(("spring", "springframework"), "Spring Framework"),
    **dict.fromkeys(("struts", "struts2"), "Apache Struts"),
    "camel": "Apache Camel",
    "dotnet": ".NET",
    "dropwizard": "Dropwizard",
    "electron": "Electron",
    "flink": "Apache Flink",
    "glue": "Amazon Glue",
    "gradle": "Gradle",
    "grails": "Grails",
    "groovy": "Apache Groovy",
    "hadoop": "Apache Hadoop",
    "hbase": "Apache HBase",
    "hibernate": "Hibernate ORM",
    "jetty": "Eclipse Jetty",
    "kotlin": "Kotlin",
    "lucene": "Apache Lucene",
    "micronaut": "Micronaut",
    "php": "PHP",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "scala": "Scala",
    "spark": "Apache Spark",
    "springboot": "Spring Boot",
    "springcloud": "Spring Cloud",
    "springsecurity": "Spring Security",
    "tomcat": "Apache Tomcat",
    "vaadin": "Vaadin",
}
"""Properties that hold the version of a product. That of a database is the version of its driver there."""

_VERSION = r"v?([0-9][\w.+-]*)"
_COMPILER = r"maven\.compiler\.(?:source|target|release)"
_ELEMENT = re.compile(rf"<({_COMPILER}|[\w.-]+?[._-]?version)>\s*{_VERSION}\s*</[\w.-]+>", re.IGNORECASE)
_DECLARED = r"(?:(?:export|env|arg|set|def|val|var|const|ext|final|project|buildscript|thisbuild)[\s./:]+)*(?:ext\.)?"
_ASSIGNED = re.compile(
    rf"(?:env (?P<env>[a-z]\w*?)_version |{_DECLARED}(?:set\()?[\"']?(?:use_)?(?P<name>[a-z][\w.-]*?)"
    r"[._-]?version[\"']?\s*(?::=|[:=,])\s*)"
    rf"[\"']?{_VERSION}[\"']?\)?[,;]?",
    re.IGNORECASE,
)
_SPACED = re.compile(rf"([a-z][\w-]*(?:\.[\w-]+)*)[._-]version {_VERSION}", re.IGNORECASE)
_FILES = {
    "bazelversion": "Bazel",
    "go-version": "Go",
    "java-version": "Java",
    "node-version": "Node.js",
    "nvmrc": "Node.js",
    "opentofu-version": "OpenTofu",
    "php-version": "PHP",
    "python-version": "Python",
    "ruby-version": "Ruby",
    "terraform-version": "Terraform",
}
"""Files that hold nothing but a version, without the dot before their names."""
_FILE = re.compile(rf"\.({'|'.join(_FILES)})[\s:=>-]+[\"']?(lts/[a-z]+|{_VERSION})[\"']?", re.IGNORECASE)
_ENGINES = {
    "aurora-postgresql": "Amazon Aurora PostgreSQL",
    "docdb": "Amazon DocumentDB",
    "mariadb": "Amazon RDS for MariaDB",
    "mysql": "Amazon RDS for MySQL",
    "neptune": "Amazon Neptune",
    "postgres": "Amazon RDS for PostgreSQL",
    "redis": "Amazon ElastiCache for Redis OSS",
}
"""Engines of managed databases, as Terraform and CloudFormation name them."""
_ENGINE = re.compile(
    rf"engine\s*[:=]\s*[\"']?([a-z-]+)[\"']?[\s,;]+engine_?version\s*[:=]\s*[\"']?{_VERSION}[\"']?,?", re.IGNORECASE
)
_RUNTIME = re.compile(
    r"[\"']?runtime[\"']?\s*[:=]\s*[\"']?(nodejs(?:[0-9]{2}\.x|[468]\.[0-9]+)|python[23]\.[0-9]+|ruby[2-4]\.[0-9]|go1\.x"
    r"|java8\.al2|java[0-9]+\.al2023|provided\.al2(?:023)?|dotnetcore[123]\.[01])[\"']?,?",
    re.IGNORECASE,
)
"""Only AWS Lambda spells its runtimes so: App Engine has python39, and nodejs16."""
_BYTECODE = re.compile(
    r"(?:java\.)?(?:(?:source|target)Compatibility\b|languageVersion\b|jvmTarget\b|options\.release\b"
    r"|jvmToolchain\b|javaVersion\b)?[\s=:(]*(?:\.set\()?[\"']?"
    r"(JavaVersion\.VERSION_|JavaVersion\.toVersion\(|JavaLanguageVersion\.of\(|JvmTarget\.JVM_)?[\"']?"
    r"(1[._][5-8]|[0-9]{1,2})[\"')\s]*",
    re.IGNORECASE,
)
_FRAMEWORK = re.compile(
    r"<?[\"']?TargetFrameworks?(?:Version)?[\"']?>?\s*[:=]?\s*[\"']?(v?)([\w.-]+?)[\"']?(?:</TargetFramework\w*>)?,?",
    re.IGNORECASE,
)
_PLAIN = tuple(
    (re.compile(pattern, re.IGNORECASE), template)
    for pattern, template in (
        (r"[\"']?rust-version[\"']?\s*=\s*[\"']?([0-9][0-9.]*)[\"']?", r"Rust >=\1"),
        (r"toolchain go([0-9][0-9.]*)", r"Go \1"),
        (r"(python)_requires\s+(?=[<>=~^!])(.+)", r"\1 \2"),
        (r"[^\"']*[\"']?github:NixOS/nixpkgs/(?:nixos|release)-([0-9.]+)(?:-small)?[\"']?;?", r"NixOS \1"),
    )
)
_STEP = re.compile(
    r"(?:- )?uses:\s*[\w.-]+/setup-(\w+)@\S+[,;]? (?:with:?,? )?[\w-]*version:\s*[\"']?([^\"']+)[\"']?", re.IGNORECASE
)
_LISTED = re.compile(
    r"(dotnet|go|java|node|php|python|ruby)(?:[._-]?versions?)?[\"']?\s*[:=]\s*\[([^\[\]]+,[^\[\]]+)\]", re.IGNORECASE
)


def reword(text: str) -> str | None:
    """Return the product and version that a setting names; None for any other text."""
    if found := _FILE.fullmatch(text):
        return f"{_FILES[found[1].casefold()]} {found[2]}"
    for pattern, template in _PLAIN:
        if found := pattern.fullmatch(text):
            return found.expand(template)
    if found := _STEP.fullmatch(text):
        return f"{_PROPERTIES.get(found[1].casefold(), found[1])} {found[2]}"
    if found := _FRAMEWORK.fullmatch(text):
        return f".NET Framework {found[2]}" if found[1] else found[2]
    return _managed(text) or _bytecode(text) or _property(text)


def listed(text: str) -> tuple[str, ...]:
    """Return a technology for each version in the matrix of a workflow: node-version: [12, 14]."""
    found = _LISTED.fullmatch(text)
    if not found:
        return ()
    versions = [version.strip(" \"'") for version in found[2].split(",")]
    is_matrix = all(version[:1].isdecimal() for version in versions)
    return tuple(f"{_PROPERTIES[found[1].casefold()]} {version}" for version in versions) if is_matrix else ()


def _managed(text: str) -> str | None:
    if found := _RUNTIME.fullmatch(text):
        return f"AWS Lambda {found[1]}"
    service = _ENGINES.get(found[1].casefold()) if (found := _ENGINE.fullmatch(text)) else None
    return f"{service} {found[2]}" if found and service else None


def _bytecode(text: str) -> str | None:
    found = _BYTECODE.fullmatch(text)
    is_setting = found and (found[1] or text[:1].isalpha())
    return f"Java {found[2].replace('_', '.')}" if found and is_setting else None


def _property(text: str) -> str | None:
    if found := _ELEMENT.fullmatch(text):
        product = _PROPERTIES.get(_key(found[1]))
        return f"{product} {found[2]}" if product else None
    if (found := _SPACED.fullmatch(text)) and (product := _PROPERTIES.get(_key(found[1]))):
        return f"{product} {found[2]}"
    if found := _ASSIGNED.fullmatch(text):
        name = found["env"] or found["name"]
        return f"{_PROPERTIES.get(_key(name), name.replace('_', ' '))} {found[3]}"
    return None


def _key(name: str) -> str:
    return compact(name).removesuffix("version")
