"""Builds that are programs: Gradle, Gemfile and Terraform. Only literal versions are read."""

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import entries, reading, refusal, skipped


def texts(name: str, text: str) -> list[str]:
    return [entry for _, entry in entries(reading(name, text))]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("implementation 'g.x:a:1.2.3'", ["g.x/a 1.2.3"]),
        ('implementation("g.x:a:1.2.3:sources@jar")', ["g.x/a 1.2.3"]),
        ('implementation(platform("g.x:a:1.2.3"))', ["g.x/a 1.2.3"]),
        ("implementation 'g.x:a:[1.0,2.0)'", ["g.x/a [1.0,2.0)"]),
        ("implementation 'g.x:a'", []),
        ("// implementation 'g.x:a:1.2.3'", []),
        ("/* implementation 'g.x:a:1.2.3' */", []),
        ('url "https://example.org" // x', []),
        ('id "org.springframework.boot" version "2.7.5"', ["Spring Boot 2.7.5"]),
        ('id("org.flywaydb.flyway") version "9.0.0"', ["plugin org.flywaydb.flyway 9.0.0"]),
        ('kotlin("jvm") version "1.8.22"', ["Kotlin 1.8.22"]),
        ("sourceCompatibility = 1.8", ["Java 8"]),
        ("versions = [a: '1.5']; implementation \"g.x:a:${versions.a}\"", ["g.x/a 1.5"]),
        ("sourceCompatibility = JavaVersion.VERSION_1_8", ["Java 8"]),
        ("languageVersion = JavaLanguageVersion.of(21)", ["Java 21"]),
        ("languageVersion.set(JavaLanguageVersion.of(17))", ["Java 17"]),
        ("jvmToolchain(17)", ["Java 17"]),
        ('jvmTarget = "11"', ["Java 11"]),
        ("options.release = 17", ["Java 17"]),
        ("compilerOptions.jvmTarget.set(JvmTarget.JVM_1_8)", ["Java 8"]),
        ('languageVersion = "1.9"', []),
        ("languageVersion = KotlinVersion.KOTLIN_2_0", []),
        ("gradleVersion = '8.5'", ["Gradle 8.5"]),
        ("node {\n  download = true\n  version = '14.17.0'\n}", ["Node.js 14.17.0"]),
        ("node { version.set('18.12.0') }", ["Node.js 18.12.0"]),
        ('extra["v"] = "1.5"; implementation("g.x:a:${property("v")}")', ["g.x/a 1.5"]),
        ("implementation 'g.x:a:+'", ["g.x/a"]),
    ],
)
def test_lines_of_gradle(line: str, expected: list[str]) -> None:
    assert texts("build.gradle", f"plugins {{\n}}\n{line}\n") == expected


