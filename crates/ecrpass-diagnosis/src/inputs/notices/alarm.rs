//! Alarms of CloudWatch and of Alertmanager. Our own name their cause; of others the metric is known, or what they say.

use ecrpass_core::{CommandLine, DiagnosisId, Registry};

use super::super::tree::Node;
use super::notice::{Hint, Notice};
use super::reader::Reader;
use crate::finding::{Confidence, keep, safe};

/// Metrics and alarms, and what they mean: parts of their names, in lower case and without what joins words.
const METRICS: [(&[&str], DiagnosisId); 6] = [
    (&["imagepullerror"], DiagnosisId::KubeletCredentialProviderMissing),
    (&["credentialproviderplugin", "error"], DiagnosisId::KubeletCredentialProviderMissing),
    (&["ecr", "throttl"], DiagnosisId::Throttled),
    (&["ecr", "accessdenied"], DiagnosisId::IamMissingPullAction),
    (&["ecr", "denied"], DiagnosisId::IamMissingPullAction),
    (&["pullsecret", "expir"], DiagnosisId::K8sPullSecretExpired),
];

/// Reasons of pods that wait for their image.
const WAITING: [&str; 3] = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"];

/// What an alarm says of itself.
struct Alarm<'a> {
    name: Option<&'a Node>,
    description: Option<&'a Node>,
    reason: Option<&'a Node>,
    /// Metrics, and values of dimensions.
    metrics: Vec<&'a Node>,
    dimensions: Vec<(&'a str, &'a Node)>,
}

/// The message that an alarm of CloudWatch sends to a topic.
pub fn by_sns(reader: &mut Reader<'_>, document: &Node) {
    let trigger = document.get("Trigger");
    let mut metrics: Vec<&Node> = trigger.and_then(|trigger| trigger.get("MetricName")).into_iter().collect();
    let mut dimensions = Vec::new();
    let mut holders: Vec<&Node> = trigger.into_iter().collect();
    for metric in trigger.map(|trigger| trigger.items_of("Metrics")).unwrap_or_default() {
        let inner = metric.at(&["MetricStat", "Metric"]);
        metrics.extend(inner.and_then(|inner| inner.get("MetricName")));
        holders.extend(inner);
    }
    for holder in holders {
        for one in holder.items_of("Dimensions") {
            let get = |key: &str| one.get(key).or_else(|| one.get(&key.to_ascii_lowercase()));
            dimensions.extend(get("Name").and_then(Node::text).zip(get("Value")));
        }
    }
    let alarm = Alarm {
        name: document.get("AlarmName"),
        description: document.get("AlarmDescription"),
        reason: document.get("NewStateReason"),
        metrics,
        dimensions,
    };
    let state = document.text_of("NewStateValue");
    cloudwatch(reader, &alarm, state, document.text_of("AlarmArn"), document.owned("StateChangeTime"));
}

/// The event of an alarm whose state changed.
pub fn state_change(reader: &mut Reader<'_>, event: &Node, detail: &Node) {
    of_parts(reader, detail, event.items_of("resources").iter().find_map(Node::text));
}

/// What an alarm gives to a function that it calls.
pub fn by_lambda(reader: &mut Reader<'_>, document: &Node, data: &Node) {
    of_parts(reader, data, document.text_of("alarmArn"));
}

fn of_parts(reader: &mut Reader<'_>, data: &Node, arn: Option<&str>) {
    let configuration = data.get("configuration");
    let mut metrics = Vec::new();
    let mut dimensions = Vec::new();
    for metric in configuration.map(|node| node.items_of("metrics")).unwrap_or_default() {
        let Some(inner) = metric.at(&["metricStat", "metric"]) else { continue };
        metrics.extend(inner.get("name"));
        let members = inner.get("dimensions").and_then(Node::members).unwrap_or_default();
        dimensions.extend(members.iter().map(|(name, value)| (name.as_str(), value)));
    }
    let alarm = Alarm {
        name: data.get("alarmName"),
        description: configuration.and_then(|node| node.get("description")),
        reason: data.at(&["state", "reason"]),
        metrics,
        dimensions,
    };
    let state = data.at(&["state", "value"]).and_then(Node::text);
    let time = data.at(&["state", "timestamp"]).and_then(Node::text).map(str::to_owned);
    cloudwatch(reader, &alarm, state, arn, time);
}

fn cloudwatch(
    reader: &mut Reader<'_>,
    alarm: &Alarm<'_>,
    state: Option<&str>,
    arn: Option<&str>,
    time: Option<String>,
) {
    let mut notice =
        Notice::new("", format!("alarm {}", alarm.name.and_then(Node::text).unwrap_or_default()));
    notice.in_region_of(arn);
    notice.time = time;
    // What is well again names no cause any more; without data nobody knows.
    if state == Some("ALARM") {
        for (name, value) in &alarm.dimensions {
            let text = value.text().unwrap_or_default();
            match *name {
                "Cause" => named(reader, &mut notice, value, text, Confidence::Likely),
                "Registry" => registry(&mut notice, text),
                "Region" => keep(&mut notice.details.region, text),
                // Calls against a quota.
                "Service" if text == "ECR" => {
                    reader.hint(&mut notice, DiagnosisId::Throttled, Confidence::Possible, value, text);
                }
                _ => {}
            }
        }
        if let Some(description) = alarm.description {
            slugs(reader, &mut notice, description);
        }
        if notice.hints.is_empty() {
            for metric in alarm.metrics.iter().copied().chain(alarm.name) {
                by_metric(reader, &mut notice, metric);
            }
            reader.say(&mut notice, None, alarm.description);
            reader.say(&mut notice, None, alarm.reason);
        }
    }
    reader.keep(notice);
}

