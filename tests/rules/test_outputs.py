"""Outputs of commands that have several lines: their technologies, and no others."""

import pytest

from techs.rules import outputs
from techs.rules.attributes import InvalidAttribute, clean_name

JAVA = """\
openjdk version "17.0.9" 2023-10-17
OpenJDK Runtime Environment Temurin-17.0.9+9 (build 17.0.9+9)
OpenJDK 64-Bit Server VM Temurin-17.0.9+9 (build 17.0.9+9, mixed mode, sharing)
"""
PHP = """\
PHP 8.1.27 (cli) (built: Dec 21 2023 20:19:54) (NTS)
Copyright (c) The PHP Group
Zend Engine v4.1.27, Copyright (c) Zend Technologies
    with Zend OPcache v8.1.27, Copyright (c), by Zend Technologies
    with Xdebug v3.2.1, Copyright (c) 2002-2023, by Derick Rethans
"""
DOCKER = """\
Client: Docker Engine - Community
 Version:           25.0.1
 API version:       1.43
 Go version:        go1.20.10
 Git commit:        afdd53b
 Built:             Thu Oct 26 09:07:41 2023
 OS/Arch:           linux/amd64
 Context:           default

Server: Docker Engine - Community
 Engine:
  Version:          24.0.7
  API version:      1.43 (minimum version 1.12)
  Go version:       go1.20.10
  Experimental:     false
 containerd:
  Version:          1.6.26
  GitCommit:        3dd1e886e55dd695541fdcd67420c2888645a495
 runc:
  Version:          1.1.10
"""
KUBECTL = """\
{
  "clientVersion": {"major": "1", "minor": "28", "gitVersion": "v1.28.2", "goVersion": "go1.20.8"},
  "kustomizeVersion": "v5.0.4-0.20230601165947-6ce0bf390ce3",
  "serverVersion": {"major": "1", "minor": "27", "gitVersion": "v1.27.3", "platform": "linux/amd64"}
}
"""
NGINX = """\
nginx version: nginx/1.18.0 (Ubuntu)
built with OpenSSL 1.1.1f  31 Mar 2020
TLS SNI support enabled
configure arguments: --with-cc-opt='-g -O2 -fdebug-prefix-map=/build/nginx-1.18.0=. -fstack-protector-strong -Wformat
"""
SEARCH = """\
{
  "name" : "es01",
  "cluster_name" : "search",
  "version" : {
    "number" : "7.17.16",
    "build_flavor" : "default",
    "lucene_version" : "8.11.1"
  },
  "tagline" : "You Know, for Search"
}
"""
DOTNET = """\
.NET SDK:
 Version:   7.0.404
 Commit:    12d4e9b5a5

Runtime Environment:
 OS Name:     ubuntu
 OS Version:  22.04

.NET SDKs installed:
  7.0.404 [/usr/share/dotnet/sdk]
"""
MAVEN = """\
Apache Maven 3.8.7 (b89d5959fcde851dcb1c8946a785a163f14e1e29)
Maven home: /opt/maven
Java version: 11.0.21, vendor: Eclipse Adoptium, runtime: /opt/java/openjdk
Default locale: en_US, platform encoding: UTF-8
OS name: "linux", version: "5.15.0-91-generic", arch: "amd64", family: "unix"
"""
GRADLE = """\
------------------------------------------------------------
Gradle 7.6.3
------------------------------------------------------------

Build time:   2023-10-04 15:59:47 UTC
Kotlin:       1.7.10
Groovy:       3.0.13
JVM:          11.0.21 (Eclipse Adoptium 11.0.21+9)
OS:           Linux 5.15.0-91-generic amd64
"""
SQL_SERVER = """\
Microsoft SQL Server 2017 (RTM-CU31) (KB5016884) - 14.0.3456.2 (X64)
\tSep  2 2022 11:01:50
\tCopyright (C) 2017 Microsoft Corporation
\tStandard Edition (64-bit) on Windows Server 2016 Standard 10.0 <X64> (Build 14393: ) (Hypervisor)
"""
TERRAFORM = """\
Terraform v1.3.9
on linux_amd64
+ provider registry.terraform.io/hashicorp/aws v4.67.0

Your version of Terraform is out of date! The latest version
is 1.6.6. You can update by downloading from https://www.terraform.io/downloads.html
"""
TOMCAT = """\
Using CATALINA_BASE:   /opt/tomcat
Using JRE_HOME:        /opt/java
Server version: Apache Tomcat/9.0.31
Server number:  9.0.31.0
OS Name:        Linux
JVM Version:    11.0.21+9
"""
CISCO = """\
Cisco IOS XE Software, Version 17.03.04a
Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.3.4, RELEASE SOFTWARE (fc3)
Technical Support: http://www.cisco.com/techsupport
"""

