//! Which registry a line of a log is about: ECR, another one, or nobody knows.

use std::sync::LazyLock;

mod docker_hub;
mod services;
mod tools;

use self::docker_hub::{goes_to_docker_hub, names_it_as_default};
use self::services::{
    calls_another_service, is_for_lambda, mentions_another_service, names_another_service, pulls, words,
};
use self::tools::{CLIENTS, COMMANDS, NAMES, begins_a_command};
use super::hosts::{hides_registry, hosts, login_hosts};
use super::requests::asks_another;
use super::texts::Texts;

/// Whose message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// ECR's.
    Ecr,
    /// Another registry's.
    Other,
    /// Another service's, unless ECR is named near it: what calls it calls ECR as well.
    Elsewhere,
    /// It names none, but a tool that wants something else than images: so do the errors near it that anybody gets.
    Tool,
    /// One that it does not spell out.
    Hidden,
    /// It names none, but a client of registries.
    Client,
    /// It names none.
    Unknown,
}

/// What names ECR, in lower case.
const ECR: [&str; 14] = [
    ".dkr.ecr",
    "dkr.ecr.",
    ".dkr-ecr.",
    "public.ecr.aws",
    "api.ecr",
    "ecr:",
    "arn:aws:ecr",
    "ecr-login",
    "ecrlogin",
    "awsecr",
    // Words that only AWS has for it.
    "elastic container registry",
    "registry with id",
    "in registry id",
    // The bucket that layers come from.
    "starport-layer-bucket",
];

/// What names another registry or another service, in lower case.
const OTHER: [&str; 81] = [
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
    // EC2's word for what other services deny.
    "unauthorizedoperation",
    "failed to provision volume",
    "snyk.io",
    "snyk-0",
    // The CDK, of a stack that CloudFormation deploys.
    "stack failed: throttling",
];

/// What names another service where nothing near it names ECR, in lower case.
const ELSEWHERE: [&str; 16] = [
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
    "hosted zone",
    "language/backend/s3",
];

/// The groups of texts that a line is searched for, in this order.
const GROUPS: [&[&str]; 6] = [&ECR, &OTHER, &ELSEWHERE, &NAMES, &COMMANDS, &CLIENTS];

/// The subject of a line in lower case.
pub fn subject(line: &str) -> Subject {
    let mut has = [false; GROUPS.len()];
    for (start, group) in texts(line) {
        if group == ECR_GROUP {
            return Subject::Ecr;
        }
        if let Some(has) = has.get_mut(group) {
            let is_meant = match group {
                COMMAND_GROUP => begins_a_command(line, start),
                NAME_GROUP | CLIENT_GROUP => !is_in_arn(line, start),
                _ => true,
            };
            *has |= is_meant;
        }
    }
    let [_, other, elsewhere, name, command, client] = has;
    let ecr = said(line);
    if ecr == Said::Itself || is_for_lambda(line) {
        return Subject::Ecr;
    }
    if names_it_as_default(line) {
        return Subject::Client;
    }
    if other
        || names_other_host(line)
        || names_bucket(line)
        || asks_another(line)
        || goes_to_docker_hub(line)
        || !pulls(line) && (calls_another_service(line) || names_another_service(line))
    {
        return Subject::Other;
    }
    // Buckets, packages and directories are called so, too, by those who have something else in them.
    if ecr == Said::InNames && !name && !command {
        return Subject::Ecr;
    }
    if elsewhere {
        Subject::Elsewhere
    } else if name || command || mentions_another_service(line) {
        Subject::Tool
    } else if hides_registry(line) {
        Subject::Hidden
    } else if client {
        Subject::Client
    } else {
        Subject::Unknown
    }
}

const ECR_GROUP: usize = 0;
const NAME_GROUP: usize = 3;
const COMMAND_GROUP: usize = 4;
const CLIENT_GROUP: usize = 5;

/// Where the texts of the groups begin in a line, with the number of their group.
fn texts(line: &str) -> impl Iterator<Item = (usize, usize)> {
    static TEXTS: LazyLock<Texts> =
        LazyLock::new(|| Texts::new(GROUPS.iter().flat_map(|texts| *texts).copied()));
    static GROUP_OF: LazyLock<Vec<usize>> = LazyLock::new(|| {
        let groups = GROUPS.iter().enumerate();
        groups.flat_map(|(group, texts)| texts.iter().map(move |_| group)).collect()
    });
    TEXTS.found(line).filter_map(|(at, number)| Some((at.start, *GROUP_OF.get(number)?)))
}

