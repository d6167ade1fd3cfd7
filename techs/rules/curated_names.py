"""Tables of names that the lifecycle data cannot say. Pure data."""

VENDOR_PREFIXES = ("microsoft", "apache", "oracle", "amazon", "red hat", "hashicorp", "ibm", "eclipse", "google")
"""A title may be typed without these, as long as no other product owns what is left ("SQL Server")."""

TOO_GENERAL = frozenset(
    {
        "apex",  # Oracle APEX; also Salesforce's language
        "cdk",  # Amazon CDK; also the component kits of Angular and others
        "database",  # Oracle Database
        "enterpriselinux",  # Red Hat; Oracle and SUSE have one too
        "glue",  # Amazon Glue
        "httpserver",  # Apache HTTP Server; also IBM's and Oracle's
        "mq",  # IBM MQ; also Amazon MQ, and short for any message queue
        "satellite",  # Red Hat Satellite
    }
)
"""What is left of a title without its vendor, where people as well mean something else."""

CURATED = {
    "angularcore": "angular",  # @angular/core, the package that carries the version
    "apache2": "apache-http-server",
    "apachehttpd": "apache-http-server",
    "aspnetcore": "dotnet",  # released and supported together with .NET
    "docker": "docker-engine",
    "dockerce": "docker-engine",
    "elastic": "elasticsearch",
    "expressjs": "express",
    "macosx": "macos",
    "netcore": "dotnet",
    "netframework": "dotnetfx",
    "dotnetframework": "dotnetfx",
    "nuxtjs": "nuxt",
    "osx": "macos",
    "postgre": "postgresql",
    "postgressql": "postgresql",
    "py": "python",
    "reactjs": "react",
    "sqlserver": "mssqlserver",
}
"""Common names that the facts do not list, by name key."""

AMBIGUOUS = {
    "java": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "javase": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "jdk": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "jre": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "openjdk": ("eclipse-temurin", "openjdk-builds-from-oracle", "amazon-corretto"),
    "csharp": ("dotnet", "dotnetfx"),
}
"""Names of several products with different lifecycles, and which to offer instead."""

OTHER_NUMBERS = frozenset({"csharp"})
"""Names of these whose versions are not the products' own: C# 12 came with .NET 8."""

_AWS = ("aws-lambda", "amazon-eks", "amazon-linux")

_AZURE = ("azure-kubernetes-service", "azure-devops-server", "azure-database-for-postgresql")

_GOOGLE = ("google-kubernetes-engine",)

VENDORS = {
    "aws": _AWS,
    "amazon": _AWS,
    "amazonwebservices": _AWS,
    "azure": _AZURE,
    "microsoftazure": _AZURE,
    "gcp": _GOOGLE,
    "google": _GOOGLE,
    "googlecloud": _GOOGLE,
    "googlecloudplatform": _GOOGLE,
    "microsoft": ("windows-server", "mssqlserver", "dotnet"),
    "oracle": ("oracle-database", "oracle-jdk", "oracle-linux"),
    "ibm": ("ibm-db2", "ibm-mq", "ibm-aix"),
}
"""Names that sell many products, and some of these as examples of what to type."""

CODENAME_PRODUCTS = frozenset({"debian", "macos", "ubuntu"})
"""Products whose codenames people type alone. Elsewhere a codename needs its product ("crystal" is ROS 2, or not)."""

NOT_ALONE = frozenset(
    {
        # Claimed by a second product of the full facts: stay unknown when fewer products are loaded.
        *("groovy", "jazzy", "jessie", "kinetic", "lunar", "noble", "xenial"),
        # Also the name of another technology, or everyday words.
        *("breezy", "buzz", "catalina", "cheetah", "cosmic", "dapper", "disco", "etch", "hardy", "jaguar", "leopard"),
        *("lion", "lucid", "maverick", "panther", "potato", "precise", "puma", "sierra", "stretch", "tiger", "vivid"),
    }
)
"""Codenames that never stand alone."""
