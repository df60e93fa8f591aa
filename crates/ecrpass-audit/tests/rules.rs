//! Every rule against its fixtures: what it has to find, what looks like that and is none, and what its edits do.

#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

mod support;

use std::fmt::Write as _;

use ecrpass_audit::audit::{Found, Question, Report, audit};
use ecrpass_audit::edit::{FileEdit, Safety, apply};
use ecrpass_audit::fixing::fix;
use ecrpass_audit::rule::Rule;
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::Tree;
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::finding::Severity;
use support::{Fixture, fixtures, slugs, tree};

fn look(rule: &Rule, files: &[(String, String)], is_machine: bool) -> Report {
    let tree = tree(files, is_machine);
    let settings = Settings::default();
    audit(&tree, &Question { rules: &[rule], settings: &settings, only: None, only_pipelines: false })
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Each with each of its fixtures, and what is wrong with them.
fn for_all(judge: impl Fn(&Rule, &Fixture) -> Result<(), String>) {
    let mut wrong = String::new();
    for rule in RULES {
        for fixture in fixtures(rule.id.slug()) {
            if let Err(why) = judge(rule, &fixture) {
                writeln!(wrong, "{}: {why}", fixture.name).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_has_three_hits_and_two_near_misses() {
    let mut missing = String::new();
    for rule in RULES {
        let all = fixtures(rule.id.slug());
        let hits = all.iter().filter(|fixture| fixture.is_hit).count();
        if hits < 3 || all.len() - hits < 2 {
            writeln!(missing, "{}: {hits} hits, {} near misses", rule.id, all.len() - hits).unwrap();
        }
    }
    for slug in slugs() {
        if !RULES.iter().any(|rule| rule.id.slug() == slug) {
            writeln!(missing, "{slug}: there is no such rule").unwrap();
        }
    }
    for entry in catalogue::all().filter(|entry| entry.only_files_show()) {
        if !RULES.iter().any(|rule| rule.id == entry.id) {
            writeln!(missing, "{}: nothing finds it", entry.id).unwrap();
        }
    }
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn rules_are_listed_once_and_in_order() {
    let slugs: Vec<&str> = RULES.iter().map(|rule| rule.id.slug()).collect();
    let mut sorted = slugs.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(slugs, sorted);
}

#[test]
fn what_is_marked_is_found_and_nothing_else() {
    for_all(|rule, fixture| {
        let report = look(rule, &fixture.files, fixture.is_machine);
        let mut found: Vec<(String, usize, Severity)> = report
            .found
            .iter()
            .map(|found| {
                let place = &found.finding.evidence[0];
                (place.source.clone(), place.line.unwrap(), found.finding.severity)
            })
            .collect();
        found.sort();
        let places = |list: &[(String, usize, Severity)]| -> Vec<(String, usize)> {
            list.iter().map(|(path, line, _)| (path.clone(), *line)).collect()
        };
        let marked: Vec<(String, usize)> =
            fixture.marks.iter().map(|(path, line, _)| (path.clone(), *line)).collect();
        if fixture.is_hit && fixture.marks.is_empty() {
            return Err("nothing is marked".to_owned());
        }
        if !fixture.is_hit && !marked.is_empty() {
            return Err("a near miss has marks".to_owned());
        }
        if places(&found) != marked {
            return Err(format!("finds {:?}, marked are {marked:?}", places(&found)));
        }
        for ((_, line, expected), (_, _, severity)) in fixture.marks.iter().zip(&found) {
            if expected.as_deref().is_some_and(|expected| expected != word(*severity)) {
                return Err(format!(
                    "line {line} is a {}, not {}",
                    word(*severity),
                    expected.as_deref().unwrap()
                ));
            }
        }
        Ok(())
    });
}

#[test]
fn what_is_found_says_where_and_what_to_do_and_no_secret() {
    for_all(|rule, fixture| {
        let report = look(rule, &fixture.files, fixture.is_machine);
        for Found { finding, .. } in &report.found {
            if finding.fixes.is_empty() || finding.title.is_empty() || finding.title.ends_with('.') {
                return Err(format!("no fix, or no title: {:?}", finding.title));
            }
            let text = format!("{finding:?}{}", serde_json::to_string(finding).unwrap());
            for secret in &fixture.secrets {
                // Nor a part of it that would be of use.
                let part = &secret[..secret.len().min(24)];
                if text.contains(part) {
                    return Err(format!("a secret is in it: {text}"));
                }
            }
        }
        Ok(())
    });
}

/// The files with the edits of that kind made, as often as there are any.
fn edited(rule: &Rule, fixture: &Fixture, safety: Safety) -> (Vec<(String, String)>, usize) {
    let mut files = fixture.files.clone();
    let mut made = 0;
    for _ in 0..20 {
        let report = look(rule, &files, fixture.is_machine);
        let before = made;
        for (path, text) in &mut files {
            let edits: Vec<&FileEdit> = report
                .found
                .iter()
                .filter(|found| found.path == *path)
                .filter_map(|found| found.edit.as_ref())
                .filter(|edit| edit.safety == safety)
                .collect();
            let (new, done) = apply(text, &edits);
            made += done.iter().filter(|done| **done).count();
            *text = new;
        }
        if made == before {
            break;
        }
    }
    (files, made)
}

#[test]
fn edits_take_the_finding_away_and_change_what_they_say() {
    for_all(|rule, fixture| {
        for safety in [Safety::Safe, Safety::Unsafe] {
            let (files, made) = edited(rule, fixture, safety);
            if made == 0 {
                if safety == Safety::Safe && fixture.fixed.is_some() {
                    return Err("it has a fixed file, and no edit".to_owned());
                }
                continue;
            }
            if !fixture.is_hit {
                return Err("a near miss is edited".to_owned());
            }
            let left = look(rule, &files, fixture.is_machine).found;
            if let Some(found) =
                left.iter().find(|found| found.edit.as_ref().is_some_and(|edit| edit.safety == safety))
            {
                return Err(format!("an edit is still to be made: {:?}", found.edit));
            }
            let before = look(rule, &fixture.files, fixture.is_machine).found.len();
            if left.len() >= before {
                return Err(format!("{before} findings before the edits, {} after: {files:?}", left.len()));
            }
            if safety == Safety::Safe && fixture.fixed.as_ref() != Some(&files) {
                let shown: String = files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect();
                return Err(format!("its fixed file is not:\n{shown}"));
            }
        }
        Ok(())
    });
}

/// Every fixture of every rule.
fn all_fixtures() -> impl Iterator<Item = Fixture> {
    RULES.iter().flat_map(|rule| fixtures(rule.id.slug()))
}

#[test]
fn files_that_are_cut_off_do_no_harm() {
    let settings = Settings::default();
    for fixture in all_fixtures() {
        for part in 1..6 {
            let cut = |text: &str| {
                let mut end = text.len() * part / 6;
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                text[..end].to_owned()
            };
            let files: Vec<(String, String)> =
                fixture.files.iter().map(|(path, text)| (path.clone(), cut(text))).collect();
            let tree = tree(&files, fixture.is_machine);
            let report = audit(
                &tree,
                &Question { rules: RULES, settings: &settings, only: None, only_pipelines: false },
            );
            for found in report.found {
                for place in found.finding.evidence {
                    assert!(place.line.is_some_and(|line| line >= 1), "{}", fixture.name);
                }
            }
        }
    }
}

#[test]
fn safe_edits_of_all_rules_agree_with_each_other() {
    let settings = Settings::default();
    let question = Question { rules: RULES, settings: &settings, only: None, only_pipelines: false };
    for fixture in all_fixtures() {
        let texts =
            |tree: &Tree| -> Vec<String> { tree.files().iter().map(|file| file.text.clone()).collect() };
        for with_unsafe in [false, true] {
            let withdrawn = fix(fixture.tree(), &question, with_unsafe).withdrawn;
            assert!(withdrawn.is_empty(), "{}: {withdrawn:?}", fixture.name);
        }
        let done = fix(fixture.tree(), &question, false);
        let is_safe = |found: &Found| found.edit.as_ref().is_some_and(|edit| edit.safety == Safety::Safe);
        assert!(!done.left.found.iter().any(is_safe), "{}: a safe edit is left", fixture.name);
        let before = texts(&done.tree);
        let again = fix(done.tree, &question, false);
        assert_eq!(texts(&again.tree), before, "{}", fixture.name);
    }
}
