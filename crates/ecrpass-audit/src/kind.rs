//! What a file is, by its name and its content.

mod by_content;
mod by_name;
mod file_kind;
mod owner;
mod pasted;
mod path_end;

pub use file_kind::FileKind;
pub use owner::{Owner, owner};
pub use pasted::path_of_pasted;

impl FileKind {
    /// What a file of that path with that text is.
    pub fn of(path: &str, text: &str) -> Self {
        let path = path.replace('\\', "/").to_ascii_lowercase();
        match by_name::kind(&path) {
            by_name::Told::Certain(kind) => kind,
            by_name::Told::Perhaps(kind) => by_content::kind(&path, text).unwrap_or(kind),
        }
    }

    /// What its name alone says, where it decides: a file that others name need not hold a word about registries.
    pub fn by_name(path: &str) -> Option<Self> {
        match by_name::kind(&path.replace('\\', "/").to_ascii_lowercase()) {
            by_name::Told::Certain(kind) => Some(kind),
            by_name::Told::Perhaps(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::system::System;

    use super::*;

    #[test]
    fn names_decide() {
        use FileKind as K;
        for (path, kind) in [
            (".github/workflows/ci.yaml", K::Pipeline(System::Github)),
            ("sub/.github/workflows/x.yml", K::Pipeline(System::Github)),
            ("tools/login/action.yml", K::Pipeline(System::Github)),
            (".gitlab-ci.yml", K::Pipeline(System::Gitlab)),
            ("ci/push.gitlab-ci.yml", K::Pipeline(System::Gitlab)),
            (".gitlab/ci/build.yml", K::Pipeline(System::Gitlab)),
            ("ci/Jenkinsfile.release", K::Pipeline(System::Jenkins)),
            ("vars/pushImage.groovy", K::Pipeline(System::Jenkins)),
            (".circleci/config.yml", K::Pipeline(System::Circleci)),
            ("bitbucket-pipelines.yml", K::Pipeline(System::Bitbucket)),
            (".buildkite/pipeline.deploy.yaml", K::Pipeline(System::Buildkite)),
            ("azure-pipelines-pr.yml", K::Pipeline(System::Azure)),
            ("buildspec-worker.yml", K::Pipeline(System::Codebuild)),
            (".drone.yml", K::Pipeline(System::Drone)),
            (".woodpecker/push.yml", K::Pipeline(System::Woodpecker)),
            (".travis.yml", K::Pipeline(System::Travis)),
            ("bin/run.bash", K::Shell),
            ("templates/user-data.sh.tpl", K::Shell),
            ("GNUmakefile", K::Makefile),
            ("build/rules.mk", K::Makefile),
            ("Taskfile.yml", K::Taskfile),
            ("package.json", K::NodePackage),
            ("deploy/login.PS1", K::PowerShell),
            ("login.cmd", K::Batch),
            ("k8s/refresh.timer", K::Unit),
            ("etc/systemd/system/docker.service.d/override.conf", K::Unit),
            ("ops/crontab", K::Crontab),
            ("etc/cron.d/pull", K::Crontab),
            ("home/ops/.bash_history", K::History),
            ("Dockerfile.prod", K::Dockerfile),
            ("images/api.dockerfile", K::Dockerfile),
            ("Containerfile", K::Dockerfile),
            ("docker-compose.override.yml", K::Compose),
            ("compose.yaml", K::Compose),
            ("chart/values-prod.yaml", K::HelmValues),
            ("modules/ci/main.tf", K::Terraform),
            ("ami.pkr.hcl", K::Terraform),
            ("prod.tfvars", K::Terraform),
            ("terraform.tfstate.backup", K::TerraformState),
            ("home/ada/.docker/config.json", K::ClientConfig),
            ("home/ada/.dockercfg", K::ClientConfig),
            ("root/.config/containers/auth.json", K::ClientConfig),
            ("home/ada/.regctl/config.json", K::ClientConfig),
            ("var/lib/kubelet/config.json", K::ClientConfig),
            ("home/ada/.aws/credentials", K::AwsFile),
            (".env.production", K::Dotenv),
            ("config/prod.env.tpl", K::Dotenv),
            ("README.md", K::Document),
            ("docs/index.adoc", K::Document),
            ("CHANGELOG", K::Document),
            ("var/log/cloud-init-output.log", K::Log),
            ("job.nomad.hcl", K::Nomad),
            ("src/main.rs", K::Other),
        ] {
            assert_eq!(FileKind::of(path, ""), kind, "{path}");
        }
    }

    #[test]
    fn where_the_name_leaves_it_open_the_content_decides() {
        use FileKind as K;
        for (path, text, kind) in [
            ("ci/x.groovy", "pipeline {\n agent any\n}", K::Pipeline(System::Jenkins)),
            ("pipelines/build.yml", "steps:\n- task: Docker@2\n", K::Pipeline(System::Azure)),
            ("ci/aws.yaml", "version: 0.2\nphases:\n  build:\n", K::Pipeline(System::Codebuild)),
            ("t.yaml", "apiVersion: tekton.dev/v1\nkind: Task\n", K::Pipeline(System::Tekton)),
            ("w.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n", K::Pipeline(System::Argo)),
            ("a.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\n", K::Kubernetes),
            ("s.json", "{\"kind\": \"Secret\", \"apiVersion\": \"v1\"}", K::Kubernetes),
            ("chart/templates/s.yaml", "apiVersion: v1\nkind: Secret\ndata: {{ .x }}\n", K::HelmTemplate),
            ("t.yml", "Resources:\n  A:\n    Type: AWS::ECR::Repository\n", K::Cloudformation),
            ("t.json", "{\"Resources\": {\"A\": {\"Type\": \"AWS::EC2::Instance\"}}}", K::Cloudformation),
            ("p.json", "{\"Version\": \"2012-10-17\", \"Statement\": []}", K::IamPolicy),
            ("t.json", "{\"containerDefinitions\": []}", K::EcsTask),
            ("agent/config.json", "{\"credsStore\": \"ecr-login\"}", K::ClientConfig),
            ("settings.json", "{\"editor\": 1}", K::Other),
            // What EKS has of the kubelet's settings: no login is in it.
            (
                "etc/kubernetes/kubelet/config.json",
                "{\"kind\": \"KubeletConfiguration\", \"apiVersion\": \"kubelet.config.k8s.io/v1beta1\"}",
                K::Kubernetes,
            ),
            ("stack.yml", "services:\n  a:\n    image: x\n", K::Compose),
            ("roles/x/tasks/main.yml", "- name: a\n  shell: b\n", K::Ansible),
            ("site.yml", "- hosts: all\n  tasks: []\n", K::Ansible),
            ("user-data", "#!/bin/bash\n", K::Shell),
            ("user-data", "#cloud-config\n", K::CloudInit),
            ("bin/login", "#!/usr/bin/env bash\nset -e\n", K::Shell),
            ("bin/tool", "#!/usr/bin/env python3\n", K::Other),
            ("Refresh", "# x\n", K::Other),
        ] {
            assert_eq!(FileKind::of(path, text), kind, "{path}");
        }
    }
}
