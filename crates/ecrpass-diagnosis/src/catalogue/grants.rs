//! Remedies that give a policy to the role or the user who calls: the policy is written once for both.

use super::callers;
use super::remedy::{Remedy, look, run};

/// The command that gives a role or a user an inline policy of one statement.
macro_rules! put_policy {
    ($kind:literal, $name:literal, $actions:literal, $resource:literal) => {
        concat!(
            "aws iam put-",
            $kind,
            "-policy --",
            $kind,
            "-name {",
            $kind,
            "} --policy-name ",
            $name,
            " --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":",
            $actions,
            ",\"Resource\":\"",
            $resource,
            "\"}]}'"
        )
    };
}

/// The remedy for a role, and the one for a user.
macro_rules! grant {
    ($registries:ident, $summary:literal, $name:literal, $actions:literal, $resource:literal) => {
        [
            run($summary, put_policy!("role", $name, $actions, $resource))
                .$registries()
                .for_callers(callers::ROLE),
            run($summary, put_policy!("user", $name, $actions, $resource))
                .$registries()
                .for_callers(callers::USER),
        ]
    };
}

/// Lets fetch tokens.
pub const TOKEN: [Remedy; 2] = grant!(
    private,
    "allow this principal to fetch tokens",
    "ecr-token",
    "\"ecr:GetAuthorizationToken\"",
    "*"
);

/// Lets fetch tokens of ECR Public.
pub const PUBLIC_TOKEN: [Remedy; 2] = grant!(
    public,
    "allow this principal to fetch tokens",
    "ecr-public-token",
    "[\"ecr-public:GetAuthorizationToken\",\"sts:GetServiceBearerToken\"]",
    "*"
);

/// Lets pull from the repository. A check of layers is in many policies for pulls, though only a push takes it.
pub const PULL: [Remedy; 2] = grant!(
    private,
    "allow the actions of a pull on this repository",
    "ecr-pull",
    "[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\",\"ecr:BatchCheckLayerAvailability\"]",
    "{arn}"
);

/// Lets push to the repository.
pub const PUSH: [Remedy; 2] = grant!(
    private,
    "allow the six actions of a push on this repository",
    "ecr-push",
    "[\"ecr:BatchCheckLayerAvailability\",\"ecr:BatchGetImage\",\"ecr:InitiateLayerUpload\",\"ecr:UploadLayerPart\",\"ecr:CompleteLayerUpload\",\"ecr:PutImage\"]",
    "{arn}"
);

/// Lets push to the repository of ECR Public.
pub const PUBLIC_PUSH: [Remedy; 2] = grant!(
    public,
    "allow the five actions of a push on this repository",
    "ecr-public-push",
    "[\"ecr-public:BatchCheckLayerAvailability\",\"ecr-public:InitiateLayerUpload\",\"ecr-public:UploadLayerPart\",\"ecr-public:CompleteLayerUpload\",\"ecr-public:PutImage\"]",
    "{arn}"
);

/// Lets fill a pull-through cache: the first pull of an image makes its repository, too.
pub const IMPORT: [Remedy; 2] = {
    let [role, user] = grant!(
        private,
        "if the denial is of the import, allow this principal to fill the cache",
        "ecr-pull-through",
        "[\"ecr:BatchImportUpstreamImage\",\"ecr:CreateRepository\"]",
        "{arn}"
    );
    [role.if_said(&["batchimportupstreamimage"]), user.if_said(&["batchimportupstreamimage"])]
};

/// Lets do the one thing that a tool does beside pulls and pushes, in whichever registry.
pub const TOOL_ACTION: [Remedy; 2] = [
    run("allow the action to this role", put_policy!("role", "ecr-tool", "\"{action}\"", "*"))
        .for_callers(callers::ROLE),
    run("allow the action to this user", put_policy!("user", "ecr-tool", "\"{action}\"", "*"))
        .for_callers(callers::USER),
];

/// Prints the smallest policies for a task: the caller's, and across accounts the repository's as well.
macro_rules! written {
    ($summary:literal, $command:literal) => {
        look($summary, $command).private().for_callers(callers::SIMULATED)
    };
}

/// What a login takes.
pub const TOKEN_WRITTEN: Remedy = written!(
    "print the policy, for Terraform or CloudFormation too (--format)",
    "ecrpass policy generate login --principal {caller}"
);

/// What a pull takes.
pub const PULL_WRITTEN: Remedy = written!(
    "print the policies of all accounts involved, for Terraform or CloudFormation too (--format)",
    "ecrpass policy generate pull --repository {arn} --principal {caller}"
);

/// What a push takes.
pub const PUSH_WRITTEN: Remedy = written!(
    "print the policies of all accounts involved, for Terraform or CloudFormation too (--format)",
    "ecrpass policy generate push --repository {arn} --principal {caller}"
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ecrpass_iam::actions;
    use serde_json::Value;

    use super::*;
    use crate::catalogue::remedy::Way;

    /// The actions that the policy in a command allows.
    fn allowed(remedy: &Remedy) -> BTreeSet<String> {
        let Way::Run(template) = remedy.way else { panic!("a grant is a command") };
        let shown = template.shown();
        let (_, policy) = shown.split_once("--policy-document '").unwrap();
        let policy: Value = serde_json::from_str(policy.strip_suffix('\'').unwrap()).unwrap();
        match &policy["Statement"][0]["Action"] {
            Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
            one => [one.as_str().unwrap().to_owned()].into(),
        }
    }

    #[test]
    fn policies_allow_what_it_takes() {
        let set = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<BTreeSet<_>>();
        let pull = [actions::PULL.as_slice(), &[actions::LAYER_CHECK]].concat();
        let public_push: Vec<String> = [actions::WRITE.as_slice(), &[actions::LAYER_CHECK]]
            .concat()
            .iter()
            .map(|action| action.replace("ecr:", "ecr-public:"))
            .collect();
        for (grant, expected) in [
            (&TOKEN, set(&[actions::LOGIN])),
            (&PUBLIC_TOKEN, set(&actions::PUBLIC_LOGIN)),
            (&PULL, set(&pull)),
            (&PUSH, set(&actions::PUSH)),
            (&IMPORT, set(&[actions::IMPORT_UPSTREAM, "ecr:CreateRepository"])),
            (&PUBLIC_PUSH, public_push.into_iter().collect()),
            (&TOOL_ACTION, set(&["<action>"])),
        ] {
            for remedy in grant {
                assert_eq!(allowed(remedy), expected);
            }
        }
    }
}
