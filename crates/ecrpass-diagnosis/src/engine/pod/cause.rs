//! Why it failed: what the secrets show, and what the kubelet said.

use ecrpass_core::DiagnosisId;

use super::consistent;
use super::image_report::ImageReport;
use super::order::{PullStep, StepState};
use super::public::{PUBLIC, without_public};
use super::said::Said;
use crate::catalogue;
use crate::finding::{Confidence, Details, Evidence, Finding, Fix, Severity, Situation, safe};
use crate::inputs::PodSeen;

/// What a registry or the kubelet says when it was a matter of credentials.
const OF_CREDENTIALS: [&str; 10] = [
    "unable to parse secret",
    "looking for beginning of value",
    "no basic auth",
    "401",
    "403",
    "unauthorized",
    "denied",
    "authorization token",
    "failedtoretrieveimagepullsecret",
    "authorization failed",
];

/// The causes, best first.
pub fn findings(pod: &PodSeen, images: &[ImageReport], said: Said, fails: bool) -> Vec<Finding> {
    let mut seen: Vec<Finding> = Vec::new();
    for image in images.iter().filter(|image| image.on_ecr) {
        for finding in of_image(pod, image, fails) {
            let is_known = |known: &Finding| known.id == finding.id && known.title == finding.title;
            if !seen.iter().any(is_known) {
                seen.push(finding);
            }
        }
    }
    // Where no cause is given, what is known is better than a guess.
    let is_about_credentials =
        !said.gives_a_cause || OF_CREDENTIALS.iter().any(|words| said.causes.contains(words));
    let mut heard = consistent::with_the_steps(pod, images, said.findings);
    // What a secret shows is certain; what a message means may be open.
    let decides = |finding: &Finding| finding.severity == Severity::Error && is_about_credentials;
    let (mut all, later): (Vec<Finding>, Vec<Finding>) = seen.into_iter().partition(decides);
    for finding in &mut all {
        if let Some(at) = heard.iter().position(|other| other.id == finding.id) {
            let same = heard.remove(at);
            finding.evidence.extend(same.evidence);
        }
        // That the token is over is what the secret shows, and no login of this machine's.
        if finding.id == DiagnosisId::K8sPullSecretExpired.slug() {
            let same = [DiagnosisId::TokenExpired, DiagnosisId::PublicEcrStaleToken];
            let is_same = |other: &Finding| same.iter().any(|id| other.id == id.slug());
            let (same, others) = heard.into_iter().partition(is_same);
            heard = others;
            finding.evidence.extend(same.into_iter().flat_map(|same: Finding| same.evidence));
        }
    }
    if !all.is_empty() {
        // What is only possible beside a certain cause is none.
        heard.retain(|finding| finding.confidence == Confidence::Certain);
    }
    if all.is_empty()
        && CANNOT_BE_READ.iter().any(|words| said.causes.contains(words))
        && let Some(finding) = unreadable(pod, images)
    {
        heard.retain(|other| other.confidence == Confidence::Certain);
        all.push(finding);
    }
    all.extend(heard);
    for finding in later {
        if !all.iter().any(|known| known.id == finding.id) {
            all.push(Finding { severity: Severity::Warning, ..finding });
        }
    }
    all
}