@pytest.mark.parametrize(
    "definition",
    ["ext.v = '1.5'", "def v = '1.5'", 'val v = "1.5"', "ext {\n v = '1.5'\n}", 'extra["v"] = "1.5"'],
)
@pytest.mark.parametrize("used", ["$v", "${v}", "${rootProject.ext.v}"])
def test_variables_of_gradle(definition: str, used: str) -> None:
    assert texts("build.gradle.kts", f'{definition}\nimplementation("g.x:a:{used}")\n') == ["g.x/a 1.5"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gem 'rails', '6.1.7'", ["Ruby on Rails 6.1.7"]),
        ('gem "rails", "= 6.1.7"', ["Ruby on Rails 6.1.7"]),
        ('  gem("rails", "~> 6.1")', ["Ruby on Rails ~> 6.1"]),
        ('gem "rails", ">= 6.0", "< 7", require: false # note', ["Ruby on Rails >=6.0,<7"]),
        ('gem "own", github: "example/own"', ["own"]),
        ('gem "own", path: "../own"', []),
        ("# gem 'rails', '6.1.7'", []),
        ("ruby '3.1.2'", ["Ruby 3.1.2"]),
        ('ruby "~> 3.1"', ["Ruby ~> 3.1"]),
        ('ruby file: ".ruby-version"', []),
        ("ruby ENV['RUBY']", []),
        ("ruby '2.6.6', engine: 'jruby', engine_version: '9.2.0.0'", ["JRuby 9.2.0.0"]),
        ('ruby ">= 3.0", "< 3.4"', ["Ruby >=3.0,<3.4"]),
        ('ruby "~> #{VERSION}"', []),
    ],
)
def test_lines_of_a_gemfile(line: str, expected: list[str]) -> None:
    assert texts("Gemfile", f"source 'https://rubygems.org'\n{line}\n") == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ('resource "aws_db_instance" "a" {\n engine = "mysql"\n engine_version = "5.7"\n}', "Amazon RDS for MySQL 5.7"),
        (
            'resource "aws_mq_broker" "a" {\n engine_type = "RabbitMQ"\n engine_version = "3.8"\n}',
            "Amazon MQ for RabbitMQ 3.8",
        ),
        ('resource "aws_docdb_cluster" "a" {\n engine_version = "4.0.0"\n}', "Amazon DocumentDB 4.0.0"),
        ('resource "aws_msk_cluster" "a" {\n kafka_version = "2.8.1"\n}', "Amazon MSK 2.8.1"),
        ('resource "google_cloudfunctions_function" "a" {\n runtime = "python37"\n}', "Python 3.7"),
        ('resource "google_cloudfunctions_function" "a" {\n runtime = "nodejs16"\n}', "Node.js 16"),
        ('resource "google_sql_database_instance" "a" {\n database_version = "POSTGRES_13"\n}', "PostgreSQL 13"),
        ('resource "azurerm_postgresql_server" "a" {\n version = "11"\n}', "Azure Database for PostgreSQL 11"),
        (
            'resource "azurerm_kubernetes_cluster" "a" {\n kubernetes_version = "1.24"\n}',
            "Azure Kubernetes Service 1.24",
        ),
        ('resource "aws_elasticsearch_domain" "a" {\n elasticsearch_version = "7.10"\n}', "Elasticsearch 7.10"),
        (
            'module "m" {\n source = "a/rds/aws"\n engine = "postgres"\n engine_version = "12.9"\n}',
            "Amazon RDS for PostgreSQL 12.9",
        ),
        ('module "m" {\n source = "../rds"\n engine = "mysql"\n engine_version = "8.0"\n}', "Amazon RDS for MySQL 8.0"),
        ('locals {\n v = "1.23"\n}\nresource "aws_eks_cluster" "a" {\n version = local.v\n}', "Amazon EKS 1.23"),
        ('terraform {\n required_version = "1.5.7"\n}', "Terraform 1.5.7"),
        (
            'variable "v" {\n default = "1.22"\n}\nresource "aws_eks_cluster" "a" {\n version = "${var.v}"\n}',
            "Amazon EKS 1.22",
        ),
        ('terraform {\n required_version = "~> 1.3"\n}', "Terraform ~> 1.3"),
        ('kubernetes_version = "1.24"', "Kubernetes 1.24"),
        ('variable "cluster_version" {\n type = string\n default = "1.20"\n}', "Kubernetes 1.20"),
        ('resource "docker_container" "a" {\n image = "redis:6.2"\n}', "Redis 6.2"),
        ('resource "docker_image" "a" {\n name = "nginx:1.19"\n}', "nginx 1.19"),
        (
            'resource "aws_db_instance" "a" {\n engine = "sqlserver-se"\n engine_version = "15.00.4073.23.v1"\n}',
            "Microsoft SQL Server 15.0",
        ),
        (
            'resource "aws_db_instance" "a" {\n engine = "oracle-ee"\n engine_version = "19.0.0.0.ru-2020-10.rur-1"\n}',
            "Oracle Database 19",
        ),
        ('resource "g2" "f" {\n build_config {\n runtime = "python39"\n}\n}', "Python 3.9"),
        (
            'resource "digitalocean_database_cluster" "a" {\n engine = "pg"\n version = "11"\n}',
            "PostgreSQL 11",
        ),
        ('module "m" {\n source = "a/eks/aws"\n kubernetes_version = "1.33"\n}', "Amazon EKS 1.33"),
        ('module "m" {\n source = "../"\n handler = "a.b"\n runtime = "python3.8"\n}', "AWS Lambda python3.8"),
    ],
)
def test_terraform(inner: str, expected: str) -> None:
    assert expected in texts("main.tf", f"# ours\n{inner}\n")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('image = "debian-cloud/debian-11"', ["Debian 11"]),
        ('image = "ubuntu-os-cloud/ubuntu-2004-lts"', ["Ubuntu 20.04"]),
        ('image = "ubuntu-18-04-x64"', ["Ubuntu 18.04"]),
        ('image = "linode/ubuntu22.04"', ["Ubuntu 22.04"]),
        ('image = "windows-cloud/windows-server-2019-dc-v20230101"', ["Windows Server 2019"]),
        ('image = "projects/my-project/global/images/shop-2"', []),
        ('image = "ubuntu-minimal"', []),
        ('stack = "heroku-20"', ["Ubuntu 20.04"]),
        ('linux_fx_version = "DOTNETCORE|3.1"', [".NET 3.1"]),
        ('linux_fx_version = "TOMCAT|9.0-java11"', ["Apache Tomcat 9.0"]),
        ('linux_fx_version = "DOCKER|example/app:1"', []),
        (
            'solution_stack_name = "64bit Amazon Linux 2 v5.8.0 running Node.js 18"',
            ["Amazon Linux 2", "Node.js 18"],
        ),
        ('source_image_reference {\n offer = "0001-com-ubuntu-server-jammy"\n sku = "22_04-lts"\n}', ["Ubuntu jammy"]),
        ('source_image_reference {\n offer = "UbuntuServer"\n sku = "16.04-LTS"\n}', ["Ubuntu 16.04"]),
        ('storage_image_reference {\n offer = "WindowsServer"\n sku = "2016-Datacenter"\n}', ["Windows Server 2016"]),
        ('source_image_reference {\n offer = "RHEL"\n sku = "84-gen2"\n}', ["Red Hat Enterprise Linux 8.4"]),
        ('source_image_reference {\n offer = "debian-11"\n sku = "11"\n}', ["Debian 11"]),
        (
            'source_image_reference {\n offer = "sles-15-sp3"\n sku = "gen2"\n}',
            ["SUSE Linux Enterprise Server 15 SP3"],
        ),
        ('source_image_reference {\n offer = "shop"\n sku = "16.04"\n}', []),
    ],
)
def test_systems_and_stacks_of_clouds(settings: str, expected: list[str]) -> None:
    assert texts("main.tf", f'resource "a" "b" {{\n{settings}\n}}\n') == expected


