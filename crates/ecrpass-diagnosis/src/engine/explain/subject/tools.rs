//! The programs that a line names beside registries: clients of registries, and tools that ask AWS and the network for
//! something else than images.

/// What shows that a client of registries is at work, whichever the registry, in lower case.
pub const CLIENTS: [&str; 30] = [
    "docker login",
    "docker push",
    "docker pull",
    "docker build",
    "docker compose pull",
    "docker compose push",
    "docker-compose pull",
    "docker-compose push",
    "docker/login-action",
    "docker/build-push-action",
    "docker-credential",
    "docker daemon",
    "docker.sock",
    "registry login",
    "podman ",
    "skopeo ",
    "buildah ",
    "nerdctl ",
    "kaniko",
    "buildkit",
    "containerd",
    "interactive login from a non",
    "--password-stdin",
    "push refers to",
    "failed to pull image",
    "error getting credentials",
    "cannotpull",
    "imagepull",
    // CodeArtifact has a call of that name as well, and is named near it.
    "getauthorizationtoken",
    "get-authorization-token",
];

/// Controllers, agents and frameworks that use AWS for themselves, in lower case.
pub const NAMES: [&str; 68] = [
    "greengrass",
    "terraform",
    "terragrunt",
    "opentofu",
    "atlantis",
    "validating provider credentials",
    "pulumi",
    "cdktoolkit",
    "aws-cdk",
    "cloudformation",
    "eksctl",
    "ansible",
    "serverless framework",
    "kubeconfig",
    "karpenter",
    "cluster-api",
    "targetgroupbinding",
    "elbv2",
    "load-balancer-controller",
    "ebs-csi",
    "efs-csi",
    "ebs.csi",
    "efs.csi",
    "crossplane",
    "sops",
    "aws-nuke",
    "prowler",
    "steampipe",
    "keda",
    "fluent-bit",
    "fluentd",
    "cloudwatch",
    "logstash",
    "filebeat",
    "thanos",
    "loki",
    "grafana",
    "s3a",
    "hadoop",
    "airflow",
    "org.apache.spark",
    "org.apache.kafka",
    "s3sink",
    // What other services are asked.
    "putobject",
    "getobject",
    "headobject",
    "listobjects",
    "listbuckets",
    "putlogevents",
    "putmetricdata",
    "putrecord",
    "sendmessage",
    "describeinstances",
    "bedrock",
    "bucket=",
    "s3 bucket",
    "codecommit",
    // Steps of pipelines that ask for identities elsewhere.
    "pypi",
    "sigstore",
    "actions/attest",
    "deploy-pages",
    "metadata/identity",
    "managed identity",
    "az login",
    "proxy.golang.org",
    "repomd.xml",
    "curl: (",
    "npm err!",
];

/// Programs that ask for something else than images, as a command begins with them, in lower case.
pub const COMMANDS: [&str; 38] = [
    "terraform ",
    "tofu ",
    "kubectl ",
    "helm upgrade ",
    "helm install ",
    "helm repo ",
    "helmfile ",
    "cdk deploy",
    "cdk diff",
    "cdk synth",
    "cdk bootstrap",
    "cdk destroy",
    "sam deploy",
    "sam sync",
    "sam package",
    "sam validate",
    "sam local",
    "serverless ",
    "sls ",
    "sst ",
    "packer ",
    "amplify ",
    "eb ",
    "vault ",
    "chamber ",
    "s3cmd ",
    "rclone ",
    "mount-s3 ",
    "psql ",
    "git ",
    "curl ",
    "wget ",
    "pip ",
    "pip3 ",
    "npm ",
    "yarn ",
    "go get ",
    "go mod ",
];

/// What stands before a command, or ends what stands there.
const BEFORE_COMMANDS: [&str; 13] = [
    "$ ",
    "# ",
    "% ",
    "> ",
    "+ ",
    "&& ",
    "; ",
    "run ",
    "running ",
    "running command ",
    "npx ",
    "sudo ",
    "[command]/usr/bin/",
];

/// Whether a command begins there, in a line in lower case.
pub fn begins_a_command(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    before.trim().is_empty() || BEFORE_COMMANDS.iter().any(|end| before.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_no_word_in_a_sentence() {
        let begins = |line: &str| line.find("kubectl ").is_some_and(|at| begins_a_command(line, at));
        for line in
            ["kubectl apply", "  $ kubectl get pods", "run kubectl apply -f k8s/", "cd x && kubectl diff"]
        {
            assert!(begins(line), "{line}");
        }
        for line in ["install kubectl first", "use kubectl to see", "mykubectl get"] {
            assert!(!begins(line), "{line}");
        }
    }
}
