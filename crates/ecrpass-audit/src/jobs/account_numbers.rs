//! Account ids that YAML reads as numbers: `012345678901` loses its zero.

use std::ops::Range;

use crate::kind::FileKind;
use crate::rule::Examined;
use crate::yaml::{Node, Style};

/// Settings that hold account ids.
const NAMES: [&str; 9] = [
    "registries",
    "account-ids",
    "account_ids",
    "account-id",
    "account_id",
    "aws-account-id",
    "aws_account_id",
    "AWS_ACCOUNT_ID",
    "registry-ids",
];

/// Where they stand in a pipeline.
pub fn places(examined: &Examined<'_>) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    if matches!(examined.file.kind, FileKind::Pipeline(_)) {
        let mut rest: Vec<&Node> = examined.models.yaml().unwrap_or_default().iter().collect();
        while let Some(node) = rest.pop() {
            rest.extend(node.items().unwrap_or_default());
            for (key, value) in node.members().unwrap_or_default() {
                if NAMES.contains(&key.text.as_str()) {
                    places.extend(value.each().iter().filter(|value| is_number(value)).map(|value| value.bytes.clone()));
                }
                rest.push(value);
            }
        }
    }
    places.sort_by_key(|bytes| bytes.start);
    places.dedup();
    places
}

/// Twelve digits with a zero in front, without quotes.
fn is_number(node: &Node) -> bool {
    let is_id = |text: &str| text.len() == 12 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    node.style() == Some(Style::Plain) && node.text().is_some_and(is_id)
}
