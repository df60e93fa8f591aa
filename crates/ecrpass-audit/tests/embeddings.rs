//! A command in every language that files embed commands in: a safe edit of it gives the same command everywhere, or is
//! not made, and never harms the language around it.

#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

#[path = "support/languages.rs"]
mod languages;
#[allow(dead_code)] // the harness of the rules uses the rest
mod support;

use ecrpass_audit::audit::Question;
use ecrpass_audit::fixing::{Fixed, fix};
use ecrpass_audit::rule::Rule;
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use languages::{LANGUAGES, Language};
use support::tree;

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const FETCH: &str = "aws ecr get-login-password --region us-east-1";

/// The command after the safe edits, as the language reads it.
fn fixed_in(language: &Language, command: &str, rules: &[&Rule]) -> Result<String, String> {
    let text = format!("{}{}{}", language.around.0, (language.write)(command), language.around.1);
    let settings = Settings::default();
    let question = Question { rules, settings: &settings, only: None, only_pipelines: false };
    let Fixed { tree, withdrawn, .. } =
        fix(tree(&[(language.path.to_owned(), text)], false), &question, false);
    let text = &tree.files()[0].text;
    let failed = |why: &str| Err(format!("{why} in {}: {command}\n  became {text}", language.path));
    if let Some(withdrawn) = withdrawn.first() {
        return failed(&format!("{} is taken back ({})", withdrawn.found.id, withdrawn.why));
    }
    let inside = text.strip_prefix(language.around.0).and_then(|text| text.strip_suffix(language.around.1));
    match inside.and_then(language.read) {
        Some(command) => Ok(command),
        None => failed("the language is broken"),
    }
}

/// Commands with a password in an argument: each with what a safe edit may make of it.
fn logins() -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    let prefixes = [
        "",
        "sudo ",
        "docker exec c ",
        "kubectl exec p -- ",
        "retry 3 ",
        "xargs ",
        "timeout 10 ",
        "X=1 ",
        "env X=1 ",
    ];
    let values = [
        ("$(G)", true),
        ("\"$(G)\"", true),
        ("\"$(G --profile \"x\")\"", true),
        ("'$(G)'", false),
        ("$(G || echo x)", false),
        ("$(G; echo)", false),
        ("$(set -e; G)", false),
        ("$(G | cat)", false),
        ("pre$(G)", false),
        ("\"$(G)\"post", false),
        ("$(sudo G)", false),
        ("`G`", false),
    ];
    let ends =
        [("", true), (" -p x", false), (" > /dev/null", true), (" </dev/null", false), (" && echo", true)];
    let pairs = || values.iter().flat_map(|value| ends.map(|end| (value, end)));
    for (prefix, ((value, is_plain), (end, is_end))) in
        prefixes.iter().flat_map(|prefix| pairs().map(move |pair| (prefix, pair)))
    {
        for option in ["-p ", "--password=", "--password ", "-p"] {
            // One thing at a time besides the value.
            if [!prefix.is_empty(), !end.is_empty(), option != "-p "].iter().filter(|is| **is).count() > 1 {
                continue;
            }
            let value = value.replace('G', FETCH);
            let command = format!("{prefix}docker login -u AWS {option}{value} {HOST}{end}");
            let fetch = value.trim_matches('"').trim_start_matches("$(").trim_end_matches(')');
            let fixed = format!("{fetch} | docker login -u AWS --password-stdin {HOST}{end}");
            all.push((command, (*is_plain && is_end && prefix.is_empty()).then_some(fixed)));
        }
    }
    all
}

fn rule(slug: &str) -> Vec<&'static Rule> {
    RULES.iter().filter(|rule| rule.id.slug() == slug).copied().collect()
}

fn judged(failures: &[String]) {
    assert!(
        failures.is_empty(),
        "{} fail:\n{}",
        failures.len(),
        failures[..failures.len().min(12)].join("\n")
    );
}

#[test]
fn a_password_is_moved_where_nothing_else_changes() {
    let rules = rule("password-on-command-line");
    let mut failures = Vec::new();
    let mut made = 0;
    for (command, expected) in logins() {
        for language in &LANGUAGES {
            let fixed = match fixed_in(language, &command, &rules) {
                Ok(fixed) => fixed,
                Err(why) => {
                    failures.push(why);
                    continue;
                }
            };
            let is_plain = language.is_verbatim && !command.contains(['"', '\'', '\\']);
            made += usize::from(fixed != command);
            match &expected {
                Some(expected) if fixed == *expected => {}
                Some(_) if fixed == command && !is_plain => {}
                None if fixed == command => {}
                _ => failures.push(format!("in {}: {command}\n  became {fixed}", language.path)),
            }
        }
    }
    judged(&failures);
    assert!(made > 100, "{made}");
}