/// Whether what stands there is of an ARN: its names are the user's own. Those of ECR's begin with its name.
fn is_in_arn(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    let word = before.rsplit([' ', '"', '\'', '`', ',', '(', '[', '<', '=', '\\']).next();
    word.is_some_and(|word| word.starts_with("arn:"))
}

/// How a line says `ecr`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Not,
    /// Within other names, as `secret "ecr-sync" not found`.
    InNames,
    Itself,
}

/// How a line in lower case says it: not in ARNs, nor among the modules that Terraform lists (`- ecr in modules/ecr`).
fn said(line: &str) -> Said {
    let listed = line.trim().strip_prefix("- ").and_then(|line| line.split_once(" in "));
    let is_module = listed.is_some_and(|(_, path)| path.contains('/') && !path.contains(' '));
    let mut said = Said::Not;
    for at in words(line, "ecr").filter(|at| !is_module && !is_in_arn(line, *at)) {
        match is_part_of_a_name(line, at, "ecr".len()) {
            true => said = Said::InNames,
            false => return Said::Itself,
        }
    }
    said
}

/// Whether a line in lower case is about ECR only by names that have its name in them.
pub fn is_ecr_by_names_alone(line: &str) -> bool {
    said(line) == Said::InNames && !texts(line).any(|(_, group)| group == ECR_GROUP)
}

/// Whether a word is one of several in a name, as in `ecr-cleanup`, `ECR_REPO` or `infra/ecr`.
fn is_part_of_a_name(line: &str, at: usize, len: usize) -> bool {
    let joins = |c: char| matches!(c, '-' | '_' | '/' | '@');
    let before = line.get(..at).and_then(|text| text.chars().next_back());
    let after = line.get(at + len..).and_then(|text| text.chars().next());
    before.is_some_and(joins) || after.is_some_and(joins)
}

/// A registry's URL or image of a host that is not ECR's.
fn names_other_host(line: &str) -> bool {
    hosts(line).iter().chain(&login_hosts(line)).any(|host| {
        host.contains('.')
            && !host.ends_with("amazonaws.com")
            && !host.starts_with("169.254.")
            && !host.contains('*')
    })
}

/// A bucket's own host, unless layers come from it.
fn names_bucket(line: &str) -> bool {
    let is_bucket = |word: &str| {
        [".s3.", ".s3-"].iter().any(|of| word.contains(of))
            && word.contains("amazonaws.com")
            && !word.contains("starport")
    };
    line.contains(".s3") && line.split_whitespace().any(is_bucket)
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
            "msg=\"error getting secret for provider awsecr-cred. skipping secret provider!\"",
            "team/ecr-mirror: 401 unauthorized",
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
            "latest: pulling from library/ubuntu",
            "unable to access object \"ecr-lifecycle/x\" in s3 bucket \"a\": operation error s3: headobject, api error expiredtoken",
            "npm error 403 403 forbidden - put https://registry.npmjs.org/@acme%2fecr-cleanup - you do not have permission",
            "$ docker login registry.example.com -u ada",
            "ada@laptop:~$ docker login",
            "logging into ghcr.example.com...",
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
        for tool in [
            "$ terraform plan",
            "run kubectl apply -f k8s/",
            "sqs = boto3.resource(\"sqs\")",
            "karpenter: could not launch node",
            "curl: (60) ssl certificate problem",
        ] {
            assert_eq!(subject(tool), Subject::Tool, "{tool}");
        }
        for hidden in [
            "docker login --username aws --password-stdin $registry",
            "$ docker pull $repo/app:1",
            "pull access denied for $repo, repository does not exist",
            "the push refers to repository [***/web]",
        ] {
            assert_eq!(subject(hidden), Subject::Hidden, "{hidden}");
        }
        for client in [
            "$ docker pull localhost/app:1",
            "$ docker pull app",
            "after a docker pull team/app works again",
            "error: cannot perform an interactive login from a non tty device",
            "(cannot connect to the docker daemon). using system default: https://index.docker.io/v1/",
        ] {
            assert_eq!(subject(client), Subject::Client, "{client}");
        }
        for unknown in [
            "no basic auth credentials",
            "denied: access forbidden",
            "get https://127.0.0.1/",
            "run aws-actions/configure-aws-credentials@v4",
            "use kubectl to see it",
            "role-to-assume: arn:aws:iam::123456789012:role/github-ecr",
            "\"rolearn\":\"arn:aws:iam::123456789012:role/kaniko-push\"",
            "secretary",
            "calling the createmodel operation: requested image a/b:1 not found",
        ] {
            assert_eq!(subject(unknown), Subject::Unknown, "{unknown}");
        }
    }
}
