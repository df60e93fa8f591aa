//! Every policy that has a say in what a principal may do with ECR, as far as these credentials may read it.

use ecrpass_aws::collect::{Attached, Found, attached};
use ecrpass_aws::endpoints::VpcEndpoint;
use ecrpass_aws::organization::ControlPolicies;
use ecrpass_aws::registry_api::{ApiFailure, FailureKind, RegistryApi};
use ecrpass_core::command_line::word;
use ecrpass_core::{Arn, Partition, arn};

use super::registry_session::{Asked, failed};
use crate::error::CommandError;
use crate::render::policies::{Document, NotSeen, PoliciesFile};

/// A user or a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Its ARN, as policies name it; of a session, its role's.
    pub arn: String,
    account: String,
    partition: String,
}

impl Who {
    /// The user or role that an ARN names, or whose session it is; none for others, to whom nothing is attached.
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = Arn::parse(text)?;
        let arn = match (parsed.service, parsed.role_name()) {
            // Without the path of the role, which a session does not show; IAM asks for the name alone.
            ("sts", Some(role)) => {
                Arn::iam(parsed.partition, parsed.account, &format!("role/{role}")).to_string()
            }
            ("iam", _) if ["role", "user"].iter().any(|kind| parsed.resource_of_kind(kind).is_some()) => {
                text.to_owned()
            }
            _ => return None,
        };
        Some(Self { arn, account: parsed.account.to_owned(), partition: parsed.partition.to_owned() })
    }

    /// Whoever is named, or whose the credentials are.
    ///
    /// # Errors
    /// When that is neither a user nor a role.
    pub fn find(api: &RegistryApi<'_>, named: Option<&str>) -> Result<Self, CommandError> {
        let arn = match named {
            Some(arn) => arn.to_owned(),
            None => {
                let own = api.identity();
                own.map_err(|failure| failed("It is not known whose credentials these are", failure))?.1
            }
        };
        let next = "name a user or role: arn:aws:iam::123456789012:role/ci";
        Self::parse(&arn)
            .ok_or_else(|| CommandError::could_not_run(format!("`{arn}` is no user, role or session."), next))
    }
}

/// Reads what is attached to a user or role, the policies of its account's registry and of repositories there, and those of
/// the endpoints of a VPC that requests come from; `tell` hears what is read next.
pub fn collect(
    api: &RegistryApi<'_>,
    who: &Who,
    repositories: &[String],
    vpc: Option<&str>,
    asked: &Asked,
    tell: &mut dyn FnMut(&str),
) -> PoliciesFile {
    let read = attached(api, &who.arn, tell);
    let arn = read.arn.as_deref().unwrap_or(&who.arn);
    let mut file = PoliciesFile::new(arn, &who.account, &asked.region, ecrpass_aws::clock::now());
    take(&mut file, read);
    resources(api, &mut file, repositories, who, asked, tell);
    control(api, &mut file, who, asked, tell);
    endpoints(api, &mut file, vpc, &asked.region, tell);
    not_seen(&mut file);
    file
}

/// The organization's policies: of the principal's account, and of the repository's.
fn control(
    api: &RegistryApi<'_>,
    file: &mut PoliciesFile,
    who: &Who,
    asked: &Asked,
    tell: &mut dyn FnMut(&str),
) {
    let owner = asked.account.as_deref().unwrap_or(&who.account);
    for (layer, account, kind, what, filter) in [
        (
            "scp",
            who.account.as_str(),
            ControlPolicies::Service,
            "the service control policies of the principal's organization",
            "SERVICE_CONTROL_POLICY",
        ),
        (
            "rcp",
            owner,
            ControlPolicies::Resource,
            "the resource control policies of the repository's organization",
            "RESOURCE_CONTROL_POLICY",
        ),
    ] {
        let why = match api.control_policies(account, kind, tell) {
            // In no organization: no such layer.
            Ok(levels) if levels.is_empty() => continue,
            Ok(levels) => {
                let level = |found: Vec<Found>| found.into_iter().map(document).collect();
                file.add_levels(layer, levels.into_iter().map(level).collect());
                continue;
            }
            Err(failure) if failure.kind == FailureKind::Denied => {
                "they can be read in the organization's management account, or one it delegates that to, only"
                    .to_owned()
            }
            Err(failure) => failure.to_string(),
        };
        file.not_seen.push(NotSeen {
            layer,
            what: what.to_owned(),
            why,
            matters: TAKES_AWAY.to_owned(),
            command: Some(format!(
                "aws organizations list-policies-for-target --target-id {account} --filter {filter}"
            )),
        });
    }
}

