//! From what AWS and monitoring say of a failure to the cause: the words are read as a log is, and what the notice itself
//! names comes beside it.

use ecrpass_core::DiagnosisId;
use ecrpass_core::sort::sort_by_key;

use crate::catalogue;
use crate::finding::{Confidence, Details, Evidence, Finding, Fix, Situation, safe};
use crate::inputs::notices::{Hint, Notice};

/// Causes of which CloudTrail has a record, with who was refused and what was changed before.
const IN_TRAIL: [DiagnosisId; 9] = [
    DiagnosisId::AssumeRoleDenied,
    DiagnosisId::CrossAccountRepoPolicyMissing,
    DiagnosisId::EcsExecutionRoleMissing,
    DiagnosisId::ExplicitDenyPolicy,
    DiagnosisId::IamMissingGetAuthorizationToken,
    DiagnosisId::IamMissingPullAction,
    DiagnosisId::KmsKeyAccessDenied,
    DiagnosisId::LambdaRepoPolicyMissing,
    DiagnosisId::Throttled,
];

/// Looks at notices. `explain` finds the causes in what was said.
pub fn examine(notices: &[Notice], explain: &dyn Fn(&str, &str) -> Vec<Finding>) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for notice in notices {
        for finding in of_one(notice, explain) {
            // Many tasks stop for one reason.
            let is_same = |known: &&mut Finding| {
                known.id == finding.id
                    && known.details == finding.details
                    && known.confidence == finding.confidence
            };
            match all.iter_mut().find(is_same) {
                Some(known) => known.evidence.extend(finding.evidence),
                None => all.push(finding),
            }
        }
    }
    sort_by_key(&mut all, |finding| finding.confidence);
    all
}

fn of_one(notice: &Notice, explain: &dyn Fn(&str, &str) -> Vec<Finding>) -> Vec<Finding> {
    let mut found = heard(notice, explain);
    for hint in &notice.hints {
        match found.iter_mut().find(|finding| finding.id == hint.id.slug()) {
            Some(same) if same.confidence > hint.confidence => *same = hinted(notice, hint),
            Some(_) => {}
            None => found.push(hinted(notice, hint)),
        }
    }
    // What is only possible beside a certain cause is none.
    if found.iter().any(|finding| finding.confidence == Confidence::Certain) {
        found.retain(|finding| finding.confidence != Confidence::Possible);
    }
    sort_by_key(&mut found, |finding| finding.confidence);
    for finding in &mut found {
        if let Some(trail) = in_trail(notice, finding) {
            finding.confirm.push(trail);
        }
    }
    found
}

/// The causes in what was said.
fn heard(notice: &Notice, explain: &dyn Fn(&str, &str) -> Vec<Finding>) -> Vec<Finding> {
    if notice.said.is_empty() {
        return Vec::new();
    }
    let place = Some(notice.place.to_owned()).filter(|place| !place.is_empty());
    let images = notice.images.iter().map(|image| format!("image {image}"));
    let beginning: Vec<String> = place.into_iter().chain(images).collect();
    // A line each, so that a line of a finding is one of them.
    let said = notice.said.iter().map(|(_, text)| text.replace(['\n', '\r'], " "));
    let lines: Vec<String> = beginning.iter().cloned().chain(said).collect();
    let mut found = explain(&notice.subject, &(lines.join("\n") + "\n"));
    for finding in &mut found {
        for evidence in &mut finding.evidence {
            let at = evidence.line.and_then(|line| notice.said.get(line.checked_sub(beginning.len() + 1)?));
            match at {
                Some((place, _)) => {
                    evidence.source.clone_from(&place.file);
                    (evidence.line, evidence.column) = (Some(place.line), Some(place.column));
                }
                None => (evidence.line, evidence.column) = (None, None),
            }
        }
        complete(notice, finding);
    }
    found
}

