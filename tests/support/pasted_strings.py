"""Further texts as people paste them: whole outputs of commands, kernels, images, services.

The notation is that of tests.support.typed_strings.
"""

OUTPUTS = {
    "psql (PostgreSQL) 14.11 (Ubuntu 14.11-0ubuntu0.22.04.1)": "postgresql 14",
    "pg_dump (PostgreSQL) 9.6.24": "postgresql 9.6",
    "mysql Ver 14.14 Distrib 5.7.42, for Linux (x86_64) using EditLine wrapper": "mysql 5.7",
    "Server version: 5.7.44 MySQL Community Server (GPL)": "mysql 5.7",
    "Server version: 10.3.39-MariaDB-0ubuntu0.20.04.2 Ubuntu 20.04": "mariadb 10.3",
    "redis-cli 7.0.15": "redis 7.0",
    "db version v6.0.12": "mongodb 6.0",
    "3.45.1 2024-01-30 16:01:20 e876e51a0ed5c5b3126f52e532044363a014bc594cfefa87ffb5b82257ccalt1 (64-bit)": "sqlite 3",
    "ClickHouse server version 25.3.2.39 (official build).": "clickhouse 25.3",
    "InfluxDB v2.7.4 (git: 19e5c0e1b7) build_date: 2023-11-08T17:06:28Z": "influxdb 2",
    "logstash 8.18.1": "logstash 8.18",
    "Oracle Database 11g Enterprise Edition Release 11.2.0.4.0 - 64bit Production": "oracle-database 11.2",
    "Microsoft SQL Server 2008 R2 (SP3) - 10.50.6000.34 (X64)": "mssqlserver 10.50-sp3",
    "etcdctl version: 3.4.27 API version: 3.4": "etcd 3.4",
    (
        "nginx version: nginx/1.25.3 built by gcc 12.2.0 (Debian 12.2.0-14) built with OpenSSL 3.0.11 19 "
        "Sep 2023 TLS SNI support enabled"
    ): "nginx 1.25",
    "Server version: Apache/2.2.15 (Unix)": "apache-http-server 2.2",
    "varnishd (varnish-6.0.12 revision 066ccb1d9a2ae2ac7c1a5c4a5ce08ba5b5ae0e0b)": "vinyl-cache 6.0",
    "traefik v3.0.4": "traefik 3.0",
    "Squid Cache: Version 4.13 Service Name: squid Debian linux configure options:": "squid 4",
    "jetty-10.0.20": "eclipse-jetty 10",
    "mail_version = 3.6.4": "postfix 3.6",
    "ProFTPD Version 1.3.7a": "proftpd 1.3.7",
    "$ node -v v14.21.3": "nodejs 14",
    "Python 2.7.18": "python 2.7",
    "ruby 2.7.0p0 (2019-12-25 revision 647ee6f091) [x86_64-linux-gnu]": "ruby 2.7",
    (
        "PHP 8.1.27 (cli) (built: Dec 21 2023 20:19:54) (NTS) Copyright (c) The PHP Group Zend Engine "
        "v4.1.27, Copyright (c) Zend Technologies"
    ): "php 8.1",
    "go version go1.21.5 linux/amd64": "go 1.21",
    "cargo 1.70.0 (ec8a8a0ca 2023-04-25)": "rust 1.70",
    ".NET SDK (reflecting any global.json): Version: 6.0.417 Commit: 73fbfef2c0": "dotnet 6",
    "Elixir 1.14.5 (compiled with Erlang/OTP 25)": "elixir 1.14",
    "Scala compiler version 2.12.18 -- Copyright 2002-2023, LAMP/EPFL and Lightbend, Inc.": "scala 2.12",
    "The Glorious Glasgow Haskell Compilation System, version 9.4.7": "ghc 9.4",
    "bun 1.0.25+a8ff7be64": "bun 1",
    "pnpm 8.14.1": "pnpm 8",
    (
        "Apache Maven 3.6.3 Maven home: /usr/share/maven Java version: 11.0.21, vendor: Ubuntu, runtime: "
        "/usr/lib/jvm/java-11-openjdk-amd64"
    ): "apache-maven 3.6",
    "Apache Ant(TM) version 1.10.12 compiled on January 17 1970": "ant 1.10",
    "PowerShell 7.4.1": "powershell 7.4",
    "Rails 7.0.8": "rails 7.0",
    "Drupal version : 9.5.11": "drupal 9.5",
    "eslint v8.56.0": "eslint 8",
    "OpenSSL 1.1.1f 31 Mar 2020": "openssl 1.1.1",
    "curl 7.81.0 (x86_64-pc-linux-gnu) libcurl/7.81.0 OpenSSL/3.0.2 zlib/1.2.11 brotli/1.0.9 zstd/1.4.8": "",
    "npm 9.2.0": "",
    "Terraform v1.5.7 on linux_amd64": "terraform 1.5",
    "Vault v1.15.4 (9b61934559ba31150860e618cf18e816cbddc630), built 2023-12-04T17:45:28Z": "hashicorp-vault 1.15",
    "Client Version: v1.28.4 Kustomize Version: v5.0.4-0.20230601165947-6ce0bf390ce3 kubectl": "",
    'kubeadm version: &version.Info{Major:"1", Minor:"26", GitVersion:"v1.26.3"}': "kubernetes 1.26",
    "Docker version 24.0.7, build afdd53b": "docker-engine 24.0",
    "containerd containerd.io 1.6.26 3dd1e886e55dd695541fdcd67420c2888645a495": "containerd 1.6",
    "buildah version 1.33.2 (image-spec 1.1.0-rc.5, runtime-spec 1.1.0)": "",
    "argocd-server: v2.8.4+c279299": "argo-cd 2.8",
    "flux version 2.2.2": "flux 2.2",
    "Version 10.2.3 (commit: 1e84fede54, branch: HEAD) grafana-server": "grafana 10.2",
    "filebeat version 7.17.16 (amd64), libbeat 7.17.16 [fb3b1c1c built 2023-12-08 14:25:59 +0000 UTC]": "beats 7",
    "icinga2 - The Icinga 2 network monitoring daemon (version: r2.13.6-1)": "icinga 2.13",
    "salt-minion 3004.2": "salt 3004",
    "GitLab Community Edition 15.11.13": "gitlab 15.11",
    "jenkins.war 2.414.3": "",
    "3.6.1 (Commit:5e3c2b738d253ff5) kafka": "apache-kafka 3.6",
    '{rabbit,"RabbitMQ","3.11.5"}': "rabbitmq 3.11",
    "HBase 2.4.17 Source code repository git://x": "hbase 2.4",
    "6.1.38r153438 VirtualBox": "virtualbox 6.1",
    "VMware vCenter Server 7.0.3.01700": "vcenter 7.0",
    "sw-version: 10.1.6-h6 PAN-OS": "panos 10.1",
    (
        "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.3.5, "
        "RELEASE SOFTWARE (fc2)"
    ): "cisco-ios-xe 17.3",
    "AIX 7200-05-03-2148": "ibm-aix 7.2.5",
    "Google Chrome 120.0.6099.224": "chrome 120",
    "TShark (Wireshark) 3.6.2 (Git v3.6.2 packaged as 3.6.2-2)": "wireshark 3.6",
    "Server: Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips PHP/7.2.34": "apache-http-server 2.4 | openssl 1.0.2 | php 7.2",
    "Server: cloudflare": "",
    "X-Powered-By: Next.js": "nextjs *",
    "X-Generator: Drupal 9 (https://www.drupal.org)": "drupal *",
    "Via: 1.1 varnish (Varnish/6.0)": "vinyl-cache 6.0",
    "Server: openresty/1.19.9.1": "",
    "SSH-2.0-OpenSSH_7.4": "",
    "pg_ctl (PostgreSQL) 10.23": "postgresql 10",
    "psql (PostgreSQL) 9.2.24": "postgresql 9.2",
    "8.0.31-0ubuntu0.20.04.2 (Ubuntu) MySQL": "mysql 8.0",
    "11.2.2-MariaDB-1:11.2.2+maria~ubu2204": "mariadb 11.2",
    "mongod version v5.0.24": "mongodb 5.0",
    (
        "$ sqlite3 --version 3.31.1 2020-01-27 19:55:54 "
        "3bfa9cc97da10598521b342961df8f5f68c7388fa117345eeb516eaa837bb4d6"
    ): "sqlite 3",
    (
        "Version: 2.11.1, Build: "
        "tar/6b1986e964d440be9137eba1413015c31c5a7752/2023-11-29T21:43:10.135035992Z, JVM: 17.0.9"
    ): "opensearch 2",
    (
        "Microsoft SQL Server 2022 (RTM-CU10) (KB5031778) - 16.0.4095.4 (X64) Oct 30 2023 16:12:44 "
        "Copyright (C) 2022 Microsoft Corporation"
    ): "mssqlserver 16.0",
    "InfluxDB v1.8.10 (git: 1.8 688e697c51fd)": "influxdb 1",
    "nginx/1.24.0 (Ubuntu)": "nginx 1.24",
    "Apache/2.4.52 (Ubuntu) mod_ssl OpenSSL/3.0.2": "apache-http-server 2.4",
    "envoy version: 6b9db09c69965d5bfb37bdd29693f8b7f9e9e9ec/1.27.2/Clean/RELEASE/BoringSSL": "envoy 1.27",
    "Squid Cache: Version 6.6": "squid 6",
    "Python 3.6.8 (default, Nov 16 2020, 16:55:22) [GCC 4.8.5 20150623 (Red Hat 4.8.5-44)] on linux2": "python 3.6",
    "ruby 3.3.0 (2023-12-25 revision 5124f9ac75) [x86_64-darwin23]": "ruby 3.3",
    "PHP 8.2.7 (cli) (built: Jun 9 2023 19:37:27) (NTS) Copyright (c) The PHP Group Zend Engine v4.2.7": "php 8.2",
    (
        "This is perl 5, version 30, subversion 0 (v5.30.0) built for x86_64-linux-gnu-thread-multi (with "
        "57 registered patches)"
    ): "perl 5.30",
    "rustc --version rustc 1.60.0 (7737e0b5c 2022-04-04)": "rust 1.60",
    "Microsoft.WindowsDesktop.App 8.0.1 [C:\\Program Files\\dotnet\\shared\\Microsoft.WindowsDesktop.App]": "dotnet 8",
    "kotlinc-jvm 1.6.21 (JRE 11.0.20+8)": "kotlin 1.6",
    "$ mvn -v Apache Maven 3.5.4 (1edded0938998edf8bf061f1ceb3cfdeccf443fe; 2018-06-17T18:33:14Z)": "apache-maven 3.5",
    "OpenSSL 3.0.11 19 Sep 2023 (Library: OpenSSL 3.0.11 19 Sep 2023)": "openssl 3.0",
    "git version 2.39.3 (Apple Git-145)": "",
    "clang version 14.0.0-1ubuntu1.1": "",
    "pip 23.0.1 from /usr/lib/python3/dist-packages/pip (python 3.11)": "",
    "Terraform v0.12.31": "terraform ?",
    "kubelet --version Kubernetes v1.28.2": "kubernetes 1.28",
    "v1.27.6+k3s1": "",
    "containerd containerd.io 1.7.2 0cae528dd6cb557f7201036e9f43420650207b58": "containerd 1.7",
    "helm v3.12.3+g3a31588": "",
    "promtail, version 2.9.3 (branch: HEAD, revision: 1a4d4c0b4)": "",
    "zabbix_server (Zabbix) 6.4.10": "zabbix 6.4",
    "puppet --version 6.28.0": "puppet 6",
    "3.4.1 (Commit:8a516edc2755df89)": "apache-kafka 3.4",
    "Welcome to Apache Spark version 2.4.8": "apache-spark 2.4",
    "Atlassian Jira Project Management Software (v9.4.14#940014)": "jira-software 9.4",
    "VBoxManage --version 7.0.12r159484": "virtualbox 7.0",
    "pve-manager/7.4-16/0f39f621 (running kernel: 5.15.107-2-pve)": "proxmox-ve 7",
    "PAN-OS 9.1.16-h3": "panos 9.1",
    "SunOS sol 5.11 11.4.42.111.0 sun4v sparc sun4v": "oracle-solaris 11.4",
    "220 smtp.example.com ESMTP Postfix (Ubuntu)": "",
    "AngularJS v1.8.3": "angularjs 1.8",
    "Backdrop CMS 1.27.1": "backdrop 1.27",
    "calicoctl version v3.26.4": "calico 3.26",
    "Adobe ColdFusion 2021 Update 12": "coldfusion 2021",
    "Couchbase Server Community Edition 7.1.1 build 3175": "couchbase-server 7.1",
    "Discourse 3.4.1": "discourse 3.4",
    "Exim version 4.95 #2 built 04-Oct-2022 14:21:55 Copyright (c) University of Cambridge": "exim 4.95",
    "Gatekeeper v3.14.0": "gatekeeper 3.14",
    "distributionUrl=https\\://services.gradle.org/distributions/gradle-7.6.1-bin.zip": "gradle 7",
    "VMware Horizon 8 2306": "horizon 8.2306",
    "istioctl version 1.19.5": "istio 1.19",
    "Joomla! 4.4.2 Stable [ Pamoja ] 9-January-2024": "joomla 4",
    "Knative Serving v1.12.3": "knative 1.12",
    "Lua 5.4.6 Copyright (C) 1994-2023 Lua.org, PUC-Rio": "lua 5.4",
    "MediaWiki 1.35.14 (e8c2ea1)": "mediawiki 1.35",
    "Moodle release: 3.11.17 (Build: 20231009)": "moodle 3.11",
    "NixOS 23.11.20240109.46ae021 (Tapir)": "nixos 23.11",
    "NVIDIA-SMI 535.129.03 Driver Version: 535.129.03 CUDA Version: 12.2": "nvidia *",
    "OpenVPN 2.6.8 [git:v2.6.8/3b0d9489cc423da3] x86_64-pc-linux-gnu [SSL (OpenSSL)]": "openvpn 2.6",
    "phpBB 3.3.11": "phpbb 3.3",
    "podman version 4.3.1": "podman 4.3",
    "Quarkus 3.2.9.Final": "quarkus-framework 3.2",
    "Redmine version 5.0.7.stable": "redmine 5.0",
    "ROS 2 Humble Hawksbill": "ros-2 humble",
    "Slackware 15.0": "slackware 15.0",
    "@strapi/strapi 4.15.5": "strapi 4",
    "traefik:v2.9.10": "traefik 2.9",
    "UnrealIRCd-6.1.4": "unrealircd 6",
    "vtgate Version: 18.0.1 (Git revision e1b7d6a3d8 branch 'HEAD')": "vitess 18",
    "XCP-ng 8.2.1": "xcp-ng 8.2",
    "Zentyal 7.0.5": "zentyal 7",
    "iPhone OS 16.7.4": "ios 16",
    "Chromium 120.0.6099.71 built on Debian 12.4, running on Debian 12.4": "",
    "opensearch-1.3.13-linux-x64.tar.gz": "opensearch 1",
    "OpenJDK17U-jdk_x64_linux_hotspot_17.0.9_9.tar.gz": "eclipse-temurin 17",
    "go1.21.5.linux-amd64.tar.gz": "go 1.21",
    "openssl-1.1.1k-9.el8_7.x86_64": "openssl 1.1.1",
    "PostgreSQL: 14.10": "postgresql 14",
    "PHP Version => 8.1.27": "php 8.1",
    "Apache version 2.4.57": "apache-http-server 2.4",
    "Database: MariaDB 10.6.16": "mariadb 10.6",
    "Host: Debian GNU/Linux 11 (bullseye) x86_64": "debian 11",
    "wsl 2.0.9": "",
    "mysqld Ver 8.0.35-0ubuntu0.20.04.1 for Linux on aarch64 ((Ubuntu))": "mysql 8.0",
    "valkey-server --version Valkey server v=8.1.0 sha=00000000:0 malloc=libc bits=64 build=0": "valkey 8.1",
    '"number" : "7.10.2", "build_flavor" : "oss",': "elasticsearch 7",
    "etcdctl version: 3.3.25 API version: 3.4": "etcd 3.3",
    "Oracle Database 18c Express Edition Release 18.0.0.0.0 - Production": "oracle-database 18",
    "httpd-2.4.37": "apache-http-server 2.4",
    "Server: squid/3.5.27": "squid 3.5",
    "caddy version v2.6.4 h1:2hwYqiRwk1tf3VruhMpLcYTg+11fCdr8S3jhNAdnPy8=": "caddy 2",
    "node@20": "nodejs 20",
    "python3.10-dev": "python 3.10",
    "PHP 8.0.30 (fpm-fcgi) (built: Aug 3 2023 17:20:22)": "php 8.0",
    "Go version: go1.20.12": "go 1.20",
    "8.0.100 [/usr/lib/dotnet/sdk]": "dotnet 8",
    "Erlang/OTP 23 [erts-11.2.2.10] [source] [64-bit] [smp:2:2]": "erlang 23",
    "Composer version 2.7.1 2024-02-09 15:26:28 PHP version 8.2.15 (/usr/local/bin/php)": "composer 2.7 | php 8.2",
    "OpenJDK Runtime Environment Corretto-21.0.1.12.1 (build 21.0.1+12-LTS)": "amazon-corretto 21",
    'openjdk version "11.0.16" 2022-07-19 OpenJDK Runtime Environment (build 11.0.16+8-post-Debian-1deb11u1)': "",
    "OpenTofu v1.7.0 on darwin_arm64": "opentofu 1.7",
    "v1.26.10-eks-4f4795d": "amazon-eks 1.26",
    "containerd github.com/containerd/containerd v1.4.13 9cc61520f4cd876b86e77edfeb88fbcd536d1f9d": "containerd 1.4",
    "loki, version 2.8.6 (branch: HEAD, revision: 990ac685e)": "grafana-loki 2.8",
    "salt-call 3004.1": "salt 3004",
    "RabbitMQ version: 3.11.28 Release series support status: out of support": "rabbitmq 3.11",
    "VMware ESXi 6.5.0 build-17097218": "esxi 6.5",
    "7200-04-06-2220": "ibm-aix 7.2.4",
    'PRETTY_NAME="Ubuntu 23.10"': "ubuntu 23.10",
    'NAME="Alpine Linux" ID=alpine VERSION_ID=3.15.11 PRETTY_NAME="Alpine Linux v3.15"': "alpine-linux 3.15",
    "5.4.0-187-generic": "",
    "Linux h 4.15.0-213-generic #224-Ubuntu SMP Mon Jun 19 13:30:12 UTC 2023 x86_64 GNU/Linux": "ubuntu 18.04",
    "Linux box 5.10.205 #1 SMP x86_64 GNU/Linux": "linux 5.10",
    "lscr.io/linuxserver/mariadb:10.5.17": "mariadb 10.5",
    "maven:3.9-eclipse-temurin-11": "apache-maven 3.9 | eclipse-temurin 11",
    "almalinux:8.8": "almalinux 8",
    "acme.jfrog.io/docker-local/python-api:3.8": "",
    "Amazon EKS Kubernetes version 1.23": "amazon-eks 1.23",
    "Azure Functions v3": "",
    "Django>=2.2,<4.0": "django *",
    "org.springframework:spring-core:jar:5.3.20:compile": "spring-framework 5.3",
    "<TargetFrameworkVersion>v4.5.2</TargetFrameworkVersion>": "dotnetfx 4.5.2",
    "java temurin-8.0.392+8": "eclipse-temurin 8",
    "ruby-3.2.2": "ruby 3.2",
    "java 17.0.9-jbr": "",
    "mysqld 10.3.18-MariaDB-0+deb10u1": "mariadb 10.3",
    "$ mysql --version mysql Ver 14.14 Distrib 5.5.47, for debian-linux-gnu (x86_64) using readline 6.3": "mysql 5.5",
    "PostgreSQL 15.5 (Debian 15.5-0+deb12u1) on x86_64-pc-linux-gnu": "postgresql 15",
    "mariadb-server-10.5": "mariadb 10.5",
    "Redis 6.2.7 (00000000/0) 64 bit": "redis 6.2",
    "OpenSearch 2.13.0 (docker)": "opensearch 2",
    "Kafka 2.6.0 (Scala 2.12)": "apache-kafka 2.6 | scala 2.12",
    "solr-8.11.2": "solr 8",
    "Apache Tomcat/8.5.99 Server at localhost Port 8080": "tomcat 8.5",
    "node:18-bullseye": "nodejs 18",
    'PHP_VERSION: "8.1"': "php 8.1",
    "VERSION=3.2.1": "",
    "Rails 6.0.6.1": "rails 6.0",
    "rustc 1.74.0 (79e9716c9 2023-11-13) (Homebrew)": "rust 1.74",
    ".NET Framework 4.7.2 (461814)": "dotnetfx 4.7.2",
    "scala-2.13.12": "scala 2.13",
    "jdk-17.0.9+9 (Temurin)": "eclipse-temurin 17",
    "Java(TM) SE Development Kit 8 Update 202": "oracle-jdk 8",
    "Vault 1.14.8+ent": "hashicorp-vault 1.14",
    "kubelet v1.26.9": "kubernetes 1.26",
    "OpenShift Container Platform 4.14.8": "red-hat-openshift 4.14",
    "docker-ce-18.09.9-3.el7": "docker-engine 18.09",
    "Grafana v9.4.7 (5a2b2a8a0b)": "grafana 9.4",
    "logstash-oss-7.16.2": "logstash 7",
    "salt-minion-3006.5": "salt 3006",
    "Jenkins 2.387.3 (LTS)": "jenkins 2.387",
    "Jira v9.4.12 (Data Center)": "jira-software 9.4",
    "VMware ESXi 6.7.0 build-17499825": "esxi 6.7",
    "Windows Server 2016 Version 1607 (Build 14393.6614)": "windows-server 2016",
    "Windows 11 Pro 23H2 (22631.3007)": "windows 11-23h2-w",
    "SharePoint Server 2019": "sharepoint 2019",
    "RHEL 8.6 (Ootpa)": "rhel 8",
    "Amazon Linux 2 (Karoo)": "amazon-linux 2",
    "SLES12-SP5": "sles 12.5",
    "FreeBSD 13.2-RELEASE-p4 amd64": "freebsd 13.2",
    "Android 11": "android 11",
    "FortiOS 7.0.13 build0566": "fortios 7.0",
    (
        "Linux version 5.10.0-26-amd64 (debian-kernel@lists.debian.org) (gcc-10 (Debian 10.2.1-6) 10.2.1 20210110)"
    ): "debian 11",
    "Django v4.2.7": "django 4.2",
    "spring-boot-2.5.14": "spring-boot 2.5",
    "hibernate-core-5.4.33.Final.jar": "hibernate-orm 5.4",
    "postgresql-42.2.18.jar": "",
    "jquery-3.3.1.min.js": "jquery 3",
    "WooCommerce/7.1.0": "",
    "sudo 1.8.29": "",
    "Firewalld 0.9": "",
    "rds-mysql-5.7.43": "amazon-rds-mysql 5.7",
    "OpenSearch_2.11 (Amazon OpenSearch Service)": "amazon-opensearch 2.11",
}
"""Outputs of commands, greetings of servers and HTTP headers."""