#[test]
fn a_text_that_another_command_runs_is_left_alone() {
    let rules = rule("password-on-command-line");
    let login = format!("docker login -u AWS -p $({FETCH}) {HOST}");
    let mut failures = Vec::new();
    for wrapper in [
        "ssh host \"L\"",
        "ssh host 'L'",
        "sh -c \"L\"",
        "bash -c 'L'",
        "eval \"L\"",
        "su - deploy -c \"L\"",
        "sudo -u deploy sh -c \"L\"",
        "docker exec c sh -c \"L\"",
        "kubectl exec p -- sh -c \"L\"",
        "docker run --rm x sh -c 'L'",
        "vagrant ssh -c \"L\"",
        "ssh host <<X\nL\nX",
        "bash <<X\nL\nX",
        "bash <<'X'\nL\nX",
        "cat > login.sh <<X\n#!/bin/sh\nL\nX",
        "cat > login.sh <<'X'\n#!/bin/sh\nL\nX",
        "echo 'L' > login.sh",
    ] {
        let command = wrapper.replace('L', &login);
        for language in LANGUAGES.iter().filter(|language| !command.contains('\n') || language.path == "a.sh")
        {
            match fixed_in(language, &command, &rules) {
                Ok(fixed) if fixed == command => {}
                Ok(fixed) => failures.push(format!("in {}: {command}\n  became {fixed}", language.path)),
                Err(why) => failures.push(why),
            }
        }
    }
    judged(&failures);
}

#[test]
fn all_safe_edits_make_the_same_of_a_command_in_every_language() {
    let mut commands = vec![
        format!("{FETCH} 2>/dev/null"),
        format!("docker login -u AWS -p \"$({FETCH})\" \"{HOST}\" && echo \"done \\\"x\\\"\""),
        format!("bash -c 'docker login -u AWS -p \"$({FETCH})\" {HOST}'"),
        format!("bash -c \"docker login -u AWS -p \\\"\\$({FETCH})\\\" {HOST}\""),
        format!("{FETCH} | docker login --username AWS --password {HOST}"),
    ];
    for quote in ["", "\"", "'"] {
        let quoted = |text: &str| format!("{quote}{text}{quote}");
        let (host, region, user) = (quoted(HOST), quoted("us-east-1"), quoted("AWS"));
        commands.extend([
            format!("docker login -u AWS -p {} {HOST}", quoted(&format!("$({FETCH})"))),
            format!("docker login -u {user} -p $({FETCH}) {host}"),
            format!("docker login -u {user} --password=$({FETCH} --profile {}) {host} || exit 1", quoted("x y")),
            format!("{FETCH} | docker login --username {} --password-stdin {HOST}", quoted("aws")),
            format!("{FETCH} | docker login --username={} --password-stdin {HOST}", quoted("aws")),
            format!("{FETCH} | docker login --username AWS --password-stdin {}", quoted(&format!("{HOST}/app"))),
            format!(
                "aws ecr-public get-login-password --region {} | docker login --username AWS --password-stdin public.ecr.aws",
                quoted("eu-west-1")
            ),
            format!("docker push {}", quoted("123456789012.ecr.eu-west-1.amazonaws.com/a:1")),
            format!("docker push {}", quoted("123456789012.dkr.ecr.eu-west-1a.amazonaws.com/a:1")),
            format!("aws ecr create-repository --repository-name {}", quoted(&format!("{HOST}/a"))),
            format!(
                "docker run {} --rm amazon/aws-cli ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin {HOST}",
                quoted("-it")
            ),
            format!("aws ecr get-login-password --region {region}"),
            format!("docker push {HOST}/a; $(aws ecr get-login --no-include-email --region {region})"),
            format!("docker push {HOST}/a; eval $(aws ecr get-login --region {region} --no-include-email)"),
        ]);
    }
    let (shell, others) = LANGUAGES.split_first().unwrap();
    let (mut failures, mut made) = (Vec::new(), 0);
    for command in &commands {
        let expected = fixed_in(shell, command, RULES).unwrap();
        for language in others {
            match fixed_in(language, command, RULES) {
                Ok(fixed) if fixed == expected || fixed == *command => made += usize::from(fixed != *command),
                Ok(fixed) => failures
                    .push(format!("in {}: {command}\n  became {fixed}\n  not {expected}", language.path)),
                Err(why) => failures.push(why),
            }
        }
    }
    judged(&failures);
    assert!(made > 100, "{made}");
}
