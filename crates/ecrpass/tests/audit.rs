//! `ecrpass audit` and `ecrpass ci lint` as processes: over repositories, lists of files and machines.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::fs;
use std::process::Output;

use common::{HOST, Home, git, login_expiring_in, text};
use serde_json::Value;

const WORKFLOW: &str = ".github/workflows/push.yml";

/// A script that fails with every newer AWS CLI.
fn old_login() -> String {
    format!(
        "on: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    env: {{AWS_REGION: us-east-1}}\n    steps:\n      - run: |\n          $(aws ecr get-login --no-include-email --region us-east-1)\n          docker push {HOST}/app:1\n"
    )
}

/// A docker configuration with a login that works.
fn live_config() -> (String, String) {
    let auth = login_expiring_in(3 * 3600);
    (format!("{{\n  \"auths\": {{\n    \"{HOST}\": {{\n      \"auth\": \"{auth}\"\n    }}\n  }}\n}}\n"), auth)
}

/// A made-up key, so that no scanner takes this file for one that has it.
fn key() -> String {
    ["AKIA", "RZPUZDIK", "GB2VALC4"].concat()
}

/// With git on its `PATH`.
fn run(home: &Home, arguments: &[&str]) -> Output {
    home.command(arguments).env("PATH", "/usr/bin:/bin").output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is found: the rule, the file and the line.
fn found(output: &Output) -> Vec<(String, String, u64)> {
    let findings = json(output);
    assert_eq!(findings["schema"], "ecrpass/findings/1");
    let place = |finding: &Value| {
        let place = &finding["evidence"][0];
        (
            finding["id"].as_str().unwrap().to_owned(),
            place["source"].as_str().unwrap().to_owned(),
            place["line"].as_u64().unwrap(),
        )
    };
    findings["findings"].as_array().unwrap().iter().map(place).collect()
}

fn has(output: &Output, slug: &str, source: &str, line: u64) -> bool {
    found(output).contains(&(slug.to_owned(), source.to_owned(), line))
}

#[test]
fn findings_are_marked_like_a_compilers_and_decide_the_exit_status() {
    let home = Home::repository();
    home.write(WORKFLOW, &old_login(), 0o644);
    let (code, stdout, stderr) = text(&home.run(&["audit"]));
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stdout.contains("error[deprecated-get-login]"), "{stdout}");
    assert!(stdout.contains("--> .github/workflows/push.yml:8"), "{stdout}");
    assert!(stdout.contains("8 |           $(aws ecr get-login") && stdout.contains("^^^"), "{stdout}");
    assert!(stdout.contains("ecrpass explain --id deprecated-get-login"), "{stdout}");
    assert!(stderr.contains("1 file") || stderr.contains("looked at"), "{stderr}");
    for (fail_on, expected) in [("never", 0), ("error", 1), ("warning", 1), ("note", 1)] {
        let output = home.run(&["audit", "--fail-on", fail_on, "--rule", "deprecated-get-login"]);
        assert_eq!(output.status.code(), Some(expected), "{fail_on}");
    }
    let (code, stdout, _) = text(&home.run(&["audit", "--rule", "live-token-stored"]));
    assert_eq!(code, Some(0));
    assert!(stdout.starts_with("Nothing was found in "), "{stdout}");
    let (code, _, stderr) = text(&home.run(&["audit", "--rule", "no-such-rule"]));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("live-token-stored"), "{stderr}");
}

