//! Mistakes in rules of EventBridge: a pattern is held against the events that it is meant for.

use ecrpass_audit::infrastructure::datum::Datum;
use serde_json::{Value as Sample, json};

use crate::alarms::check::found::Problems;
use crate::alarms::check::input::{Event, Setting};
use crate::alarms::check::level::Level;
use crate::alarms::check::mistake::Mistake;
use crate::alarms::pattern::{Absent, accepts, matches};

/// The two spellings of a refusal.
pub const CODES: [&str; 2] = ["AccessDenied", "AccessDeniedException"];

/// Calls of Lambda, and what CloudTrail records them as.
pub const CALLS_OF_LAMBDA: [(&str, &str); 4] = [
    ("CreateFunction", "CreateFunction20150331"),
    ("UpdateFunctionCode", "UpdateFunctionCode20150331v2"),
    ("UpdateFunctionConfiguration", "UpdateFunctionConfiguration20150331v2"),
    ("PublishVersion", "PublishVersion20150331"),
];

/// What ECS's agents call a failed pull. Source: amazon-ecs-agent `agent/engine/errors.go`.
const AGENT_NAMES: [&str; 4] = [
    "CannotPullContainerError",
    "CannotPullECRContainerError",
    "CannotPullImageManifestError",
    "CannotPullContainerAuthError",
];

const TASK: &str = "ECS Task State Change";
const SERVICE: &str = "ECS Service Action";
const DEPLOYMENT: &str = "ECS Deployment State Change";
const THROUGH_CLOUDTRAIL: &str = "AWS API Call via CloudTrail";

/// The detail-types that a rule with the source `aws.lambda` can get.
const OF_LAMBDA: [&str; 4] = [
    THROUGH_CLOUDTRAIL,
    "AWS Service Event via CloudTrail",
    "AWS Console Action via CloudTrail",
    "AWS Insight via CloudTrail",
];

/// What else than CloudTrail's records a rule with the source `aws.ecr` can get. Source: Amazon EventBridge, events
/// reference, "Amazon ECR service events".
const OF_ECR: [&str; 7] = [
    "ECR Artifact Action",
    "ECR Image Action",
    "ECR Image Scan",
    "ECR Pull Through Cache Action",
    "ECR Referrer Action",
    "ECR Replication Action",
    "ECR Scan Resource Change",
];

/// What tells of pulls where no event does.
const PULLS_OF_ECR: &str = "watch those who pull: ecrpass alarms generate --signals canary,ecs,lambda; refusals are calls of BatchGetImage with an errorCode, by `AWS API Call via CloudTrail`";

/// The state in which a rule gets everything.
const ALL_EVENTS: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

/// Calls of ECR whose names begin like this are read events.
const READS: [&str; 3] = ["Get", "List", "Describe"];

/// Looks at a rule.
pub fn look(event: &Event, problems: &mut Problems) {
    let pattern = &event.pattern;
    if takes(pattern, &["source"], "aws.ecs") {
        tasks(pattern, problems);
        services(pattern, problems);
    }
    sources(pattern, problems);
    lambda(pattern, problems);
    registry(pattern, problems);
    cloudtrail(event, problems);
}

/// Whether a leaf of a pattern takes a value; one that is not there takes everything.
fn takes(pattern: &Datum, path: &[&str], value: &str) -> bool {
    pattern.at(path).is_none_or(|rules| accepts(rules, value))
}

/// The texts of a leaf that are written out.
fn literals<'a>(pattern: &'a Datum, path: &[&str]) -> impl Iterator<Item = (&'a str, &'a Datum)> {
    let items = pattern.at(path).map(Datum::items).unwrap_or_default();
    items.iter().filter_map(|item| Some((item.text()?, item)))
}

/// A task that stopped because of its image, on Fargate and on EC2.
fn stopped(name: &str) -> [Sample; 2] {
    let reason = format!("{name}: pull image manifest has been retried 1 time(s): failed to resolve ref");
    let event = |stopped: &str, container: &str| {
        json!({
            "source": "aws.ecs",
            "detail-type": TASK,
            "detail": {
                "lastStatus": "STOPPED",
                "desiredStatus": "STOPPED",
                "stopCode": "TaskFailedToStart",
                "stoppedReason": stopped,
                "containers": [{"lastStatus": "STOPPED", "reason": container}],
            },
        })
    };
    [event(&reason, ""), event("Task failed to start", &reason)]
}