JAVA = {
    (
        'openjdk version "17.0.9" 2023-10-17 OpenJDK Runtime Environment Temurin-17.0.9+9 (build '
        "17.0.9+9) OpenJDK 64-Bit Server VM Temurin-17.0.9+9 (build 17.0.9+9, mixed mode, sharing)"
    ): "eclipse-temurin 17",
    (
        'openjdk version "1.8.0_392" OpenJDK Runtime Environment (Temurin)(build 1.8.0_392-b08) OpenJDK '
        "64-Bit Server VM (Temurin)(build 25.392-b08, mixed mode)"
    ): "eclipse-temurin 8",
    (
        'openjdk version "11.0.21" 2023-10-17 LTS OpenJDK Runtime Environment Corretto-11.0.21.9.1 (build '
        "11.0.21+9-LTS)"
    ): "amazon-corretto 11",
    (
        'openjdk version "1.8.0_402" OpenJDK Runtime Environment Corretto-8.402.08.1 (build 1.8.0_402-b08)'
    ): "amazon-corretto 8",
    (
        'openjdk version "21.0.1" 2023-10-17 LTS OpenJDK Runtime Environment Zulu21.30+15-CA (build 21.0.1+12-LTS)'
    ): "azul-zulu 21",
    (
        'openjdk version "1.8.0_382" OpenJDK Runtime Environment (Zulu 8.72.0.17-CA-linux64) (build 1.8.0_382-b05)'
    ): "azul-zulu 8",
    (
        'java version "17.0.10" 2024-01-16 LTS Java(TM) SE Runtime Environment (build 17.0.10+11-LTS-240) '
        "Java HotSpot(TM) 64-Bit Server VM (build 17.0.10+11-LTS-240, mixed mode, sharing)"
    ): "oracle-jdk 17",
    (
        'java version "1.8.0_401" Java(TM) SE Runtime Environment (build 1.8.0_401-b10) Java HotSpot(TM) '
        "64-Bit Server VM (build 25.401-b10, mixed mode)"
    ): "oracle-jdk 8",
    'java version "1.7.0_80" Java(TM) SE Runtime Environment (build 1.7.0_80-b15)': "oracle-jdk 7",
    (
        'java version "21.0.2" 2024-01-16 LTS Java(TM) SE Runtime Environment Oracle GraalVM 21.0.2+13.1 '
        "(build 21.0.2+13-LTS-jvmci-23.1-b30)"
    ): "oracle-graalvm 21",
    (
        'openjdk version "17.0.9" 2023-10-17 OpenJDK Runtime Environment GraalVM CE 17.0.9+9.1 (build '
        "17.0.9+9-jvmci-23.0-b22)"
    ): "graalvm-ce 17",
    (
        "openjdk 21.0.5 2024-10-15 LTS IBM Semeru Runtime Open Edition 21.0.5.11 (build 21.0.5+11-LTS)"
    ): "ibm-semeru-runtime 21",
    'openjdk version "1.8.0_312" IBM Semeru Runtime Open Edition (build 1.8.0_312-b07)': "ibm-semeru-runtime 8",
    (
        'openjdk version "11.0.2-BellSoft" 2018-10-16 OpenJDK Runtime Environment (build 11.0.2-BellSoft+7)'
    ): "bellsoft-liberica 11",
    (
        'openjdk version "1.8.0_222" OpenJDK Runtime Environment (Alibaba Dragonwell 8.0.0-b00) (build 1.8.0_222-b10)'
    ): "alibaba-dragonwell 8",
    (
        'openjdk version "17.0.9" 2023-10-17 LTS OpenJDK Runtime Environment SapMachine (build '
        "17.0.9+11-LTS-sapmachine)"
    ): "sapmachine 17",
    'openjdk version "13.0.2" 2020-01-16 OpenJDK Runtime Environment (build 13.0.2+8-sapmachine)': "sapmachine 13",
    (
        'openjdk version "17.0.9" 2023-10-17 LTS OpenJDK Runtime Environment Microsoft-8552009 (build 17.0.9+8-LTS)'
    ): "microsoft-build-of-openjdk 17",
    (
        'openjdk version "17.0.9" 2023-10-17 LTS OpenJDK Runtime Environment (Red_Hat-17.0.9.0.9-1) '
        "(build 17.0.9+9-LTS)"
    ): "redhat-build-of-openjdk 17",
    'openjdk version "11.0.21" 2023-10-17 OpenJDK Runtime Environment (build 11.0.21+9-post-Ubuntu-0ubuntu122.04)': "",
    'openjdk version "1.8.0_342"': "",
    "openjdk 17.0.8 2023-07-18 OpenJDK Runtime Environment Mandrel-23.0.1.2-Final (build 17.0.8+7)": "mandrel 23.0",
    (
        'openjdk version "11.0.20.1" 2023-08-24 OpenJDK Runtime Environment Temurin-11.0.20.1+1 (build 11.0.20.1+1)'
    ): "eclipse-temurin 11",
    (
        "openjdk 17.0.9 2023-10-17 LTS OpenJDK Runtime Environment Corretto-17.0.9.8.1 (build 17.0.9+8-LTS)"
    ): "amazon-corretto 17",
    (
        'openjdk version "11.0.21" 2023-10-17 LTS OpenJDK Runtime Environment Zulu11.68+17-CA (build 11.0.21+9-LTS)'
    ): "azul-zulu 11",
    'java version "21.0.1" 2023-10-17 LTS Java(TM) SE Runtime Environment (build 21.0.1+12-LTS-29)': "oracle-jdk 21",
    "Java(TM) SE Runtime Environment (build 1.8.0_202-b08)": "oracle-jdk 8",
    "Java HotSpot(TM) 64-Bit Server VM 18.9 (build 11.0.21+9-LTS-193, mixed mode)": "oracle-jdk 11",
    (
        'openjdk version "21.0.1" 2023-10-17 LTS OpenJDK Runtime Environment Microsoft-8526870 (build 21.0.1+12-LTS)'
    ): "microsoft-build-of-openjdk 21",
    (
        'openjdk version "11.0.20" 2023-07-18 IBM Semeru Runtime Open Edition 11.0.20.0 (build 11.0.20+8)'
    ): "ibm-semeru-runtime 11",
    (
        'openjdk version "11.0.20" 2023-07-18 OpenJDK Runtime Environment (Alibaba Dragonwell Standard '
        "Edition)-11.0.20.17+8-GA (build 11.0.20+8)"
    ): "alibaba-dragonwell 11",
    'openjdk version "17.0.9" 2023-10-17 OpenJDK Runtime Environment (build 17.0.9+9-Debian-1deb12u1)': "",
    (
        'java version "1.8.0_361" Java(TM) SE Runtime Environment (build 8.0.8.0 - pxa6480sr8) IBM J9 VM '
        "(build 2.9, JRE 1.8.0 Linux amd64-64-Bit"
    ): "",
    (
        "openjdk 21.0.1 2023-10-17 OpenJDK Runtime Environment GraalVM CE 21.0.1+12.1 (build 21.0.1+12-jvmci-23.1-b19)"
    ): "graalvm-ce 21",
}
"""Outputs of `java -version` by vendor."""

