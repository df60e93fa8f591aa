//! Every remedy of the catalogue in every kind of case: what is printed fits the partition, the kind of registry, the
//! caller and the client, and has no gaps.

#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

use ecrpass_clients::client::Client;
use ecrpass_core::{CommandLine, DiagnosisId, Partition};
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::finding::{Action, Ci, Details, Fix, Purpose, Situation};

const ACCOUNT: &str = "123456789012";

/// A region of every partition.
fn region(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws => "eu-west-1",
        Partition::AwsCn => "cn-northwest-1",
        Partition::AwsEusc => "eusc-de-east-1",
        Partition::AwsIso => "us-iso-east-1",
        Partition::AwsIsoB => "us-isob-east-1",
        Partition::AwsIsoE => "eu-isoe-west-1",
        Partition::AwsIsoF => "us-isof-south-1",
        Partition::AwsUsGov => "us-gov-west-1",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    User,
    RoleSession,
    ReservedSsoRole,
    Service,
    Federated,
    Root,
    Unknown,
}

const CALLERS: [Caller; 7] = [
    Caller::User,
    Caller::RoleSession,
    Caller::ReservedSsoRole,
    Caller::Service,
    Caller::Federated,
    Caller::Root,
    Caller::Unknown,
];

impl Caller {
    fn arn(self, partition: Partition) -> Option<String> {
        Some(match self {
            Self::User => format!("arn:{partition}:iam::{ACCOUNT}:user/ada"),
            Self::RoleSession => format!("arn:{partition}:sts::{ACCOUNT}:assumed-role/ci/session"),
            Self::ReservedSsoRole => {
                format!("arn:{partition}:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ada")
            }
            Self::Service => "lambda.amazonaws.com".to_owned(),
            Self::Federated => format!("arn:{partition}:sts::{ACCOUNT}:federated-user/bob"),
            Self::Root => format!("arn:{partition}:iam::{ACCOUNT}:root"),
            Self::Unknown => return None,
        })
    }
}

/// How much is known of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    All,
    RegionAlone,
    Nothing,
}

#[derive(Clone, Debug)]
struct Case {
    id: DiagnosisId,
    partition: Partition,
    is_public: bool,
    caller: Caller,
    client: Client,
    purpose: Purpose,
    ci: Option<Ci>,
    known: Known,
}

impl Case {
    fn details(&self) -> Details {
        let region = region(self.partition);
        let host = match self.is_public {
            true => "public.ecr.aws".to_owned(),
            false => format!("{ACCOUNT}.dkr.ecr.{region}.{}", self.partition.dns_suffix()),
        };
        let prefix = if self.is_public { "ecr-public" } else { "ecr" };
        let mut details = Details {
            action: Some(match self.purpose {
                Purpose::Pull => format!("{prefix}:BatchGetImage"),
                Purpose::Push => format!("{prefix}:PutImage"),
            }),
            client: Some(self.client.id().to_owned()),
            ci: self.ci.map(|ci| ci.id().to_owned()),
            principal: self.caller.arn(self.partition),
            ..Details::default()
        };
        if self.known != Known::Nothing {
            details.region = Some(if self.is_public { "us-east-1" } else { region }.to_owned());
        }
        if self.known == Known::All {
            details.host = Some(host);
            details.account = Some(ACCOUNT.to_owned()).filter(|_| !self.is_public);
            details.repository = Some("team/app".to_owned());
            details.tag = Some("1.0".to_owned());
            details.profile = Some("prod".to_owned());
        }
        details
    }

    fn fixes(&self) -> Vec<Fix> {
        let situation = Situation::of(&self.details()).to(self.purpose);
        let entry = catalogue::find(self.id);
        entry.fixes(&situation).chain(entry.confirmation(&situation)).collect()
    }

    /// What is wrong with what is printed.
    fn judge(&self, fix: &Fix) -> Result<(), String> {
        let Some(command) = fix.command() else { return Ok(()) };
        let fails = |what: &str| Err(format!("{what}: {command}"));
        if has_gap(&command) || has_gap(&fix.summary) {
            return fails("it has a gap");
        }
        if !matches!(fix.action, Action::Edit(_)) && shlex::split(&command).is_none() {
            return fails("it is no line for a shell");
        }
        // These causes are ECR Public's, whatever registry the log names besides.
        let is_public = self.is_public
            || [
                DiagnosisId::PrivateTokenAtPublicEcr,
                DiagnosisId::PublicEcrStaleToken,
                DiagnosisId::PublicEcrWrongRegion,
            ]
            .contains(&self.id);
        if is_public && (command.contains("aws ecr ") || command.contains(".dkr.ecr.")) {
            return fails("it is for private registries");
        }
        if !is_public && (command.contains("ecr-public") || command.contains("public.ecr.aws")) {
            return fails("it is for ECR Public");
        }
        let partition = if is_public { Partition::Aws } else { self.partition };
        for (at, _) in command.match_indices("arn:") {
            let id = command[at + 4..].split(':').next().unwrap();
            if id != partition.id() {
                return fails("it has an ARN of another partition");
            }
        }
        let words = command.split(|c: char| !(c.is_ascii_alphanumeric() || "-.".contains(c)));
        for word in words {
            if word.contains(".ecr.") && word.contains("amazonaws") || word.contains(".dkr.ecr") {
                let suffix = format!(".{}", partition.dns_suffix());
                if !word.ends_with(&suffix) {
                    return fails("it has a host of another partition");
                }
            }
            if Partition::of_region(word).is_some_and(|other| other != partition) {
                return fails("it has a region of another partition");
            }
        }
        let of_roles = ["put-role-policy", "attach-role-policy", "--role-name"];
        let of_users = ["put-user-policy", "attach-user-policy", "--user-name"];
        let has = |texts: &[&str]| texts.iter().any(|text| command.contains(text));
        if has(&of_roles) && self.caller != Caller::RoleSession {
            return fails("it is for roles that may be changed");
        }
        if has(&of_users) && self.caller != Caller::User {
            return fails("it is for users");
        }
        Ok(())
    }
}

