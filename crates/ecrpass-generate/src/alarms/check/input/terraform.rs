//! Terraform: its resources for alarms, metric filters and rules, in HCL and in JSON.

use ecrpass_audit::infrastructure::datum::Datum;
use ecrpass_audit::infrastructure::hcl::TopBlock;

use super::aws::{Keys, alarm, event, filter};
use super::model::Contents;

/// The resources of a file.
pub fn blocks(blocks: &[TopBlock], contents: &mut Contents) {
    for block in blocks.iter().filter(|block| block.kind == "resource") {
        if let Some(kind) = block.labels.first() {
            resource(kind, &block.body, contents);
        }
    }
}

/// The resources of a document in Terraform's JSON.
pub fn json(document: &Datum, contents: &mut Contents) {
    for kind in document.all("resource").flat_map(|entry| entry.value.each()).flat_map(Datum::entries) {
        for named in kind.value.each().iter().flat_map(Datum::entries) {
            for body in named.value.each() {
                resource(&kind.key, body, contents);
            }
        }
    }
}

fn resource(kind: &str, body: &Datum, contents: &mut Contents) {
    match kind {
        "aws_cloudwatch_metric_alarm" => contents.alarms.push(alarm(body, Keys::Terraform)),
        "aws_cloudwatch_log_metric_filter" | "aws_cloudwatch_log_subscription_filter" => {
            contents.filters.extend(filter(body, Keys::Terraform));
        }
        "aws_cloudwatch_event_rule" => contents.events.extend(event(body, "event_pattern", "state")),
        _ => {}
    }
}
