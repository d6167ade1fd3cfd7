plugins {
    kotlin("jvm") version "1.8.22"
    id("org.springframework.boot") version "3.0.13"
    alias(libs.plugins.ktlint)
}

val ktorVersion = "2.3.7"

kotlin {
    jvmToolchain(17)
}

dependencies {
    implementation("io.ktor:ktor-server-core:$ktorVersion")
    implementation(platform("io.quarkus:quarkus-bom:2.16.12.Final"))
    implementation(libs.guava)
}

/*
 implementation("old:thing:1.0")
*/