#[test]
fn programs_read_every_format() {
    let home = Home::repository();
    home.write(WORKFLOW, &old_login(), 0o644);
    let output = home.run(&["audit", "--format", "json"]);
    assert!(has(&output, "deprecated-get-login", WORKFLOW, 8), "{output:?}");

    let sarif = || json(&home.run(&["audit", "--format", "sarif", "--rule", "deprecated-get-login"]));
    let before = sarif();
    let run = &before["runs"][0];
    assert_eq!(before["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "deprecated-get-login");
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], WORKFLOW);
    assert_eq!(place["region"]["startLine"], 8);

    let gitlab = json(&home.run(&["audit", "--format", "gitlab", "--rule", "deprecated-get-login"]));
    assert_eq!(gitlab[0]["check_name"], "deprecated-get-login");
    assert_eq!(
        (&gitlab[0]["location"]["path"], &gitlab[0]["location"]["lines"]["begin"]),
        (&WORKFLOW.into(), &8.into())
    );
    assert_eq!(gitlab[0]["severity"], "critical");

    let (_, junit, _) = text(&home.run(&["audit", "--format", "junit", "--rule", "deprecated-get-login"]));
    assert!(
        junit.starts_with("<?xml") && junit.contains("failures=\"1\"") && junit.contains("<failure "),
        "{junit}"
    );
    assert!(junit.trim_end().ends_with("</testsuites>"), "{junit}");
    let (_, github, _) = text(&home.run(&["audit", "--format", "github", "--rule", "deprecated-get-login"]));
    assert!(
        github.starts_with("::error title=") && github.contains("file=.github/workflows/push.yml,line=8"),
        "{github}"
    );

    // A fingerprint stays where lines move.
    home.write(WORKFLOW, &format!("name: x\n\n{}", old_login()), 0o644);
    let after = sarif();
    assert_eq!(after["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"], 10);
    let name = |sarif: &Value| sarif["runs"][0]["results"][0]["partialFingerprints"]["ecrpass/v1"].clone();
    assert!(name(&before).is_string() && name(&before) == name(&after));
}

#[test]
fn no_output_has_a_secret_in_it() {
    let home = Home::repository();
    let (config, auth) = live_config();
    let (key, secret) = (key(), ["q7VbXc2mPp0LrT9aZs4e", "Wd8nKf1uHj6yGg3iOo5B"].concat());
    home.write("deploy/config.json", &config, 0o644);
    home.write(
        ".env.production",
        &format!("AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n"),
        0o644,
    );
    home.write("notes.md", &format!("docker login -u AWS -p {auth} {HOST}\n"), 0o644);
    home.write("login.sh", &format!("docker login -u AWS -p {auth} {HOST}\n"), 0o755);
    let baseline = home.path("known.json");
    let baseline = format!("--write-baseline={}", baseline.display());
    let mut arguments: Vec<Vec<&str>> = ["text", "json", "sarif", "github", "gitlab", "junit"]
        .iter()
        .map(|format| vec!["audit", "--format", *format])
        .collect();
    arguments.push(vec!["audit", &baseline]);
    arguments.push(vec!["audit", "--fix", "--unsafe", "--dry-run"]);
    arguments.push(vec!["audit", "--fix", "--unsafe"]);
    for arguments in arguments {
        let output = home.run(&arguments);
        let (_, stdout, stderr) = text(&output);
        let all =
            format!("{stdout}{stderr}{}", fs::read_to_string(home.path("known.json")).unwrap_or_default());
        for hidden in [&auth[..24], &auth[auth.len() - 24..], &secret, &key[6..14]] {
            assert!(!all.contains(hidden), "{arguments:?}: {all}");
        }
        if arguments.contains(&"json") {
            assert!(has(&output, "live-token-stored", "deploy/config.json", 4), "{output:?}");
            assert!(has(&output, "live-token-stored", "notes.md", 1), "{output:?}");
            let is_key = |(slug, source, _): &(String, String, u64)| {
                slug == "access-key-in-file" && source == ".env.production"
            };
            assert!(found(&output).iter().any(is_key), "{output:?}");
        }
    }
}

