//! A registry host that cannot exist, or an account whose leading zero YAML takes for a number's.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{fixing, hosts, spot};
use crate::hit::Hit;
use crate::jobs::account_numbers;
use crate::rule::{Examined, Rule};

/// `malformed-registry-host`
pub static RULE: Rule = Rule { id: DiagnosisId::MalformedRegistryHost, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = hosts::malformed(examined.file)
        .into_iter()
        .map(|host| {
            let spots = vec![spot(examined, host.bytes, "no such host")];
            Hit::new(Severity::Error, format!("the registry host cannot exist: {}", host.what), spots)
        })
        .collect();
    for bytes in account_numbers::places(examined) {
        let written = examined.file.text.get(bytes.clone()).unwrap_or_default();
        let edit = fixing::safe("Quote the account", vec![fixing::replace(bytes.clone(), format!("\"{written}\""))]);
        let title = "without quotes the account is a number, and loses its leading zero";
        hits.push(Hit::new(Severity::Error, title, vec![spot(examined, bytes, "a number")]).with_edit(Some(edit)));
    }
    hits
}
