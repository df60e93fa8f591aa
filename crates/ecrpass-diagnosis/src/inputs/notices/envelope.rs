//! What notices come in: EventBridge's envelope, messages of SNS and SQS, lists, and what our own rules send.

use super::super::tree::{self, Node};
use super::reader::Reader;
use super::{alarm, build, console, containers, function};

/// How deep documents may stand in texts: SQS in Lambda, SNS in SQS, an alarm in SNS.
const DEEPEST: usize = 6;

/// Reads a document of any kind.
pub fn read(reader: &mut Reader<'_>, document: &Node) {
    if let Some(items) = document.items() {
        items.iter().filter(|item| item.members().is_some()).for_each(|item| read(reader, item));
        return;
    }
    if document.members().is_none() {
        return;
    }
    for record in document.items_of("Records") {
        let inner = record.get("Sns").or_else(|| record.get("body").map(|_| record));
        if let Some(inner) = inner {
            message(reader, inner);
        }
    }
    if document.get("detail-type").is_some()
        && document.get("detail").is_some_and(|detail| detail.members().is_some())
    {
        event(reader, document);
    } else if let Some(inner) = document.get("event").filter(|_| document.get("text").is_some()) {
        // What our own rules send: the event, and the alarm's text.
        let before = reader.found.len();
        read(reader, inner);
        alarm::of_own_rule(reader, document, before);
    } else if document.get("Message").is_some() && document.get("TopicArn").or(document.get("Type")).is_some()
    {
        message(reader, document);
    } else {
        thing(reader, document);
    }
}

/// What stands in the text of a message; an alarm by mail is no document.
fn message(reader: &mut Reader<'_>, holder: &Node) {
    let Some(node) = holder.get("Message").or_else(|| holder.get("body")) else { return };
    let text = node.text().unwrap_or_default();
    if reader.depth >= DEEPEST || !text.trim_start().starts_with(['{', '[']) {
        alarm::in_words(reader, holder, node);
        return;
    }
    let Ok(documents) = tree::read("message.json", text) else { return };
    reader.inside(node.at, &mut |reader| documents.iter().for_each(|document| read(reader, document)));
}

/// An event of EventBridge.
fn event(reader: &mut Reader<'_>, event: &Node) {
    let Some(detail) = event.get("detail") else { return };
    let before = reader.found.len();
    match event.text_of("detail-type").unwrap_or_default() {
        "ECS Task State Change" => containers::task(reader, detail),
        "ECS Service Action" | "ECS Deployment State Change" => {
            containers::service_action(reader, event, detail)
        }
        "CloudWatch Alarm State Change" => alarm::state_change(reader, event, detail),
        "Batch Job State Change" => containers::job(reader, detail),
        kind if kind.starts_with("CodeBuild ") => build::codebuild(reader, detail),
        kind if kind.starts_with("CodePipeline ") => build::codepipeline(reader, detail),
        // A call of an API: `ecrpass trail` knows those.
        kind if kind.ends_with("via CloudTrail") => return,
        kind => build::other(reader, kind, detail),
    }
    for notice in reader.found.iter_mut().skip(before) {
        crate::finding::keep(&mut notice.details.region, event.text_of("region").unwrap_or_default());
        notice.time = notice.time.take().or_else(|| event.owned("time"));
    }
}

/// What the AWS CLI prints, or an alarm sends by itself.
fn thing(reader: &mut Reader<'_>, document: &Node) {
    let has = |key: &str| document.get(key).is_some();
    let objects = |key: &str, member: &str| {
        let items = document.items_of(key);
        !items.is_empty() && items.iter().all(|item| item.get(member).is_some())
    };
    if has("AlarmName") && has("NewStateValue") {
        alarm::by_sns(reader, document);
    } else if let Some(data) = document.get("alarmData") {
        alarm::by_lambda(reader, document, data);
    } else if objects("alerts", "labels") {
        alarm::by_alertmanager(reader, document);
    } else if objects("tasks", "lastStatus")
        || objects("tasks", "taskArn")
        || objects("tasks", "stoppedReason")
    {
        document.items_of("tasks").iter().for_each(|task| containers::task(reader, task));
    } else if has("taskDefinitionArn") && (has("lastStatus") || has("stoppedReason")) {
        containers::task(reader, document);
    } else if objects("services", "events") || objects("services", "deployments") {
        document.items_of("services").iter().for_each(|service| containers::service(reader, service));
    } else if objects("jobs", "jobId") && objects("jobs", "status") {
        document.items_of("jobs").iter().for_each(|job| containers::job(reader, job));
    } else if objects("Functions", "FunctionName") {
        document.items_of("Functions").iter().for_each(|one| function::read(reader, one));
    } else if document.at(&["Configuration", "FunctionName"]).is_some()
        || has("FunctionName") && (has("State") || has("StateReasonCode") || has("LastUpdateStatus"))
    {
        function::read(reader, document);
    } else if objects("builds", "phases") {
        document.items_of("builds").iter().for_each(|one| build::codebuild_build(reader, one));
    } else if objects("stageStates", "actionStates") {
        build::pipeline_state(reader, document);
    } else if has("Output") && has("InstanceId") {
        console::read(reader, document);
    }
}
