//! Every cause of the catalogue in the wrappings real software puts it in, and near misses that must not be taken for it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::engine::explain::explain;

struct Case {
    wrapping: String,
    text: String,
}

impl Case {
    /// The cause that stands in the same log and has to be fixed first: `(after SLUG)`.
    fn deeper_cause(&self) -> Option<&str> {
        self.wrapping.split_once("(after ")?.1.strip_suffix(')')
    }

    fn is_near_miss(&self) -> bool {
        self.wrapping.starts_with("near miss")
    }
}

fn fixture(slug: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diagnosis").join(format!("{slug}.txt"))
}

fn cases(slug: &str) -> Vec<Case> {
    let text = fs::read_to_string(fixture(slug)).unwrap_or_default();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("=== ") {
            Some(wrapping) => cases.push(Case { wrapping: wrapping.to_owned(), text: String::new() }),
            None => {
                if let Some(case) = cases.last_mut() {
                    case.text.push_str(line);
                    case.text.push('\n');
                }
            }
        }
    }
    cases
}

#[test]
fn every_cause_has_three_wrappings_and_a_near_miss() {
    for diagnosis in catalogue::all() {
        let cases = cases(diagnosis.id.slug());
        // What no log shows has its fixtures in the audit.
        if diagnosis.only_files_show() {
            assert!(cases.is_empty(), "{} has logs, and nothing that finds it in them", diagnosis.id.slug());
            continue;
        }
        let near_misses = cases.iter().filter(|case| case.is_near_miss()).count();
        assert!(cases.len() - near_misses >= 3, "{} has fewer than three wrappings", diagnosis.id.slug());
        assert!(near_misses >= 1, "{} has no near miss", diagnosis.id.slug());
    }
    for entry in fs::read_dir(fixture("x").parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let slug = path.file_stem().unwrap().to_str().unwrap();
        assert!(DiagnosisId::parse(slug).is_some(), "{} belongs to no cause", path.display());
    }
}

#[test]
fn causes_are_found_first_and_near_misses_are_not() {
    let mut wrong = String::new();
    for diagnosis in catalogue::all() {
        for case in cases(diagnosis.id.slug()) {
            let findings = explain("log", &case.text);
            let found: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
            let others = findings.iter().flat_map(|finding| finding.alternatives.iter().map(String::as_str));
            let told: Vec<&str> = found.iter().copied().chain(others).collect();
            let follows = |slug: &str| {
                let slug = format!("[{slug}]");
                findings.iter().flat_map(|finding| &finding.consequences).any(|text| text.contains(&slug))
            };
            let right = if case.is_near_miss() {
                !found.contains(&diagnosis.id.slug())
            } else if let Some(cause) = case.deeper_cause() {
                found.first() == Some(&cause)
                    && (told.contains(&diagnosis.id.slug()) || follows(diagnosis.id.slug()))
            } else {
                found.first() == Some(&diagnosis.id.slug())
            };
            if !right {
                writeln!(wrong, "{} [{}] finds {found:?}", diagnosis.id.slug(), case.wrapping).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A log too large to be looked at whole, with a case in its middle.
fn buried(case: &str) -> String {
    let line = "2026-02-11T09:14:03.118Z INFO  http: 200 GET /orders/4711 in 12 ms, 3 rows, cache hit\n";
    let filler = line.repeat(1700);
    format!("{filler}{case}{filler}")
}

#[test]
fn what_is_found_alone_is_found_in_a_large_log() {
    let mut wrong = String::new();
    for diagnosis in catalogue::all() {
        for case in cases(diagnosis.id.slug()).iter().filter(|case| !case.is_near_miss()) {
            let ids = |text: &str| -> Vec<String> {
                explain("log", text).into_iter().map(|finding| finding.id).collect()
            };
            let (alone, in_large) = (ids(&case.text), ids(&buried(&case.text)));
            if alone.first() != in_large.first() {
                writeln!(
                    wrong,
                    "{} [{}]: {alone:?}, buried {in_large:?}",
                    diagnosis.id.slug(),
                    case.wrapping
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