/// Fills in what the notice knows besides what was said.
fn complete(notice: &Notice, finding: &mut Finding) {
    let known = finding.details.clone().unwrap_or_default();
    let details = merged(&known, &notice.details);
    let Some(id) = DiagnosisId::parse(&finding.id).filter(|_| details != known) else { return };
    let fresh = made(id, finding.confidence, Vec::new(), details);
    finding.fixes = fresh.fixes;
    finding.confirm = fresh.confirm;
    finding.details = fresh.details;
}

fn hinted(notice: &Notice, hint: &Hint) -> Finding {
    let mut details = notice.details.clone();
    if let Some(image) = notice.images.iter().find_map(|image| crate::inputs::parse(image).ok()) {
        let of_image = Details {
            host: image.registry.as_ref().map(|registry| registry.host().to_owned()),
            account: image.registry.as_ref().and_then(|registry| registry.account()).map(str::to_owned),
            region: image.registry.as_ref().map(|registry| registry.region().to_owned()),
            repository: image.repository.as_deref().and_then(safe),
            tag: image.tag.as_deref().and_then(safe),
            ..Details::default()
        };
        if of_image.host.is_some() {
            details = merged(&of_image, &details);
        }
    }
    let evidence = Evidence {
        line: Some(hint.place.line),
        column: Some(hint.place.column),
        ..Evidence::new(hint.place.file.clone(), hint.text.clone())
    };
    let mut finding = made(hint.id, hint.confidence, vec![evidence], details);
    if let Some((summary, command)) = &hint.next {
        finding.confirm.insert(0, Fix { looks: true, ..Fix::run(*summary, command.clone()) });
    }
    finding
}

fn made(id: DiagnosisId, confidence: Confidence, evidence: Vec<Evidence>, details: Details) -> Finding {
    let entry = catalogue::find(id);
    let situation = Situation::of(&details);
    let mut fixes: Vec<Fix> = entry.fixes(&situation).collect();
    if confidence != Confidence::Certain
        && let Some(confirmation) = entry.confirmation(&situation)
    {
        fixes.insert(0, confirmation);
    }
    let mut commands = std::collections::BTreeSet::new();
    fixes.retain(|fix| fix.command().is_none_or(|command| commands.insert(command)));
    entry.found(confidence, evidence, details, fixes)
}

/// What one knows, and of the other what that one does not.
fn merged(one: &Details, other: &Details) -> Details {
    let or = |one: &Option<String>, other: &Option<String>| one.clone().or_else(|| other.clone());
    Details {
        host: or(&one.host, &other.host),
        account: or(&one.account, &other.account),
        region: or(&one.region, &other.region),
        repository: or(&one.repository, &other.repository),
        tag: or(&one.tag, &other.tag),
        principal: or(&one.principal, &other.principal),
        action: or(&one.action, &other.action),
        profile: or(&one.profile, &other.profile),
        request_id: or(&one.request_id, &other.request_id),
        ci: or(&one.ci, &other.ci),
        client: or(&one.client, &other.client),
        place: or(&one.place, &other.place),
        namespace: or(&one.namespace, &other.namespace),
        pod: or(&one.pod, &other.pod),
        cluster: or(&one.cluster, &other.cluster),
        service: or(&one.service, &other.service),
        task: or(&one.task, &other.task),
        secret: or(&one.secret, &other.secret),
        denial: one.denial.clone().or_else(|| other.denial.clone()),
    }
}

/// Where the change is that came before.
fn in_trail(notice: &Notice, finding: &Finding) -> Option<Fix> {
    let id = DiagnosisId::parse(&finding.id).filter(|id| IN_TRAIL.contains(id))?;
    let until =
        notice.time.as_deref().and_then(safe).map(|time| format!(" until {time}")).unwrap_or_default();
    let what = if id == DiagnosisId::Throttled {
        "how many calls there were each second"
    } else {
        "which change came just before"
    };
    Some(Fix {
        looks: true,
        ..Fix::by_hand(format!(
            "CloudTrail knows {what}{until}: give its files, those of us-east-1 too, to `ecrpass trail`"
        ))
    })
}
