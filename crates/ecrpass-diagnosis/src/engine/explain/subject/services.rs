//! The services of AWS that a line names: those that pull images, and those that a login, a pull or a push never asks.

/// Lambda takes images from ECR only.
pub fn is_for_lambda(line: &str) -> bool {
    const CALLS: [&str; 3] =
        ["calling the createfunction", "calling the updatefunctioncode", "operation error lambda"];
    line.contains("image") && CALLS.iter().any(|call| line.contains(call))
}

/// A service of AWS that pulls images says something about one.
pub fn pulls(line: &str) -> bool {
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
pub fn names_another_service(line: &str) -> bool {
    const OURS: [&str; 13] = [
        "ecr",
        "sts",
        // The same, as the SDK for Java calls it.
        "securitytoken",
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
pub fn calls_another_service(line: &str) -> bool {
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

/// What every tool asks, whatever it wants of AWS, for credentials and who it is; and what serves images.
const NEUTRAL: [&str; 7] = ["ecr", "sts", "securitytoken", "sso", "signin", "ec2imds", "compute"];

/// Whether a line in lower case mentions a service that is asked for no image: in a command of the AWS CLI, in the name
/// of an SDK's module, a resource or an endpoint. AWS's errors near it are about that.
pub fn mentions_another_service(line: &str) -> bool {
    const BEFORE: [&str; 9] = [
        "com.amazonaws.services.",
        "awssdk.services.",
        "@aws-sdk/client-",
        "aws-sdk/lib/services/",
        "boto3.client(",
        "boto3.resource(",
        "operation error ",
        "(service: amazon",
        "aws::",
    ];
    let is_other = |name: &str| {
        let name = name.trim_start_matches(['"', '\'', ' ']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        let name = name.get(..end).unwrap_or_default();
        !name.is_empty() && !NEUTRAL.iter().any(|neutral| name.starts_with(neutral))
    };
    BEFORE.iter().any(|before| {
        line.match_indices(before).any(|(at, _)| line.get(at + before.len()..).is_some_and(is_other))
    }) || names_a_resource(line)
        || commands_another_service(line)
        || has_another_endpoint(line)
        || SERVICES.iter().any(|service| words(line, service).next().is_some())
}

/// Services whose names are words of nothing else.
const SERVICES: [&str; 8] = ["s3", "sqs", "sns", "rds", "kms", "athena", "redshift", "msk"];

/// Where a word stands by itself, as `ecr` in `ECR/repo` or `<ECR_REPO_URL>`.
pub fn words(line: &str, word: &'static str) -> impl Iterator<Item = usize> {
    line.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = line.get(..*at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(|c| c.is_ascii_alphanumeric())
            && !after.is_some_and(|c| c.is_ascii_alphanumeric())
    })
}

/// A resource of Terraform's: `with module.network.aws_vpc.main,`. Those of ECR name it.
fn names_a_resource(line: &str) -> bool {
    line.split_once("with ").is_some_and(|(_, rest)| {
        let name = rest.split([' ', ',']).next().unwrap_or_default();
        name.contains('.') && name.split('.').any(|part| part.starts_with("aws_"))
    })
}

/// A command of the AWS CLI: `aws s3 cp`, `aws --profile dev dynamodb list-tables`.
fn commands_another_service(line: &str) -> bool {
    /// Verbs of one word; prose has such words as well.
    const VERBS: [&str; 18] = [
        "cp", "sync", "ls", "mv", "rm", "mb", "rb", "presign", "invoke", "deploy", "package", "tail", "scan",
        "query", "publish", "decrypt", "encrypt", "wait",
    ];
    const NO_SERVICES: [&str; 7] = ["ecr", "ecr-public", "sts", "sso", "configure", "login", "help"];
    let is_name = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    line.match_indices("aws ").any(|(at, found)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return false;
        }
        let mut words = line.get(at + found.len()..).unwrap_or_default().split_whitespace();
        let mut service = words.next();
        while let Some(option) = service.filter(|word| word.starts_with("--")) {
            if !option.contains('=') && !option.starts_with("--no-") && option != "--debug" {
                words.next();
            }
            service = words.next();
        }
        let Some(service) = service.filter(|word| is_name(word) && !NO_SERVICES.contains(word)) else {
            return false;
        };
        // `aws region eu-west-1` is no command.
        let is_verb = |word: &str| {
            VERBS.contains(&word)
                || word.contains('-') && is_name(word) && !word.ends_with(|c: char| c.is_ascii_digit())
        };
        !service.ends_with('-') && words.next().is_some_and(is_verb)
    })
}

/// The endpoint of a service in a region: `https://sqs.eu-west-1.amazonaws.com`, `bucket.s3.amazonaws.com`.
fn has_another_endpoint(line: &str) -> bool {
    line.match_indices(".amazonaws.com").any(|(end, _)| {
        let before = line.get(..end).unwrap_or_default();
        let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let host = before.rsplit(|c: char| !is_host(c)).next().unwrap_or_default();
        // The issuer of a cluster's identities is no endpoint.
        if host.starts_with("oidc.") {
            return false;
        }
        let labels: Vec<&str> = host.split('.').collect();
        let is_region =
            |label: &&str| label.matches('-').count() >= 2 && label.ends_with(|c: char| c.is_ascii_digit());
        let service = match labels.as_slice() {
            [.., service, region] if is_region(region) => service,
            [.., region, service] if is_region(region) => service,
            [_, .., service @ ("s3" | "sqs" | "sns" | "rds" | "es")] => service,
            _ => return false,
        };
        !NEUTRAL.iter().any(|neutral| service.starts_with(neutral))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_no_image_is_seen() {
        for line in [
            "$ aws s3 cp backup.tgz s3://b/",
            "+ aws --profile dev --region eu-west-1 dynamodb list-tables",
            "run aws cloudformation deploy --stack-name net",
            "aws lambda invoke --function-name resize out.json",
            "at com.amazonaws.services.kinesis.amazonkinesisclient.doinvoke",
            "node_modules/@aws-sdk/client-dynamodb/dist",
            "sqs = boto3.resource(\"sqs\")",
            "    s3.upload_file(\"out.parquet\", \"lake\", \"out.parquet\")",
            "operation error s3: listobjectsv2, https response error",
            "(service: amazon s3; status code: 403)",
            "create_failed | aws::iam::role | lookup",
            "  with module.network.aws_vpc.main,",
            "post \"https://sqs.eu-west-1.amazonaws.com/\": 403",
            "https://a53d.gr7.eu-central-1.eks.amazonaws.com/api",
            "https://bucket.s3.amazonaws.com/key",
            "sink{component_id=s3_out}: service call failed",
        ] {
            assert!(mentions_another_service(line), "{line}");
        }
        for line in [
            "aws ecr get-login-password",
            "$ aws sts get-caller-identity",
            "aws sso login --profile dev",
            "aws region eu-west-1",
            "aws credentials for the job",
            "your aws account is not set up",
            "operation error sts: assumerole",
            "operation error ecr: getauthorizationtoken",
            "(service: amazonecr; status code: 400)",
            "aws::ecr::repository",
            "with data.aws-things",
            "get https://sts.eu-west-1.amazonaws.com/",
            "https://oidc.eks.eu-west-1.amazonaws.com/id/1",
            "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
            "lambda.amazonaws.com",
            "version 1s3",
            "portal.sso.eu-west-1.amazonaws.com",
        ] {
            assert!(!mentions_another_service(line), "{line}");
        }
    }
}