/// `{host}` or `<role>`.
fn has_gap(text: &str) -> bool {
    let gap = |open: char, close: char| {
        text.match_indices(open).any(|(at, _)| {
            let inside = text[at + 1..].split(close).next().unwrap_or_default();
            let is_curls = at > 0 && text.as_bytes()[at - 1] == b'%';
            let ends = text[at + 1 + inside.len()..].starts_with(close);
            let is_name = !inside.is_empty()
                && inside.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b' ');
            ends && is_name && !is_curls && !inside.starts_with(' ')
        })
    };
    gap('{', '}') || gap('<', '>')
}

/// Every entry with every partition, registry and purpose; there every kind of caller with one client, and every client
/// with one kind of caller, another one each time.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut callers = CALLERS.into_iter().cycle();
    for id in DiagnosisId::ALL {
        for partition in Partition::all() {
            // ECR Public is in one partition, and others' callers do come along.
            let of_public = [Partition::Aws, Partition::AwsCn].contains(&partition);
            for is_public in [false, true].into_iter().filter(|public| !public || of_public) {
                for purpose in [Purpose::Pull, Purpose::Push] {
                    let case = |caller, client| {
                        let (ci, known) = (None, Known::All);
                        Case { id, partition, is_public, caller, client, purpose, ci, known }
                    };
                    cases.extend(CALLERS.map(|caller| case(caller, Client::Docker)));
                    let others = Client::ALL.into_iter().zip(callers.by_ref());
                    cases.extend(others.map(|(client, caller)| case(caller, client)));
                }
            }
        }
    }
    cases
}

#[test]
fn what_is_printed_fits_the_case() {
    let mut count = 0;
    let mut judge = |case: &Case| {
        for fix in case.fixes() {
            count += 1;
            if let Err(why) = case.judge(&fix) {
                panic!("{why}\n{case:?}");
            }
        }
    };
    for case in cases() {
        judge(&case);
        if case.client == Client::Docker {
            for ci in Ci::ALL {
                judge(&Case { ci: Some(ci), ..case.clone() });
            }
            for known in [Known::RegionAlone, Known::Nothing] {
                judge(&Case { known, ..case.clone() });
            }
        }
    }
    assert!(count > 100_000, "{count}");
}

#[test]
fn what_does_not_fit_is_seen() {
    let case = Case {
        id: DiagnosisId::NotLoggedIn,
        partition: Partition::AwsCn,
        is_public: false,
        caller: Caller::User,
        client: Client::Docker,
        purpose: Purpose::Pull,
        ci: None,
        known: Known::All,
    };
    let run = |command: &'static str| case.judge(&Fix::run("x", CommandLine::shell(command)));
    assert_eq!(run("aws ecr get-login-password --region cn-north-1"), Ok(()));
    for wrong in [
        "aws iam get-user --arn arn:aws:iam::123456789012:user/ada",
        "docker pull 123456789012.dkr.ecr.cn-north-1.amazonaws.com/a",
        "curl https://api.ecr.cn-north-1.amazonaws.com/",
        "aws ecr get-login-password --region us-east-1",
        "aws ecr-public get-login-password",
        "aws iam put-role-policy --role-name x",
        "aws sso login --profile <profile>",
        "docker push {host}/a",
        "echo 'open",
    ] {
        assert!(run(wrong).is_err(), "{wrong}");
    }
    let public = Case { is_public: true, partition: Partition::Aws, ..case.clone() };
    assert!(public.judge(&Fix::run("x", CommandLine::shell("aws ecr describe-images"))).is_err());
}

#[test]
fn there_is_something_to_do_in_every_case() {
    for case in cases() {
        assert!(!case.fixes().is_empty(), "{case:?}");
        let entry = catalogue::find(case.id);
        let situation = Situation::of(&case.details()).to(case.purpose);
        assert!(entry.confirmation(&situation).is_some(), "{case:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let entry = catalogue::find(DiagnosisId::RepositoryNotFound);
    let fixes: Vec<Fix> = entry.fixes(&Situation::of(&Details::default())).collect();
    assert_eq!(
        fixes[0].summary,
        "create it, with credentials of the account that will own it (not known here: the registry's region, the repository)"
    );
    assert_eq!(fixes[0].command(), None);
}

#[test]
fn the_caller_decides_where_a_policy_goes() {
    let first = |arn: &str, host: &str| {
        let details =
            Details { host: Some(host.to_owned()), principal: Some(arn.to_owned()), ..Details::default() };
        let entry = catalogue::find(DiagnosisId::IamMissingGetAuthorizationToken);
        let fix = entry.fixes(&Situation::of(&details)).next().unwrap();
        fix.command().unwrap_or(fix.summary)
    };
    let china = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";
    let user = first("arn:aws-cn:iam::123456789012:user/ada", china);
    assert!(user.starts_with("aws iam put-user-policy --user-name ada --policy-name ecr-token "), "{user}");
    let role = first("arn:aws:sts::123456789012:assumed-role/ci/x", "public.ecr.aws");
    assert!(role.starts_with("aws iam put-role-policy --role-name ci "), "{role}");
    assert!(role.contains("ecr-public:GetAuthorizationToken") && role.contains("sts:GetServiceBearerToken"));
    let sso = first(
        "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ada",
        "public.ecr.aws",
    );
    assert!(sso.starts_with("allow it in the permission set Dev, in IAM Identity Center"), "{sso}");
}