fn document(found: Found) -> Document {
    Document {
        source: found.source,
        arn: found.arn,
        version: found.version,
        resource: None,
        text: found.text,
    }
}

/// Why it matters what is not seen.
const TAKES_AWAY: &str = "they can deny what is allowed here, never allow what is denied";

fn take(file: &mut PoliciesFile, read: Attached) {
    let Attached { identity, boundary, trust, unread, .. } = read;
    let refused = |layer: &str, unread: &[(&'static str, String, ApiFailure)]| {
        unread.iter().any(|(of, ..)| *of == layer)
    };
    // What was refused altogether is missing, not empty.
    for (layer, found) in [("identity", identity), ("boundary", boundary), ("trust", trust)] {
        let by = if layer == "trust" { "boundary" } else { layer };
        if !(found.is_empty() && refused(by, &unread)) {
            file.add(layer, found.into_iter().map(document).collect());
        }
    }
    for (layer, what, failure) in unread {
        let matters = match layer {
            "identity" => "it may allow what seems denied, or deny what seems allowed",
            _ => "a permissions boundary can deny what is allowed here",
        };
        file.not_seen.push(refusal(layer, what, &failure, matters, "iam"));
    }
}

fn refusal(layer: &'static str, what: String, failure: &ApiFailure, matters: &str, service: &str) -> NotSeen {
    NotSeen { layer, what, why: why_not(failure, service), matters: matters.to_owned(), command: None }
}

fn why_not(failure: &ApiFailure, service: &str) -> String {
    match failure.kind {
        FailureKind::Denied => format!("{service}:{} is not allowed", failure.operation),
        _ => failure.to_string(),
    }
}

/// The policies of repositories and of the registry.
fn resources(
    api: &RegistryApi<'_>,
    file: &mut PoliciesFile,
    repositories: &[String],
    who: &Who,
    asked: &Asked,
    tell: &mut dyn FnMut(&str),
) {
    let account = asked.account.as_deref().unwrap_or(&who.account);
    let by_id = || Partition::all().find(|partition| partition.id() == who.partition);
    let partition = Partition::of_region(&asked.region).or_else(by_id).unwrap_or(Partition::Aws);
    let mut found = Vec::new();
    let mut is_refused = false;
    for name in repositories {
        tell(&format!("policy of repository {name}"));
        match api.repository_policy(name) {
            Ok(Some(text)) => found.push(Document {
                source: format!("policy of repository {name}"),
                arn: None,
                version: None,
                resource: Some(arn::repository_arn(partition, &asked.region, account, name)),
                text,
            }),
            Ok(None) => {}
            Err(failure) => {
                is_refused = true;
                let matters = "it may allow what seems denied, or deny what seems allowed";
                let what = format!("the policy of repository {name}");
                file.not_seen.push(refusal("repository", what, &failure, matters, "ecr"));
            }
        }
    }
    let is_known = !found.is_empty() || !is_refused;
    if is_known && !repositories.is_empty() {
        file.add("repository", found);
    }
    let matters = "it may allow or deny as a repository's policy does";
    // A registry's policy can be asked for by its own account only.
    if account != who.account {
        file.not_seen.push(NotSeen {
            layer: "registry",
            what: format!("the policy of the registry of {account}"),
            why: "only its own account may ask".to_owned(),
            matters: matters.to_owned(),
            command: Some(format!("aws ecr get-registry-policy --region {}", word(&asked.region))),
        });
        return;
    }
    tell("policy of the registry");
    match api.registry_policy() {
        Ok(text) => {
            let document = text.map(|text| Document {
                source: format!("policy of the registry of {account} in {}", asked.region),
                arn: None,
                version: None,
                resource: None,
                text,
            });
            file.add("registry", document.into_iter().collect());
        }
        Err(failure) => {
            let what = "the policy of the registry".to_owned();
            file.not_seen.push(refusal("registry", what, &failure, matters, "ecr"));
        }
    }
}

/// The policies of the endpoints that requests from that VPC come through: the registry's, and the API's.
fn endpoints(
    api: &RegistryApi<'_>,
    file: &mut PoliciesFile,
    vpc: Option<&str>,
    region: &str,
    tell: &mut dyn FnMut(&str),
) {
    let why = match vpc {
        None => "which endpoint a request comes through depends on where it is made: name it with --vpc"
            .to_owned(),
        Some(vpc) => {
            tell(&format!("VPC endpoints of {vpc}"));
            match api.vpc_endpoints(region, vpc) {
                Ok(found) => {
                    let (of_api, of_registry): (Vec<_>, Vec<_>) =
                        found.into_iter().partition(VpcEndpoint::is_for_api);
                    let level = |endpoints: Vec<VpcEndpoint>| {
                        endpoints.into_iter().filter_map(endpoint_policy).collect::<Vec<_>>()
                    };
                    file.add_levels("endpoint", vec![level(of_registry), level(of_api)]);
                    return;
                }
                Err(failure) => why_not(&failure, "ec2"),
            }
        }
    };
    let services = ["ecr.api", "ecr.dkr"].map(|end| format!("com.amazonaws.{region}.{end}")).join(",");
    let filters = [("service-name", services.as_str())].into_iter().chain(vpc.map(|vpc| ("vpc-id", vpc)));
    let filters: Vec<String> =
        filters.map(|(name, values)| word(&format!("Name={name},Values={values}")).into_owned()).collect();
    file.not_seen.push(NotSeen {
        layer: "endpoint",
        what: "the policies of VPC endpoints for ECR".to_owned(),
        why,
        matters: TAKES_AWAY.to_owned(),
        command: Some(format!(
            "aws ec2 describe-vpc-endpoints --region {} --filters {} > endpoints.json",
            word(region),
            filters.join(" ")
        )),
    });
}

fn endpoint_policy(endpoint: VpcEndpoint) -> Option<Document> {
    Some(Document {
        source: format!("policy of the VPC endpoint {} for {}", endpoint.id, endpoint.service),
        arn: None,
        version: None,
        resource: None,
        text: endpoint.policy?,
    })
}

/// What is not read at all, so that nobody takes it for absent.
fn not_seen(file: &mut PoliciesFile) {
    file.not_seen.push(NotSeen {
        layer: "session",
        what: "a policy passed when the session began".to_owned(),
        why: "only whoever began the session knows it".to_owned(),
        matters: "it can deny what is allowed here, never allow what is denied".to_owned(),
        command: None,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_roles_and_their_sessions_have_policies() {
        let arn = |text: &str| Who::parse(text).map(|who| who.arn);
        let role = Some("arn:aws:iam::123456789012:role/ci".to_owned());
        assert_eq!(arn("arn:aws:sts::123456789012:assumed-role/ci/build-7"), role);
        assert_eq!(arn("arn:aws:iam::123456789012:role/ci"), role);
        let user = "arn:aws:iam::123456789012:user/path/ann";
        assert_eq!(arn(user).as_deref(), Some(user));
        for other in ["ann", "lambda.amazonaws.com", "arn:aws:iam::1:group/g", "arn:aws:s3:::x"] {
            assert_eq!(arn(other), None, "{other}");
        }
    }
}
