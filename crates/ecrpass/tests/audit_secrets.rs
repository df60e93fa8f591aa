//! What `ecrpass audit` and its edits show of files with passwords in them: nothing of those, and all that is none.

#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use common::{Home, text};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// A host with a mistake that a safe edit repairs: what stands around it is shown.
const WRONG: &str = "123456789012.ecr.us-east-1.amazonaws.com";

const SECRET: &str = "Sup3rgKGnjQEo2gw2Jx";

/// Files in which a secret stands right beside something to repair.
fn files() -> Vec<(&'static str, String)> {
    let key = format!(
        "    -----BEGIN RSA PRIVATE KEY-----\n{}    -----END RSA PRIVATE KEY-----\n",
        format!("    {SECRET}\n").repeat(9)
    );
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n";
    let mut all = Vec::new();
    for around in [
        "    env:\n    - name: API_TOKEN\n      value: @@\n",
        "    env:\n    - value: '@@'\n      name: API_TOKEN\n",
        "    env:\n    - {name: DB_PASSWORD, value: @@}\n",
        "    env: [{\"name\": \"API_TOKEN\",\n      \"value\": \"@@\"}]\n",
        "    env:\n    - name: API_TOKEN\n      value: >-\n        @@\n",
        "    args:\n    - --password\n    - @@\n",
        "    args: [\"--requirepass\", \"@@\"]\n",
        "    command: [mysqld, -p@@]\n",
        "    env:\n    - name: API_TOKEN\n      value: |\n        a\n        b\n        c\n        d\n        @@\n",
    ] {
        all.push(("pod.yaml", format!("{pod}{}    image: {WRONG}/a:1\n", around.replace("@@", SECRET))));
    }
    all.push((
        "compose.yaml",
        format!("services:\n  a:\n    x-key: |\n{}    image: {WRONG}/a:1\n", key.replace("    ", "      ")),
    ));
    for line in [
        "docker login r.io -u me -p $'@@'",
        "docker login r.io -u me -p two\\ words@@",
        "docker login r.io -u me --password='it'\"'\"'s@@'",
        "docker login r.io -u me -p \"x\"'@@'",
        "docker login r.io -u me -p $(echo @@)",
        "docker login r.io -u me \\\n  -p @@",
        "docker login r.io -u me \\\n  --password \\\n  @@",
        "PW=@@",
        "PASS=\"a b @@\"",
        "CREDS=me:@@",
        "curl -u me:'@@' https://h",
        "curl https://u:p/s@@@h/",
        "mysql -p@@",
        "vault login @@",
    ] {
        let line = line.replace("@@", SECRET);
        all.push(("a.sh", format!("#!/bin/sh\n{line} && docker push {WRONG}/a:1\n")));
        all.push(("a.sh", format!("#!/bin/sh\n{line}\ndocker push {WRONG}/a:1\n")));
    }
    all
}

#[test]
fn neither_findings_nor_edits_show_a_secret_beside_them() {
    let home = Home::bare();
    for (name, content) in files() {
        home.write(name, &content, 0o644);
        for arguments in [
            &["audit", name][..],
            &["audit", "--format", "json", name],
            &["audit", "--format", "sarif", name],
            &["audit", "--fix", "--unsafe", "--dry-run", name],
            &["audit", "--fix", "--unsafe", name],
        ] {
            let (code, stdout, stderr) = text(&home.run(arguments));
            assert!(
                !format!("{stdout}{stderr}").contains(SECRET),
                "{arguments:?} of\n{content}\n{stdout}{stderr}"
            );
            assert!(stdout.contains(WRONG), "{code:?} {content}\n{stdout}{stderr}");
        }
        // What is written is the file, with all that is in it.
        assert!(std::fs::read_to_string(home.path(name)).unwrap().contains(SECRET));
        std::fs::remove_file(home.path(name)).unwrap();
    }
}

#[test]
fn what_only_refers_to_a_password_is_shown_and_marked() {
    let home = Home::bare();
    let line = format!("docker login -u AWS -p $(aws ecr get-login-password --region us-east-1) {HOST}");
    home.write("a.sh", &format!("#!/bin/sh\n{line}\n"), 0o644);
    let (_, stdout, stderr) = text(&home.run(&["audit", "a.sh"]));
    assert!(stdout.contains(&line) && !stdout.contains("[redacted]"), "{stdout}{stderr}");
    let (_, stdout, stderr) = text(&home.run(&["audit", "--fix", "--dry-run", "a.sh"]));
    assert!(stdout.contains(&format!("-{line}")), "{stdout}{stderr}");
}

#[test]
fn own_advice_is_not_masked() {
    let home = Home::bare();
    let image = format!("{HOST}/team/app");
    let arguments = [
        "ci", "generate", "gitlab", "--image", &image, "--code", "team/app", "--branch", "main", "--output",
        ".",
    ];
    let (_, stdout, stderr) = text(&home.run(&arguments));
    let all = format!("{stdout}{stderr}");
    assert!(all.contains("aud: https://gitlab.com") && !all.contains("[redacted]"), "{all}");
}
