"""Products that cloud resources run, by their type and attributes in Terraform."""

import re
from collections.abc import Mapping

CLUSTERS = {
    "aws_docdb_cluster": ("engine_version", "Amazon DocumentDB"),
    "aws_eks_cluster": ("version", "Amazon EKS"),
    "aws_eks_node_group": ("version", "Amazon EKS"),
    "aws_glue_job": ("glue_version", "Amazon Glue"),
    "aws_lambda_function": ("runtime", "AWS Lambda"),
    "aws_msk_cluster": ("kafka_version", "Amazon MSK"),
    "azurerm_redis_cache": ("redis_version", "Redis"),
    "aws_neptune_cluster": ("engine_version", "Amazon Neptune"),
    "azurerm_kubernetes_cluster": ("kubernetes_version", "Azure Kubernetes Service"),
    "azurerm_kubernetes_cluster_node_pool": ("orchestrator_version", "Azure Kubernetes Service"),
    "azurerm_mysql_flexible_server": ("version", "Azure Database for MySQL"),
    "azurerm_mysql_server": ("version", "Azure Database for MySQL"),
    "azurerm_postgresql_flexible_server": ("version", "Azure Database for PostgreSQL"),
    "azurerm_postgresql_server": ("version", "Azure Database for PostgreSQL"),
    "eks": ("cluster_version", "Amazon EKS"),
    "digitalocean_kubernetes_cluster": ("version", "Kubernetes"),
    "google_container_cluster": ("min_master_version", "Google Kubernetes Engine"),
    "google_container_node_pool": ("version", "Google Kubernetes Engine"),
}
"""Types of resources with an attribute for the version of one product."""

_RENAMED = {"eks": ("kubernetes_version", "Amazon EKS")}
"""Attributes with new names in later versions of a module."""

ENGINES = {
    "activemq": "Amazon MQ for ActiveMQ",
    "aurora-mysql": "Amazon Aurora MySQL",
    "aurora-postgresql": "Amazon Aurora PostgreSQL",
    "docdb": "Amazon DocumentDB",
    "mariadb": "Amazon RDS for MariaDB",
    "memcached": "Amazon ElastiCache for Memcached",
    "mysql": "Amazon RDS for MySQL",
    "neptune": "Amazon Neptune",
    "postgres": "Amazon RDS for PostgreSQL",
    "rabbitmq": "Amazon MQ for RabbitMQ",
    "redis": "Amazon ElastiCache for Redis OSS",
    "valkey": "Amazon ElastiCache for Valkey",
    **dict.fromkeys(("oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb"), "Oracle Database"),
    **dict.fromkeys(
        ("sqlserver-ee", "sqlserver-ex", "sqlserver-se", "sqlserver-web"),
        "Microsoft SQL Server",
    ),
}
"""Engines of databases and queues at Amazon."""

_LONG = re.compile(r"([0-9]+)\.(?:00|0)\.[0-9.]+(?:\.v[0-9]+|\.ru-.*)?")
"""Versions of SQL Server and Oracle: 15.00.4073.23.v1, 19.0.0.0.ru-2020-10.rur-2020-10.r1."""

_DIGITALOCEAN = {"mongodb": "MongoDB", "mysql": "MySQL", "pg": "PostgreSQL", "redis": "Redis", "valkey": "Valkey"}

