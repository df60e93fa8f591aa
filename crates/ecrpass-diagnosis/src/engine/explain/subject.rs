//! Which registry a line of a log is about: ECR, another one, or nobody knows.

use std::sync::OnceLock;

use aho_corasick::Input;
use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;

use super::hosts::hosts;
use super::requests::asks_another;

/// Whose message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// ECR's.
    Ecr,
    /// Another registry's.
    Other,
    /// Another service's, unless ECR is named near it: what calls it calls ECR as well.
    Elsewhere,
    /// It names none.
    Unknown,
}

/// What names ECR, in lower case.
const ECR: [&str; 12] = [
    ".dkr.ecr",
    "dkr.ecr.",
    ".dkr-ecr.",
    "public.ecr.aws",
    "api.ecr",
    "ecr:",
    "/ecr/",
    "arn:aws:ecr",
    "ecr-login",
    // Words that only AWS has for it.
    "elastic container registry",
    "registry with id",
    "in registry id",
];

/// What names another registry or another service, in lower case.
const OTHER: [&str; 76] = [
    "docker.io",
    "hub.docker.com",
    "gcr.io",
    "pkg.dev",
    "artifactregistry",
    "ghcr.io",
    "docker.pkg.github.com",
    "write_package",
    "read_package",
    "quay.io",
    "mcr.microsoft.com",
    "azurecr.io",
    "registry.gitlab.com",
    "registry.k8s.io",
    "nvcr.io",
    "jfrog.io",
    "artifactory",
    "harbor",
    "nexus",
    "registry.redhat.io",
    "registry.access.redhat.com",
    "docker.elastic.co",
    "registry.digitalocean.com",
    "icr.io",
    "ocir.io",
    "cr.yandex",
    "scw.cloud",
    "aliyuncs.com",
    "myhuaweicloud.com",
    "az acr",
    "docker.com/increase-rate-limit",
    "dockerhub",
    "docker_registry_username",
    "docker_hub",
    "lscr.io",
    "registry.ollama",
    "ci_registry_password",
    "gitlab.com:5050",
    "forgejo",
    "gitea",
    // Other services of AWS and other clouds.
    "docker hub.",
    "aws fargate task",
    "cluster-autoscaler",
    "aws_cloud_provider.go",
    "ec2 instance types",
    "operation error s3",
    "operation error dynamodb",
    "operation error secrets manager",
    "operation error sqs",
    "operation error sns",
    "operation error cognito",
    "s3://",
    "aws s3 ",
    "s3api",
    "dynamodb",
    "secretsmanager",
    "cognito",
    "kinesis",
    "route53",
    "codeartifact",
    "calling the putobject",
    "calling the getobject",
    "calling the listobjects",
    "calling the headobject",
    "calling the listbuckets",
    "calling the createmultipartupload",
    "calling the getsecretvalue",
    "calling the getparameter",
    "calling the invoke",
    "computemetadata",
    "google-github-actions",
    "azure/login",
    "acr login",
    "npm.pkg.github.com",
    "pypi.org",
    "rubygems.org",
];

/// What names another service where nothing near it names ECR, in lower case.
const ELSEWHERE: [&str; 14] = [
    "terraform aws provider",
    "s3 backend",
    "backend \"s3\"",
    "aws eks ",
    "eks:describecluster",
    "logged in to the server",
    "couldn't get current server api group list",
    "getting credentials: exec: executable aws failed",
    "unable to connect to the server",
    // What runs in clusters and asks AWS for something else than images.
    "secretstore",
    "external-secrets",
    "cert-manager",
    "external-dns",
    "velero",
];

