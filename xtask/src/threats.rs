//! The threat model names tests: each of them is there, and each threat has one.

use std::fs;

use crate::command::root;

/// The tests that a line names, as file and name: `` `crates/a/tests/b.rs::name` ``.
fn named(line: &str) -> Vec<(&str, &str)> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once("::")).filter(|(file, _)| file.contains('/')).collect()
}

/// Whether a file of tests has one of that name.
fn has(text: &str, file: &str, name: &str) -> bool {
    if file.ends_with(".rs") {
        text.contains(&format!("fn {name}("))
    } else {
        ['"', '`'].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}")))
    }
}

#[test]
fn every_threat_has_a_test_that_exists() {
    let model = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let is_proof = |heading: &str| heading.starts_with("| threat |");
    let (mut threats, mut tests, mut missing) = (0, 0, Vec::new());
    for table in model.split("\n\n").filter(|part| is_proof(part)) {
        for row in table.lines().skip(2) {
            threats += 1;
            let proofs = named(row);
            if proofs.is_empty() {
                missing.push(format!("no test: {row}"));
            }
            for (file, name) in proofs {
                tests += 1;
                let text = fs::read_to_string(root().join(file)).unwrap_or_default();
                if !has(&text, file, name) {
                    missing.push(format!("{file} has no test {name}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(threats >= 40 && tests >= threats, "{threats} threats, {tests} tests");
}

#[test]
fn names_are_taken_from_between_quotes() {
    assert_eq!(
        named("| a `b` | `c::d` | `x/y.rs::z`, `p/q.mjs::a b` |"),
        [("x/y.rs", "z"), ("p/q.mjs", "a b")]
    );
    assert!(has("\n    fn z() {", "y.rs", "z") && !has("fn zz() {", "y.rs", "z"));
    assert!(has("test(\"a b\", async", "q.mjs", "a b") && !has("// a b", "q.mjs", "a b"));
}
