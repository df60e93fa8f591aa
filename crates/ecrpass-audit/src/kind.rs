//! What a file is, by its name and its content.

use crate::pipeline::System;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A pipeline, or a part of one.
    Pipeline(System),
    /// A shell script, a Makefile's, justfile's or package.json's commands, a history.
    Shell,
    /// A Makefile or justfile.
    Makefile,
    /// package.json.
    NodePackage,
    /// A PowerShell script.
    PowerShell,
    /// A systemd unit or timer.
    Unit,
    /// A crontab.
    Crontab,
    /// A shell history.
    History,
    /// A Dockerfile.
    Dockerfile,
    /// A compose file.
    Compose,
    /// Kubernetes manifests.
    Kubernetes,
    /// Helm values.
    HelmValues,
    /// A Helm template: read as text.
    HelmTemplate,
    /// Terraform or Packer.
    Terraform,
    /// State of Terraform.
    TerraformState,
    /// CloudFormation or SAM.
    Cloudformation,
    /// An IAM policy document.
    IamPolicy,
    /// An ECS task definition.
    EcsTask,
    /// A configuration of docker, podman or a relative.
    ClientConfig,
    /// An AWS credentials or config file.
    AwsFile,
    /// `.env` and relatives.
    Dotenv,
    /// cloud-init.
    CloudInit,
    /// Markdown and other documents: only tokens and keys count.
    Document,
    /// A log.
    Log,
    /// Any other text.
    Other,
}
