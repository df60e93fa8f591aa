//! What policies in either syntax answer, and what is said of those that answer nothing.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::question::{PATIENCE, PolicyFile};

fn question(policies: &[(&str, &str)], inputs: &[(&str, Value)], wish: Wish) -> Question {
    let policies = policies
        .iter()
        .map(|(path, text)| PolicyFile { path: (*path).to_owned(), text: (*text).to_owned() })
        .collect();
    let inputs = inputs
        .iter()
        .map(|(path, value)| Input { path: (*path).to_owned(), document: 0, value: value.clone() })
        .collect();
    Question {
        policies,
        data: json!({"allowed": ["a"]}),
        inputs,
        is_combined: false,
        wish,
        now: 1_700_000_000,
        patience: PATIENCE,
    }
}

fn main() -> Wish {
    Wish::Packages(vec!["main".to_owned()])
}

/// Rule, file and message of all answers.
fn said(policies: &[(&str, &str)], inputs: &[(&str, Value)], wish: Wish) -> Vec<(String, String, String)> {
    let answers = ask(&question(policies, inputs, wish)).unwrap();
    let of = |answer: Answer| (answer.rule, answer.file.unwrap_or_default(), answer.message);
    answers.answers.into_iter().map(of).collect()
}

/// The messages of one policy about one document.
fn messages_of(policy: &str, input: Value) -> Vec<String> {
    said(&[("p.rego", policy)], &[("x.json", input)], main())
        .into_iter()
        .map(|(.., message)| message)
        .collect()
}

#[test]
fn rules_of_both_syntaxes_report_by_their_names() {
    let old = "package main\n\ndeny[msg] {\n  input.bad == true\n  msg := sprintf(\"bad: %v\", [input.name])\n}\n\nwarn_old[msg] {\n  input.old\n  msg := \"old\"\n}\n";
    let new = "package main\n\nimport rego.v1\n\nviolation_new contains {\"msg\": \"new\", \"details\": {\"n\": input.n}} if input.n > 1\n";
    let plain = "package main\n\ndeny_plain contains \"plain\" if {\n  some host, _ in input.auths\n  not host in data.allowed\n}\n";
    let policies = [("old.rego", old), ("new.rego", new), ("plain.rego", plain)];
    let inputs = [
        ("a.json", json!({"bad": true, "name": "x", "old": 1, "n": 2})),
        ("b.json", json!({"auths": {"a": {}, "b": {}}})),
    ];
    let expected = [
        ("main.deny", "a.json", "bad: x"),
        ("main.violation_new", "a.json", "new"),
        ("main.warn_old", "a.json", "old"),
        ("main.deny_plain", "b.json", "plain"),
    ];
    let expected: Vec<(String, String, String)> = expected
        .iter()
        .map(|(rule, file, message)| ((*rule).to_owned(), (*file).to_owned(), (*message).to_owned()))
        .collect();
    assert_eq!(said(&policies, &inputs, main()), expected);
    let answers = ask(&question(&policies, &inputs, main())).unwrap();
    let first = &answers.answers[0];
    assert_eq!((first.policy.as_str(), first.line, first.severity), ("old.rego", 3, Severity::Error));
    assert_eq!(answers.answers[1].more["details"], json!({"n": 2}));
    assert_eq!(answers.answers[2].severity, Severity::Warning);
}

#[test]
fn exceptions_leave_rules_out() {
    let policy = "package main\n\ndeny_root[msg] {\n  input.root\n  msg := \"root\"\n}\n\ndeny[msg] {\n  input.root\n  msg := \"any\"\n}\n\nexception[rules] {\n  input.name == \"allowed\"\n  rules := [\"root\"]\n}\n";
    assert_eq!(messages_of(policy, json!({"root": true, "name": "allowed"})), ["any"]);
    assert_eq!(messages_of(policy, json!({"root": true, "name": "other"})), ["any", "root"]);
    let inputs = [("x.json", json!({"root": true, "name": "allowed"}))];
    assert_eq!(ask(&question(&[("p.rego", policy)], &inputs, main())).unwrap().excepted, 1);
}

