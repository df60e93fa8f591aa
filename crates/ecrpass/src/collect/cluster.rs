//! Asks a cluster, through kubectl, for what the file of a pod leaves out: its service account, its pull secrets, its
//! events and its node.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::inputs::{DeploymentFile, DeploymentKind, Pod, PodSeen, Puller};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::system::programs;

/// How long kubectl may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many nodes are asked about.
const MOST_NODES: usize = 20;

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
        let pods = document.targets.iter().filter_map(|target| match &target.puller {
            Puller::Kubelet(pod) => Some(pod),
            _ => None,
        });
        Ok(list(self.accounts_and_secrets(pods)?))
    }

    /// The same, and the events and nodes, for pods that were read.
    ///
    /// # Errors
    /// Why the cluster could not be asked.
    pub fn around_pods(&self, pods: &[PodSeen]) -> Result<Zeroizing<String>, String> {
        let mut objects = self.accounts_and_secrets(pods.iter().map(|seen| &seen.pod))?;
        let (mut namespaces, mut nodes) = (BTreeSet::new(), BTreeSet::new());
        for seen in pods {
            namespaces.insert(seen.pod.namespace.clone().unwrap_or_default());
            nodes.extend(seen.pod.node.clone());
        }
        // Of one pod, its own events: a namespace may have very many.
        let of_one = match pods {
            [one] => one.pod.object.split_once('/').map(|(_, name)| name),
            _ => None,
        };
        for namespace in namespaces.iter().take(MOST_NAMESPACES) {
            let selector = of_one.map(|name| format!("--field-selector=involvedObject.name={name}"));
            // Not everybody may see events and nodes, and the rest is worth saying without.
            objects.extend(self.ask("events", namespace, selector.as_deref(), &[]).ok().flatten());
        }
        let nodes: Vec<String> = nodes.into_iter().take(MOST_NODES).collect();
        if !nodes.is_empty() {
            objects.extend(self.ask("node", "", None, &nodes).ok().flatten());
        }
        Ok(list(objects).unwrap_or_else(|| Zeroizing::new("{\"kind\":\"List\",\"items\":[]}".to_owned())))
    }

    /// One object by name, as kubectl prints it: `web-1` is a pod, `deployment/web` what it says. For what creates pods,
    /// also its pods.
    ///
    /// # Errors
    /// Why the cluster could not be asked, or that there is none.
    pub fn named(&self, name: &str, namespace: &str) -> Result<Zeroizing<String>, String> {
        let (kind, name) = name.split_once('/').unwrap_or(("pod", name));
        if !kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') || kind.is_empty() {
            return Err(format!("`{kind}` is no kind of object"));
        }
        let object = self.ask(kind, namespace, None, &[name.to_owned()])?;
        let object = object.ok_or_else(|| format!("there is no {kind} `{name}` in that namespace"))?;
        let Some((namespace, selector)) = selector_of(&object) else { return Ok(object) };
        let selector = format!("--selector={selector}");
        let pods = self.ask("pod", &namespace, Some(&selector), &[])?;
        Ok(list(std::iter::once(object).chain(pods).collect()).unwrap_or_default())
    }

    fn accounts_and_secrets<'p>(
        &self,
        pods: impl Iterator<Item = &'p Pod>,
    ) -> Result<Vec<Zeroizing<String>>, String> {
        let (mut accounts, mut secrets) = (BTreeSet::new(), BTreeSet::new());
        for pod in pods {
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
            let Some(found) = self.ask("serviceaccount", &namespace, None, &names)? else { continue };
            for name in secrets_of(&found) {
                secrets.insert((namespace.clone(), name));
            }
            objects.push(found);
        }
        for (namespace, names) in by_namespace(secrets) {
            objects.extend(self.ask("secret", &namespace, None, &names)?);
        }
        Ok(objects)
    }

    /// What kubectl prints of these objects; `None` where there are none of them.
    fn ask(
        &self,
        kind: &str,
        namespace: &str,
        selector: Option<&str>,
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
        command.args(selector);
        let output = programs::run(command.arg("--").args(names), "", left)
            .map_err(|why| format!("kubectl: {why}"))?;
        if !output.success {
            let line = output.stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("it failed");
            return Err(format!("kubectl: {}", redact(line.trim())));
        }
        Ok((!output.stdout.trim().is_empty()).then_some(output.stdout))
    }
}

/// Objects as one list; none of none.
fn list(objects: Vec<Zeroizing<String>>) -> Option<Zeroizing<String>> {
    if objects.is_empty() {
        return None;
    }
    let items: Vec<&str> = objects.iter().map(|object| object.as_str()).collect();
    Some(Zeroizing::new(format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{}]}}",
        items.join(",")
    )))
}

/// The namespace of what creates pods, and what its pods are selected by.
fn selector_of(object: &str) -> Option<(String, String)> {
    let object: Value = serde_json::from_str(object).ok()?;
    let labels = object.pointer("/spec/selector/matchLabels")?.as_object()?;
    let labels: Vec<String> =
        labels.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?))).collect();
    let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    (!labels.is_empty()).then(|| (namespace.to_owned(), labels.join(",")))
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