WHOLE = {
    JAVA: ("Eclipse Temurin 17.0.9",),
    'java version "1.8.0_202"\nJava(TM) SE Runtime Environment (build 1.8.0_202-b08)': ("Oracle JDK 1.8.0_202",),
    PHP: ("PHP 8.1.27",),
    DOCKER: ("Docker Engine 24.0.7", "containerd 1.6.26"),
    "Client:\n Version: 20.10.24\n API version: 1.41": ("Docker Engine 20.10.24",),
    KUBECTL: ("Kubernetes 1.27.3",),
    "Client Version: v1.28.2\nServer Version: v1.27.3-eks-a5565ad": ("Amazon EKS 1.27.3",),
    "clientVersion:\n  gitVersion: v1.28.2\nserverVersion:\n  gitVersion: v1.27.3": ("Kubernetes 1.27.3",),
    "Client Version: v1.28.2\nKustomize Version: v5.0.4": (),
    NGINX: ("nginx 1.18.0",),
    SEARCH: ("Elasticsearch 7.17.16",),
    DOTNET: (".NET 7.0.404",),
    MAVEN: ("Apache Maven 3.8.7", "Java version: 11.0.21, vendor: Eclipse Adoptium"),
    GRADLE: ("Gradle 7.6.3",),
    SQL_SERVER: ("Microsoft SQL Server 2017 (RTM-CU31) (KB5016884) - 14.0.3456.2",),
    TERRAFORM: ("Terraform v1.3.9",),
    '{"terraform_version": "1.3.9", "platform": "linux_amd64"}': ("Terraform 1.3.9",),
    TOMCAT: ("Apache Tomcat 9.0.31",),
    CISCO: ("Cisco IOS XE 17.3",),
    "Server version: Apache/2.4.57 (Debian)\nServer built:   2023-04-13T03:26:51": ("Apache HTTP Server 2.4.57",),
    'NAME="Ubuntu"\nVERSION_ID="20.04"\nPRETTY_NAME="Ubuntu 20.04.6 LTS"\nID=ubuntu': ("Ubuntu 20.04.6 LTS",),
    "Distributor ID:\tUbuntu\nDescription:\tUbuntu 18.04.6 LTS\nRelease:\t18.04": ("Ubuntu 18.04.6 LTS",),
    "ProductName:\t\tmacOS\nProductVersion:\t\t12.7.2\nBuildVersion:\t\t21G1974": ("macOS 12.7.2",),
    "Static hostname: web\nOperating System: Debian GNU/Linux 10\nKernel: Linux 4.19": ("Debian GNU/Linux 10",),
    'psql (13.13 (Debian 13.13-0+deb11u1))\nType "help" for help.': ("PostgreSQL 13.13",),
    "Python 3.9.2 (default, Feb 28 2021, 17:03:44)\n[GCC 10.2.1 20210110] on linux\n>>>": ("Python 3.9.2",),
    "ffmpeg version 4.4.2 Copyright (c) the FFmpeg developers\n  built with gcc 11\n  libavutil 56": ("FFmpeg 4.4.2",),
    "mysql> select version();\n+-----------+\n| version() |\n+-----------+\n| 5.7.44    |": ("MySQL 5.7.44",),
    "$ node -v\nv16.20.2": ("node v16.20.2",),
    "$ mix phx.new -v\nPhoenix installer v1.6.2": ("Phoenix installer v1.6.2",),
    "web:~$ php artisan --version\nLaravel Framework 8.83.27": ("Laravel Framework 8.83.27",),
    '{"clientVersion":{"gitVersion":"v1.28.2"},"serverVersion":{"gitVersion":"v1.27.3-gke.100"}}': (
        "Google Kubernetes Engine 1.27.3",
    ),
    f"$ java -version\n{JAVA}": ("Eclipse Temurin 17.0.9",),
    "Django 3.2\nRedis 6.2": (),
    "PHP 8.1 (cli)": (),
    f"{PHP}MySQL 5.7": (),
    "PORT=80\nNAME=shop": (),
    "{}": (),
    "": (),
}


@pytest.mark.parametrize(("text", "names"), WHOLE.items())
def test_an_output_gives_its_technologies(text: str, names: tuple[str, ...]) -> None:
    assert outputs.technologies(text) == names
    assert outputs.technologies(f"\n{text}\n") == names


def test_other_lines_follow_an_output() -> None:
    assert outputs.read([*PHP.splitlines(), "MySQL 5.7"]) == (("PHP 8.1.27",), 5)
    assert outputs.read(["MySQL 5.7", *PHP.splitlines()]) == ((), 1)


def test_lines_are_looked_at_once_if_they_name_nothing() -> None:
    """Else each line of a long list of settings would be read again with the lines after it."""
    names, size = outputs.read(["ID=a", *["X=1"] * 300])
    assert (names, size) == ((), outputs.MAX_LINES)


@pytest.mark.parametrize(
    ("text", "name"),
    [(PHP, "PHP 8.1.27"), (NGINX, "nginx 1.18.0"), (DOCKER, "Docker Engine 24.0.7"), (KUBECTL, "Kubernetes 1.27.3")],
)
def test_a_long_output_in_one_line_becomes_a_name(text: str, name: str) -> None:
    assert outputs.in_one_line(" ".join(text.split())) == name
    assert outputs.in_one_line("Django 3.2") == ""


def test_a_name_may_be_a_long_output() -> None:
    assert clean_name(" ".join(PHP.split())) == "PHP 8.1.27"


def test_other_long_texts_are_refused() -> None:
    with pytest.raises(InvalidAttribute, match="at most 200 characters"):
        clean_name("Django 3.2 " * 20)