fn tasks(pattern: &Datum, problems: &mut Problems) {
    // The first text that is about a pull.
    let mut meant: Option<&Datum> = None;
    if let Some(detail) = pattern.get("detail") {
        detail.walk("detail", &mut |_, datum| {
            if meant.is_none() && datum.text().is_some_and(|text| text.contains("CannotPull")) {
                meant = Some(datum);
            }
        });
    }
    let Some(meant) = meant.filter(|_| takes(pattern, &["detail-type"], TASK)) else { return };
    let seen: Vec<(&str, bool, bool)> = AGENT_NAMES
        .iter()
        .map(|name| {
            let [fargate, ec2] = stopped(name);
            (*name, matches(pattern, &fargate, Absent::Open), matches(pattern, &ec2, Absent::Open))
        })
        .collect();
    let missed: Vec<&str> =
        seen.iter().filter(|(_, fargate, ec2)| !fargate && !ec2).map(|(name, ..)| *name).collect();
    let by_prefix = "[{\"prefix\": \"CannotPull\"}]";
    let in_both = "\"$or\": [{\"stoppedReason\": [{\"prefix\": \"CannotPull\"}]}, {\"containers\": {\"reason\": [{\"prefix\": \"CannotPull\"}]}}]";
    if missed.len() == AGENT_NAMES.len() {
        let detail = pattern.get("detail");
        let has = |path: &[&str]| detail.is_some_and(|detail| detail.at(path).is_some());
        if has(&["stoppedReason"]) && has(&["containers", "reason"]) {
            problems.add(
                Mistake::OnePlaceOfReason,
                &meant.bytes,
                "The reason would have to stand in both places at once",
                in_both,
            );
        } else {
            problems.add(
                Mistake::OneAgentName,
                &meant.bytes,
                "No reason of a failed pull is exactly this text",
                by_prefix,
            );
        }
        return;
    }
    if !missed.is_empty() {
        problems.add(
            Mistake::OneAgentName,
            &meant.bytes,
            format!("Failed pulls that are called {} are not seen", missed.join(", ")),
            by_prefix,
        );
    }
    let on = |place: fn(&(&str, bool, bool)) -> bool| seen.iter().any(place);
    let (fargate, ec2) = (on(|(_, fargate, _)| *fargate), on(|(_, _, ec2)| *ec2));
    if fargate != ec2 {
        let where_not = if fargate {
            "EC2, where the reason is a container's"
        } else {
            "Fargate, where the reason is the task's"
        };
        problems.add(
            Mistake::OnePlaceOfReason,
            &meant.bytes,
            format!("Failed pulls are not seen on {where_not}"),
            in_both,
        );
    }
}

fn services(pattern: &Datum, problems: &mut Problems) {
    let types = pattern.at(&["detail", "eventType"]);
    let is_impaired = takes(pattern, &["detail", "eventName"], "SERVICE_TASK_START_IMPAIRED");
    if let Some(types) = types
        .filter(|types| is_impaired && takes(pattern, &["detail-type"], SERVICE) && !accepts(types, "WARN"))
    {
        problems.add(
            Mistake::ErrorsOnly,
            &types.bytes,
            "SERVICE_TASK_START_IMPAIRED is of the type WARN, and not seen",
            "leave eventType out, or take [\"WARN\", \"ERROR\"]",
        );
    }
    for (name, datum) in literals(pattern, &["detail", "eventName"]) {
        let right = if name.starts_with("SERVICE_DEPLOYMENT_") { DEPLOYMENT } else { SERVICE };
        if name.starts_with("SERVICE_") && !takes(pattern, &["detail-type"], right) {
            problems.add(
                Mistake::WrongDetailType,
                &datum.bytes,
                format!("{name} comes as `{right}`"),
                format!("\"detail-type\": [\"{right}\"]"),
            );
        }
    }
}

fn sources(pattern: &Datum, problems: &mut Problems) {
    for (source, datum) in literals(pattern, &["source"]) {
        if let Some(service) = source.strip_suffix(".amazonaws.com")
            && ["ecr", "ecr-public", "ecs", "lambda"].contains(&service)
        {
            problems.add(
                Mistake::EventNeverSent,
                &datum.bytes,
                format!("The source of such events is aws.{service}; {source} is detail.eventSource"),
                format!("\"source\": [\"aws.{service}\"]"),
            );
        }
    }
    for path in [&["source"][..], &["detail", "eventSource"]] {
        let Some(rules) = pattern.at(path) else { continue };
        let own = if path.len() == 1 {
            ["aws.ecr", "aws.secretsmanager"]
        } else {
            ["ecr.amazonaws.com", "secretsmanager.amazonaws.com"]
        };
        // Somebody who lists both wants both.
        let is_listed = literals(pattern, path).any(|(text, _)| text == own[1]);
        if !rules.items().is_empty()
            && !is_listed
            && own.iter().all(|value| accepts(rules, value))
            && mentions(rules, "ecr")
        {
            problems.add(
                Mistake::MatchesSecretsManager,
                &rules.bytes,
                format!("{} is taken, too", own[1]),
                format!("\"{}\": [\"{}\"]", path.last().copied().unwrap_or_default(), own[0]),
            );
        }
    }
}

fn mentions(rules: &Datum, word: &str) -> bool {
    let mut found = false;
    rules.walk("", &mut |_, datum| found |= datum.text().is_some_and(|text| text.contains(word)));
    found
}

