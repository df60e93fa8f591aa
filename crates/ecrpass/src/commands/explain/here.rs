//! What this machine's own configuration says of a failure that a log leaves open: which login or helper the client
//! would really use here, and which region `aws` would ask. It ranks the possible causes and proves none: the log may be
//! of another machine, so what is a pipeline's, a cluster's or a service's is left alone.

use ecrpass_clients::client::{Client, Request, Resolution, Supplier, resolve};
use ecrpass_core::environment::Environment;
use ecrpass_core::time::{EpochSeconds, duration};
use ecrpass_core::{DiagnosisId, Registry};
use ecrpass_credentials::aws_config::FileKind;
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::finding::{Confidence, Details, Evidence, Finding, Fix, Situation};

use crate::system::machine::LocalMachine;

/// What was seen here, and the causes it speaks for, the likeliest first.
struct Seen {
    causes: &'static [DiagnosisId],
    evidence: Evidence,
}

/// Puts the cause first that this machine's configuration speaks for, where the log names it among others.
pub fn weigh(findings: &mut Vec<Finding>, environment: &dyn Environment) {
    let Some(first) = findings.first().filter(|first| first.confidence != Confidence::Certain) else {
        return;
    };
    let Some(details) = first.details.clone().filter(is_of_somebody) else { return };
    let Some((host, registry)) =
        details.host.as_deref().and_then(|host| Some((host, Registry::parse(host).ok()?)))
    else {
        return;
    };
    let client = details.client.as_deref().and_then(Client::parse).unwrap_or(Client::Docker);
    let mut request = Request::new(client, host);
    request.repository.clone_from(&details.repository);
    let resolution = resolve(&request, &LocalMachine::looking(environment));
    let seen = [asked_region(&registry, environment), login(&resolution, ecrpass_aws::clock::now())];
    for seen in seen.into_iter().flatten() {
        if prefer(findings, &details, seen) {
            return;
        }
    }
}

/// Whether somebody at a machine like this one saw it.
fn is_of_somebody(details: &Details) -> bool {
    let is_of_a_node =
        matches!(details.client.as_deref(), Some("kubelet" | "containerd" | "ecs-agent" | "kaniko"));
    details.ci.is_none() && details.place.is_none() && !is_of_a_node
}

/// Which login or helper the client would use.
fn login(resolution: &Resolution, now: EpochSeconds) -> Option<Seen> {
    use DiagnosisId as D;
    let host = &resolution.host;
    let stored = resolution.expires_at.map(|at| at - now);
    let is_missing = || resolution.summary.contains("docker-credential-");
    let (causes, text): (&[DiagnosisId], String) = match (resolution.outcome, stored) {
        (Supplier::Auths, Some(left)) if left <= 0 => (
            &[D::TokenExpired, D::PublicEcrStaleToken, D::StaleAuthEntry],
            format!("on this machine: the login for {host} expired {} ago", duration(-left)),
        ),
        (Supplier::Auths, Some(left)) => (
            &[D::ConfigNotSeenByProcess, D::ClientIgnoresCredHelper, D::WrongRegistryAccount],
            format!("on this machine: there is a login for {host}, good for another {}", duration(left)),
        ),
        (Supplier::Helper | Supplier::Store, _) => {
            let helper = resolution.helper.as_deref().filter(|helper| helper.contains("ecr"))?;
            (
                &[D::ClientIgnoresCredHelper, D::ConfigNotSeenByProcess],
                format!("on this machine: the helper `{helper}` answers {} for {host}", resolution.client),
            )
        }
        (Supplier::Error, _) if is_missing() => (
            &[D::HelperNotOnPath, D::StaleCredsstoreDesktop],
            format!("on this machine: {}", resolution.summary),
        ),
        (Supplier::Anonymous, _) if !resolution.files_read.is_empty() => (
            &[D::NotLoggedIn],
            format!("on this machine: neither a login nor a credential helper for {host}"),
        ),
        _ => return None,
    };
    let file = resolution.file.as_ref().or_else(|| resolution.files_read.iter().next());
    Some(Seen {
        causes,
        evidence: Evidence {
            source: file.map_or_else(|| resolution.client.id().to_owned(), |file| file.display().to_string()),
            line: resolution.place.map(|place| place.line),
            column: resolution.place.map(|place| place.column),
            text,
            mark: None,
            label: None,
        },
    })
}

/// The region `aws` asks for a token, where it is not the registry's.
fn asked_region(registry: &Registry, environment: &dyn Environment) -> Option<Seen> {
    if registry.is_public() {
        return None;
    }
    let variable = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| Some((name.to_owned(), None, environment.nonempty_var(name)?)));
    let (source, line, region) = variable.or_else(|| {
        let profile = environment.nonempty_var("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
        let (config, _) = ecrpass_aws::files::look();
        let profile = config.profile(&profile)?;
        let setting = profile.setting("region")?;
        let path = ecrpass_aws::files::path(setting.file).filter(|_| setting.file == FileKind::Config)?;
        Some((path.display().to_string(), Some(setting.property.line), setting.value().to_owned()))
    })?;
    (region != registry.region()).then(|| Seen {
        causes: &[DiagnosisId::WrongRegistryRegion],
        evidence: Evidence {
            source,
            line,
            column: None,
            text: format!(
                "on this machine: region {region}; the registry {} is in {}",
                registry.host(),
                registry.region()
            ),
            mark: None,
            label: None,
        },
    })
}

/// Puts the first of those causes in front that the log names; says whether it names one.
fn prefer(findings: &mut Vec<Finding>, details: &Details, seen: Seen) -> bool {
    let is_open = |slug: &str| {
        findings.iter().any(|finding| {
            finding.confidence != Confidence::Certain
                && (finding.id == slug || finding.alternatives.iter().any(|other| other == slug))
        })
    };
    let Some(cause) = seen.causes.iter().copied().find(|cause| is_open(cause.slug())) else { return false };
    let at = findings.iter().position(|finding| finding.id == cause.slug());
    let mut preferred = match at {
        Some(at) => findings.remove(at),
        None => possibility(cause, findings.first(), details),
    };
    if preferred.confidence == Confidence::Possible {
        preferred.confidence = Confidence::Likely;
    }
    preferred.evidence.push(seen.evidence);
    findings.insert(0, preferred);
    true
}

/// The finding for a cause that was named only beside another.
fn possibility(cause: DiagnosisId, beside: Option<&Finding>, details: &Details) -> Finding {
    let entry = catalogue::find(cause);
    let situation = Situation::of(details);
    let fixes: Vec<Fix> = entry.confirmation(&situation).into_iter().chain(entry.fixes(&situation)).collect();
    let evidence = beside.map(|beside| beside.evidence.clone()).unwrap_or_default();
    let mut finding = entry.found(Confidence::Possible, evidence, details.clone(), fixes);
    if let Some(beside) = beside {
        finding.alternatives = std::iter::once(beside.id.clone())
            .chain(beside.alternatives.iter().filter(|other| **other != finding.id).cloned())
            .collect();
    }
    finding
}
