//! Every known mistake is found where it stands, and what only looks like it is not.
//!
//! `fixtures/alarms/<mistake>.txt` holds files, each behind a line `=== hit NAME` or `=== near NAME`; `«` stands where the
//! mistake is to be found, and is no part of the file.

#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

use std::fs;
use std::path::Path;

use ecrpass_core::DiagnosisId;
use ecrpass_generate::alarms::check::{File, Level, Mistake, check};
use proptest::prelude::*;

const MARK: char = '«';

struct Case {
    is_hit: bool,
    name: String,
    text: String,
}

fn cases(mistake: Mistake) -> Vec<Case> {
    let path = Path::new("tests/fixtures/alarms").join(format!("{}.txt", mistake.id()));
    let text = fs::read_to_string(path).unwrap();
    let sections = text.split("=== ").skip(1);
    let case = |section: &str| {
        let (head, text) = section.split_once('\n').unwrap();
        let (kind, name) = head.split_once(' ').unwrap();
        assert!(["hit", "near"].contains(&kind), "{head}");
        Case { is_hit: kind == "hit", name: name.to_owned(), text: text.to_owned() }
    };
    sections.map(case).collect()
}

#[test]
fn every_mistake_is_found_at_its_place_and_near_misses_are_not() {
    let mut wrong = Vec::new();
    for mistake in Mistake::ALL {
        let cases = cases(mistake);
        let hits = cases.iter().filter(|case| case.is_hit).count();
        assert!(hits >= 1 && cases.len() > hits, "{}", mistake.id());
        for case in cases {
            let text = case.text.replace(MARK, "");
            let report = check(&[File { name: case.name.clone(), text: text.clone() }]);
            assert!(
                report.unread.is_empty() && report.looked_at > 0,
                "{} {}: {:?}",
                mistake.id(),
                case.name,
                report.unread
            );
            let found: Vec<_> = report.found.iter().filter(|found| found.mistake == mistake).collect();
            let whole = || format!("{} {}: {:#?}", mistake.id(), case.name, report.found);
            if case.is_hit {
                let before =
                    &case.text[..case.text.find(MARK).unwrap_or_else(|| panic!("no mark in {}", case.name))];
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
                if found.first().map(|found| (found.line, found.column)) != Some((line, column)) {
                    wrong.push(format!("expected at {line}:{column}: {}", whole()));
                }
            } else if !found.is_empty() {
                wrong.push(whole());
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_one_file_lacks_another_may_have() {
    let rule = |expr: &str| File {
        name: "r.yaml".to_owned(),
        text: format!("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: {expr}\n    for: 5m\n"),
    };
    let pods = rule(
        r#"max by (pod) (kube_pod_container_status_waiting_reason{reason=~"ErrImagePull|ImagePullBackOff"}) > 0"#,
    );
    let init = rule(
        r#"max by (pod) (kube_pod_init_container_status_waiting_reason{reason=~"ErrImagePull|ImagePullBackOff"}) > 0"#,
    );
    assert_eq!(check(std::slice::from_ref(&pods)).found.len(), 1);
    assert_eq!(check(&[pods, init]).found, []);
}

#[test]
fn every_mistake_says_why_and_what_it_hides() {
    for mistake in Mistake::ALL {
        assert!(mistake.reason().ends_with('.'), "{}", mistake.id());
        assert!(mistake.level() <= Level::Note);
        for cause in mistake.misses() {
            assert!(DiagnosisId::parse(cause.slug()).is_some());
        }
    }
    let mut ids: Vec<&str> = Mistake::ALL.iter().map(|mistake| mistake.id()).collect();
    assert!(ids.is_sorted());
    ids.dedup();
    assert_eq!(ids.len(), Mistake::ALL.len());
}

#[test]
fn what_is_no_file_of_alarms_is_said_so() {
    for (name, text, words) in [
        ("a.yaml", "a: 1\n", "no rule"),
        ("a.yaml", "a: [1\n", "neither YAML"),
        ("a.tf", "resource {{{", "no HCL"),
        (
            "event.json",
            r#"{"source": "aws.ecs", "detail-type": "ECS Task State Change", "time": "x", "detail": {}}"#,
            "no rule",
        ),
    ] {
        let report = check(&[File { name: name.to_owned(), text: text.to_owned() }]);
        assert_eq!((report.looked_at, report.unread.len()), (0, 1), "{text}");
        assert!(report.unread[0].why.contains(words), "{:?}", report.unread);
    }
}

fn whole_files() -> Vec<String> {
    let all = Mistake::ALL.into_iter().flat_map(cases);
    all.map(|case| case.text.replace(MARK, "")).collect()
}

proptest! {
    #[test]
    fn any_damaged_file_is_answered(
        of in prop::sample::select(whole_files()),
        name in prop::sample::select(&["x.yaml", "x.json", "x.tf", "stdin"][..]),
        at in any::<prop::sample::Index>(),
        length in 0_usize..6,
        with in "[\\[\\]{}:,\"'|>$=~()n0 \nä#-]{0,4}",
    ) {
        let characters: Vec<char> = of.chars().collect();
        let at = at.index(characters.len() + 1);
        let mut text: String = characters[..at].iter().collect();
        text.push_str(&with);
        text.extend(characters.iter().skip(at + length));
        let report = check(&[File { name: name.to_owned(), text: text.clone() }]);
        let lines: Vec<&str> = text.split('\n').collect();
        for found in report.found {
            let line = lines.get(found.line - 1);
            prop_assert!(line.is_some_and(|line| found.column <= line.chars().count() + 1), "{:?}", found);
        }
    }
}
