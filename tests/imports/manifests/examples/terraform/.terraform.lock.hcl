# This file is maintained automatically by "terraform init".

provider "registry.terraform.io/hashicorp/aws" {
  version     = "4.67.0"
  constraints = "~> 4.67"
  hashes = [
    "h1:AAAA=",
    "zh:0123456789abcdef",
  ]
}