#[test]
fn packages_are_asked_by_name() {
    let policies = [
        ("a.rego", "package main\n\nwarn contains \"main\" if input.a\n"),
        ("b.rego", "package docker.auths\n\ndeny contains \"auths\" if input.a\n"),
    ];
    let inputs = [("x.json", json!({"a": 1}))];
    let rules =
        |wish| -> Vec<String> { said(&policies, &inputs, wish).into_iter().map(|(rule, ..)| rule).collect() };
    assert_eq!(rules(main()), ["main.warn"]);
    assert_eq!(rules(Wish::Packages(vec!["docker.auths".to_owned()])), ["docker.auths.deny"]);
    assert_eq!(rules(Wish::AllPackages), ["docker.auths.deny", "main.warn"]);
}

#[test]
fn functions_that_the_engine_lacks_are_there() {
    for policy in [
        "deny contains msg if {\n  walk(input, [path, value])\n  value == \"x\"\n  msg := concat(\".\", [sprintf(\"%v\", [p]) | some p in path])\n}",
        "deny contains msg if {\n  [path, value] := walk(input)\n  value == \"x\"\n  msg := concat(\".\", [sprintf(\"%v\", [p]) | some p in path])\n}",
    ] {
        let messages =
            messages_of(&format!("package main\n\n{policy}\n"), json!({"a": [{"b": "x"}], "c": "y"}));
        assert_eq!(messages, ["a.0.b"], "{policy}");
    }
    let time = "package main\n\ndeny contains \"expired\" if {\n  input.expires_at * 1000000000 < time.now_ns()\n  time.parse_rfc3339_ns(\"1970-01-01T00:00:01Z\") == 1000000000\n}\n";
    assert_eq!(messages_of(time, json!({"expires_at": 1_600_000_000})), ["expired"]);
    assert!(messages_of(time, json!({"expires_at": 1_800_000_000})).is_empty());
    let text = "package main\n\ndeny contains msg if {\n  inner := yaml.unmarshal(input.text)\n  msg := inner.a\n}\n";
    assert_eq!(messages_of(text, json!({"text": "a: b\n"})), ["b"]);
}

#[test]
fn functions_without_an_answer_are_undefined() {
    let policy = "package main\n\ndeny contains \"no number\" if not to_number(input.n)\n";
    assert_eq!(messages_of(policy, json!({"n": "x"})), ["no number"]);
}

#[test]
fn what_cannot_be_asked_is_an_error_and_never_clean() {
    let inputs = [("x.json", json!({"n": 100_000}))];
    let fail = |policy: &str| ask(&question(&[("p.rego", policy)], &inputs, main())).unwrap_err();
    let error = fail("package main\n\ndeny contains {\"text\": \"no msg\"} if input.n\n");
    assert_eq!((error.path.as_str(), error.line), ("p.rego", Some(3)));
    assert!(error.message.contains("`msg`"), "{error}");
    let error = fail("package main\n\ndeny contains x if x := no.such_function(input.n)\n");
    assert!(error.to_string().contains("no.such_function"), "{error}");
    // It would go on for hours.
    let endless = "package main\n\ndeny contains \"x\" if {\n  some i in numbers.range(1, input.n)\n  some j in numbers.range(1, input.n)\n  i * j == -1\n}\n";
    let mut question = question(&[("p.rego", endless)], &inputs, main());
    question.patience = Duration::from_millis(50);
    let error = ask(&question).unwrap_err();
    assert!(error.message.contains("took longer than 0.05 s for x.json"), "{error}");
}

#[test]
fn policies_that_can_report_nothing_are_told() {
    let notes = |policies: &[(&str, &str)], inputs: &[(&str, Value)], wish| {
        ask(&question(policies, inputs, wish)).unwrap().notes
    };
    let input = [("x.json", json!({"a": 1}))];
    let other = [("p/x.rego", "package docker\n\ndeny contains \"x\" if input.a\n")];
    let said = notes(&other, &input, main());
    assert!(
        said.iter().any(|note| note.contains("`docker`") && note.contains("--namespace docker")),
        "{said:?}"
    );
    assert_eq!(notes(&other, &input, Wish::AllPackages), [""; 0]);
    let helper = [("p/x.rego", "package main\n\nallow if input.a\n")];
    let said = notes(&helper, &input, main());
    assert!(said.iter().any(|note| note.contains("deny") && note.contains("p/x.rego")), "{said:?}");
    let none: [(&str, Value); 0] = [];
    let said = notes(&[("p/x.rego", "package main\n\ndeny contains \"x\" if input.a\n")], &none, main());
    assert!(said.iter().any(|note| note.contains("no configuration")), "{said:?}");
    let elsewhere = [("p/x.rego", "package main\n\n# input.a\ndeny contains \"x\" if input.auths[_].auth\n")];
    let said = notes(&elsewhere, &input, main());
    assert!(said.iter().any(|note| note.contains("p/x.rego") && note.contains("`auths`")), "{said:?}");
    let finds = [(
        "p/x.rego",
        "package main\n\ndeny contains \"x\" if not input.b\n\nwarn contains \"y\" if input.a\n",
    )];
    assert_eq!(notes(&finds, &input, main()), [""; 0]);
}

