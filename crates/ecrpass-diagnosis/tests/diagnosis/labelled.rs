//! Logs that people labelled who had seen neither the signatures nor each other's logs: what `explain` has learned from each
//! of them stays learned. `cargo xtask score FILE` names those that are not as labelled.

use std::fs;
use std::path::Path;

use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::finding::Confidence;
use serde_json::Value;

#[derive(Debug, Default)]
struct Figures {
    failures: usize,
    first: usize,
    others: usize,
    others_with_finding: usize,
    certain: usize,
    certain_and_wrong: usize,
}

impl Figures {
    fn count(&mut self, case: &Value) {
        let text = case["text"].as_str().unwrap();
        let label = case["label"].as_str().unwrap();
        let accepts = |id: &str| {
            id == label
                || case["alternatives"]
                    .as_array()
                    .is_some_and(|others| others.iter().any(|other| other.as_str() == Some(id)))
        };
        let found = explain("log", text);
        let first = found.first();
        let is_right = first.is_some_and(|finding| accepts(&finding.id));
        if label == "not-ecr" {
            self.others += 1;
            self.others_with_finding += usize::from(first.is_some());
        } else {
            self.failures += 1;
            self.first += usize::from(is_right);
        }
        if first.is_some_and(|finding| finding.confidence == Confidence::Certain) {
            self.certain += 1;
            self.certain_and_wrong += usize::from(!is_right);
        }
    }
}

#[test]
fn what_was_learned_stays_learned() {
    let mut all = Figures::default();
    let labelled = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/labelled");
    for entry in fs::read_dir(labelled).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        text.lines().for_each(|line| all.count(&serde_json::from_str(line).unwrap()));
    }
    assert!(all.failures >= 470 && all.others >= 300, "{all:?}");
    // A few of each are a matter of opinion.
    assert!(all.failures - all.first <= 3, "{all:?}");
    assert!(all.others_with_finding <= 3, "{all:?}");
    assert!(all.certain_and_wrong <= 3, "{all:?}");
}