#[test]
fn git_decides_what_is_looked_at() {
    let home = Home::bare();
    git(&home, &["init", "-q"]);
    let (config, _) = live_config();
    home.write(".gitignore", "ignored/\n", 0o644);
    home.write("ignored/config.json", &config, 0o644);
    home.write(WORKFLOW, "on: push\njobs: {}\n", 0o644);
    assert_eq!(run(&home, &["audit"]).status.code(), Some(0));
    // What is named is looked at.
    let output = run(&home, &["audit", "--format", "json", "ignored/config.json"]);
    assert!(has(&output, "live-token-stored", "ignored/config.json", 4), "{output:?}");
    git(&home, &["add", "."]);
    git(&home, &["commit", "-qm", "one"]);

    // What is staged counts, not what is in the directory.
    home.write("deploy/config.json", &config, 0o644);
    git(&home, &["add", "."]);
    home.write("deploy/config.json", "{}\n", 0o644);
    home.write(WORKFLOW, &old_login(), 0o644);
    let output = run(&home, &["audit", "--staged", "--format", "json"]);
    let slugs: Vec<String> = found(&output).into_iter().map(|(slug, ..)| slug).collect();
    assert_eq!(slugs, ["live-token-stored"]);
    git(&home, &["commit", "-qm", "two"]);
    let output = run(&home, &["audit", "--staged"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    // What differs from a revision, what git does not know yet included.
    home.write("new/config.json", &config, 0o644);
    let output = run(&home, &["audit", "--since", "HEAD", "--format", "json"]);
    assert!(has(&output, "live-token-stored", "new/config.json", 4), "{output:?}");
    assert!(has(&output, "deprecated-get-login", WORKFLOW, 8), "{output:?}");
    let output = run(&home, &["audit", "--since", "HEAD", "new", "--format", "json"]);
    assert!(!has(&output, "deprecated-get-login", WORKFLOW, 8), "{output:?}");
    for revision in ["no-such-branch", "--output=x"] {
        let (code, _, stderr) = text(&run(&home, &["audit", &format!("--since={revision}")]));
        assert_eq!(code, Some(3), "{stderr}");
        assert!(stderr.contains("Next: "), "{stderr}");
    }
    assert!(!home.path("x").exists());

    // A list of files, some of which are gone.
    let output = home.run_with_input(&["audit", "--format", "json", "-"], "new/config.json\0gone.yml\0");
    assert!(has(&output, "live-token-stored", "new/config.json", 4), "{output:?}");
    assert!(text(&output).2.contains("gone.yml is not there"), "{output:?}");
}

#[test]
fn a_path_inside_a_repository_is_judged_with_what_is_around_it() {
    let home = Home::repository();
    home.write(WORKFLOW, &old_login(), 0o644);
    home.write("other/config.json", &live_config().0, 0o644);
    for path in [".github", ".github/workflows", WORKFLOW] {
        let output = home.run(&["audit", "--format", "json", path]);
        assert!(has(&output, "deprecated-get-login", WORKFLOW, 8), "{path}: {output:?}");
        assert!(!has(&output, "live-token-stored", "other/config.json", 4), "{path}: {output:?}");
    }
    let output = home.run(&["ci", "lint", "--format", "json"]);
    assert!(has(&output, "deprecated-get-login", WORKFLOW, 8), "{output:?}");
    assert!(!has(&output, "live-token-stored", "other/config.json", 4), "{output:?}");
}

#[test]
fn a_baseline_survives_moved_lines_and_not_new_secrets() {
    let home = Home::repository();
    home.write("a/config.json", &live_config().0, 0o644);
    home.write(WORKFLOW, &old_login(), 0o644);
    let (code, stdout, _) = text(&home.run(&["audit", "--write-baseline"]));
    assert_eq!(code, Some(0));
    assert!(stdout.contains(".ecrpass-baseline.json holds"), "{stdout}");
    let written = fs::read_to_string(home.path(".ecrpass-baseline.json")).unwrap();
    assert!(!written.contains("\"line\""), "{written}");
    let with = ["audit", "--format", "json", "--baseline", ".ecrpass-baseline.json"];
    assert_eq!(found(&home.run(&with)), []);

    // Moved lines are the same; writing it again changes nothing.
    home.write(WORKFLOW, &format!("# moved\n\n{}", old_login()), 0o644);
    let output = home.run(&with);
    assert_eq!((found(&output), output.status.code()), (vec![], Some(0)));
    home.run(&["audit", "--write-baseline"]);
    assert_eq!(fs::read_to_string(home.path(".ecrpass-baseline.json")).unwrap(), written);

    // Another secret at the same place is new, and so is a copy elsewhere.
    let auth = login_expiring_in(2 * 3600);
    home.write("a/config.json", &format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{auth}\"}}}}}}\n"), 0o644);
    home.write("b/config.json", &live_config().0, 0o644);
    let mut places: Vec<String> = found(&home.run(&with)).into_iter().map(|(_, source, _)| source).collect();
    places.sort();
    assert_eq!(places, ["a/config.json", "b/config.json"]);
    let (_, _, stderr) = text(&home.run(&["audit", "--baseline", ".ecrpass-baseline.json"]));
    assert!(stderr.contains("1 of the baseline's findings are there no more"), "{stderr}");

    home.write("broken.json", "{", 0o644);
    for (baseline, next) in
        [("broken.json", "remove it and write a baseline"), ("none.json", "write it: ecrpass audit")]
    {
        let (code, _, stderr) = text(&home.run(&["audit", "--baseline", baseline]));
        assert_eq!(code, Some(3));
        assert!(stderr.contains("Next: ") && stderr.contains(next), "{stderr}");
    }
}

#[test]
fn comments_and_settings_leave_things_out() {
    let home = Home::repository();
    let ignored = old_login().replace(
        "          $(aws",
        "          # ecrpass: ignore[deprecated-get-login] the runner has version 1\n          $(aws",
    );
    home.write(WORKFLOW, &ignored, 0o644);
    home.write(
        "notes.sh",
        "# ecrpass: ignore[token-in-log] nothing\necho docker\n# ecrpass: ignore[tokn]\n",
        0o644,
    );
    let only = ["audit", "--format", "json", "--rule", "deprecated-get-login,token-in-log"];
    let output = home.run(&only);
    assert_eq!((found(&output), output.status.code()), (vec![], Some(0)));
    let stderr = text(&output).2;
    assert!(stderr.contains("1 ignored by comments"), "{stderr}");
    assert!(stderr.contains("notes.sh:1: `ignore[token-in-log]` ignores nothing"), "{stderr}");
    assert!(stderr.contains("notes.sh:3: `ignore[tokn]` names no rule"), "{stderr}");

    home.write(WORKFLOW, &old_login(), 0o644);
    home.write("examples/old.sh", "$(aws ecr get-login --region us-east-1)\n", 0o644);
    let settings = |text: &str| {
        home.write("ecrpass.toml", text, 0o644);
        let output = home.run(&only);
        let places = found(&output).into_iter().map(|(_, source, _)| source).collect::<Vec<_>>();
        (places, output.status.code())
    };
    let workflow = WORKFLOW.to_owned();
    assert_eq!(settings("[audit]\nexclude = [\"examples/\"]\n"), (vec![workflow.clone()], Some(1)));
    assert_eq!(settings("[audit.rules]\ndeprecated-get-login = \"off\"\n"), (vec![], Some(0)));
    let (places, code) = settings("[audit.rules]\ndeprecated-get-login = \"note\"\n");
    assert_eq!((places.len(), code), (2, Some(0)));
    home.write("ecrpass.toml", "[audit]\nexclud = []\n", 0o644);
    let (code, _, stderr) = text(&home.run(&["audit"]));
    assert_eq!(code, Some(3));
    assert!(stderr.contains("ecrpass.toml:2: "), "{stderr}");
}

#[test]
fn safe_edits_are_shown_made_and_made_once() {
    let home = Home::repository();
    home.write(WORKFLOW, &old_login(), 0o644);
    let (code, stdout, _) =
        text(&home.run(&["audit", "--fix", "--dry-run", "--rule", "deprecated-get-login"]));
    assert!(
        stdout.contains("+          aws ecr get-login-password --region us-east-1 | docker login"),
        "{stdout}"
    );
    assert_eq!(fs::read_to_string(home.path(WORKFLOW)).unwrap(), old_login());
    assert_eq!(code, Some(1), "{stdout}");
    let (code, stdout, _) = text(&home.run(&["audit", "--fix", "--rule", "deprecated-get-login"]));
    assert_eq!(code, Some(0), "{stdout}");
    assert!(stdout.contains("push.yml is fixed"), "{stdout}");
    let fixed = fs::read_to_string(home.path(WORKFLOW)).unwrap();
    let expected = old_login().replace(
        "$(aws ecr get-login --no-include-email --region us-east-1)",
        &format!("aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin {HOST}"),
    );
    assert_eq!(fixed, expected);
    let output = home.run(&["audit", "--fix", "--format", "json", "--rule", "deprecated-get-login"]);
    assert_eq!(found(&output), []);
    assert_eq!(fs::read_to_string(home.path(WORKFLOW)).unwrap(), fixed);
    // No copies are left in a repository.
    assert_eq!(home.names(".github/workflows"), ["push.yml"]);
}
