//! A registry host that cannot exist, or an account whose leading zero YAML takes for a number's.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{fixing, hosts, spot};
use crate::hit::Hit;
use crate::jobs::account_numbers::{self, ACCOUNTS, is_number};
use crate::rule::{Examined, Rule};
use crate::yaml::Node;

/// `malformed-registry-host`
pub static RULE: Rule = Rule { id: DiagnosisId::MalformedRegistryHost, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = hosts::malformed(examined.file)
        .into_iter()
        .map(|host| {
            let edit = host.right.map(|right| {
                fixing::safe("Write the host that is meant", vec![fixing::replace(host.bytes.clone(), right)])
            });
            let spots = vec![spot(examined, host.bytes, "no such host")];
            let title = format!("the registry host cannot exist: {}", host.what);
            Hit::new(Severity::Error, title, spots).with_edit(edit)
        })
        .collect();
    for (what, places) in hosts::put_together(examined) {
        let spots = places.into_iter().map(|bytes| spot(examined, bytes, "no such host")).collect();
        let title = format!("the registry host that is put together cannot exist: {what}");
        hits.push(Hit::new(Severity::Error, title, spots));
    }
    let mut numbers = Vec::new();
    for document in examined.models.yaml().unwrap_or_default() {
        collect(document, false, &mut numbers, 0);
    }
    numbers.extend(
        account_numbers::handed_on(examined)
            .into_iter()
            .filter(|bytes| !numbers.contains(bytes))
            .collect::<Vec<_>>(),
    );
    for bytes in numbers {
        let written = examined.file.text.get(bytes.clone()).unwrap_or_default();
        let edit =
            fixing::safe("Quote the account", vec![fixing::replace(bytes.clone(), format!("\"{written}\""))]);
        let title = "without quotes the account is a number, and loses its leading zero";
        hits.push(
            Hit::new(Severity::Error, title, vec![spot(examined, bytes, "a number")]).with_edit(Some(edit)),
        );
    }
    hits
}

/// Accounts with a leading zero that are not quoted.
fn collect(node: &Node, is_account: bool, found: &mut Vec<std::ops::Range<usize>>, depth: usize) {
    if depth > 32 {
        return;
    }
    for (key, value) in node.members().unwrap_or_default() {
        let name = key.text.to_ascii_lowercase();
        collect(value, ACCOUNTS.contains(&name.as_str()), found, depth + 1);
    }
    for item in node.items().unwrap_or_default() {
        collect(item, is_account, found, depth + 1);
    }
    if is_account && is_number(node) && !found.contains(&node.bytes) {
        found.push(node.bytes.clone());
    }
}
