"""Reword outputs of --version commands, HTTP headers and shorthands so that name and version stand together. Pure.

Only outputs that do not begin with the product's name and version are here; techs.rules.remarks removes the rest.
"""

import re

_VERSION = r"v?([0-9]+(?:\.[0-9]+)*[\w.+-]*)"
_SHORT = r"([0-9]+(?:\.[0-9]+)+)"

_BANNERS = tuple(
    (re.compile(pattern, re.IGNORECASE), template)
    for pattern, template in (
        # Databases. The client's own number comes before that of the distribution.
        (rf"(?:mysql|mariadb)\b.*\bDistrib {_SHORT}-MariaDB\b.*", r"MariaDB \1"),
        (rf"(?:mysqld?|mariadbd?)\s+(?:from .*)?Ver {_SHORT}-MariaDB\b.*", r"MariaDB \1"),
        (rf"{_SHORT}-MariaDB(?:-.*)?", r"MariaDB \1"),
        (rf"mysql\b.*\bDistrib {_SHORT}\b.*", r"MySQL \1"),
        (rf"mysqld?\s+Ver {_SHORT}\b.*", r"MySQL \1"),
        (rf"(?:mysql )?(?:server )?{_SHORT}\S* MySQL Community Server.*", r"MySQL \1"),
        (rf"(?:psql|postgres|pg_dump|pg_ctl) \(PostgreSQL\) {_VERSION}.*", r"PostgreSQL \1"),
        (rf"PostgreSQL {_VERSION} on \S+-\S+, compiled by.*", r"PostgreSQL \1"),
        (rf"(Redis|Valkey) server v={_VERSION}.*", r"\1 \2"),
        (rf"(redis|valkey)-(?:server|cli) {_VERSION}", r"\1 \2"),
        (rf"(?:db version|mongod(?: db)? version|MongoDB shell version:?) {_VERSION}", r"MongoDB \1"),
        (r"Microsoft SQL Server (20[0-9]{2}(?: R2)?) \((SP[0-9]+)[^)]*\).*", r"Microsoft SQL Server \1 \2"),
        (r"Microsoft SQL Server (20[0-9]{2}(?: R2)?) \(RTM[^)]*\).*", r"Microsoft SQL Server \1"),
        (rf"Oracle Database .*\bRelease {_SHORT}.*", r"Oracle Database \1"),
        (r"SQL\*Plus: Release .*", ""),
        # Java: the vendor is in the name of the runtime.
        (rf"OpenJDK .*\bTemurin-{_VERSION}.*", r"Eclipse Temurin \1"),
        (rf"OpenJDK .*\b(?:AdoptOpenJDK-{_VERSION}.*)", r"Eclipse Temurin \1"),
        (rf"OpenJDK .*\bCorretto-{_VERSION}.*", r"Amazon Corretto \1"),
        (rf"OpenJDK .*\bZulu[0-9.+-]+\S* \(build {_VERSION}.*", r"Azul Zulu \1"),
        (rf"OpenJDK .*\bMicrosoft-[0-9]+ \(build {_VERSION}.*", r"Microsoft Build of OpenJDK \1"),
        (rf"OpenJDK .*\bSapMachine \(build {_VERSION}.*", r"SapMachine \1"),
        (rf"IBM Semeru Runtime .*\(build {_VERSION}.*", r"IBM Semeru Runtime \1"),
        (rf"OpenJDK .*\bGraalVM CE {_VERSION}.*", r"GraalVM Community Edition \1"),
        (rf'openjdk (?:version )?"?{_VERSION}"?(?: 20[0-9-]+)?(?: LTS)?', r"OpenJDK \1"),
        (rf'java version "{_VERSION}"(?: 20[0-9-]+)?(?: LTS)?', r"Oracle JDK \1"),
        (rf"Java SE Runtime Environment \(build {_VERSION}\)", r"Oracle JDK \1"),
        # Languages and tools.
        (r"go version go([0-9]\S*)(?: .*)?", r"Go \1"),
        (rf"This is perl.*\(v{_SHORT}\).*", r"Perl \1"),
        (rf"Scala (?:code runner|compiler) version {_VERSION}.*", r"Scala \1"),
        (rf"Groovy Version: {_VERSION}.*", r"Apache Groovy \1"),
        (rf"(?:info: )?kotlinc-\S+ {_VERSION}.*", r"Kotlin \1"),
        (rf"Kotlin version {_SHORT}-release.*", r"Kotlin \1"),
        (rf"jruby {_SHORT} \(.*", r"JRuby \1"),
        (rf"ruby jruby-{_SHORT}", r"JRuby \1"),
        (r"OpenSSL ([0-9]+\.[0-9]+\.[0-9]+[a-z]{0,2})(?:-fips)?\b.*", r"OpenSSL \1"),
        (r"Erlang/OTP ([0-9.]+)\b.*", r"Erlang \1"),
        (r"([0-9]+\.[0-9.]+)-otp-[0-9.]+", r"Elixir \1"),
        (rf"elixir {_SHORT}-otp-[0-9.]+", r"Elixir \1"),
        (rf"ansible \[core {_VERSION}\].*", r"Ansible-core \1"),
        (rf"Angular CLI: {_VERSION}", r"Angular \1"),
        (rf"@angular/cli(?:@| ){_VERSION}", r"Angular \1"),
        (rf"prometheus, version {_VERSION}.*", r"Prometheus \1"),
        (rf"containerd (?:\S*containerd\S*) {_VERSION}(?: .*)?", r"containerd \1"),
        (rf"varnishd \(varnish-{_SHORT}.*", r"Varnish \1"),
        (rf"(?:Postfix )?mail_version = {_VERSION}", r"Postfix \1"),
        (rf"pve-manager/{_SHORT}.*", r"Proxmox VE \1"),
        (rf"HA-?Proxy version {_SHORT}.*", r"HAProxy \1"),
        (rf"Squid Cache: Version {_VERSION}.*", r"Squid \1"),
        (rf"Client Version: .*GitVersion:\"{_SHORT}.*", ""),
        # Headers.
        (rf"X-Jenkins: {_VERSION}", r"Jenkins \1"),
        (r"X-Powered-By: (\S+).*", r"\1"),
        (rf"(?:Server(?: version)?: *)?Apache Tomcat/{_VERSION}.*", r"Apache Tomcat \1"),
        (rf"(?:Server(?: version)?: *)?Apache/{_VERSION}.*", r"Apache HTTP Server \1"),
        (rf"(?:Server: *|nginx version: *)?nginx/{_VERSION}.*", r"nginx \1"),
        (r"Apache-Coyote/.*", ""),
        # Operating systems and appliances.
        (r"Microsoft Windows \[Version ([0-9.]+)\]", r"Windows \1"),
        (rf"Linux version {_SHORT}.*", r"Linux Kernel \1"),
        (rf"Linux \S+ {_SHORT}\S* #.*", r"Linux Kernel \1"),
        (rf"(?:Linux )?kernel {_SHORT}\S*", r"Linux Kernel \1"),
        (r"SunOS 5\.([0-9]+).*", r"Oracle Solaris \1"),
        (r"(?:Welcome to )?Ubuntu ([0-9]{2}\.[0-9]{2})\S*(?: LTS)? \(GNU/Linux .*", r"Ubuntu \1"),
        (r"Linux Mint ([0-9.]+) .*", r"Linux Mint \1"),
        (rf"FortiGate\S* {_SHORT},?build\S*.*", r"FortiOS \1"),
        (r"FortiGate\S* v([0-9]+\.[0-9.]+),?build.*", r"FortiOS \1"),
        (r"Cisco IOS[ -]XE Software.*Version 0*([0-9]+)\.0*([0-9]+)\..*", r"Cisco IOS XE \1.\2"),
        (rf"VMware ESXi,? {_SHORT}(?:,? build-?[0-9]+|, [0-9]+)", r"VMware ESXi \1"),
        # A version with its release: Magento 2 (2.4.3).
        (r"(.+?) ([0-9]+(?:\.[0-9]+)*) \(v?(\2\.[0-9.]+)\)", r"\1 \3"),
        # Target frameworks of .NET.
        (
            r"(?:<TargetFrameworks?>)?net(?:coreapp)?([1-9][0-9]?)\.([0-9])(?:-[\w.]+)?(?:</TargetFrameworks?>)?",
            r".NET \1.\2",
        ),
        (r"(?:<TargetFrameworks?>)?net(4)([0-9])(?:</TargetFrameworks?>)?", r".NET Framework \1.\2"),
        (r"(?:<TargetFrameworks?>)?net(4)([0-9])([0-9])(?:</TargetFrameworks?>)?", r".NET Framework \1.\2.\3"),
    )
)


def reword(text: str) -> str | None:
    """Return the name and version in an output; "" for the output of something else, None if this is no output."""
    for pattern, template in _BANNERS:
        if found := pattern.fullmatch(text):
            return found.expand(template)
    return None