SYSTEMS = {
    (
        "Linux web01 5.15.0-91-generic #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023 x86_64 x86_64 x86_64 GNU/Linux"
    ): "ubuntu 22.04",
    "Linux db1 3.10.0-1160.108.1.el7.x86_64 #1 SMP Thu Jan 25 16:17:31 UTC 2024 x86_64 GNU/Linux": "",
    "Linux 3.10.0-957.el7": "",
    "Linux 2.6.32-754.el6.x86_64": "",
    "Linux kernel 6.2.0-39-generic": "",
    "6.1.0-18-amd64": "debian 12",
    "Linux 4.19.0-26-amd64 #1 SMP Debian 4.19.304-1 (2024-01-09)": "debian 10",
    "Linux 6.1.112-122.189.amzn2023.x86_64": "amazon-linux 2023",
    "Linux 6.7.4-200.fc39.x86_64": "fedora 39",
    "Linux 6.5.11-7-pve": "",
    "Linux 5.10.209": "linux 5.10",
    "Linux kernel 5.4": "linux 5.4",
    'PRETTY_NAME="Alpine Linux v3.16"': "alpine-linux 3.16",
    'PRETTY_NAME="Rocky Linux 9.3 (Blue Onyx)"': "rocky-linux 9",
    "Distributor ID: Ubuntu Description: Ubuntu 16.04.7 LTS Release: 16.04 Codename: xenial": "ubuntu 16.04",
    'NAME="Alpine Linux" ID=alpine VERSION_ID=3.18.5': "alpine-linux 3.18",
    'PRETTY_NAME="openSUSE Leap 15.3"': "opensuse 15.3",
    "Ubuntu 22.04.3 LTS \\n \\l": "ubuntu 22.04",
    'PRETTY_NAME="Kali GNU/Linux Rolling"': "",
    "Container-Optimized OS from Google cos-105": "cos cos-105",
    "OpenBSD 7.3 GENERIC.MP#1125 amd64": "openbsd 7.3",
    "ProductName: macOS ProductVersion: 12.7.1 BuildVersion: 21G920": "macos 12",
    "Microsoft Windows [Version 10.0.19045.3930]": "windows 10-22h2",
    "Microsoft Windows Server 2019 Standard 10.0.17763": "windows-server 2019",
    "Windows 10 Enterprise LTSC 2021": "windows 10-21h2-e-lts",
    "MikroTik RouterOS 6.49.10 (long-term)": "routeros 6.49",
    'PRETTY_NAME="Debian GNU/Linux 9 (stretch)" NAME="Debian GNU/Linux" VERSION_ID="9"': "debian 9",
    'PRETTY_NAME="Amazon Linux 2023.3.20240108"': "amazon-linux 2023",
    'PRETTY_NAME="AlmaLinux 8.9 (Midnight Oncilla)"': "almalinux 8",
    "Distributor ID: Linuxmint Description: Linux Mint 21.2 Release: 21.2 Codename: victoria": "linuxmint 21.2",
    "Operating System: Debian GNU/Linux 12 (bookworm) Kernel: Linux 6.1.0-17-amd64": "debian 12",
    "OS Name: Microsoft Windows 10 Pro OS Version: 10.0.19045 N/A Build 19045": "windows *",
    'PRETTY_NAME="Arch Linux"': "",
    "Linux version 3.10.0-1127.el7.x86_64 (mockbuild@kbuilder.bsys.centos.org) (gcc version 4.8.5)": "",
    "4.4.0-210-generic": "",
    "5.10.186-179.751.amzn2.x86_64": "amazon-linux 2",
    "6.6.9-arch1-1": "",
    "6.5.6-200.fc38.x86_64": "fedora 38",
    "Darwin Kernel Version 21.6.0": "",
}
"""Kernels of distributions, os-release, lsb_release and their like."""

