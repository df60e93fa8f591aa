//! Why it failed: what the secrets show, and what the kubelet said.

use ecrpass_core::DiagnosisId;

use super::consistent;
use super::details::details;
use super::image_report::ImageReport;
use super::order::{PullStep, StepState};
use super::public::{PUBLIC, without_public};
use super::said::Said;
use super::secret_fixes::{Advice, Wrong, advice};
use crate::catalogue;
use crate::finding::{Confidence, Details, Evidence, Finding, Severity, safe};
use crate::inputs::{LoginTrouble, PodSeen};
use ecrpass_core::time::EpochSeconds;

/// What a registry or the kubelet says when it was a matter of credentials.
const OF_CREDENTIALS: [&str; 11] = [
    "unable to parse secret",
    "looking for beginning of value",
    "no basic auth",
    "400 bad request",
    "401",
    "403",
    "unauthorized",
    "denied",
    "authorization token",
    "failedtoretrieveimagepullsecret",
    "authorization failed",
];

/// The causes, best first.
pub fn findings(
    pod: &PodSeen,
    images: &[ImageReport],
    said: Said,
    fails: bool,
    now: EpochSeconds,
) -> Vec<Finding> {
    let mut seen: Vec<Finding> = Vec::new();
    for image in images.iter().filter(|image| image.on_ecr) {
        for finding in of_image(pod, image, fails, now) {
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
        && let Some(finding) = unreadable(pod, images, now)
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

fn of_image(pod: &PodSeen, image: &ImageReport, fails: bool, now: EpochSeconds) -> Vec<Finding> {
    let secrets: Vec<(&PullStep, &str)> =
        image.steps.iter().filter_map(|step| Some((step, step.secret()?))).collect();
    let found = |step: &PullStep, name: &str, id: DiagnosisId, wrong: Wrong, title: String| {
        found(pod, image, step, id, title, &advice(pod, image.host(), name, wrong, now), name)
    };
    let of = |state: StepState| {
        secrets.iter().find(move |(step, _)| step.state == state && step.trouble.is_none())
    };
    // What is wrong with secrets of a pod that has its images is no finding: nothing fails.
    if !fails && !pod.is_template {
        return Vec::new();
    }
    if let Some((step, name)) = of(StepState::Unreadable) {
        let title =
            format!("The kubelet cannot read pull secret {name}, and then looks for no other credentials");
        return vec![found(step, name, DiagnosisId::K8sPullSecretMissing, Wrong::Unreadable, title)];
    }
    if of(StepState::Login).is_some() {
        return Vec::new();
    }
    let troubled = secrets.iter().find_map(|(step, name)| Some((*step, *name, step.trouble?)));
    if let Some((step, name, trouble)) = troubled.filter(|_| fails) {
        let (id, title) = match trouble {
            LoginTrouble::AccessKey => (
                DiagnosisId::WrongLoginUsernameOrPassword,
                format!(
                    "The login in pull secret {name} is an access key, and ECR takes only its own passwords"
                ),
            ),
            LoginTrouble::OtherUser => (
                DiagnosisId::WrongLoginUsernameOrPassword,
                format!("The user name in pull secret {name} is another than `AWS`"),
            ),
            LoginTrouble::Altered | LoginTrouble::Undecodable => (
                DiagnosisId::LoginPasswordCorrupted,
                format!("The password in pull secret {name} has a space or a line break in it"),
            ),
        };
        return vec![found(step, name, id, Wrong::Refused(trouble), title)];
    }
    if let Some((step, name)) = of(StepState::Expired) {
        let title = format!(
            "The login in pull secret {name} is over: {}",
            step.detail.trim_start_matches("its login ")
        );
        let mut finding = found(step, name, DiagnosisId::K8sPullSecretExpired, Wrong::Expired, title);
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
        let finding = found(step, name, DiagnosisId::K8sPullSecretMissing, Wrong::Missing, title);
        // A list need not be the whole of a cluster.
        let confidence = if pod.asked { Confidence::Certain } else { Confidence::Likely };
        return vec![Finding { confidence, ..finding }];
    }
    if let Some((step, name)) = of(StepState::Nothing) {
        let title = format!("Pull secret {name} has no login for {}: {}", image.host(), step.detail);
        let is_passed_over = step.detail.starts_with("it is passed over");
        let wrong = if is_passed_over { Wrong::OtherType } else { Wrong::NoLogin };
        let finding = found(step, name, DiagnosisId::K8sPullSecretMissing, wrong, title);
        return vec![Finding { confidence: Confidence::Likely, ..finding }];
    }
    let late = pod.account_secrets.as_deref().and_then(<[String]>::first);
    if let (Some(name), Some(step), true) = (late, image.steps.first(), pod.pod.pull_secrets.is_empty()) {
        let account = pod.pod.service_account.as_deref().unwrap_or("default");
        let title = format!("The pod was made before service account {account} was given pull secret {name}");
        let finding = found(step, name, DiagnosisId::K8sPullSecretMissing, Wrong::GivenLater, title);
        // It does not try again with them.
        return vec![Finding { confidence: Confidence::Likely, after: None, ..finding }];
    }
    Vec::new()
}

/// What the kubelet says of a pull secret that it cannot read.
const CANNOT_BE_READ: [&str; 2] = ["unable to parse secret", "looking for beginning of value"];

/// A pull secret that the kubelet cannot read, where it is not known what is in it.
fn unreadable(pod: &PodSeen, images: &[ImageReport], now: EpochSeconds) -> Option<Finding> {
    let (image, step) = images.iter().filter(|image| image.on_ecr).find_map(|image| {
        let secrets = image.steps.iter().filter(|step| step.secret().is_some());
        Some((image, secrets.into_iter().find(|step| step.state == StepState::Unknown)?))
    })?;
    let name = step.secret()?;
    let title = "The kubelet cannot read a pull secret of the pod, and then looks for no other credentials";
    let advice = advice(pod, image.host(), name, Wrong::Unreadable, now);
    let finding = found(pod, image, step, DiagnosisId::K8sPullSecretMissing, title.to_owned(), &advice, name);
    Some(Finding { confidence: Confidence::Likely, ..finding })
}

fn found(
    pod: &PodSeen,
    image: &ImageReport,
    step: &PullStep,
    id: DiagnosisId,
    title: String,
    advice: &Advice,
    secret: &str,
) -> Finding {
    let details = Details { secret: safe(secret), ..details(pod, image.host()) };
    let place = pod.pod.secrets.iter().find(|known| known.name == secret).map(|known| &known.place);
    let source = place.map_or_else(|| pod.pod.object.clone(), |place| place.file.clone());
    let evidence = Evidence {
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        ..Evidence::new(source, format!("{}: {}", step.source, step.detail))
    };
    let found = catalogue::find(id).found(Confidence::Certain, vec![evidence], details, advice.fixes.clone());
    Finding { title, explanation: advice.explanation.clone(), ..found }
}