fn of_image(pod: &PodSeen, image: &ImageReport, fails: bool) -> Vec<Finding> {
    let secrets: Vec<(&PullStep, &str)> =
        image.steps.iter().filter_map(|step| Some((step, step.secret()?))).collect();
    let of = |state: StepState| secrets.iter().find(move |(step, _)| step.state == state);
    // What is wrong with secrets of a pod that has its images is no finding: nothing fails.
    if !fails && !pod.is_template {
        return Vec::new();
    }
    if let Some((step, name)) = of(StepState::Unreadable) {
        let title =
            format!("The kubelet cannot read pull secret {name}, and then looks for no other credentials");
        return vec![found(pod, image, name, DiagnosisId::K8sPullSecretMissing, &title, step)];
    }
    if of(StepState::Login).is_some() {
        return Vec::new();
    }
    if let Some((step, name)) = of(StepState::Expired) {
        let title = format!(
            "The login in pull secret {name} is over: {}",
            step.detail.trim_start_matches("its login ")
        );
        let mut finding = found(pod, image, name, DiagnosisId::K8sPullSecretExpired, &title, step);
        if !fails {
            finding.severity = Severity::Warning;
        }
        if image.host() == PUBLIC {
            finding.fixes.insert(0, without_public(name));
        }
        return vec![finding];
    }
    if !fails {
        return Vec::new();
    }
    if let Some((step, name)) = of(StepState::Missing) {
        let namespace = pod.pod.namespace.as_deref().unwrap_or("the pod's namespace");
        let title = format!("There is no pull secret {name} in {namespace}");
        return vec![found(pod, image, name, DiagnosisId::K8sPullSecretMissing, &title, step)];
    }
    if let Some((step, name)) = of(StepState::Nothing) {
        let title = format!("Pull secret {name} has no login for {}: {}", image.host(), step.detail);
        let finding = found(pod, image, name, DiagnosisId::K8sPullSecretMissing, &title, step);
        return vec![Finding { confidence: Confidence::Likely, ..finding }];
    }
    let late = pod.account_secrets.as_deref().and_then(<[String]>::first);
    if let (Some(name), Some(step), true) = (late, image.steps.first(), pod.pod.pull_secrets.is_empty()) {
        let account = pod.pod.service_account.as_deref().unwrap_or("default");
        let title = format!("The pod was made before service account {account} was given pull secret {name}");
        let mut finding = found(pod, image, name, DiagnosisId::K8sPullSecretMissing, &title, step);
        finding.confidence = Confidence::Likely;
        finding.fixes.insert(
            0,
            Fix::by_hand("delete the pod: the one that takes its place is given the account's pull secrets"),
        );
        return vec![finding];
    }
    Vec::new()
}

/// What the kubelet says of a pull secret that it cannot read.
const CANNOT_BE_READ: [&str; 2] = ["unable to parse secret", "looking for beginning of value"];

/// A pull secret that the kubelet cannot read, where it is not known what is in it.
fn unreadable(pod: &PodSeen, images: &[ImageReport]) -> Option<Finding> {
    let (image, step) = images.iter().filter(|image| image.on_ecr).find_map(|image| {
        let secrets = image.steps.iter().filter(|step| step.secret().is_some());
        Some((image, secrets.into_iter().find(|step| step.state == StepState::Unknown)?))
    })?;
    let name = step.secret()?;
    let title = "The kubelet cannot read a pull secret of the pod, and then looks for no other credentials";
    let finding = found(pod, image, name, DiagnosisId::K8sPullSecretMissing, title, step);
    Some(Finding { confidence: Confidence::Likely, ..finding })
}

fn found(
    pod: &PodSeen,
    image: &ImageReport,
    secret: &str,
    id: DiagnosisId,
    title: &str,
    step: &PullStep,
) -> Finding {
    let details = Details {
        host: Some(image.host().to_owned()),
        namespace: pod.pod.namespace.as_deref().and_then(safe),
        pod: pod.pod.object.rsplit('/').next().filter(|_| !pod.is_template).and_then(safe),
        secret: safe(secret),
        client: Some("kubelet".to_owned()),
        ..Details::default()
    };
    let place = pod.pod.secrets.iter().find(|known| known.name == secret).map(|known| &known.place);
    let source = place.map_or_else(|| pod.pod.object.clone(), |place| place.file.clone());
    let evidence = Evidence {
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        ..Evidence::new(source, format!("{}: {}", step.source, step.detail))
    };
    let entry = catalogue::find(id);
    let situation = Situation::of(&details);
    let fixes: Vec<Fix> = entry.confirmation(&situation).into_iter().chain(entry.fixes(&situation)).collect();
    Finding { title: title.to_owned(), ..entry.found(Confidence::Certain, vec![evidence], details, fixes) }
}