IMAGES = {
    "docker.io/library/nginx:1.19.10-alpine": "nginx 1.19",
    "python:3.9.18-slim-bookworm": "python 3.9",
    "mcr.microsoft.com/dotnet/core/sdk:3.1": "dotnet 3.1",
    "mcr.microsoft.com/openjdk/jdk:11-ubuntu": "microsoft-build-of-openjdk 11",
    "registry.redhat.io/ubi9/python-39": "python 3.9",
    "quay.io/jetstack/cert-manager-controller:v1.10.1": "cert-manager 1.10",
    "registry.k8s.io/pause:3.9": "",
    "bitnamilegacy/mongodb:5.0.14": "mongodb 5.0",
    "opensearchproject/opensearch:1.3.9": "opensearch 1",
    "confluentinc/cp-schema-registry:7.3.1": "",
    "java:8": "",
    "consul:1.11.3": "consul 1.11",
    "wordpress:6.1.1-php8.1-apache": "wordpress 6.1 | php 8.1",
    "cassandra:3.11.14": "apache-cassandra 3.11",
    "ubuntu:bionic-20221215": "ubuntu 18.04",
    "public.ecr.aws/amazonlinux/amazonlinux:2": "amazon-linux 2",
    "tiangolo/uvicorn-gunicorn-fastapi:python3.8": "",
    "timescale/timescaledb:2.8.1-pg14": "",
    "valkey/valkey:8.0.1-alpine": "valkey 8.0",
    "goharbor/harbor-core:v2.6.2": "harbor 2.6",
    "ghcr.io/goauthentik/server:2022.12.2": "authentik 2022.12",
    "clickhouse/clickhouse-server:25.3-alpine": "clickhouse 25.3",
    "docker.io/node:12.22-stretch-slim": "nodejs 12",
    "gcr.io/distroless/nodejs20-debian12:nonroot": "nodejs 20",
    "amazoncorretto:8u392-alpine3.18": "amazon-corretto 8",
    "confluentinc/cp-zookeeper:7.0.1": "",
    "minio/minio:RELEASE.2023-12-23T07-19-11Z": "",
    "busybox:1.36": "",
    "quay.io/openbao/openbao:2.0.1": "openbao 2.0",
    "apache/apisix:3.8.0-debian": "apache-apisix 3.8",
    "cilium/cilium:v1.14.5": "cilium 1.14",
    "longhornio/longhorn-manager:v1.5.3": "longhorn 1.5",
    "gerritcodereview/gerrit:3.8.2": "gerrit 3.8",
    "atlassian/bamboo:9.2.8": "bamboo 9.2",
    "container-registry.oracle.com/java/jdk:17": "oracle-jdk 17",
    "ubuntu/squid:5.2-22.04_beta": "squid 5",
    "rocketchat/rocket.chat:6.5.0": "rocket-chat 6.5",
    "ghcr.io/traefik/traefik:v2.10": "traefik 2.10",
    "cimg/postgres:15.2": "postgresql 15",
    "ubuntu/nginx:1.18-22.04_beta": "nginx 1.18",
    "denoland/deno:2.1.4": "deno 2.1",
    "privatebin/nginx-fpm-alpine:1.6.2": "privatebin 1.6",
    "hashicorp/consul:1.17.1": "consul 1.17",
    "redislabs/redisearch:2.4.0": "",
    "oliver006/redis_exporter:v1.55.0": "",
    "rancher/k3s:v1.27.3-k3s1": "kubernetes 1.27",
    "confluentinc/ksqldb-server:0.29": "",
}
"""Images of further publishers and registries."""