@pytest.mark.parametrize(
    "inner",
    [
        'resource "aws_db_instance" "a" {\n engine = var.engine\n engine_version = "5.7"\n}',
        'resource "other" "a" {\n engine_version = "5.7"\n version = "3"\n}',
        'variable "python_version" {\n description = "3.8"\n}',
        'x = <<EOT\nengine_version = "5.7" }\nEOT\n',
        "/* python_version = 3.8 */",
        'x = "${format("%s-%s", var.a, "${jsonencode({ a = { b = "}" } })}")}"',
        'x = "$${not_an_expression"',
        'variable "python_version" {\n default = null\n}',
        'x = "%{ if var.a }}%{ endif }"',
        'python_version = "${var.major}.8"',
    ],
)
def test_terraform_without_a_product(inner: str) -> None:
    assert texts("main.tf", f"{inner}\n") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [("a {\n", 1), ("a {\n]\n", 2), ("}\n", 1), ("x = [\n\n", 1), ("{" * 200, 1)],
)
def test_broken_terraform_is_named_by_its_line(text: str, line: int) -> None:
    assert refusal("main.tf", text).line == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('plugins {\n    id "java"\n}\n', Format.GRADLE),
        ('source "https://rubygems.org"\ngem "rails"\n', Format.GEMFILE),
        ("GEM\n  specs:\n    rails (7.0.4)\n\nDEPENDENCIES\n  rails\n", Format.GEMFILE_LOCK),
        ('terraform {\n  required_version = ">= 1.0"\n}\n', Format.TERRAFORM),
        ('resource "aws_eks_cluster" "a" {\n  version = "1.24"\n}\n', Format.TERRAFORM),
    ],
)
def test_pasted_programs_are_recognised(text: str, expected: Format) -> None:
    manifest = reading("", text)
    assert (manifest.format, manifest.evidence) == (expected, Evidence.CONTENT)


def test_a_value_from_another_file_is_named() -> None:
    text = 'resource "aws_eks_cluster" "a" {\n  version = var.eks\n}\n'
    assert skipped(reading("main.tf", text)) == [(2, "The value of var.eks is not in this file.")]
