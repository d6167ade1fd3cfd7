"""Hand-maintained words in the tags and names of container images. Pure data."""

CODENAMES = {
    **dict.fromkeys(("jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky"), "Debian"),
    **dict.fromkeys(("trusty", "xenial", "bionic", "focal", "jammy", "noble"), "Ubuntu"),
}
"""Operating systems by the codenames in tags."""

JAVA = {
    "adoptopenjdk": "Eclipse Temurin",
    "amazoncorretto": "Amazon Corretto",
    "corretto": "Amazon Corretto",
    "graalvm-community": "GraalVM Community Edition",
    "ibm-semeru": "IBM Semeru Runtime",
    "liberica": "Bellsoft Liberica JDK",
    "microsoft": "Microsoft Build of OpenJDK",
    "openjdk": "OpenJDK",
    "sapmachine": "SapMachine",
    "semeru": "IBM Semeru Runtime",
    "temurin": "Eclipse Temurin",
    "zulu": "Azul Zulu",
}
"""Builds of Java by their names in tags."""

PARTS = {
    "erlang": "Erlang",
    "go": "Go",
    "node": "Node.js",
    "otp": "Erlang",
    "pg": "PostgreSQL",
    "php": "PHP",
    "python": "Python",
    "ruby": "Ruby",
    "scala": "Scala",
}
"""Other technologies by their names in tags, before a version: wordpress:6.4-php8.1-apache."""

IN_NAMES = {
    "httpd": "Apache HTTP Server",
    "java": "OpenJDK",
    "mariadb": "MariaDB",
    "mysql": "MySQL",
    "nginx": "nginx",
    "nodejs": "Node.js",
    "openjdk": "Red Hat build of OpenJDK",
    "perl": "Perl",
    "php": "PHP",
    "postgresql": "PostgreSQL",
    "python": "Python",
    "redis": "Redis",
    "ruby": "Ruby",
}
"""Technologies whose versions Red Hat and Google write into the names of images: ubi9/nodejs-18, java17-debian12."""

DEVELOPMENT = {
    "dotnet": ".NET",
    "go": "Go",
    "java": "Java",
    "javascript-node": "Node.js",
    "php": "PHP",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "typescript-node": "Node.js",
}
"""Technologies of the images for development containers."""

SYSTEMS = {"alpine": "Alpine Linux", "debian": "Debian", "ubuntu": "Ubuntu"}
"""Operating systems by their names in tags, before a version."""
