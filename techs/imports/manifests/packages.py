"""Map packages to products by a curated table. Other packages keep their own names.

Ecosystems are named as in package URLs ("npm", "pypi", "maven").
"""

from urllib.parse import quote

from packaging.utils import canonicalize_name

from techs.imports.manifests.namesakes import reads_like_a_product

PRODUCTS = {
    "npm": {
        "@adonisjs/core": "AdonisJS",
        "@angular/core": "Angular",
        "@fortawesome/fontawesome-free": "Font Awesome",
        "@ionic/angular": "Ionic Framework",
        "@ionic/react": "Ionic Framework",
        "@ionic/vue": "Ionic Framework",
        "@strapi/strapi": "Strapi",
        "angular": "AngularJS",
        "aws-cdk": "Amazon CDK",
        "aws-cdk-lib": "Amazon CDK",
        "bootstrap": "Bootstrap",
        "bun": "Bun",
        "deno": "Deno",
        "electron": "Electron",
        "ember-source": "Ember",
        "eslint": "ESLint",
        "express": "Express",
        "font-awesome": "Font Awesome",
        "generator-jhipster": "JHipster",
        "grunt": "Grunt",
        "jquery": "jQuery",
        "jquery-ui": "jQuery UI",
        "next": "Next.js",
        "node": "Node.js",
        "nuxt": "Nuxt",
        "pnpm": "pnpm",
        "protractor": "Protractor",
        "quasar": "Quasar",
        "react": "React",
        "react-native": "React Native",
        "renovate": "Renovate CLI",
        "svelte": "Svelte",
        "tailwindcss": "Tailwind CSS",
        "vue": "Vue",
        "vuetify": "Vuetify",
        "yarn": "Yarn",
    },
    "pypi": {
        "ansible": "Ansible",
        "ansible-core": "Ansible-core",
        "apache-airflow": "Apache Airflow",
        "apache-flink": "Apache Flink",
        "dbt-core": "dbt Core",
        "django": "Django",
        "duckdb": "DuckDB",
        "numpy": "NumPy",
        "plone": "Plone",
        "pyspark": "Apache Spark",
        "salt": "Salt",
        "thumbor": "Thumbor",
        "wagtail": "Wagtail",
    },
    "gem": {
        "chef": "Chef Infra Client",
        "inspec": "Chef InSpec",
        "jekyll": "Jekyll",
        "puppet": "Puppet",
        "rails": "Ruby on Rails",
    },
    "composer": {
        "behat/behat": "Behat",
        "cakephp/cakephp": "CakePHP",
        "craftcms/cms": "Craft CMS",
        "drupal/core": "Drupal",
        "drush/drush": "Drush",
        "guzzlehttp/guzzle": "Guzzle",
        "laravel/framework": "Laravel",
        "phpro/grumphp": "GrumPHP",
        "shopware/core": "Shopware",
        "statamic/cms": "Statamic",
        "symfony/framework-bundle": "Symfony",
        "symfony/symfony": "Symfony",
        "twig/twig": "Twig",
        "typo3/cms-core": "TYPO3",
    },
    "maven": {
        "io.dropwizard/dropwizard-core": "Dropwizard",
        "io.quarkus/quarkus-core": "Quarkus",
        "log4j/log4j": "Apache Log4j",
        "org.apache.camel/camel-core": "Apache Camel",
        "org.apache.groovy/groovy": "Apache Groovy",
        "org.apache.logging.log4j/log4j-core": "Apache Log4j",
        "org.apache.lucene/lucene-core": "Apache Lucene",
        "org.apache.struts/struts2-core": "Apache Struts",
        "org.apache.tomcat.embed/tomcat-embed-core": "Apache Tomcat",
        "org.codehaus.groovy/groovy": "Apache Groovy",
        "org.eclipse.jetty/jetty-server": "Eclipse Jetty",
        "org.hibernate.orm/hibernate-core": "Hibernate ORM",
        "org.hibernate/hibernate-core": "Hibernate ORM",
        "org.jetbrains.kotlin/kotlin-stdlib": "Kotlin",
        "org.scala-lang/scala-library": "Scala",
        "org.springframework.boot/spring-boot": "Spring Boot",
        "org.springframework.security/spring-security-core": "Spring Security",
        "org.springframework/spring-core": "Spring Framework",
    },
    "golang": {"go": "Go", "stdlib": "Go"},
    "hex": {"phoenix": "Phoenix Framework"},
    "nuget": {"microsoft.netcore.app": ".NET", "umbraco.cms": "Umbraco CMS"},
}
"""Packages that have the same version numbers as a product, by ecosystem and name."""

LABELS = {"cargo": "crate", "gem": "gem", "npm": "npm package", "pypi": "PyPI package"}
"""Prefixes that keep a package name from matching the product of the same name."""

ECOSYSTEMS = frozenset(
    {
        "cargo",
        "composer",
        "conda",
        "cran",
        "gem",
        "golang",
        "hackage",
        "hex",
        "maven",
        "npm",
        "nuget",
        "pub",
        "pypi",
        "swift",
    }
)
"""Types of package URLs of libraries."""

_OPERATING_SYSTEM = {
    "alpm": "Arch",
    "apk": "Alpine",
    "deb": "Debian",
    "ebuild": "Gentoo",
    "opkg": "OpenWrt",
    "portage": "Gentoo",
    "rpm": "RPM",
}


def text_of(ecosystem: str, name: str, version: str = "") -> str:
    return f"{_name(ecosystem, name)} {version}".rstrip()


def labelled(ecosystem: str, name: str) -> str:
    """Return a name that no product has."""
    return f"{LABELS.get(ecosystem, 'package')} {name}"


def purl_of(ecosystem: str, name: str) -> str:
    """Return the package URL without version, for Entry.identifiers."""
    return f"pkg:{ecosystem}/{quote(name, safe='/', errors='replace')}"


def why_not(ecosystem: str) -> str:
    """Return why packages of an ecosystem are not listed on their own; "" if they are."""
    if system := _OPERATING_SYSTEM.get(ecosystem):
        return f"This {system} package is covered by its operating system."
    return ""


def _name(ecosystem: str, name: str) -> str:
    key = canonicalize_name(name) if ecosystem == "pypi" else name.casefold()
    if product := PRODUCTS.get(ecosystem, {}).get(key):
        return product
    return labelled(ecosystem, name) if reads_like_a_product(name) else name