/// The subject of a line in lower case.
pub fn subject(line: &str) -> Subject {
    static NAMES: OnceLock<Option<NFA>> = OnceLock::new();
    let names = NAMES.get_or_init(|| NFA::new(ECR.iter().chain(&OTHER).chain(&ELSEWHERE)).ok());
    let (mut other, mut elsewhere) = (false, false);
    let found = names.iter().filter_map(|names| names.try_find_overlapping_iter(Input::new(line)).ok());
    for found in found.flatten() {
        match found.pattern().as_usize() {
            name if name < ECR.len() => return Subject::Ecr,
            name if name < ECR.len() + OTHER.len() => other = true,
            _ => elsewhere = true,
        }
    }
    if has_word(line, "ecr") || is_for_lambda(line) {
        return Subject::Ecr;
    }
    if other
        || names_other_host(line)
        || asks_another(line)
        || goes_to_docker_hub(line)
        || !pulls(line) && (calls_another_service(line) || names_another_service(line))
    {
        return Subject::Other;
    }
    if elsewhere { Subject::Elsewhere } else { Subject::Unknown }
}

/// `ecr` as a word of its own, as in `ECR/repo` or `<ECR_REPO_URL>`.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(|c| c.is_ascii_alphanumeric())
            && !after.is_some_and(|c| c.is_ascii_alphanumeric())
    })
}

/// A registry's URL or image of a host that is not ECR's.
fn names_other_host(line: &str) -> bool {
    hosts(line).iter().any(|host| {
        host.contains('.')
            && !host.ends_with("amazonaws.com")
            && !host.starts_with("169.254.")
            && !host.contains('*')
    })
}

/// Lambda takes images from ECR only.
fn is_for_lambda(line: &str) -> bool {
    const CALLS: [&str; 3] =
        ["calling the createfunction", "calling the updatefunctioncode", "operation error lambda"];
    line.contains("image") && CALLS.iter().any(|call| line.contains(call))
}

/// A service of AWS that pulls images says something about one.
fn pulls(line: &str) -> bool {
    const PULLERS: [&str; 16] = [
        "createfunction",
        "updatefunctioncode",
        "createmodel",
        "createtrainingjob",
        "createprocessingjob",
        "createtransformjob",
        "createendpoint",
        "createinferencecomponent",
        "registertaskdefinition",
        "runtask",
        "submitjob",
        "registerjobdefinition",
        "operation error lambda",
        "operation error sagemaker",
        "operation error ecs",
        "operation error batch",
    ];
    line.contains("image") && PULLERS.iter().any(|puller| line.contains(puller))
        || line.contains("repository") && line.contains("registry id")
}

/// An error of a service other than those that a login, a pull or a push asks, as the SDKs for Go and Java put it, and
/// as AWS denies.
fn names_another_service(line: &str) -> bool {
    const OURS: [&str; 12] = [
        "ecr",
        "sts",
        "sso",
        "ec2imds",
        "kms",
        "ssm",
        "secret",
        "logs",
        "apprunner",
        "ecrpublic",
        "signin",
        "<",
    ];
    ["operation error ", "(service: ", "is not authorized to perform: "].iter().any(|before| {
        let Some((_, rest)) = line.split_once(before) else { return false };
        let service = rest.split([':', ';', ',', ' ']).next().unwrap_or_default();
        let service = service.trim_start_matches("amazon").trim_start_matches("aws");
        !service.is_empty() && !OURS.iter().any(|ours| service.starts_with(ours))
    })
}

/// An error of an operation that neither ECR nor STS has, as the AWS CLI and boto3 put it.
fn calls_another_service(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("when calling the ") else { return false };
    let operation = rest.split(' ').next().unwrap_or_default();
    const OURS: [&str; 14] = [
        "authorizationtoken",
        "image",
        "layer",
        "repositor",
        "lifecyclepolicy",
        "pullthroughcache",
        "registry",
        "assumerole",
        "calleridentity",
        "servicebearertoken",
        "rolecredentials",
        "oidc",
        "createtoken",
        "<",
    ];
    !OURS.iter().any(|ours| operation.contains(ours))
}

