//! What `ecrpass kubelet check` says of a configuration beside what the kubelet's own package does with it: whether it
//! starts, and whether it asks the provider for an image of ECR.

mod cases;

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

use anyhow::{Context, Result, bail, ensure};
use ecrpass_diagnosis::kubelet::{Binaries, Binary, ConfigFile, KubeletVersion, Surroundings, check};
use ecrpass_lab::{HOST, Lab, Session};
use serde_json::{Value, json};

use self::cases::{Effect, all};
use super::runs::built_client;

/// Every configuration, by both.
pub fn check_and_kubelet(lab: &Lab) -> Result<()> {
    let session = Session::new(lab)?;
    // It answers as a provider does, in the version it was asked in.
    let answer = json!({
        "kind": "CredentialProviderResponse", "apiVersion": "'$version'",
        "cacheKeyType": "Registry", "cacheDuration": "0s", "auth": {HOST: {"username": "AWS", "password": "x"}},
    });
    let version = "version=$(sed 's/.*\"apiVersion\":\"\\([^\"]*\\)\".*/\\1/')";
    session
        .script("providers/ecr-credential-provider", &format!("#!/bin/sh\n{version}\necho '{answer}'\n"))?;
    // It does not know the kubelet's request.
    session.script("providers/docker-credential-ecr-login", "#!/bin/sh\nexit 1\n")?;
    session.write("providers/not-executable", "")?;
    symlink("ecr-credential-provider", session.path("providers/5"))?;
    let pod = json!({
        "image": format!("{HOST}/team/app"), "namespace": "shop", "account": "default", "uid": "uid", "token": "token",
        "annotations": {"eks.amazonaws.com/ecr-role-arn": "arn:aws:iam::123456789012:role/pull"},
    });
    session.write("pods", &format!("{pod}\n"))?;
    let kubelet = format!("{} config.yaml providers < pods", built_client("kubelet-provider")?.display());
    let mut wrong = Vec::new();
    let cases = all();
    let mut counts = [0; 3];
    for case in &cases {
        session.write("config.yaml", &case.text)?;
        let run = session.sh(&kubelet)?;
        let does = match run.stdout.lines().next() {
            Some(line) if run.success => {
                let outcome: Value = serde_json::from_str(line)?;
                let is_empty = outcome["logins"].as_array().context("no list of logins")?.is_empty();
                if is_empty { Effect::Never } else { Effect::Asks }
            }
            _ => Effect::Stops,
        };
        let says = says(&session, &case.text);
        counts[does as usize] += 1;
        if says != does || does != case.effect {
            wrong.push(format!(
                "{}: check says {says:?}, the kubelet {does:?}, wanted {:?}: {}",
                case.name,
                case.effect,
                run.text().trim()
            ));
        }
    }
    let [stops, never, asks] = counts;
    eprintln!(
        "  {} configurations: the kubelet does not start with {stops}, never asks with {never}, asks with {asks}",
        cases.len()
    );
    if !wrong.is_empty() {
        bail!("{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    }
    ensure!(counts.iter().all(|count| *count >= 15), "too few of one kind: {counts:?}");
    Ok(())
}

/// The worst that `check` says.
fn says(session: &Session<'_>, text: &str) -> Effect {
    let programs = ["ecr-credential-provider", "docker-credential-ecr-login", "5"];
    let mut files: BTreeMap<String, Binary> =
        programs.iter().map(|name| ((*name).to_owned(), Binary::Program)).collect();
    files.insert("not-executable".to_owned(), Binary::NotExecutable);
    let binaries = Binaries { directory: session.path("providers").display().to_string(), files };
    let surroundings = Surroundings { version: Some(KubeletVersion::minor(36)), binaries: Some(binaries) };
    let file = ConfigFile { name: "config.yaml".to_owned(), text: text.to_owned() };
    let findings = check(&[file], &surroundings);
    let holds = |words: &str| findings.iter().any(|finding| finding.explanation.contains(words));
    if holds("the kubelet does not start with this file") {
        Effect::Stops
    } else if holds("says nothing, and pulls these images without credentials") {
        Effect::Never
    } else {
        Effect::Asks
    }
}
