//! Names for findings that stay when lines move, so that code hosts know them again.

use std::collections::HashMap;

use ecrpass_core::hex::hex;
use sha2::{Digest, Sha256};

use super::model::Finding;

/// How many bytes of a digest are kept.
const KEPT: usize = 16;

/// The fingerprints of findings, in their order. They are made of the rule, the file, and what is shown of the place,
/// which holds no secret; of equal ones each has its number.
pub fn fingerprints(findings: &[Finding]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut all = Vec::with_capacity(findings.len());
    for finding in findings {
        let place = finding.evidence.first();
        let source = place.map_or("", |place| place.source.as_str());
        let text = place.map_or("", |place| place.text.as_str());
        let words: Vec<&str> = text.split_whitespace().collect();
        let what = format!("{}\0{source}\0{}", finding.id, words.join(" "));
        let number = seen.entry(what.clone()).or_default();
        let digest = Sha256::digest(format!("{what}\0{number}"));
        *number += 1;
        all.push(hex(digest.get(..KEPT).unwrap_or_default()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::{Evidence, Severity};
    use super::*;

    fn finding(line: usize, text: &str) -> Finding {
        Finding {
            evidence: vec![Evidence { line: Some(line), ..Evidence::new("a", text) }],
            ..Finding::outside_catalogue("x", Severity::Error, "", "")
        }
    }

    #[test]
    fn lines_and_indentation_do_not_count_and_copies_do() {
        let before =
            fingerprints(&[finding(1, "docker push"), finding(9, "docker push"), finding(3, "other")]);
        let after =
            fingerprints(&[finding(5, "  docker  push"), finding(19, "docker push"), finding(1, "other")]);
        assert_eq!(before, after);
        assert_ne!(before[0], before[1]);
        assert_ne!(before[0], before[2]);
    }
}
