//! The kubelet's own keyring and credential provider plugins, under the matrix and with upstream's provider.

use anyhow::{Result, ensure};
use ecrpass_clients::client::Client;
use ecrpass_lab::{HOST, Lab, Session};

use super::REPOSITORY;
use super::configurations::docker_family;
use super::runs::{Runs, Subject, built_client};
use super::special::kubelet_family;

fn command() -> Result<String> {
    Ok(format!("{} {HOST}/{REPOSITORY}", built_client("kubelet")?.display()))
}

/// The node's files.
pub fn files(lab: &Lab) -> Result<()> {
    let mut runs = Runs::new(lab);
    let subject = Subject { tries_in_turn: true, ..Subject::new(Client::Kubelet, command()?) };
    for configuration in docker_family().into_iter().chain(kubelet_family()) {
        runs.compare(&subject, &configuration)?;
    }
    runs.end(60)
}

/// The same texts as a pull secret's `.dockerconfigjson`.
pub fn pull_secrets(lab: &Lab) -> Result<()> {
    let mut runs = Runs::new(lab);
    let command = format!("SECRET=$HOME/secret.json {}", command()?);
    let configs = vec!["secret.json"];
    let subject = Subject { tries_in_turn: true, configs, ..Subject::new(Client::Kubelet, command) };
    for mut configuration in docker_family().into_iter().chain(kubelet_family()) {
        let file = configuration.texts.iter_mut().find(|(path, _)| path == ".docker/config.json");
        let Some((path, text)) = file else { continue };
        // The kubelet passes over an empty one; nobody can store it.
        if text.is_empty() {
            continue;
        }
        "secret.json".clone_into(path);
        runs.compare(&subject, &configuration)?;
    }
    runs.end(60)
}

/// The whole way of a node of EKS: the keyring runs the provider, which asks ECR, and what it gets opens the registry.
pub fn provider(lab: &Lab) -> Result<()> {
    let mut session = Session::new(lab)?;
    session.credentials();
    let provider = built_client("ecr-credential-provider")?;
    session.write(
        "provider.yaml",
        "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n- name: ecr-credential-provider\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n  defaultCacheDuration: 12h\n  matchImages: [\"*.dkr.ecr.*.amazonaws.com\"]\n",
    )?;
    session.set("PLUGIN_CONFIG", &session.path("provider.yaml").display().to_string());
    session.set("PLUGIN_DIRECTORY", &provider.parent().unwrap_or(&provider).display().to_string());
    lab.ecr.clear_calls();
    let run = session.sh(&command()?)?;
    run.ok()?.says("\"AWS\": 404")?;
    ensure!(lab.ecr.call_count("GetAuthorizationToken") == 1);
    // A login left on the node is tried before the provider's answer.
    let stale = lab.ecr.forge_password("us-east-1", -60);
    let auth = format!(
        "{{\"auths\": {{\"{HOST}\": {{\"username\": \"AWS\", \"password\": \"{}\"}}}}}}",
        stale.expose()
    );
    session.docker_config(&auth)?;
    session.sh(&command()?)?.ok()?.says("\"AWS\": 403")?.says("\"AWS\": 404")?;
    Ok(())
}