fn lambda(pattern: &Datum, problems: &mut Problems) {
    if !literals(pattern, &["source"]).any(|(source, _)| source == "aws.lambda") {
        return;
    }
    for (kind, datum) in literals(pattern, &["detail-type"]) {
        if !OF_LAMBDA.contains(&kind) {
            problems.add(
                Mistake::EventNeverSent,
                &datum.bytes,
                format!("Lambda sends no event `{kind}`: nothing tells that a function's state changed"),
                "ask for the state: ecrpass canary --function NAME; and a rule on failed UpdateFunctionCode20150331v2",
            );
        }
    }
    for (name, datum) in literals(pattern, &["detail", "eventName"]) {
        if let Some((_, recorded)) = CALLS_OF_LAMBDA.iter().find(|(call, _)| *call == name) {
            problems.add(
                Mistake::WrongEventName,
                &datum.bytes,
                format!("CloudTrail calls {name} {recorded}"),
                format!("\"eventName\": [\"{recorded}\"]"),
            );
        }
    }
}

/// Events of ECR itself: none is about a pull, or about anything that failed but scans, replication and upstream registries.
fn registry(pattern: &Datum, problems: &mut Problems) {
    let mut sources = literals(pattern, &["source"]).map(|(source, _)| source);
    if !sources.any(|source| matches!(source, "aws.ecr" | "aws.ecr-public")) {
        return;
    }
    for (kind, datum) in literals(pattern, &["detail-type"]) {
        if OF_ECR.contains(&kind) || kind.ends_with("via CloudTrail") {
            continue;
        }
        // There may be new kinds of events, but of a pull there was none in ten years.
        let is_of_a_pull = kind.to_ascii_lowercase().contains("pull");
        problems.add_as(
            if is_of_a_pull { Level::Error } else { Level::Warning },
            Mistake::EventNeverSent,
            &datum.bytes,
            format!("ECR is not known to send an event `{kind}`"),
            if is_of_a_pull { PULLS_OF_ECR.to_owned() } else { format!("one of {}", OF_ECR.join(", ")) },
        );
    }
    for (action, datum) in literals(pattern, &["detail", "action-type"]) {
        if action.eq_ignore_ascii_case("pull") {
            problems.add(
                Mistake::EventNeverSent,
                &datum.bytes,
                "`ECR Image Action` tells of pushes and deletions, and never of a pull",
                PULLS_OF_ECR,
            );
        }
    }
}

fn cloudtrail(event: &Event, problems: &mut Problems) {
    let pattern = &event.pattern;
    let of_ecr = |path: &[&str], names: [&str; 2]| {
        pattern.at(path).is_some_and(|rules| names.iter().any(|name| accepts(rules, name)))
    };
    let is_of_ecr = of_ecr(&["source"], ["aws.ecr", "aws.ecr-public"])
        || of_ecr(&["detail", "eventSource"], ["ecr.amazonaws.com", "ecr-public.amazonaws.com"]);
    if !is_of_ecr || !takes(pattern, &["detail-type"], THROUGH_CLOUDTRAIL) || pattern.get("detail").is_none()
    {
        return;
    }
    let detail = pattern.get("detail");
    let is_of_calls = detail.is_some_and(|detail| {
        ["eventName", "errorCode", "eventSource", "errorMessage"].iter().any(|key| detail.get(key).is_some())
    });
    if !is_of_calls {
        return;
    }
    if let Some(codes) = pattern.at(&["detail", "errorCode"]) {
        let [short, long] = CODES.map(|code| accepts(codes, code));
        if short != long {
            let seen = if short { CODES[0] } else { CODES[1] };
            problems.add(
                Mistake::OneErrorCode,
                &codes.bytes,
                format!("Only {seen} is seen"),
                "\"errorCode\": [{\"prefix\": \"AccessDenied\"}]",
            );
        }
    }
    reads(event, problems);
}

/// Read events, which only one state of a rule gets.
fn reads(event: &Event, problems: &mut Problems) {
    let pattern = &event.pattern;
    let is_open = matches!(event.state, Setting::Open);
    if is_open || event.state.text() == Some(ALL_EVENTS) || event.state.text() == Some("DISABLED") {
        return;
    }
    let fix = format!("State: {ALL_EVENTS}");
    let names = pattern.at(&["detail", "eventName"]);
    let named = literals(pattern, &["detail", "eventName"])
        .find(|(name, _)| READS.iter().any(|read| name.starts_with(read)));
    match (named, names) {
        (Some((name, datum)), _) => {
            let (level, what) = if event.could_say {
                (Level::Error, format!("{name} is never delivered to a rule of this state"))
            } else {
                (
                    Level::Note,
                    format!(
                        "{name} is delivered only to a rule with a state of its own, which a pattern cannot say"
                    ),
                )
            };
            problems.add_as(level, Mistake::ReadEventsNotDelivered, &datum.bytes, what, fix);
        }
        // A rule on all refusals would miss the one that everything begins with.
        (None, names)
            if names.is_none_or(|names| accepts(names, "GetAuthorizationToken")) && event.could_say =>
        {
            let at = pattern.at(&["detail", "errorCode"]).or(names).unwrap_or(pattern);
            problems.add_as(
                Level::Warning,
                Mistake::ReadEventsNotDelivered,
                &at.bytes,
                "Refused calls of GetAuthorizationToken are not delivered to a rule of this state",
                fix,
            );
        }
        _ => {}
    }
}
