//! Asks a cluster, through kubectl, for what the file of a pod leaves out: its service account, and its pull secrets.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::inputs::{DeploymentFile, DeploymentKind, Puller};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::system::programs;

/// How long kubectl may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many namespaces are asked about.
const MOST_NAMESPACES: usize = 10;

/// A cluster, as kubectl reaches it.
#[derive(Clone, Copy)]
pub struct Kubectl<'a> {
    /// Where kubectl is looked for.
    pub environment: &'a dyn Environment,
    /// The file that says which cluster, and who asks.
    pub kubeconfig: &'a Path,
    /// When all answers must be there.
    pub ends_at: Instant,
}

impl Kubectl<'_> {
    /// The service accounts and pull secrets of the pods in a file, as far as they are not in it; `None` where nothing is
    /// left out.
    ///
    /// # Errors
    /// Why the cluster could not be asked.
    pub fn around(&self, document: &DeploymentFile) -> Result<Option<Zeroizing<String>>, String> {
        if document.kind != DeploymentKind::Kubernetes {
            return Ok(None);
        }
        let (mut accounts, mut secrets) = (BTreeSet::new(), BTreeSet::new());
        for target in &document.targets {
            let Puller::Kubelet(pod) = &target.puller else { continue };
            let namespace = pod.namespace.clone().unwrap_or_default();
            if pod.pull_secrets.is_empty() {
                let account = pod.service_account.clone().unwrap_or_else(|| "default".to_owned());
                accounts.insert((namespace.clone(), account));
            }
            let known = |name: &&String| !pod.secrets.iter().any(|secret| secret.name == **name);
            secrets
                .extend(pod.pull_secrets.iter().filter(known).map(|name| (namespace.clone(), name.clone())));
        }
        let mut objects = Vec::new();
        for (namespace, names) in by_namespace(accounts) {
            let Some(found) = self.get("serviceaccount", &namespace, &names)? else { continue };
            for name in secrets_of(&found) {
                secrets.insert((namespace.clone(), name));
            }
            objects.push(found);
        }
        for (namespace, names) in by_namespace(secrets) {
            objects.extend(self.get("secret", &namespace, &names)?);
        }
        if objects.is_empty() {
            return Ok(None);
        }
        let items: Vec<&str> = objects.iter().map(|object| object.as_str()).collect();
        let list = format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{}]}}", items.join(","));
        Ok(Some(Zeroizing::new(list)))
    }

    /// What kubectl prints of these objects; `None` where there are none of them.
    fn get(
        &self,
        kind: &str,
        namespace: &str,
        names: &[String],
    ) -> Result<Option<Zeroizing<String>>, String> {
        let program = self.environment.on_path("kubectl").ok_or("kubectl is not on PATH")?;
        let left = self.ends_at.saturating_duration_since(Instant::now()).min(PATIENCE);
        let mut command = Command::new(program);
        command.arg("--kubeconfig").arg(self.kubeconfig).args([
            "get",
            kind,
            "--ignore-not-found",
            "--output=json",
        ]);
        if !namespace.is_empty() {
            command.args(["--namespace", namespace]);
        }
        let output = programs::run(command.arg("--").args(names), "", left)
            .map_err(|why| format!("kubectl: {why}"))?;
        if !output.success {
            let line = output.stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("it failed");
            return Err(format!("kubectl: {}", redact(line.trim())));
        }
        Ok((!output.stdout.trim().is_empty()).then_some(output.stdout))
    }
}

fn by_namespace(names: BTreeSet<(String, String)>) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for (namespace, name) in names {
        match all.last_mut() {
            Some((last, names)) if *last == namespace => names.push(name),
            _ => all.push((namespace, vec![name])),
        }
    }
    all.truncate(MOST_NAMESPACES);
    all
}

/// The pull secrets that service accounts name.
fn secrets_of(accounts: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(accounts) else { return Vec::new() };
    let one = std::slice::from_ref(&value);
    let accounts = value.get("items").and_then(Value::as_array).map_or(one, Vec::as_slice);
    let named = accounts.iter().filter_map(|account| account.get("imagePullSecrets")?.as_array()).flatten();
    named.filter_map(|secret| Some(secret.get("name")?.as_str()?.to_owned())).collect()
}
