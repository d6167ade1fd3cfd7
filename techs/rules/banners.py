"""Reword outputs of --version commands, HTTP headers and shorthands so that name and version stand together. Pure.

Only outputs that do not begin with the product's name and version are here; techs.rules.remarks removes the rest.
"""

import re

from techs.rules.text import any_of, has_signs, needs_sign

_VERSION = r"v?([0-9][\w.+-]*)"
_SHORT = r"([0-9]+(?:\.[0-9]+)+)"
_CLIENT = r"(?:\S*/)?(?:mysql|mariadb)(?:d|-?(?:admin|binlog|check|dump|import|pump|show|slap|_upgrade))?"

_BANNERS = tuple(
    (re.compile(pattern, re.IGNORECASE), template)
    for pattern, template in (
        # Databases. The client's own number comes before that of the distribution.
        (r"mysqld? +Ver .*\bPercona\b.*", ""),
        (rf"{_CLIENT}\b.*\bDistrib {_SHORT}-MariaDB\b.*", r"MariaDB \1"),
        (rf"{_CLIENT}\s+(?:from .*)?Ver {_SHORT}-MariaDB\b.*", r"MariaDB \1"),
        (rf"mariadb(?:-\w+)? from {_SHORT}-MariaDB\b.*", r"MariaDB \1"),
        (rf"(?:\S*(?:mysqld|mariadbd)(?:, Version:)? |5\.5\.5-)?{_SHORT}-MariaDB(?:[- ].*)?", r"MariaDB \1"),
        (rf"{_CLIENT}\b.*\bDistrib {_SHORT}\b.*", r"MySQL \1"),
        (rf"{_CLIENT}\s+Ver {_SHORT}\b.*", r"MySQL \1"),
        (rf"(?:mysql )?(?:server )?{_SHORT}\S* MySQL Community Server.*", r"MySQL \1"),
        (rf"\S*mysqld, Version: {_SHORT}\b.* \(MySQL .*", r"MySQL \1"),
        (rf"psql \([0-9.]+, server {_SHORT}\b.*", r"PostgreSQL \1"),
        (rf"(?:psql|postgres|initdb|pg_\w+) \(PostgreSQL\) {_VERSION}.*", r"PostgreSQL \1"),
        (
            rf"(?:select version\(\)\W+)?PostgreSQL {_VERSION}(?: \([^)]*\))? on \S+-\S+-\S+.*",
            r"PostgreSQL \1",
        ),
        (rf"(?:server_version *[:=]? *)?{_VERSION} \(PostgreSQL\)", r"PostgreSQL \1"),
        (rf"server_version *[:=]? *{_VERSION}.*", r"PostgreSQL \1"),
        (rf"(Redis|Valkey) server v={_VERSION}.*", r"\1 \2"),
        (rf"(redis|valkey)-(?:server|cli) {_VERSION}", r"\1 \2"),
        (
            rf"(?:db version|mongod(?: db)? version|MongoDB (?:shell|server) version:?) {_VERSION}(?: .*)?",
            r"MongoDB \1",
        ),
        (r"(3\.[0-9.]+) 20[0-9-]{8} [0-9:]{8} [0-9a-f]{40}.*", r"SQLite \1"),
        (rf"\[cqlsh \S+ \| Cassandra {_VERSION} \|.*", r"Apache Cassandra \1"),
        (rf"ClickHouse (?:client|server|local|keeper) version {_SHORT}\b.*", r"ClickHouse \1"),
        (rf"(?:CockroachDB .*)?Build Tag: *{_VERSION}(?: .*)?", r"CockroachDB \1"),
        (rf"(CockroachDB) (?:CCL|OSS) {_VERSION}.*", r"\1 \2"),
        (rf"InfluxDB shell version: {_VERSION}.*", r"InfluxDB \1"),
        (r"STAT version ([0-9.]+).*", r"Memcached \1"),
        (r'Informational tokens are "DB2 v([0-9.]+)".*', r"IBM Db2 \1"),
        (rf"etcd(?:ctl|utl) version: {_VERSION}(?: .*)?", r"etcd \1"),
        # Search engines: Elasticsearch was never numbered 3 or 4, and OpenSearch began anew.
        (r"Version: ([5-9]\.[0-9.]+)\S*, Build: .*, JVM: .*", r"Elasticsearch \1"),
        (r"Version: ([1-4]\.[0-9.]+)\S*, Build: [a-z]+/[0-9a-f]{40}/.*, JVM: .*", r"OpenSearch \1"),
        (r'.*"opensearch".*"number" ?: ?"([0-9.]+).*', r"OpenSearch \1"),
        (r'.*"number" ?: ?"([0-9.]+).*OpenSearch Project.*', r"OpenSearch \1"),
        (r'.*"number" ?: ?"([0-9.]+).*(?:"build_flavor"|You Know, for Search).*', r"Elasticsearch \1"),
        (r'\{ ?"couchdb" ?: ?"Welcome", ?"version" ?: ?"([0-9.]+)".*', r"Apache CouchDB \1"),
        (r"Microsoft SQL Server (20[0-9]{2}(?: R2)?) \((SP[0-9]+)[^)]*\).*", r"Microsoft SQL Server \1 \2"),
        (r"Microsoft SQL Server (20[0-9]{2}(?: R2)?) \(RTM[^)]*\).*", r"Microsoft SQL Server \1"),
        (rf"Oracle Database .*\bRelease {_SHORT}.*", r"Oracle Database \1"),
        (r"SQL\*Plus: Release .*", ""),
        (r"postgresql-42\.[0-9.]+", ""),  # the driver for Java
        (r"mysql2[ @:=~^(]+[0-9].*", ""),  # a driver for Ruby, and one for Node.js
        (rf"Microsoft SQL Server 20[0-9]{{2}}(?: R2)? - {_SHORT}.*", r"SQL Server \1"),
        # Languages and tools.
        (r"Python .*\[PyPy .*", ""),
        (r"PHP ([0-9.]+)\S* \([\w-]+\) .* The PHP Group Zend Engine .*", r"PHP \1"),
        (r"(?:/[\w.-]+)*/s?bin/([a-z][a-z.+-]*[0-9][0-9.]*)", r"\1"),
        (r"go version go([0-9]\S*)(?: .*)?", r"Go \1"),
        (rf"(?:cargo|rustdoc) {_SHORT} \([0-9a-f]+ .*", r"Rust \1"),
        (r"Microsoft\.(?:NETCore|AspNetCore|WindowsDesktop)\.App ([0-9.]+\S*) \[.*", r".NET \1"),
        (r"(?:\.NET (?:Core )?SDK )?([0-9.]+\S*) \[.*[/\\]dotnet[/\\]sdk\]", r".NET \1"),
        (r"\.NET (?:Core )?SDKs?(?: \(.*?\))?: Version: ([0-9.]+).*", r".NET \1"),
        (r"Host(?: \(.*?\))?: Version: ([0-9.]+)\S*(?: Architecture: \S+)? Commit: .*", r".NET \1"),
        (r"PSVersion ([1-5]\.[0-9.]+).*", r"Windows PowerShell \1"),
        (r"PSVersion ([0-9.]+).*", r"PowerShell \1"),
        (rf"This is perl.*\(v{_SHORT}\).*", r"Perl \1"),
        (rf"Scala (?:code runner|compiler) version {_VERSION}.*", r"Scala \1"),
        (rf"Groovy Version: {_VERSION}.*", r"Apache Groovy \1"),
        (rf"(?:info: )?kotlinc-\S+ {_VERSION}.*", r"Kotlin \1"),
        (rf"Kotlin (?:version )?{_SHORT}-release.*", r"Kotlin \1"),
        (rf"jruby {_SHORT} \(.*", r"JRuby \1"),
        (rf"ruby jruby-{_SHORT}", r"JRuby \1"),
        (r"OpenSSL[ /]([0-9]+\.[0-9]+\.[0-9]+[a-z]{0,2})(?:-fips)?\b.*", r"OpenSSL \1"),
        (rf"Erlang/OTP .*\bElixir {_VERSION}.*", r"Elixir \1"),
        (r"Erlang/OTP ([0-9.]+)\b.*", r"Erlang \1"),
        (rf"The Glorious Glasgow Haskell Compilation System, version {_VERSION}", r"GHC \1"),
        (rf"deno {_VERSION} \(.*", r"Deno \1"),
        (rf"ff(?:mpeg|probe|play) version n?{_VERSION}(?: Copyright .*)?", r"FFmpeg \1"),
        (rf"gst-\S+ version {_VERSION}(?: GStreamer .*)?", r"GStreamer \1"),
        (rf"QMake version .* Using Qt version {_VERSION} in .*", r"Qt \1"),
        (rf"-+ Gradle {_VERSION} -+.*", r"Gradle \1"),
        (rf"Build label: {_VERSION}(?: Build target: .*)?", r"Bazel \1"),
        (rf"Apache Maven {_VERSION}(?: \([^)]*\))?(?: Maven home: .*)", r"Apache Maven \1"),
        (rf"grunt-cli \S+ grunt {_VERSION}", r"Grunt \1"),
        (rf"django-admin {_VERSION}", r"Django \1"),
        (rf"Phoenix installer {_VERSION}", r"Phoenix \1"),
        (rf"Core: - installed: {_VERSION}(?: - latest: .*)?", r"dbt Core \1"),
        (rf"m_EditorVersion: {_VERSION}", r"Unity \1"),
        (rf"Drush (?:Commandline Tool|version) ?:? ?{_VERSION}", r"Drush \1"),
        (rf"nix \(Nix\) {_VERSION}", r"nix \1"),
        (r"([0-9]+\.[0-9.]+)-otp-[0-9.]+", r"Elixir \1"),
        (rf"elixir {_SHORT}-otp-[0-9.]+", r"Elixir \1"),
        (rf"ansible \[core {_VERSION}\].*", r"Ansible-core \1"),
        (rf"(?:Angular CLI:|ng version:?) {_VERSION}", r"Angular \1"),
        (rf"@angular/cli(?:@| ){_VERSION}", r"Angular \1"),
        (rf"prometheus, version {_VERSION}.*", r"Prometheus \1"),
        (rf"(?:containerd|ctr) (?:\S*containerd\S*) {_VERSION}(?: .*)?", r"containerd \1"),
        # Kubernetes: the client's number is not the cluster's, and vendors have lifecycles of their own.
        (r"(?:Server Version: )?v?(1\.[0-9]+\.[0-9]+)-eks-[0-9a-z.]+", r"Amazon EKS \1"),
        (r"(?:Server Version: )?v?(1\.[0-9]+\.[0-9]+)-gke\.[0-9.]+", r"Google Kubernetes Engine \1"),
        (r"(?:.* )?Server Version: (4\.[0-9.]+)\S* Kubernetes Version: .*", r"OpenShift \1"),
        (r"(?:.* )?Server Version: v(1\.[0-9]+\.[0-9]+)(?: .*)?", r"Kubernetes \1"),
        (r'(?:.* )?Server Version: version\.Info\{Major:"1".*?GitVersion:"v(1\.[0-9]+\.[0-9]+)".*', r"Kubernetes \1"),
        (r"Client: .*? Server: .*? Engine: Version: ([0-9.]+) .*", r"Docker Engine \1"),
        (rf"(?:Client|Server): Docker Engine - \w+ (?:Engine: )?Version: {_VERSION}(?: .*)?", r"Docker Engine \1"),
        (rf"argocd(?:-server)?: v{_SHORT}\S*(?: .*)?", r"Argo CD \1"),
        (rf"cilium image \(running\): v?{_SHORT}", r"Cilium \1"),
        (rf"Version {_SHORT}\S* \(commit: [0-9a-f]+, branch: \S+\).*", r"Grafana \1"),
        (rf"([a-z]+beat) version {_VERSION} \(.*\), libbeat .*", r"\1 \2"),
        (rf"zabbix_\w+ (?:\(daemon\) )?\(Zabbix\) {_VERSION}.*", r"Zabbix \1"),
        (rf"salt-(?:api|call|master|minion|ssh|syndic)[ -]{_VERSION}(?: \(\w+\))?", r"Salt \1"),
        (rf"CFEngine Core {_VERSION}.*", r"CFEngine \1"),
        (rf"icinga2? - .*\(version: r?{_SHORT}\S*\)", r"Icinga \1"),
        (r'\{"version" ?: ?"([0-9]{2}\.[0-9]+\.[0-9]+)(?:-[ce]e)?", ?"revision" ?: ?"[0-9a-f]{7,40}".*', r"GitLab \1"),
        (r"([0-9.]+) \(Commit:[0-9a-f]{16}\).*", r"Apache Kafka \1"),
        (rf"rabbitmq(?:ctl|-diagnostics) version {_VERSION}", r"RabbitMQ \1"),
        (r"(?:Atlassian )?Jira(?: Project Management)?(?: Software)? \(v([0-9.]+)#\w+\).*", r"Jira Software \1"),
        (rf".*\bKafka version: {_VERSION}(?: .*)?", r"Apache Kafka \1"),
        (r'\{rabbit,"RabbitMQ","([0-9.]+)"\}.*', r"RabbitMQ \1"),
        (rf".*\bSpark version {_VERSION}(?: .*)?", r"Apache Spark \1"),
        (rf"Kong(?: Gateway)? Enterprise {_VERSION}", r"Kong Gateway \1"),
        (rf"(?:zfs|zfs-kmod)-{_SHORT}\S*(?: .*)?", r"OpenZFS \1"),
        (r"ClamAV ([0-9.]+)/[0-9]+/.*", r"ClamAV \1"),
        (rf"TShark \(Wireshark\) {_VERSION}.*", r"Wireshark \1"),
        (rf"LibreOffice {_SHORT} (?:[0-9a-f]{{30}}|[0-9]+\(Build:).*", r"LibreOffice \1"),
        (rf"varnishd \(varnish-{_SHORT}.*", r"Varnish \1"),
        (rf"(?:Postfix )?mail_version = {_VERSION}", r"Postfix \1"),
        (rf"(?:pveversion )?pve-manager/{_SHORT}.*", r"Proxmox VE \1"),
        (rf"envoy version: [0-9a-f]+/{_SHORT}/.*", r"Envoy \1"),
        (rf"Version: {_SHORT} Codename: \S+ Go version: .*", r"Traefik \1"),
        (rf"(?:Caddy )?v{_SHORT} h1:\S+=", r"Caddy \1"),
        (rf"HA-?Proxy version {_SHORT}.*", r"HAProxy \1"),
        (rf"Squid Cache: Version {_VERSION}.*", r"Squid \1"),
        (rf"Client Version: .*GitVersion:\"{_SHORT}.*", ""),
        (r'kubeadm version: &version\.Info\{.*GitVersion:"v(1\.[0-9.]+)".*', r"Kubernetes \1"),
        (r"(?:Mozilla )?Firefox ([0-9.]+)esr", r"Firefox \1"),
        (r"(?:Name: )?(?:IBM |WebSphere )*MQ (?:Name: .*)?Version: ([0-9.]+).*", r"IBM MQ \1"),
        (r"Jetty\(([0-9.]+[0-9])[.\w-]*\)", r"Eclipse Jetty \1"),
        (r"cf-\w+ CFEngine Core ([0-9.]+).*", r"CFEngine \1"),
        # Greetings of servers.
        (rf"220[ -](?:\S+ )?(?:ESMTP )?(Exim|ProFTPD|Postfix) {_VERSION}.*", r"\1 \2"),
        (rf"Via: [0-9.]+ \S+ \((squid|varnish)/{_VERSION}\)", r"\1 \2"),
        (r"(?:X-Generator:|<meta name=.generator. content=.) ?(.+?)(?: \(https?:.*| - .*)?(?:. ?/?>)?", r"\1"),
        # Headers.
        (rf"X-Jenkins: {_VERSION}", r"Jenkins \1"),
        (r"X-Powered-By: (\S+).*", r"\1"),
        (rf"(?:Server(?: version)?: *)?Apache Tomcat/{_VERSION}.*", r"Apache Tomcat \1"),
        (rf"(?:Server(?: version)?: *)?Apache/{_VERSION}.*", r"Apache HTTP Server \1"),
        (rf"(?:Server: *|nginx version: *)?nginx/{_VERSION}.*", r"nginx \1"),
        (r"Apache-Coyote/.*", ""),
        (r"(?:Server: *)?(?:gunicorn|uvicorn|Werkzeug)/.*", ""),
        # Operating systems and appliances.
        (r"Microsoft Windows \[Version 10\.0\.20348\b[0-9.]*\]", r"Windows Server 2022"),
        (r"Microsoft Windows \[Version (?:10\.0\.(?:14393|17763|26100)|6\.[0-3])\b[0-9.]*\]", ""),  # or a server
        (r"Microsoft Windows \[Version ([0-9.]+)\]", r"Windows \1"),
        (rf"Linux version {_SHORT}.*", r"Linux Kernel \1"),
        (rf"Linux \S+ {_SHORT}\S* #.*", r"Linux Kernel \1"),
        (rf"(?:Linux )?kernel {_SHORT}\S*", r"Linux Kernel \1"),
        (r"SunOS \S+ 5\.11 (11\.[0-9]+)\..*", r"Oracle Solaris \1"),
        (r"SunOS (?:\S+ )?5\.([0-9]+).*", r"Oracle Solaris \1"),
        (r"(?:Welcome to )?Ubuntu ([0-9]{2}\.[0-9]{2})\S*(?: LTS)? \(GNU/Linux .*", r"Ubuntu \1"),
        (r"Linux Mint ([0-9.]+) .*", r"Linux Mint \1"),
        (r"Poky \(Yocto Project Reference Distro\) ([0-9.]+).*", r"Yocto Project \1"),
        (rf"FortiGate\S* {_SHORT},?build\S*.*", r"FortiOS \1"),
        (r"FortiGate\S* v([0-9]+\.[0-9.]+),?build.*", r"FortiOS \1"),
        (r"Cisco IOS[ -]XE Software.*Version 0*([0-9]+)\.0*([0-9]+)\..*", r"Cisco IOS XE \1.\2"),
        (rf"VMware ESXi,? {_SHORT}(?:,? build-?[0-9]+|, [0-9]+)", r"VMware ESXi \1"),
        (r"Cisco IOS Software.*IOS-?XE\b.*\bVersion 0*([0-9]+)\.0*([0-9]+)\..*", r"Cisco IOS XE \1.\2"),
        (r"(?:Sys::Version )?(?:Main Package )?Product BIG-IP Version ([0-9.]+).*", r"BIG-IP \1"),
        (r"NetApp Release (9\.[0-9]+\.[0-9]+)\S*: .*", r"NetApp ONTAP \1"),
        (r"(?:(?:IBM )?AIX )?([67])([1-3])00-0([0-9])-[0-9]{2}(?:-[0-9]{4})?", r"IBM AIX \1.\2.\3"),
        (r"sw-version: ([0-9.]+(?:-h[0-9]+)?)(?: .*)?", r"PAN-OS \1"),
        (r"(?:VBox\w+ )?([4-7]\.[0-9]+\.[0-9]+)(?:_\w+)?r[0-9]{5,6}(?: VirtualBox)?", r"VirtualBox \1"),
        (rf"Oracle VM VirtualBox (?:VM Selector|Manager|Command Line .*Version) {_VERSION}.*", r"VirtualBox \1"),
        (rf"(FreeBSD|OpenBSD|NetBSD)(?: \S+)? {_SHORT}(?:-RELEASE\S*)? .*(?:GENERIC|FreeBSD).*", r"\1 \2"),
        (r"cos-([0-9]{2,3})-[0-9]{4,}(?:[-.][0-9]+)*", r"Container-Optimized OS cos-\1"),
        (r"(?:debian(?: gnu/linux)? )?([a-z]+)/sid", r"Debian \1"),
        (rf"(FreeBSD|OpenBSD|NetBSD)/\w+ {_SHORT}(?:-RELEASE\S*)?", r"\1 \2"),
        (r"Container-Optimized OS from Google (cos-[0-9]+).*", r"Container-Optimized OS \1"),
        (r"NVIDIA-SMI .*Driver Version: ([0-9.]+).*", r"NVIDIA Driver \1"),
        (r"Godot Engine v([0-9.]+)\.[a-z]\S*", r"Godot \1"),
        (rf"Terraform {_VERSION} on \w+ .*", r"Terraform \1"),
        (r"argo: v([0-9.]+).*", r"Argo Workflows \1"),
        (r"Moodle(?: release:)? ([0-9.]+)\+ \(Build: ?[0-9]+\)", r"Moodle \1"),
        # Archives whose names do not begin with the product's.
        (
            r"OpenJDK[0-9]+U-(?:jdk|jre)_\w+_hotspot_([0-9.]+(?:_[0-9]+)?)(?:\.(?:tar\.gz|zip|msi|pkg))?",
            r"Eclipse Temurin \1",
        ),
        (r"(?:distributionUrl ?= ?)?https\\?://\S+/gradle-([0-9.]+\S*?)(?:-(?:bin|all))?(?:\.zip)?", r"Gradle \1"),
        (rf"fontawesome-(?:free|pro)-{_SHORT}(?:-(?:web|desktop))?", r"Font Awesome \1"),
        (r"libapache2-mod-php([0-9.]+)", r"PHP \1"),
        (rf"(bootstrap|jquery)(?:\.(?:bundle|min|slim))*\.(?:css|js) {_VERSION}", r"\1 \2"),
        # Images of virtual machines.
        (r"amzn2-ami-.*", "Amazon Linux 2"),
        (r"al2023-ami-.*", "Amazon Linux 2023"),
        (r"(?:ubuntu/images/\S*/)?ubuntu-[a-z]+-([0-9]{2}\.[0-9]{2})-\S+", r"Ubuntu \1"),
        (r"ubuntu-(?:\w+-)*([0-9]{2})(04|10)(?:-lts)?(?:-[a-z]\w*)*-v20[0-9]{6}\w*", r"Ubuntu \1.\2"),
        (r"debian-([0-9]+)(?:-[a-z]\w*)*-(?:v?20[0-9]{6})\S*", r"Debian \1"),
        (r"(rhel|centos|rocky-linux|almalinux)-([0-9.]+)(?:_HVM\S*|(?:-[a-z]\w*)*-v20[0-9]{6})", r"\1 \2"),
        (r"debian-([0-9]+)-(?:generic|genericcloud|nocloud|ec2|azure)-\S+", r"Debian \1"),
        (r"(?:ubuntu-)?([a-z]+|[0-9.]+)(?:-minimal)?-(?:server|minimal)-cloudimg-\S+", r"Ubuntu \1"),
        (r"(rocky|almalinux|centos|ol)[-_]([0-9]+(?:\.[0-9]+)?)[-.].*\b(?:genericcloud|openstack|ec2)\b.*", r"\1 \2"),
        (r"fedora-(?:cloud|server|workstation)-\w+-([0-9]+)-\S+", r"Fedora \1"),
        (r"Windows_Server-(20[0-9]{2}(?:-R2)?)-\S+", r"Windows Server \1"),
        (r"(rhel|rocky|almalinux|centos)-(?:server-)?([0-9.]+)-x86_64-.+", r"\1 \2"),
        (r"oraclelinux-r([0-9]+)-u[0-9]+(?:-.+)?", r"Oracle Linux \1"),
        (r"SLE-([0-9]+)-SP([0-9])-(?:Full|Online|Server|Installer).+", r"SLES \1 SP\2"),
        (r"openSUSE-Leap-([0-9.]+)-.+", r"openSUSE \1"),
        # A version with its release: Magento 2 (2.4.3).
        (r"(.+?) (?P<major>[0-9]+(?:\.[0-9]+)*) \(v?((?P=major)\.[0-9.]+)\)", r"\1 \3"),
        # Target frameworks of .NET.
        (
            r"(?:<TargetFrameworks?>)?net(?:coreapp)?([1-9][0-9]?)\.([0-9])(?:-[\w.]+)?(?:</TargetFrameworks?>)?",
            r".NET \1.\2",
        ),
        (r"<TargetFrameworkVersion>v([0-9.]+)</TargetFrameworkVersion>", r".NET Framework \1"),
        (r"(?:<TargetFrameworks?>)?net(4)([0-9])(?:</TargetFrameworks?>)?", r".NET Framework \1.\2"),
        (r"(?:<TargetFrameworks?>)?net(4)([0-9])([0-9])(?:</TargetFrameworks?>)?", r".NET Framework \1.\2.\3"),
    )
)

_ANY = any_of(pattern for pattern, _ in _BANNERS)
_ANY_WITHOUT_SIGNS = any_of(pattern for pattern, _ in _BANNERS if not needs_sign(pattern))
"""Most names have no signs, and most banners have some."""


def reword(text: str) -> str | None:
    """Return the name and version in an output; "" for the output of something else, None if this is no output."""
    if not (_ANY if has_signs(text) else _ANY_WITHOUT_SIGNS).fullmatch(text):
        return None
    for pattern, template in _BANNERS:
        if found := pattern.fullmatch(text):
            return found.expand(template)
    return None
