"""Packages that carry the version of a product, beyond those that the lifecycle data names. Pure data.

Keys are type, namespace and name of a package URL; "*" at the end matches any rest. A package belongs here only if
it is released together with the product, under the same number, and is of no use without it.
"""

FAMILIES = {
    "adonisjs": ("npm/@adonisjs/core",),
    "amazon-cdk": ("npm/aws-cdk", "npm/aws-cdk-lib", "pypi/aws-cdk-lib", "nuget/amazon.cdk.lib"),
    "angular": (
        *("npm/@angular/animations", "npm/@angular/common", "npm/@angular/compiler", "npm/@angular/compiler-cli"),
        *("npm/@angular/core", "npm/@angular/forms", "npm/@angular/language-service", "npm/@angular/localize"),
        *("npm/@angular/platform-browser", "npm/@angular/platform-browser-dynamic", "npm/@angular/platform-server"),
        *("npm/@angular/router", "npm/@angular/service-worker", "npm/@angular/upgrade", "npm/@angular/elements"),
    ),
    "angularjs": (
        "npm/angular",
        "nuget/angularjs.core",
        "maven/org.webjars/angularjs",
        "maven/org.webjars.npm/angular",
    ),
    "ansible": ("pypi/ansible",),
    "ansible-core": ("pypi/ansible-core",),
    "apache-activemq": ("maven/org.apache.activemq/activemq-all", "maven/org.apache.activemq/activemq-client"),
    "apache-airflow": ("pypi/apache-airflow", "pypi/apache-airflow-core"),
    "apache-camel": ("maven/org.apache.camel/camel-core", "maven/org.apache.camel/camel-bom"),
    "apache-flink": (
        *("pypi/apache-flink", "maven/org.apache.flink/flink-core", "maven/org.apache.flink/flink-runtime"),
        "maven/org.apache.flink/flink-streaming-java",
    ),
    "apache-groovy": (
        *("maven/org.apache.groovy/groovy", "maven/org.apache.groovy/groovy-all", "maven/org.codehaus.groovy/groovy"),
        "maven/org.codehaus.groovy/groovy-all",
    ),
    "apache-hadoop": (
        *("maven/org.apache.hadoop/hadoop-client", "maven/org.apache.hadoop/hadoop-common"),
        "maven/org.apache.hadoop/hadoop-hdfs",
    ),
    "apache-kafka": (
        "maven/org.apache.kafka/kafka_2.11",
        "maven/org.apache.kafka/kafka_2.12",
        "maven/org.apache.kafka/kafka_2.13",
    ),
    "apache-lucene": ("maven/org.apache.lucene/lucene-core",),
    "apache-spark": (
        *("pypi/pyspark", "maven/org.apache.spark/spark-core_2.11", "maven/org.apache.spark/spark-core_2.12"),
        *("maven/org.apache.spark/spark-core_2.13", "maven/org.apache.spark/spark-sql_2.11"),
        *("maven/org.apache.spark/spark-sql_2.12", "maven/org.apache.spark/spark-sql_2.13"),
    ),
    "apache-struts": ("maven/org.apache.struts/struts2-core",),
    "behat": ("composer/behat/behat",),
    "bootstrap": ("npm/bootstrap", "maven/org.webjars/bootstrap", "maven/org.webjars.npm/bootstrap"),
    "bun": ("npm/bun",),
    "cakephp": ("composer/cakephp/cakephp",),
    "chef-infra-client": ("gem/chef",),
    "chef-inspec": ("gem/inspec",),
    "ckeditor": ("npm/ckeditor5",),
    "contao": ("composer/contao/core-bundle", "composer/contao/manager-bundle"),
    "craft-cms": ("composer/craftcms/cms",),
    "dbt-core": ("pypi/dbt-core",),
    "deno": ("npm/deno",),
    "django": ("pypi/django",),
    "dotnet": (
        *("nuget/microsoft.netcore.app", "nuget/microsoft.netcore.app.ref", "nuget/microsoft.netcore.app.runtime.*"),
        *("nuget/microsoft.netcore.app.host.*", "nuget/microsoft.aspnetcore.app", "nuget/microsoft.aspnetcore.all"),
        *("nuget/microsoft.aspnetcore.app.ref", "nuget/microsoft.aspnetcore.app.runtime.*"),
    ),
    "dropwizard": ("maven/io.dropwizard/dropwizard-core", "maven/io.dropwizard/dropwizard-bom"),
    "drupal": (
        *("composer/drupal/core", "composer/drupal/core-recommended", "composer/drupal/core-composer-scaffold"),
        "composer/drupal/drupal",
    ),
    "duckdb": ("pypi/duckdb",),
    "eclipse-jetty": (
        *("maven/org.eclipse.jetty/jetty-server", "maven/org.eclipse.jetty/jetty-servlet"),
        *("maven/org.eclipse.jetty/jetty-webapp", "maven/org.eclipse.jetty/jetty-bom"),
    ),
    "electron": ("npm/electron",),
    "emberjs": ("npm/ember-source",),
    "eslint": ("npm/eslint",),
    "express": ("npm/express",),
    "font-awesome": (
        *("npm/@fortawesome/fontawesome-free", "npm/@fortawesome/fontawesome-pro", "npm/font-awesome"),
        *("maven/org.webjars/font-awesome", "maven/org.webjars.npm/font-awesome", "nuget/fontawesome"),
    ),
    "go": ("golang/go", "golang/stdlib", "golang/toolchain"),
    "grails": ("maven/org.grails/grails-bom", "maven/org.grails/grails-core"),
    "grumphp": ("composer/phpro/grumphp",),
    "grunt": ("npm/grunt",),
    "guzzle": ("composer/guzzlehttp/guzzle",),
    "hbase": ("maven/org.apache.hbase/hbase-client", "maven/org.apache.hbase/hbase-server"),
    "hibernate-orm": (
        *("maven/org.hibernate.orm/hibernate-core", "maven/org.hibernate/hibernate-core"),
        *("maven/org.hibernate/hibernate-entitymanager", "maven/org.hibernate.orm/hibernate-envers"),
        "maven/org.hibernate/hibernate-envers",
    ),
    "ionic": ("npm/@ionic/angular", "npm/@ionic/core", "npm/@ionic/react", "npm/@ionic/vue"),
    "jekyll": ("gem/jekyll",),
    "jenkins": ("maven/org.jenkins-ci.main/jenkins-core", "maven/org.jenkins-ci.main/jenkins-war"),
    "jhipster": ("npm/generator-jhipster",),
    "jquery": ("npm/jquery", "maven/org.webjars.npm/jquery"),
    "jquery-ui": ("npm/jquery-ui",),
    "kotlin": (
        *("maven/org.jetbrains.kotlin/kotlin-stdlib", "maven/org.jetbrains.kotlin/kotlin-stdlib-jdk7"),
        *("maven/org.jetbrains.kotlin/kotlin-stdlib-jdk8", "maven/org.jetbrains.kotlin/kotlin-stdlib-common"),
        *("maven/org.jetbrains.kotlin/kotlin-reflect", "maven/org.jetbrains.kotlin/kotlin-bom"),
        *("maven/org.jetbrains.kotlin/kotlin-gradle-plugin", "maven/org.jetbrains.kotlin/kotlin-maven-plugin"),
    ),
    "laravel": ("composer/laravel/framework",),
    "liquibase": ("maven/org.liquibase/liquibase-core",),
    "log4j": (
        *("maven/log4j/log4j", "maven/org.apache.logging.log4j/log4j-core", "maven/org.apache.logging.log4j/log4j-api"),
        *("maven/org.apache.logging.log4j/log4j-bom", "maven/org.apache.logging.log4j/log4j-web"),
        *("maven/org.apache.logging.log4j/log4j-slf4j-impl", "maven/org.apache.logging.log4j/log4j-slf4j2-impl"),
        *("maven/org.apache.logging.log4j/log4j-1.2-api", "maven/org.apache.logging.log4j/log4j-jcl"),
        "maven/org.apache.logging.log4j/log4j-jul",
    ),
    "magento": ("composer/magento/product-community-edition", "composer/magento/product-enterprise-edition"),
    "mautic": ("composer/mautic/core", "composer/mautic/core-lib"),
    "nextjs": ("npm/next",),
    "nodejs": ("npm/node", "conda/nodejs"),
    "numpy": ("pypi/numpy", "conda/numpy"),
    "nuxt": ("npm/nuxt", "npm/nuxt3"),
    "phoenix-framework": ("hex/phoenix",),
    "phpbb": ("composer/phpbb/phpbb",),
    "plone": ("pypi/plone", "pypi/products-cmfplone"),
    "pnpm": ("npm/pnpm",),
    "protractor": ("npm/protractor",),
    "puppet": ("gem/puppet",),
    "python": ("conda/python",),
    "quarkus-framework": (
        *("maven/io.quarkus/quarkus-*", "maven/io.quarkus.platform/quarkus-bom"),
        "maven/io.quarkus.platform/quarkus-maven-plugin",
    ),
    "quasar": ("npm/quasar",),
    "rails": (
        *("gem/rails", "gem/railties", "gem/actionpack", "gem/actioncable", "gem/actionmailer", "gem/actionmailbox"),
        *("gem/actiontext", "gem/activestorage"),
    ),
    "react": (
        *("npm/react", "npm/react-dom", "npm/react-test-renderer"),
        *("maven/org.webjars/react", "maven/org.webjars.npm/react", "maven/org.webjars.npm/react-dom"),
    ),
    "react-native": ("npm/react-native",),
    "renovate": ("npm/renovate",),
    "salt": ("pypi/salt",),
    "scala": (
        "maven/org.scala-lang/scala-library",
        "maven/org.scala-lang/scala-compiler",
        "maven/org.scala-lang/scala3-library_3",
    ),
    "shopware": ("composer/shopware/core", "composer/shopware/administration", "composer/shopware/storefront"),
    "silverstripe": (
        "composer/silverstripe/cms",
        "composer/silverstripe/framework",
        "composer/silverstripe/recipe-cms",
    ),
    "spring-boot": (
        *(
            "maven/*/spring-boot-starter*",
            "maven/org.springframework.boot/spring-boot*",
            "maven/org.springframework.boot/org.springframework.boot.gradle.plugin",
        ),
    ),
    "spring-framework": tuple(
        f"maven/org.springframework/spring-{name}"
        for name in (
            *("aop", "aspects", "beans", "context", "context-support", "core", "expression", "framework-bom", "jcl"),
            *("jdbc", "jms", "messaging", "orm", "oxm", "r2dbc", "test", "tx", "web", "webflux", "webmvc", "websocket"),
        )
    ),
    "spring-security": tuple(
        f"maven/org.springframework.security/spring-security-{name}"
        for name in (
            *("acl", "bom", "cas", "config", "core", "crypto", "data", "ldap", "messaging", "oauth2-client"),
            *(
                "oauth2-core",
                "oauth2-jose",
                "oauth2-resource-server",
                "saml2-service-provider",
                "taglibs",
                "test",
                "web",
            ),
        )
    ),
    "statamic": ("composer/statamic/cms",),
    "strapi": ("npm/@strapi/strapi", "npm/strapi"),
    "svelte": ("npm/svelte",),
    "symfony": ("composer/symfony/framework-bundle", "composer/symfony/symfony"),
    "tailwind-css": ("npm/tailwindcss", "npm/@tailwindcss/cli", "npm/@tailwindcss/postcss", "npm/@tailwindcss/vite"),
    "thumbor": ("pypi/thumbor",),
    "tomcat": (
        *("maven/org.apache.tomcat.embed/tomcat-embed-core", "maven/org.apache.tomcat.embed/tomcat-embed-el"),
        *("maven/org.apache.tomcat.embed/tomcat-embed-websocket", "maven/org.apache.tomcat.embed/tomcat-embed-jasper"),
        *("maven/org.apache.tomcat/tomcat-catalina", "maven/org.apache.tomcat/tomcat-coyote"),
    ),
    "twig": ("composer/twig/twig",),
    "typo3": (
        *("composer/typo3/cms", "composer/typo3/cms-core", "composer/typo3/cms-backend", "composer/typo3/cms-frontend"),
        *("composer/typo3/cms-extbase", "composer/typo3/cms-fluid", "composer/typo3/cms-install"),
    ),
    "umbraco": ("nuget/umbraco.cms", "nuget/umbraco.cms.core"),
    "unity": ("generic/unity",),
    "vue": (
        *("npm/vue", "npm/vue-server-renderer", "npm/vue-template-compiler", "npm/@vue/compat"),
        *("maven/org.webjars/vue", "maven/org.webjars.npm/vue"),
    ),
    "vuetify": ("npm/vuetify",),
    "wagtail": ("pypi/wagtail",),
    "wordpress": ("composer/johnpbloch/wordpress", "composer/johnpbloch/wordpress-core", "composer/roots/wordpress"),
    "yarn": ("npm/yarn",),
}
"""Keys of packages, by product."""

NOT_THE_PRODUCT = frozenset(
    {
        "cpe:apache:maven_shared_utils",  # a library with numbers of its own
        "repology:maven-shared-utils",
        "image:discourse/base",  # the image that Discourse is built on
        "image:networkboot/dhcpd",  # numbered by the packagers of ISC DHCP
    }
)
"""Identifiers that the lifecycle data has, but whose versions are not those of the product."""

OWN_NUMBERS = {
    "golang/github.com/prometheus/prometheus": r"0\.",  # the module of Prometheus 2.45 is 0.45
    "npm/@fortawesome/fontawesome-svg-core": r"[01]\.",  # 1.2 came with Font Awesome 5
    "maven/org.springframework.cloud/*": r"[0-9]{1,2}\.",  # Spring Cloud is numbered by year, its modules are not
}
"""Versions of packages, as patterns of their beginning, that are numbered apart from their product."""