/// What Alertmanager, or Grafana in its form, sends to a webhook.
pub fn by_alertmanager(reader: &mut Reader<'_>, document: &Node) {
    for alert in document.items_of("alerts") {
        let label = |name: &str| alert.at(&["labels", name]);
        let name = label("alertname").and_then(Node::text).unwrap_or_default();
        let mut notice = Notice::new("", format!("alert {name}"));
        notice.time = alert.owned("startsAt");
        if alert.text_of("status").or(document.text_of("status")) != Some("firing") {
            reader.keep(notice);
            continue;
        }
        let text = |name: &str| label(name).and_then(Node::text).unwrap_or_default();
        registry(&mut notice, text("registry"));
        keep(&mut notice.details.region, text("region"));
        keep(&mut notice.details.namespace, text("namespace"));
        keep(&mut notice.details.pod, text("pod"));
        keep(&mut notice.details.secret, text("secret"));
        if let (Some(host), target) = (notice.details.host.clone(), text("target"))
            && !target.is_empty()
        {
            notice.about_image(Some(&format!("{host}/{target}")));
        }
        let annotations = alert.get("annotations").and_then(Node::members).unwrap_or_default();
        for at in [label("cause"), alert.at(&["annotations", "cause"])].into_iter().flatten() {
            named(reader, &mut notice, at, at.text().unwrap_or_default(), Confidence::Likely);
        }
        for (_, value) in annotations {
            slugs(reader, &mut notice, value);
        }
        if let Some(reason) =
            label("reason").filter(|reason| reason.text().is_some_and(|text| WAITING.contains(&text)))
        {
            let said = reason.text().unwrap_or_default();
            for id in [DiagnosisId::KubeletCredentialProviderMissing, DiagnosisId::K8sPullSecretMissing] {
                reader.hint(&mut notice, id, Confidence::Possible, reason, said);
            }
        }
        if notice.hints.is_empty() {
            label("alertname").into_iter().for_each(|at| by_metric(reader, &mut notice, at));
            annotations.iter().for_each(|(_, value)| reader.say(&mut notice, None, Some(value)));
        }
        if let (Some(namespace), Some(pod)) = (safe(text("namespace")), safe(text("pod"))) {
            let command = CommandLine::shell("kubectl get pod -o json -n")
                .word(namespace)
                .word(pod)
                .pipe(CommandLine::shell("ecrpass explain pod"));
            notice.next("see what the kubelet says of the pod", &command);
        }
        reader.keep(notice);
    }
}

/// An alarm or an event's text by mail or chat: what our own say.
pub fn in_words(reader: &mut Reader<'_>, holder: &Node, text: &Node) {
    let mut notice = Notice::new("", holder.text_of("Subject").unwrap_or("message"));
    notice.time = holder.owned("Timestamp");
    slugs(reader, &mut notice, text);
    if notice.hints.is_empty() {
        reader.say(&mut notice, None, Some(text));
    }
    reader.keep(notice);
}

/// What one of our own rules sends: the event has been read, and the text names the cause to look at first.
pub fn of_own_rule(reader: &mut Reader<'_>, document: &Node, before: usize) {
    let Some(text) = document.get("text") else { return };
    let mut own = Notice::new("", "alarm");
    slugs(reader, &mut own, text);
    if own.hints.is_empty() {
        return;
    }
    match reader.found.get_mut(before) {
        // The event says more than the rule that it met.
        Some(notice) => {
            for hint in own.hints {
                if !notice.hints.iter().any(|known| known.id == hint.id) {
                    notice.hints.push(Hint { confidence: Confidence::Possible, ..hint });
                }
            }
        }
        None => reader.keep(own),
    }
}

fn registry(notice: &mut Notice, host: &str) {
    if Registry::parse(host).is_ok() {
        keep(&mut notice.details.host, host);
    }
}

fn named(reader: &Reader<'_>, notice: &mut Notice, at: &Node, slug: &str, confidence: Confidence) {
    if let Some(id) = DiagnosisId::parse(slug) {
        reader.hint(notice, id, confidence, at, slug);
    }
}

/// Names of causes in a text: `[throttled]`, `--id throttled`. The first is likely, the others are possible.
fn slugs(reader: &Reader<'_>, notice: &mut Notice, at: &Node) {
    let text = at.text().unwrap_or_default();
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    for (start, before) in
        text.match_indices('[').chain(text.match_indices("--id ")).chain(text.match_indices("--runbook "))
    {
        let rest = text.get(start + before.len()..).unwrap_or_default();
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let confidence = if notice.hints.is_empty() { Confidence::Likely } else { Confidence::Possible };
        named(reader, notice, at, rest.get(..end).unwrap_or_default(), confidence);
    }
}

fn by_metric(reader: &Reader<'_>, notice: &mut Notice, at: &Node) {
    let text = at.text().unwrap_or_default();
    let name = text.to_ascii_lowercase().replace(['-', '_', ' '], "");
    for (parts, id) in METRICS {
        if parts.iter().all(|part| name.contains(part)) {
            reader.hint(notice, id, Confidence::Possible, at, text);
        }
    }
}
