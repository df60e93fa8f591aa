//! What is written: the same bytes each time, nothing that our own check objects to, and a cause in every text.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

use std::collections::BTreeSet;

use ecrpass_core::{DiagnosisId, Registry};
use ecrpass_generate::alarms::check::{File, check};
use ecrpass_generate::alarms::format::Format;
use ecrpass_generate::alarms::{EcsService, Family, Settings, signals};
use proptest::prelude::*;

fn registry(region: &str) -> Registry {
    Registry::parse(&format!("123456789012.dkr.ecr.{region}.amazonaws.com")).unwrap()
}

fn furnished() -> Settings {
    Settings {
        name: "team".to_owned(),
        registries: vec![registry("eu-west-1"), registry("us-east-1")],
        clusters: vec!["prod".to_owned(), "it's ${odd}".to_owned()],
        services: vec![EcsService { cluster: "prod".to_owned(), service: "web".to_owned() }],
        interval: 90,
        log_group: Some("trail".to_owned()),
        ..Settings::default()
    }
}

#[test]
fn every_language_is_written_as_before() {
    for format in Format::ALL {
        insta::assert_snapshot!(
            format!("alarms-{}", format.id()),
            format.text(&Settings::default()).unwrap()
        );
    }
    for format in [Format::Cloudformation, Format::Terraform] {
        insta::assert_snapshot!(
            format!("alarms-{}-furnished", format.id()),
            format.text(&furnished()).unwrap()
        );
    }
}

/// Names of causes in a text, as alarms have them.
fn causes(text: &str) -> BTreeSet<String> {
    let named = text.match_indices("ecrpass explain --id ").map(|(at, before)| {
        let rest = text.get(at + before.len()..).unwrap_or_default();
        rest.chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-').collect()
    });
    named.collect()
}

fn checked(format: Format, settings: &Settings) -> Result<(), TestCaseError> {
    let Ok(files) = format.files(settings) else { return Ok(()) };
    let mut names = BTreeSet::new();
    for file in &files {
        prop_assert!(names.insert(file.file.clone()), "{} twice", file.file);
        prop_assert!(file.text.ends_with('\n') && !file.text.ends_with("\n\n"), "{}", file.text);
        for cause in causes(&file.text).iter().filter(|cause| !cause.is_empty()) {
            prop_assert!(DiagnosisId::parse(cause).is_some(), "{}", cause);
        }
        if file.file.ends_with(".json") {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&file.text).is_ok(), "{}", file.text);
        }
    }
    if matches!(format, Format::Alertmanager | Format::Grafana) {
        return Ok(());
    }
    let files: Vec<File> = files.into_iter().map(|file| File { name: file.file, text: file.text }).collect();
    let report = check(&files);
    prop_assert!(report.unread.is_empty(), "{:?}", report.unread);
    let wanted = signals::all(settings).iter().filter(|signal| format.says(signal)).count();
    prop_assert!(report.looked_at >= wanted, "{} of {}", report.looked_at, wanted);
    // A team that takes the pods alone takes no rule on absence.
    prop_assert!(report.found.is_empty(), "{:#?}", report.found);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_is_written_passes_the_check(
        format in prop::sample::select(&Format::ALL[..]),
        families in prop::sample::subsequence(&Family::ALL[..], 1..=Family::ALL.len()),
        is_furnished in any::<bool>(),
        interval in 2_u32..3600,
    ) {
        let settings = if is_furnished { furnished() } else { Settings::default() };
        // A canary that runs hourly is slow by its own choice.
        let interval = interval.min(300);
        checked(format, &Settings { families, interval, ..settings })?;
    }
}

#[test]
fn every_signal_has_a_language_and_every_group_a_dashboard_or_an_alarm() {
    for signal in signals::all(&furnished()) {
        let says = Format::ALL.into_iter().filter(|format| format.says(&signal)).count();
        // Beside dashboard and route.
        assert!(says > 2, "{}", signal.name);
    }
    for family in Family::ALL {
        assert_eq!(Family::parse(family.id()), Some(family));
    }
    assert_eq!(EcsService::parse("prod"), None);
    assert_eq!(EcsService::parse("prod/"), None);
    let nothing = Settings { families: vec![Family::Pods], ..Settings::default() };
    assert!(Format::Eventbridge.text(&nothing).is_err());
}

#[test]
fn every_panel_of_the_dashboard_has_its_place() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&Format::Grafana.text(&Settings::default()).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    let mut taken: Vec<[i64; 4]> = Vec::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_i64().unwrap()), "{panel}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_i64().unwrap());
        assert!(x >= 0 && x + w <= 24, "{panel}");
        let overlaps = |other: &[i64; 4]| {
            x < other[0] + other[2] && other[0] < x + w && y < other[1] + other[3] && other[1] < y + h
        };
        assert!(!taken.iter().any(overlaps), "{panel}");
        taken.push([x, y, w, h]);
        if panel["type"] != "row" {
            let targets = panel["targets"].as_array().unwrap();
            let mut references = BTreeSet::new();
            assert!(
                !targets.is_empty()
                    && targets.iter().all(|target| references.insert(target["refId"].as_str().unwrap())),
                "{panel}"
            );
        }
    }
    assert!(panels.len() > 15);
}