SERVICES = {
    "RDS PostgreSQL 12.14": "amazon-rds-postgresql 12",
    "Amazon Aurora Serverless v2 (PostgreSQL 15.4)": "amazon-aurora-postgresql 15",
    "AWS OpenSearch Service OpenSearch_2.11": "amazon-opensearch 2.11",
    "Azure Kubernetes Service (AKS) - Kubernetes 1.28": "azure-kubernetes-service 1.28",
    "AWS Lambda .NET 6": "aws-lambda dotnet6",
    "Azure App Service Node 16 LTS": "",
    "heroku-20": "",
    "Amazon MQ (ActiveMQ 5.17.6)": "amazon-mq-activemq 5.17",
    "MongoDB Atlas 5.0": "",
    "RDS MySQL 5.7.44": "amazon-rds-mysql 5.7",
    "Amazon OpenSearch Service OpenSearch_1.2": "amazon-opensearch 1.2",
    "Lambda Python 3.7": "aws-lambda python3.7",
    "GCP Cloud SQL PostgreSQL 12": "",
    "Fargate platform 1.4.0": "",
}
"""Managed services, as consoles and bills spell them."""

TOOLS = {
    "java corretto-11.0.18.10.1": "amazon-corretto 11",
    "java 21.0.2-graal": "oracle-graalvm 21",
    "java openjdk-17.0.2": "",
    "nvm use lts/iron": "nodejs 20",
    "ruby 3.1.4": "ruby 3.1",
    "golang 1.19.13": "go 1.19",
    "dotnet 7.0.404": "dotnet 7",
    "bun@1.0.20": "bun 1",
    "flask==2.0.3": "",
    '"next": "12.3.4",': "nextjs 12",
    '"engines": { "node": ">=18" }': "nodejs *",
    "org.springframework:spring-core:5.3.31": "spring-framework 5.3",
    "org.postgresql:postgresql:42.5.1": "",
    "org.apache.camel:camel-core:3.18.4": "apache-camel 3.18",
    "gem 'mysql2', '0.5.4'": "",
    '"phpunit/phpunit": "^9.5"': "",
    'serde = "1.0.193"': "",
    "pkg:npm/react@16.14.0": "react 16",
    "cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:*": "log4j 2",
    "cpe:/o:redhat:enterprise_linux:7::server": "rhel 7",
    'required_version = "~> 1.5.0"': "terraform *",
    "java corretto-8.372.07.1": "amazon-corretto 8",
    "22.3.3.r17-nik": "",
    "micropython-1.19.1": "",
    "kafka-python==2.0.2": "",
    '"engines": {"node": "16.x"}': "nodejs 16",
    "org.springframework:spring-webmvc:4.3.30.RELEASE": "spring-framework 4.3",
    "<TargetFramework>net48</TargetFramework>": "dotnetfx 4.8",
    "pkg:docker/redis@6.2-alpine": "redis 6.2",
}
"""Version managers, and lines of manifests."""