/// Commands and messages that name no registry, which is Docker Hub's.
fn goes_to_docker_hub(line: &str) -> bool {
    if let Some((_, image)) = line.split_once("pull access denied for ") {
        return !image.split([',', ' ']).next().unwrap_or_default().contains(['.', '$', '<', '*', ':']);
    }
    if pulls_from_docker_hub(line) {
        return true;
    }
    let Some((_, rest)) = line.split_once("docker login ") else { return false };
    if !line.trim_start().trim_start_matches(['$', '+', '>', ' ']).starts_with("docker login")
        && !line.contains("run docker login")
        && !line.contains("| docker login")
    {
        return false;
    }
    let mut words = rest.split_whitespace();
    let mut names_user = false;
    while let Some(word) = words.next() {
        match word {
            "-u" | "-p" | "--username" | "--password" => {
                words.next();
                names_user = true;
            }
            word if word.starts_with('-') => {}
            _ => return false,
        }
    }
    names_user
}

/// The command that pulls an image without a registry in its name: `$ docker pull team/app:1`.
fn pulls_from_docker_hub(line: &str) -> bool {
    let Some((before, rest)) = line.split_once("docker pull ") else { return false };
    let is_command = before.trim().is_empty()
        || before.ends_with(['$', '%', '#', '>', '+'])
        || ["$ ", "% ", "# ", "> ", "+ ", "running command "].iter().any(|end| before.ends_with(end));
    let mut words = rest.split_whitespace();
    let mut image = words.next();
    while let Some(option) = image.filter(|word| word.starts_with('-')) {
        if option == "--platform" {
            words.next();
        }
        image = words.next();
    }
    let Some(image) = image.filter(|_| is_command) else { return false };
    let (registry, is_spelt_out) = match image.split_once('/') {
        Some((first, _)) => (first, true),
        None => ("", image.contains(':')),
    };
    is_spelt_out
        && registry != "localhost"
        && !registry.contains(['.', ':'])
        && !image.contains(['$', '<', '*', '{', '%', '[', '"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_told_apart() {
        for ecr in [
            "get https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/: no basic auth credentials",
            "from public.ecr.aws/x/y",
            "push to <ecr_repo_url>",
            "login to ecr",
            "calling the createtrainingjob operation: cannot find repository: a in registry id: 123456789012",
            "calling the createfunction operation: the image repository must be in the same account",
            "ecr:batchgetimage",
        ] {
            assert_eq!(subject(ecr), Subject::Ecr, "{ecr}");
        }
        for other in [
            "get https://registry-1.docker.io/v2/: unauthorized",
            "the push refers to repository [registry.example.cz/a/b]",
            "post https://harbor.example.com/v2/a/blobs/uploads/: denied",
            "pull access denied for team/app, repository does not exist",
            "run docker login -u $docker_user -p $docker_password",
            "ada@laptop ~ % docker pull team/app:latest",
            "+ docker pull --platform linux/amd64 node:18",
        ] {
            assert_eq!(subject(other), Subject::Other, "{other}");
        }
        for elsewhere in [
            "error: configuring terraform aws provider: no valid credential sources",
            "error: you must be logged in to the server (unauthorized)",
            "clustersecretstore: operation error sts: assumerolewithwebidentity",
        ] {
            assert_eq!(subject(elsewhere), Subject::Elsewhere, "{elsewhere}");
        }
        for unknown in [
            "no basic auth credentials",
            "denied: access forbidden",
            "get https://127.0.0.1/",
            "docker login --username aws --password-stdin $registry",
            "pull access denied for $repo, repository does not exist",
            "$ docker pull $repo/app:1",
            "$ docker pull localhost/app:1",
            "$ docker pull app",
            "after a docker pull team/app works again",
            "secretary",
            "calling the createmodel operation: requested image a/b:1 not found",
        ] {
            assert_eq!(subject(unknown), Subject::Unknown, "{unknown}");
        }
    }
}
