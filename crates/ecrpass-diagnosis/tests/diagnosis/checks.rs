//! A case for every check of the catalogue: facts in which it finds its cause, in which it rules it out, and in which it
//! cannot know. A new cause with a check adds them to the file of its group.

mod client;
mod credentials;
mod image;
mod kubernetes;
mod login;
mod network;
mod policy;
mod registry;
mod stores;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::Facts;
use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::catalogue;

/// What a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Found,
    Clear,
    Unknown,
}

impl Says {
    const ALL: [Self; 3] = [Self::Found, Self::Clear, Self::Unknown];

    fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Clear => "clear",
            Self::Unknown => "unknown",
        }
    }
}

/// Facts, and what the check says of them.
struct Case {
    says: Says,
    /// What is so in these facts.
    name: &'static str,
    facts: Facts,
    /// What stands in the check's reason.
    why: &'static str,
}

/// The cases of one check.
struct Cases {
    id: DiagnosisId,
    cases: Vec<Case>,
    /// What it never says, and the reason.
    never: Vec<(Says, &'static str)>,
    /// The test of another crate in which it finds its cause: its file and name, and the reason.
    elsewhere: Option<(&'static str, &'static str, &'static str)>,
}

fn of(id: DiagnosisId) -> Cases {
    Cases { id, cases: Vec::new(), never: Vec::new(), elsewhere: None }
}

impl Cases {
    fn case(mut self, says: Says, name: &'static str, facts: Facts, why: &'static str) -> Self {
        self.cases.push(Case { says, name, facts, why });
        self
    }

    /// It finds its cause, and the first evidence holds `why`.
    fn found(self, name: &'static str, facts: Facts, why: &'static str) -> Self {
        self.case(Says::Found, name, facts, why)
    }

    /// It rules its cause out, because.
    fn clear(self, name: &'static str, facts: Facts, why: &'static str) -> Self {
        self.case(Says::Clear, name, facts, why)
    }

    /// It cannot know, because.
    fn unknown(self, name: &'static str, facts: Facts, why: &'static str) -> Self {
        self.case(Says::Unknown, name, facts, why)
    }

    /// It finds its cause in a test of another crate, for what it looks at is made there.
    fn found_in(mut self, file: &'static str, test: &'static str, reason: &'static str) -> Self {
        self.elsewhere = Some((file, test, reason));
        self
    }

    /// It can always know: the reason. Held against every case there is.
    fn never_unknown(mut self, reason: &'static str) -> Self {
        self.never.push((Says::Unknown, reason));
        self
    }
}

fn all() -> Vec<Cases> {
    [
        client::cases(),
        credentials::cases(),
        image::cases(),
        kubernetes::cases(),
        login::cases(),
        network::cases(),
        policy::cases(),
        registry::cases(),
        stores::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether that test is in that file, and there is a reason why.
fn is_test((file, test, reason): (&str, &str, &str)) -> bool {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
    !reason.is_empty() && text.contains(&format!("fn {test}()"))
}

#[test]
fn every_check_has_its_cases() {
    let all = all();
    let mut missing = String::new();
    for entry in catalogue::all() {
        let cases: Vec<&Cases> = all.iter().filter(|cases| cases.id == entry.id).collect();
        match (entry.check, cases.as_slice()) {
            (Some(_), [cases]) => {
                for says in Says::ALL {
                    let is_elsewhere = says == Says::Found && cases.elsewhere.is_some_and(is_test);
                    let is_there = is_elsewhere || cases.cases.iter().any(|case| case.says == says);
                    let never =
                        cases.never.iter().any(|(never, reason)| *never == says && !reason.is_empty());
                    if is_there == never {
                        let word = says.word();
                        writeln!(missing, "{}: one case of {word}, or a reason why there is none", entry.id)
                            .unwrap();
                    }
                }
            }
            (Some(_), all) => {
                writeln!(missing, "{}: listed {} times, not once", entry.id, all.len()).unwrap()
            }
            (None, []) => {}
            (None, _) => writeln!(missing, "{}: has cases and no check", entry.id).unwrap(),
        }
    }
    assert!(missing.is_empty(), "{missing}");
}

#[test]
fn checks_say_what_the_facts_show() {
    let mut wrong = String::new();
    for Cases { id, cases, .. } in all() {
        let mut names = BTreeSet::new();
        for case in cases {
            assert!(names.insert((case.says.word(), case.name)), "{id}: two cases are named {}", case.name);
            let examination = case.facts.examine();
            let check = examination.checks.iter().find(|check| check.id == id.slug()).unwrap();
            if check.outcome.id() != case.says.word() || !check.why.contains(case.why) {
                writeln!(
                    wrong,
                    "{id} [{}] says {}: {}\n    not {}: {}",
                    case.name,
                    check.outcome.id(),
                    check.why,
                    case.says.word(),
                    case.why
                )
                .unwrap();
            }
            // One thing is wrong: it is reported first.
            let first = examination.findings.first().map(|finding| finding.id.as_str());
            if case.says == Says::Found && first != Some(id.slug()) {
                writeln!(wrong, "{id} [{}] comes after {first:?}", case.name).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A reason why a check never says something is only as good as what it says of all facts there are.
#[test]
fn what_is_never_said_is_not_said_of_any_facts() {
    let all = all();
    let never: Vec<(DiagnosisId, &str)> =
        all.iter().flat_map(|cases| cases.never.iter().map(|(says, _)| (cases.id, says.word()))).collect();
    for case in all.iter().flat_map(|cases| &cases.cases) {
        for check in case.facts.examine().checks {
            let is_said = never.iter().any(|(id, word)| id.slug() == check.id && *word == check.outcome.id());
            assert!(!is_said, "{} says {} of {}: {}", check.id, check.outcome.id(), case.name, check.why);
        }
    }
}
