"""Hand-maintained names that complement the lifecycle data. Pure data."""

VENDOR_PREFIXES = ("microsoft", "apache", "oracle", "amazon", "red hat", "hashicorp", "ibm", "eclipse", "google")
"""Prefixes that may be left out of a title, unless another product owns the rest ("SQL Server")."""

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
"""Titles that are too ambiguous without their vendor."""

CURATED = {
    "angularcore": "angular",  # @angular/core, the package that carries the version
    "akeneo": "akeneo-pim",
    "amzn": "amazon-linux",
    "apache2": "apache-http-server",
    "apachehttp": "apache-http-server",
    "apachewebserver": "apache-http-server",
    "apacheserver": "apache-http-server",
    "apachehttpd": "apache-http-server",
    "arangod": "arangodb",
    "aspnetcore": "dotnet",  # released and supported together with .NET
    "clamd": "clamav",
    "clamscan": "clamav",
    "freshclam": "clamav",
    "clearlinuxos": "clear-linux",
    "concrete5": "concrete-cms",
    "containerdio": "containerd",
    "cortexxdr": "cortex-xdr",
    "cortexxdragent": "cortex-xdr",
    "cpython": "python",
    "iosxe": "cisco-ios-xe",
    "dataontap": "netapp-ontap",
    "docker": "docker-engine",
    "dockerce": "docker-engine",
    "elastic": "elasticsearch",
    "expressjs": "express",
    "globalprotect": "pangp",
    "globalprotectapp": "pangp",
    "grafanaserver": "grafana",
    "macosx": "macos",
    "netbackupappliance": "netbackup-appliance-os",
    "netcore": "dotnet",
    "netframework": "dotnetfx",
    "dotnetframework": "dotnetfx",
    "calicoctl": "calico",
    "gogolang": "go",
    "golanggo": "go",
    "guzzlehttp": "guzzle",
    "generatorjhipster": "jhipster",
    "inspec": "chef-inspec",
    "iphoneos": "ios",
    "iscdhcpd": "isc-dhcp",
    "internetsystemsconsortiumdhcpserver": "isc-dhcp",
    "istioctl": "istio",
    "kubeadm": "kubernetes",
    "kubeapiserver": "kubernetes",
    "kubecontrollermanager": "kubernetes",
    "kubeproxy": "kubernetes",
    "kubescheduler": "kubernetes",
    "kubectl": "kubernetes",
    "kubelet": "kubernetes",
    "mongodborg": "mongodb",
    "netappdataontap": "netapp-ontap",
    "mule": "mulesoft-runtime",
    "muleesb": "mulesoft-runtime",
    "nuxtjs": "nuxt",
    "ocp": "red-hat-openshift",
    "oel": "oracle-linux",
    "ol": "oracle-linux",
    "oracleenterpriselinux": "oracle-linux",
    "oracledb": "oracle-database",
    "oraclerdbms": "oracle-database",
    "orgjetbrainskotlinjvm": "kotlin",
    "orgspringframeworkboot": "spring-boot",
    "orgfreedesktopplatform": "freedesktop-sdk",
    "orgfreedesktopsdk": "freedesktop-sdk",
    "photonos": "photon",
    "phpcli": "php",
    "phpfpm": "php",
    "plasmashell": "kde-plasma",
    "vtgate": "vitess",
    "osx": "macos",
    "postgre": "postgresql",
    "postgressql": "postgresql",
    "py": "python",
    "proxmoxvirtualenvironment": "proxmox-ve",
    "reactjs": "react",
    "redhatel": "rhel",
    "rustc": "rust",
    "slemicro": "suse-linux-micro",
    "suselinuxenterprisemicro": "suse-linux-micro",
    "suselinuxenterpriseserverforsapapplications": "sles",
    "stormshieldsns": "sns-firmware",
    "sqlserver": "mssqlserver",
    "webspheremq": "ibm-mq",
    "varnishcache": "vinyl-cache",
    "vcenterappliance": "vcenter",
    "vcenterserver": "vcenter",
    "vcenterserverappliance": "vcenter",
    "vcsa": "vcenter",
    "vmwarevcenterserverappliance": "vcenter",
    "vmwareharbor": "vmware-harbor-registry",
    "vmwarevspherehypervisor": "esxi",
    "vmwarevspherehypervisoresxi": "esxi",
    "vspherehypervisoresxi": "esxi",
    "vmwarevsphereesxi": "esxi",
    "vsphereesxi": "esxi",
    "vspherehypervisor": "esxi",
    "zfsonlinux": "openzfs",
}
"""Common names that the lifecycle data does not list, by name key."""

NOT_TYPOS = frozenset(
    {
        *("amber", "artix", "babel", "cargo", "cython", "edubuntu", "fluentd", "gitbucket", "gitea"),
        *("ironpython", "jedis", "jython", "kea", "kubuntu", "libressl", "log4js", "log4net", "lubuntu"),
        *("micropython", "mybb", "mysqli", "nestjs", "netty", "npm", "openssh", "pants", "pfsense", "postgis"),
        *("plsql", "pouchdb", "preact", "puppeteer", "sails", "slf4j", "tslint", "vite", "vitest", "vuex", "xubuntu"),
        "zuul",
    }
)
"""Other technologies, by name key, whose names resemble that of a product."""

AMBIGUOUS = {
    "java": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "javajdk": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "javajre": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "javase": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "jdk": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "jre": ("eclipse-temurin", "oracle-jdk", "amazon-corretto"),
    "openjdk": ("eclipse-temurin", "openjdk-builds-from-oracle", "amazon-corretto"),
    "csharp": ("dotnet", "dotnetfx"),
}
"""Names that several products with different lifecycles share, and the products to suggest instead."""

OTHER_NUMBERS = frozenset({"csharp"})
"""Ambiguous names whose versions differ from those of the products: C# 12 came with .NET 8."""

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
"""Vendors with many products, and a few of those to suggest."""

CODENAME_PRODUCTS = frozenset({"debian", "macos", "ubuntu"})
"""Products whose codenames people type alone. Others need the product's name ("crystal" may or may not be ROS 2)."""

NOT_ALONE = frozenset(
    {
        # Another product in the full lifecycle data uses these too. They stay unknown even if it is not loaded.
        *("groovy", "jazzy", "jessie", "kinetic", "lunar", "noble", "xenial"),
        # These are also names of other technologies, or everyday words.
        *("breezy", "buzz", "catalina", "cheetah", "cosmic", "dapper", "disco", "etch", "hardy", "jaguar", "leopard"),
        *("lion", "lucid", "maverick", "panther", "potato", "precise", "puma", "sierra", "stretch", "tiger", "vivid"),
    }
)
"""Codenames that are never recognised without their product."""
