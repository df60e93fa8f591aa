//! Every remedy of the catalogue in every kind of case: what is printed fits the partition, the kind of registry, the
//! caller and the client, and has no gaps.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    fn situation(&self) -> Situation {
        Situation::of(&self.details()).to(self.purpose)
    }

    /// What is wrong with what is printed for a cause.
    fn judge(&self, id: DiagnosisId, fix: &Fix) -> Result<(), String> {
        fix.command().map_or(Ok(()), |command| self.judge_command(id, fix, &command))
    }

    fn judge_command(&self, id: DiagnosisId, fix: &Fix, command: &str) -> Result<(), String> {
        let fails = |what: &str| Err(format!("{what}: {command}"));
        if has_gap(command) || has_gap(&fix.summary) {
            return fails("it has a gap");
        }
        if !matches!(fix.action, Action::Edit(_)) && shlex::split(command).is_none() {
            return fails("it is no line for a shell");
        }
        // These causes are ECR Public's, whatever registry the log names besides.
        let is_public = self.is_public
            || [
                DiagnosisId::PrivateTokenAtPublicEcr,
                DiagnosisId::PublicEcrStaleToken,
                DiagnosisId::PublicEcrWrongRegion,
            ]
            .contains(&id);
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

/// Every partition, kind of registry, caller, client and purpose.
fn cases() -> impl Iterator<Item = Case> {
    Partition::all()
        .flat_map(|partition| [false, true].map(|is_public| (partition, is_public)))
        .flat_map(|(partition, is_public)| {
            CALLERS.map(|caller| Case {
                partition,
                is_public,
                caller,
                client: Client::Docker,
                purpose: Purpose::Pull,
                ci: None,
                known: Known::All,
            })
        })
        .flat_map(|case| Client::ALL.map(|client| Case { client, ..case.clone() }))
        .flat_map(|case| [Purpose::Pull, Purpose::Push].map(|purpose| Case { purpose, ..case.clone() }))
}

fn fixes(id: DiagnosisId, situation: &Situation) -> impl Iterator<Item = Fix> {
    let entry = catalogue::find(id);
    entry.fixes(situation).chain(entry.confirmation(situation))
}

#[test]
fn what_is_printed_fits_the_case_of_a_private_registry() {
    let count = judge_all(false);
    assert!(count > 500_000, "{count}");
}

#[test]
fn what_is_printed_fits_the_case_of_a_public_registry() {
    let count = judge_all(true);
    assert!(count > 500_000, "{count}");
}

/// Judges all that is printed in cases of one kind of registry, and says how many fixes that were.
fn judge_all(is_public: bool) -> usize {
    let mut count = 0;
    // The same text under the same conditions is judged once.
    let (mut known, hasher) = (HashSet::new(), RandomState::new());
    let mut judge = |case: &Case| {
        let situation = case.situation();
        for id in DiagnosisId::ALL {
            for fix in fixes(id, &situation) {
                count += 1;
                let Some(command) = fix.command() else { continue };
                let of = (id, case.partition, case.is_public, case.caller);
                if known.insert(hasher.hash_one((of, &command, &fix.summary)))
                    && let Err(why) = case.judge_command(id, &fix, &command)
                {
                    panic!("{why}\n{id} {case:?}");
                }
            }
        }
    };
    for case in cases().filter(|case| case.is_public == is_public) {
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
    count
}

#[test]
fn what_does_not_fit_is_seen() {
    let case = Case {
        partition: Partition::AwsCn,
        is_public: false,
        caller: Caller::User,
        client: Client::Docker,
        purpose: Purpose::Pull,
        ci: None,
        known: Known::All,
    };
    let run = |command: &'static str| {
        case.judge(DiagnosisId::NotLoggedIn, &Fix::run("x", CommandLine::shell(command)))
    };
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
    let fix = Fix::run("x", CommandLine::shell("aws ecr describe-images"));
    assert!(public.judge(DiagnosisId::NotLoggedIn, &fix).is_err());
}

#[test]
fn there_is_something_to_do_in_every_case() {
    for case in cases() {
        let situation = case.situation();
        for entry in DiagnosisId::ALL.map(catalogue::find) {
            // What a machine at hand shows says nothing of an agent that AWS gives its logins.
            let is_elsewhere = case.client == Client::EcsAgent;
            assert!(is_elsewhere || entry.confirmation(&situation).is_some(), "{} {case:?}", entry.id);
            // Nobody logs in with what runs on a node, so that nothing has to be done about an old way to log in.
            if !case.client.is_of_a_node() {
                assert!(entry.fixes(&situation).next().is_some(), "{} {case:?}", entry.id);
            }
        }
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
