"""Names of products that packages also use: clients ("redis" on PyPI), wrappers ("mysql2" on npm) and namesakes.

Such a package has version numbers of its own, so its text must not match the product.
"""

import re

from techs.rules.curated_names import AMBIGUOUS, CURATED, VENDORS
from techs.rules.text import compact

PRODUCTS = frozenset(
    """
    aap activemq adonis adonisjs airflow aix aks alma alpine alpinelinux amazon amazoneks
    amazonelastickubernetesservice android angular angularcore angularjs ansible ant aosp apache apachehttpd
    apachehttpserver apachekafka apachelog4j apachetomcat arangodb argo argocd argoworkflows artemis artifactory
    as400 aspnetcore aws awscdk awseks awslambda azure azuredevops backdrop bamboo bao bbb beats bigbluebutton
    bitbucket bitcoincore blender bootstrap boundary bun cachet caddy cake calico camel camellang cassandra centos
    certmanager cfengine checkmk chrome cilium ckeditor clamav claude clearlinux clickhouse cockroach cockroachdb
    coder composer concrete confluence consul containerd contour cos couchbase couchdb craft crdb db2 dbt dce debian
    deno dependencytrack discourse django docker dockerce dockerengine documentdb dotnet dotnetcore dotnetframework
    dotnetfx dovecot drupal duckdb eclipsetemurin eks elastic elasticsearch electron elixir ember emberjs envoy
    erlang eslint esx etcd exchange exim express expressjs fedora ffmpeg filebeat firefox flink flux fontawesome
    foreman forgejo gatekeeper gcp gerrit ghc gitlab gke gleam go godot golang google googlecloud gorilla gradle
    grafana graylog greenlight groovy grunt guzzle hadoop haproxy harbor hashicorpterraform haskell hbase heartbeat
    hibernate hmd hop horizon httpd ibmdb2 ibmmq icinga idl ie influxdb ionic ionicframework ios ipad iphone iseries
    istio jaeger java jboss jdk jekyll jenkins jetty jhipster jira jquery jqueryui jre jruby julia julialang k8s
    kafka karpenter keda keycloak kibana kindle kirby kong kotlin kubernetes kuma kyverno lam laravel libreoffice
    lineage linux liquibase log4j logstash loki longhorn looker lua lucene mac macos mageia magento mandrel mariadb
    mastodon matomo mattermost mautic maven mediawiki meilisearch memcached microsoft microsoftdotnet
    microsoftdotnetframework microsoftsqlserver microsoftwindowsserver mn mongo mongodb mongodbserver moodle mq msk
    mssql mssqlserver mvn mysql nanoserver neo4j neos neptune netapp netappontap netcore netframework nextcloud
    nextdotjs nextjs nexus nginx nifi nix node nodejs nokia nomad numpy nuxt nvidia nvm office omnissahorizon
    oneplus oniguruma ontap openbsd opensearch openshift openssl openvpn oracle oraclejava oraclejdk osx otobo
    packer pbs pci pdm perl pg pgsql phoenix photon php phpbb phpmyadmin pigeonhole piwik pixel plesk plone pmg pnpm
    podman postfix postgre postgres postgresql postgressql powershell prism privatebin prometheus protractor ps ps1
    psql pulsar puppet puppetagent pve pwsh py python qt quarkus quasar rabbitmq rails rancher raspberrypi raspi
    react reactjs reactnative redhat redhatenterpriselinux redhatlinux redis redmine renovate rhel robo rocketchat
    rocky ror roro ros routeros rpi ruby rubyonrails rust rustlang salt saltstack satellite scala sharepoint solaris
    solr sonar sonarqube sourcegraph spark splunk spring springboot springframework sqlite sqlite3 sqlserver squid
    strapi struts subversion surface svelte svn symfony tails tailwind tailwindcss tarantool telegraf teleport
    temurin terraform tfs thumbor tls tofu tomcat traefik tvos twig typo3 ubuntu ubuntulinux umbraco unity valkey
    varnish vault vbox vcenter vcf veeamone virtualbox visualstudio vitess vmwarevcenter vue vuejs vuetify wagtail
    windows windowsserver wireshark wordpress xdr yarn yocto youtrack zabbix zfs zookeeper zulu
    """.split()  # noqa: SIM905  one word per line would take pages
) | {*CURATED, *AMBIGUOUS, *VENDORS}

_VERSIONLIKE = re.compile(r"[._-]?v?[0-9]|[._-](?:dev|ga|latest|lts|release|server|v|version)(?![a-z])")


def reads_like_a_product(name: str) -> bool:
    """Return True if a package name equals a product name, or extends one like a version: mysql2, react-ga."""
    endings = (found.start() for found in _VERSIONLIKE.finditer(name[:100].casefold()))
    return any(compact(name[:end]) in PRODUCTS for end in (len(name), *endings))