_ENGINED = {
    "aws_db_instance": "engine",
    "aws_elasticache_cluster": "engine",
    "aws_elasticache_replication_group": "engine",
    "aws_mq_broker": "engine_type",
    "aws_rds_cluster": "engine",
    "aws_rds_cluster_instance": "engine",
    "aws_rds_global_cluster": "engine",
}
_MODULES = {
    "eks/aws": "eks",
    "lambda/aws": "aws_lambda_function",
    "rds-aurora/aws": "aws_rds_cluster",
    "rds/aws": "aws_db_instance",
}
_SEARCH = re.compile(r"(OpenSearch|Elasticsearch)_([0-9][\w.]*)")
_GOOGLE_SQL = re.compile(r"(POSTGRES|MYSQL|SQLSERVER)_([0-9]+(?:_[0-9]+)?)(?:_.*)?")
_GOOGLE_PRODUCTS = {"MYSQL": "MySQL", "POSTGRES": "PostgreSQL", "SQLSERVER": "Microsoft SQL Server"}
_GOOGLE_REDIS = re.compile(r"REDIS_([0-9]+)_([0-9X]+)")
_FUNCTION = re.compile(r"(nodejs|python|go|java|php|ruby|dotnet)([0-9]+)")
_FUNCTIONS = {"dotnet": ".NET", "go": "Go", "java": "Java", "nodejs": "Node.js", "php": "PHP", "python": "Python"}
_FUNCTION_TYPES = ("google_cloudfunctions_function", "google_app_engine_standard_app_version")
_JOINED = re.compile(r"([1-9])([0-9]{1,2})")  # python37, go116


def resource_of(source: str) -> str:
    """Return the type of resource that a module of Terraform's registry makes, such as .../rds/aws; "" if unknown."""
    return next((kind for end, kind in _MODULES.items() if source.endswith(f"/{end}")), "")


def rule_of(kind: str, given: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Return attribute, product and version for a type of resource and its attributes."""
    for key, product in (CLUSTERS.get(kind, ("", "")), _RENAMED.get(kind, ("", ""))):
        if key and given.get(key):
            return key, product, given[key]
    if not kind and "handler" in given and "runtime" in given:
        return "runtime", "AWS Lambda", given["runtime"]
    if "engine_version" in given and (kind in _ENGINED or (not kind and "engine" in given)):
        return _engine(kind, given)
    if kind == "digitalocean_database_cluster" and given.get("engine") in _DIGITALOCEAN and given.get("version"):
        return "version", _DIGITALOCEAN[given["engine"]], given["version"]
    return _search(kind, given) or _google(kind, given)


def _engine(kind: str, given: Mapping[str, str]) -> tuple[str, str, str] | None:
    default = "redis" if kind == "aws_elasticache_replication_group" else ""
    engine = ENGINES.get((given.get(_ENGINED.get(kind, "engine")) or default).casefold())
    if not engine:
        return None
    version = given["engine_version"]
    if engine in ("Microsoft SQL Server", "Oracle Database") and (long := _LONG.fullmatch(version[:100])):
        version = f"{long[1]}.0" if engine == "Microsoft SQL Server" else long[1]
    return "engine_version", engine, version


def _search(kind: str, given: Mapping[str, str]) -> tuple[str, str, str] | None:
    if kind == "aws_elasticsearch_domain" and "elasticsearch_version" in given:
        return "elasticsearch_version", "Elasticsearch", given["elasticsearch_version"]
    found = _SEARCH.fullmatch(given.get("engine_version", "")) if kind == "aws_opensearch_domain" else None
    if not found:
        return None
    product = "Amazon OpenSearch" if found[1] == "OpenSearch" else "Elasticsearch"
    return "engine_version", product, found[2]


def _google(kind: str, given: Mapping[str, str]) -> tuple[str, str, str] | None:
    if kind == "google_sql_database_instance":
        found = _GOOGLE_SQL.fullmatch(given.get("database_version", ""))
        return ("database_version", _GOOGLE_PRODUCTS[found[1]], found[2].replace("_", ".")) if found else None
    if kind == "google_redis_instance":
        found = _GOOGLE_REDIS.fullmatch(given.get("redis_version", ""))
        return ("redis_version", "Redis", f"{found[1]}.{found[2]}".removesuffix(".X")) if found else None
    function = function_runtime(given.get("runtime", "")) if kind in _FUNCTION_TYPES else None
    return ("runtime", *function) if function else None


def function_runtime(runtime: str) -> tuple[str, str] | None:
    """Return product and version of a runtime of functions, such as python37 or nodejs16."""
    found = _FUNCTION.fullmatch(runtime)
    if not found:
        return None
    name, digits = found.groups()
    joined = _JOINED.fullmatch(digits) if name in ("go", "php", "python", "ruby") else None
    return _FUNCTIONS.get(name, "Ruby"), f"{joined[1]}.{joined[2]}" if joined else digits
