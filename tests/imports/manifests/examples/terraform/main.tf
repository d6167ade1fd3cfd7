# The shop's infrastructure
terraform {
  required_version = ">= 1.3, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 4.67"
    }
    random = ">= 3.0"
  }
}

variable "postgres_version" {
  type    = string
  default = "13.7"
}

locals {
  tags = { team = "shop" }
}

module "eks" {
  source          = "terraform-aws-modules/eks/aws"
  version         = "18.31.2"
  cluster_version = "1.24"
}

module "network" {
  source = "./modules/network"
}

resource "aws_db_instance" "main" {
  engine         = "postgres"
  engine_version = var.postgres_version
  instance_class = "db.t3.medium"
}

resource "aws_rds_cluster" "reports" {
  engine         = "aurora-postgresql"
  engine_version = "12.9"
}

resource "aws_elasticache_replication_group" "cache" {
  engine_version = "6.2"
  description    = "cache { of the shop }"
}

resource "aws_eks_cluster" "main" {
  name    = "shop"
  version = "1.25"
}

resource "aws_lambda_function" "resize" {
  function_name = "resize"
  runtime       = "python3.8"

  environment {
    variables = {
      LEVEL = "info"
    }
  }
}

resource "aws_opensearch_domain" "search" {
  engine_version = "OpenSearch_1.3"
}

resource "aws_ecs_task_definition" "web" {
  container_definitions = jsonencode([
    {
      name  = "web"
      image = "nginx:1.21"
    }
  ])
}

resource "google_sql_database_instance" "main" {
  database_version = "MYSQL_5_7"
}

resource "azurerm_kubernetes_cluster" "main" {
  kubernetes_version = var.kubernetes_version
}

resource "azurerm_linux_web_app" "site" {
  site_config {
    application_stack {
      node_version = "16-lts"
    }
  }
}

resource "null_resource" "note" {
  provisioner "local-exec" {
    command = <<-EOT
      echo "engine_version = }"
    EOT
  }
}
