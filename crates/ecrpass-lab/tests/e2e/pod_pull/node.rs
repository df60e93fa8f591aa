//! A node that pulls for a pod: containerd, and before it the kubelet's own image manager.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use ecrpass_lab::{HOST, Lab, Part, Session};
use serde_json::{Value, json};

use crate::matrix::built_client;

/// What came of a pull.
#[derive(Debug)]
pub struct Pull {
    /// Whose credentials were tried, in that order: `secret shop/ecr`, `node`, `nobody`; and the error of each.
    pub attempts: Vec<(String, String)>,
    /// What the runtime calls the image; empty if it was not pulled.
    pub image: String,
    /// The reason of the waiting container, as `kubectl get pods` shows it, and its message.
    pub reason: String,
    pub message: String,
    /// What `kubectl describe pod` shows.
    pub events: Vec<String>,
}

impl Pull {
    /// Fails unless the image is there, pulled with the last of these.
    pub fn by(&self, wanted: &[&str]) -> Result<()> {
        self.tried(wanted)?;
        ensure!(self.image.starts_with("sha256:") && self.reason.is_empty(), "not pulled: {self:#?}");
        let refused = self.attempts.iter().rev().skip(1).all(|(_, error)| !error.is_empty());
        ensure!(refused, "tried more than one that works: {self:#?}");
        Ok(())
    }

    /// Fails unless it was refused after all of these.
    pub fn refused(&self, wanted: &[&str]) -> Result<()> {
        self.tried(wanted)?;
        ensure!(self.image.is_empty() && self.reason == "ErrImagePull", "not refused: {self:#?}");
        Ok(())
    }

    fn tried(&self, wanted: &[&str]) -> Result<()> {
        let tried: Vec<&str> = self.attempts.iter().map(|(from, _)| from.as_str()).collect();
        ensure!(tried == wanted, "tried {tried:?}, not {wanted:?}: {self:#?}");
        Ok(())
    }

    /// Fails unless users read one of these words, and `explain` names that cause first for the event that holds them.
    pub fn explained(&self, words: &[&str], slug: &str) -> Result<()> {
        ensure!(words.iter().any(|words| self.message.contains(words)), "none of {words:?} in {self:#?}");
        let event = self.events.iter().find(|event| event.contains("Failed to pull image"));
        let event = event.context("no event says so")?;
        let found = ecrpass_diagnosis::engine::explain::explain("stdin", event);
        let first = found.first().map(|finding| finding.id.as_str());
        ensure!(first == Some(slug), "explained as {first:?}, not as {slug}:\n{event}");
        Ok(())
    }

    /// The pod as `kubectl get pod -o json` prints it.
    fn pod(&self, image: &str, secrets: &[&Value]) -> Value {
        let names: Vec<Value> =
            secrets.iter().map(|secret| json!({"name": secret["metadata"]["name"]})).collect();
        let state = json!({"waiting": {"reason": self.reason, "message": self.message}});
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "shop", "name": "web"},
            "spec": {"nodeName": "node", "imagePullSecrets": names, "containers": [{"name": "web", "image": image}]},
            "status": {"phase": "Pending", "containerStatuses": [{"name": "web", "image": image, "state": state}]},
        })
    }
}

/// The node. Its containerd ends with it.
pub struct Node<'a> {
    session: Session<'a>,
    socket: PathBuf,
    _containerd: Part,
}

impl<'a> Node<'a> {
    pub fn start(lab: &'a Lab) -> Result<Self> {
        let (containerd, socket) = lab.containerd()?;
        let session = Session::new(lab)?;
        session.install_ecrpass()?;
        Ok(Self { session, socket, _containerd: containerd })
    }

    /// Installs our credential provider with the configuration that `ecrpass kubelet config` writes, for a node with a role.
    pub fn install_provider(&mut self) -> Result<()> {
        self.session.credentials();
        self.session
            .sh("ecrpass kubelet config --platform kubeadm --kubelet-version 1.36 > provider.yaml")?
            .ok()?;
        std::fs::create_dir_all(self.session.path("providers"))?;
        std::os::unix::fs::symlink(
            &self.session.lab.helper,
            self.session.path("providers/ecr-credential-provider"),
        )?;
        let (config, directory) = (self.session.path("provider.yaml"), self.session.path("providers"));
        self.session.set("PLUGIN_CONFIG", &config.display().to_string());
        self.session.set("PLUGIN_DIRECTORY", &directory.display().to_string());
        Ok(())
    }

    /// Keeps the kubelet's records of what was pulled with which secret, as a kubelet from 1.35 on.
    pub fn keep_records(&mut self) {
        let records = self.session.path("kubelet");
        self.session.set("RECORDS", &records.display().to_string());
    }

    /// Fails unless `explain pod`, given the pod and its secrets, names this cause first.
    pub fn explains(&self, pull: &Pull, image: &str, secrets: &[&Value], slug: &str) -> Result<()> {
        let mut items = vec![pull.pod(image, secrets)];
        items.extend(secrets.iter().map(|secret| (*secret).clone()));
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        self.session.write("pod.json", &list.to_string())?;
        let run = self.session.sh("ecrpass explain pod --format json < pod.json")?;
        let output: Value = serde_json::from_str(&run.stdout).with_context(|| run.text())?;
        ensure!(output["findings"][0]["id"] == slug, "not explained as {slug}: {output:#}");
        Ok(())
    }

    /// Pulls for a pod with these secrets.
    pub fn pull(&self, image: &str, secrets: &[&Value]) -> Result<Pull> {
        let mut command =
            format!("{} {} {image}", built_client("kubelet-pull")?.display(), self.socket.display());
        for (at, secret) in secrets.iter().enumerate() {
            let name = format!("secret-{at}.json");
            self.session.write(&name, &secret.to_string())?;
            command.push_str(&format!(" {name}"));
        }
        let run = self.session.sh(&command)?;
        let outcome: Value = serde_json::from_str(&run.ok()?.stdout)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| outcome[name].as_array().cloned().unwrap_or_default();
        Ok(Pull {
            attempts: list("attempts").iter().map(|one| (text(&one["from"]), text(&one["error"]))).collect(),
            image: text(&outcome["image"]),
            reason: text(&outcome["reason"]),
            message: text(&outcome["message"]),
            events: list("events").iter().map(text).collect(),
        })
    }
}

/// A pull secret as somebody made it by hand.
pub fn secret(name: &str, password: &str) -> Value {
    let config = json!({"auths": {HOST: {"username": "AWS", "password": password}}}).to_string();
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"namespace": "shop", "name": name, "uid": format!("uid-of-{name}")},
        "data": {".dockerconfigjson": base64(&config)},
    })
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The docker configuration in a pull secret.
pub fn docker_config(secret: &Value) -> Result<String> {
    use base64::Engine as _;
    let data = secret["data"][".dockerconfigjson"].as_str().context("no .dockerconfigjson")?;
    Ok(String::from_utf8(base64::engine::general_purpose::STANDARD.decode(data)?)?)
}