OTHER_THINGS = {
    "Redis Stack 7.2": "",
    "MySQL Shell 8.0.35": "",
    "Citus 12.1": "",
    "pgpool-II 4.4": "",
    "NodeBB 3.5": "",
    "Flask-Django 1.0": "",
    "Jython 2.7.3": "",
    "Go kit 0.13": "",
    "Scala Native 0.4": "",
    "Spring Data JPA 3.2": "",
    "Apache Camel K 2.1": "",
    "Tomcat Native Connector 1.2": "",
    "NGINX Controller 3.22": "",
    "Kubernetes Metrics Server 0.6": "",
    "docker-slim 1.40": "",
    "Consul API Gateway 0.5": "",
    "Puppet Enterprise 2021.7": "",
    "GitLab Workflow 4.5": "",
    "Grafana Beyla 1.2": "",
    "Angular Material 16.2": "",
    "React Hook Form 7.48": "",
    "Next Auth 4.24": "",
    "Tailwind UI 2.0": "",
    "Drupal Commerce 2.37": "",
    "Symfony UX 2.13": "",
    "SQL Server Data Tools 17.8": "",
    "Oracle Enterprise Manager 13.5": "",
    "Ubuntu Core 22": "",
    "Chrome OS 119": "",
    "VMware NSX 4.1": "",
    "LibreOffice Online 6.4": "",
    "OpenVPN GUI 11.46": "",
    "Veeam Agent for Linux 6.0": "",
    "Contour Next 2.0": "",
    "8.0 Express": "",
    "nginx ingress controller 1.9": "",
    "mysqlclient 2.2": "",
    "Redis Sentinel operator 1.2": "",
    "MongoDB Compass 1.40": "",
    "docker-compose 2.23": "",
    "kubernetes-client 28.1": "",
    "vault-k8s 1.3": "",
    "GitLab Pages 1.62": "",
    "vuex 4.1": "",
    "node-gyp 9.4": "",
    "spring-batch 5.1": "",
    "apache-php-module 1.0": "",
    "phpunit 10.5": "",
    "Go-Ethereum 1.13": "",
    "prometheus-operator 0.70": "",
    "cert-exporter 2.9": "",
    "haproxy-ingress-controller-by-acme 1.0": "",
    "debian-goodies 0.88": "",
    "Oracle Forms 12.2": "",
    "Office Online Server 2016": "",
    "jQuery Mobile 1.4.5": "",
    "next-auth 4.24": "",
    "Hadoop YARN 3.3": "",
    "drupal/pathauto 1.12": "",
    "rails-i18n 7.0": "",
    "Puppet Bolt 3.27": "",
    "Lua-resty-http 0.17": "",
    "OpenVPN Access Server 2.12": "",
    "fluentd 1.16": "",
    "boto3 1.34": "",
    "Argo Rollouts 1.6": "",
    "sonar-scanner 5.0": "",
    "Gradle Enterprise 2023.4": "",
    "kotlinx-serialization 1.6": "",
    "ionic-native 5.36": "",
    "Raspberry Pi Imager 1.8": "",
}
"""Things whose names contain that of a product."""

EVERYTHING = {**OUTPUTS, **JAVA, **SYSTEMS, **IMAGES, **SERVICES, **TOOLS, **OTHER_THINGS}
