//! The kinds of files.

use crate::system::System;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A pipeline, or a part of one.
    Pipeline(System),
    /// A shell script.
    Shell,
    /// A Makefile or justfile.
    Makefile,
    /// A Taskfile, in YAML.
    Taskfile,
    /// package.json.
    NodePackage,
    /// A PowerShell script.
    PowerShell,
    /// A script of cmd.exe.
    Batch,
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
    /// CloudFormation, SAM or the Serverless Framework.
    Cloudformation,
    /// An IAM policy document.
    IamPolicy,
    /// An ECS task definition.
    EcsTask,
    /// A Nomad job.
    Nomad,
    /// An Ansible playbook or a part of one.
    Ansible,
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

impl FileKind {
    /// Whether it is written in YAML or JSON, whatever its name.
    pub fn is_yaml(self) -> bool {
        match self {
            Self::Pipeline(system) => system != System::Jenkins,
            Self::Taskfile
            | Self::NodePackage
            | Self::Compose
            | Self::Kubernetes
            | Self::HelmValues
            | Self::Cloudformation
            | Self::IamPolicy
            | Self::EcsTask
            | Self::Ansible
            | Self::ClientConfig
            | Self::TerraformState
            | Self::CloudInit => true,
            _ => false,
        }
    }
}