#[test]
fn tests_of_policies_are_run() {
    let policy = "package main\n\ndeny contains \"x\" if input.bad\n";
    let tests = "package main\n\nimport rego.v1\n\ntest_bad if deny[\"x\"] with input as {\"bad\": true}\n\ntest_good if count(deny) == 0 with input as {}\n\ntest_wrong if deny[\"y\"] with input as {\"bad\": true}\n\ntodo_test_later if false\n";
    let answers = ask(&question(&[("p.rego", policy), ("p_test.rego", tests)], &[], Wish::Verify)).unwrap();
    assert_eq!(answers.asked, 3);
    let failed: Vec<(&str, &str, usize)> = answers
        .answers
        .iter()
        .map(|answer| (answer.rule.as_str(), answer.policy.as_str(), answer.line))
        .collect();
    assert_eq!(failed, [("main.test_wrong", "p_test.rego", 9)]);
    assert!(answers.notes.iter().any(|note| note.contains("todo_test_later")), "{:?}", answers.notes);
    let without = ask(&question(&[("p.rego", policy)], &[], Wish::Verify)).unwrap();
    assert!(without.notes.iter().any(|note| note.contains("no tests")), "{:?}", without.notes);
}

#[test]
fn combined_documents_are_seen_together() {
    let policy = "package main\n\nimport rego.v1\n\ndeny contains {\"msg\": msg, \"path\": [i, \"contents\", \"metadata\", \"name\"]} if {\n\tsome i, j\n\tinput[i].contents.kind == input[j].contents.kind\n\tinput[i].contents.metadata.name == input[j].contents.metadata.name\n\ti < j\n\tmsg := sprintf(\"%s is also in %s\", [input[i].contents.metadata.name, input[j].path])\n}\n\nwarn contains \"nobody is a Service\" if {\n\tnot any_service\n}\n\nany_service if input[_].contents.kind == \"Service\"\n";
    let document = |name: &str| json!({"kind": "Pod", "metadata": {"name": name}});
    let inputs = [("a.yaml", document("x")), ("b.yaml", document("y")), ("c.yaml", document("x"))];
    let mut asked = question(&[("p.rego", policy)], &inputs, main());
    asked.is_combined = true;
    let answers = ask(&asked).unwrap();
    let said: Vec<(Option<&str>, &str)> =
        answers.answers.iter().map(|answer| (answer.file.as_deref(), answer.message.as_str())).collect();
    assert_eq!(said, [(None, "nobody is a Service"), (Some("a.yaml"), "x is also in c.yaml")]);
    assert_eq!(answers.answers[1].more["path"], json!(["metadata", "name"]));
    // A policy about one document finds nothing in a list, and says so.
    let mut asked = question(
        &[("p.rego", "package main\n\ndeny[\"x\"] {\n  input.kind == \"Pod\"\n}\n")],
        &inputs,
        main(),
    );
    asked.is_combined = true;
    let notes = ask(&asked).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("with --combine `input` is the list")), "{notes:?}");
    // Also one that names the whole document elsewhere; one that goes through the list says nothing.
    for (rule, is_told) in [
        ("deny[msg] {\n  input.kind\n  msg := sprintf(\"%v\", [input])\n}\n", true),
        ("deny[msg] {\n  input[_].contents.kind == \"None\"\n  msg := \"x\"\n}\n", false),
    ] {
        let policy = format!("package main\n\n{rule}");
        let mut asked = question(&[("p.rego", &policy)], &inputs, main());
        asked.is_combined = true;
        let notes = ask(&asked).unwrap().notes;
        assert_eq!(notes.iter().any(|note| note.contains("with --combine")), is_told, "{rule}: {notes:?}");
    }
}
