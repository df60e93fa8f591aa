//! `ecrpass policy collect`: what is attached to a principal, in one file that `policy evaluate` takes.

use std::path::PathBuf;

use ecrpass_aws::collect::{Attached, Found, attached};
use ecrpass_aws::registry_api::{ApiFailure, FailureKind, RegistryApi};
use ecrpass_core::environment::Environment;
use ecrpass_core::shell;
use ecrpass_core::{Arn, Partition};

use crate::collect::registry_session::{Asked, Place, failed};
use crate::error::CommandError;
use crate::render::policies::{Document, NotSeen, PoliciesFile};
use crate::render::progress::Progress;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::atomic_file::write_own;

/// Arguments of `ecrpass policy collect`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What could not be read is listed with the reason and why it matters; it is never taken for absent. The format is described in docs/policy.md.\n\nExample:\n  ecrpass policy collect arn:aws:iam::123456789012:role/ci --repository team/app --output ci.json\n\nExit status: 0 when everything of the account was read, 1 when something could not be."
)]
pub struct Arguments {
    /// The user, role or session, as an ARN; otherwise whoever the credentials belong to
    pub principal: Option<String>,
    /// A repository whose policy counts, too: team/app, an image, or an ARN
    #[arg(long, value_name = "REPOSITORY")]
    pub repository: Vec<String>,
    /// Where to write to; otherwise standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something could not be read.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let mut place = arguments.place.clone();
    let mut repositories = Vec::new();
    for text in &arguments.repository {
        // Account and region are those of the first that names them.
        repositories.push(place.understand(text)?.0.repository);
    }
    let file = place.ask(environment, false, |api, asked| {
        let mut progress = Progress::new(ui);
        let who = principal(api, arguments.principal.as_deref())?;
        let read = attached(api, &who.arn, &mut |what| progress.say(what));
        let arn = read.arn.as_deref().unwrap_or(&who.arn);
        let mut file = PoliciesFile::new(arn, &who.account, &asked.region, ecrpass_aws::clock::now());
        take(&mut file, read);
        resources(api, &mut file, &repositories, &who, asked, &mut progress);
        not_seen(&mut file, &who.account);
        Ok(file)
    })?;
    let text = file.text();
    match &arguments.output {
        Some(path) => {
            let path = std::path::absolute(path)?;
            let failed = |error| {
                CommandError::io(&format!("{} cannot be written", path.display()), error, "name another file")
            };
            write_own(&path, &text).map_err(failed)?;
            ui.note(&format!("{} {} documents, in {}", styled(GOOD, "✓"), file.count(), path.display()));
        }
        None => ui.exact(&text)?,
    }
    for one in &file.not_seen {
        ui.note(&format!("note: not seen: {}: {}; {}.", one.what, one.why, one.matters));
        if let Some(command) = &one.command {
            ui.note(&format!("  {command}"));
        }
    }
    if file.is_complete() { Ok(()) } else { Err(CommandError::Found) }
}

struct Who {
    arn: String,
    account: String,
    partition: String,
}

/// The user or role, by its ARN in policies.
fn principal(api: &RegistryApi<'_>, named: Option<&str>) -> Result<Who, CommandError> {
    let arn = match named {
        Some(arn) => arn.to_owned(),
        None => {
            let own = api.identity();
            own.map_err(|failure| failed("It is not known whose credentials these are", failure))?.1
        }
    };
    let next = "name a user or role: arn:aws:iam::123456789012:role/ci";
    let wrong = || CommandError::could_not_run(format!("`{arn}` is no user, role or session."), next);
    let parsed = Arn::parse(&arn).ok_or_else(wrong)?;
    let arn = match (parsed.service, parsed.role_name()) {
        // Without the path of the role, which a session does not show; IAM asks for the name alone.
        ("sts", Some(role)) => {
            Arn::iam(parsed.partition, parsed.account, &format!("role/{role}")).to_string()
        }
        ("iam", _) if ["role", "user"].iter().any(|kind| parsed.resource_of_kind(kind).is_some()) => {
            arn.clone()
        }
        _ => return Err(wrong()),
    };
    Ok(Who { arn, account: parsed.account.to_owned(), partition: parsed.partition.to_owned() })
}

fn take(file: &mut PoliciesFile, read: Attached) {
    let document = |found: Found| Document {
        source: found.source,
        arn: found.arn,
        version: found.version,
        resource: None,
        text: found.text,
    };
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
    let why = match failure.kind {
        FailureKind::Denied => format!("{service}:{} is not allowed", failure.operation),
        _ => failure.to_string(),
    };
    NotSeen { layer, what, why, matters: matters.to_owned(), command: None }
}

/// The policies of repositories and of the registry.
fn resources(
    api: &RegistryApi<'_>,
    file: &mut PoliciesFile,
    repositories: &[String],
    who: &Who,
    asked: &Asked,
    progress: &mut Progress,
) {
    let account = asked.account.as_deref().unwrap_or(&who.account);
    let partition =
        Partition::of_region(&asked.region).map_or(who.partition.as_str(), |partition| partition.id());
    let mut found = Vec::new();
    let mut is_refused = false;
    for name in repositories {
        progress.say(&format!("policy of repository {name}"));
        match api.repository_policy(name) {
            Ok(Some(text)) => found.push(Document {
                source: format!("policy of repository {name}"),
                arn: None,
                version: None,
                resource: Some(format!("arn:{partition}:ecr:{}:{account}:repository/{name}", asked.region)),
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
    // A registry's policy can be asked for by its own account only.
    if account != who.account {
        file.not_seen.push(NotSeen {
            layer: "registry",
            what: format!("the policy of the registry of {account}"),
            why: "only its own account may ask".to_owned(),
            matters: "it may allow or deny as a repository's policy does".to_owned(),
            command: Some(format!("aws ecr get-registry-policy --region {}", shell::quoted(&asked.region))),
        });
        return;
    }
    progress.say("policy of the registry");
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
            let matters = "it may allow or deny as a repository's policy does";
            file.not_seen.push(refusal(
                "registry",
                "the policy of the registry".to_owned(),
                &failure,
                matters,
                "ecr",
            ));
        }
    }
}

/// What is not read at all, so that nobody takes it for absent.
fn not_seen(file: &mut PoliciesFile, account: &str) {
    let organisation =
        "it can be read in the organisation's management account, or one it delegates to, only";
    for (layer, what, filter) in [
        ("scp", "the service control policies of the principal's organisation", "SERVICE_CONTROL_POLICY"),
        ("rcp", "the resource control policies of the repository's organisation", "RESOURCE_CONTROL_POLICY"),
    ] {
        file.not_seen.push(NotSeen {
            layer,
            what: what.to_owned(),
            why: organisation.to_owned(),
            matters: "they can deny what is allowed here, never allow what is denied".to_owned(),
            command: Some(format!(
                "aws organizations list-policies-for-target --target-id {account} --filter {filter}"
            )),
        });
    }
    file.not_seen.push(NotSeen {
        layer: "endpoint",
        what: "the policies of VPC endpoints for ECR".to_owned(),
        why: "which endpoint a request comes through depends on where it is made".to_owned(),
        matters: "they can deny what is allowed here, never allow what is denied".to_owned(),
        command: Some(
            "aws ec2 describe-vpc-endpoints --query \"VpcEndpoints[?contains(ServiceName, 'ecr')]\""
                .to_owned(),
        ),
    });
    file.not_seen.push(NotSeen {
        layer: "session",
        what: "a policy passed when the session began".to_owned(),
        why: "only whoever began the session knows it".to_owned(),
        matters: "it can deny what is allowed here, never allow what is denied".to_owned(),
        command: None,
    });
}
