//! The operator as a process in the lab, which writes pull secrets into an API server with tokens of the lab's ECR.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use ecrpass_lab::Session;

/// How long anything may take on a machine that is busy. The operator reads its configuration every ten seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it is to write: one secret for the registries of these regions, into every namespace with the label.
pub fn config(regions: &[&str]) -> String {
    format!(
        "[[registry]]\naccounts = [\"123456789012\"]\nregions = {regions:?}\n[[pull_secret]]\nname = \"ecr\"\nselector = \"pull=yes\"\n"
    )
}

/// An operator that runs. It is killed when it is not needed any more.
pub struct Operator(Child);

impl Operator {
    /// Starts it with what stands in `operator.toml` and `kubeconfig` of the home.
    pub fn start(session: &Session<'_>) -> Result<Self> {
        let program = &session.lab.operator;
        ensure!(
            program.is_file(),
            "there is no ecrpass-operator: cargo build --workspace --bin ecrpass-operator"
        );
        let mut command = Command::new(program);
        command.args(["run", "--identity", "one", "--listen", "127.0.0.1:18080", "--config"]);
        command.arg(session.path("operator.toml")).arg("--kubeconfig").arg(session.path("kubeconfig"));
        command.env_clear().envs(session.environment()).stdin(Stdio::null());
        let log = File::create(session.path("operator.log"))?;
        Ok(Self(command.stdout(Stdio::null()).stderr(log).spawn()?))
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The kubeconfig of a cluster.
pub fn kubeconfig(server: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: {server}\n    insecure-skip-tls-verify: true\nusers:\n- name: u\n  user: {user}\ncontexts:\n- name: c\n  context:\n    cluster: c\n    user: u\n    namespace: operator\ncurrent-context: c\n"
    )
}

/// Waits for something, and says at the end what the operator logged meanwhile.
pub fn until<T>(
    session: &Session<'_>,
    what: &str,
    mut found: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = found()? {
            return Ok(found);
        }
        if begun.elapsed() > PATIENCE {
            let log = std::fs::read_to_string(session.path("operator.log")).unwrap_or_default();
            bail!("still not: {what}\n{log}");
        }
        thread::sleep(Duration::from_millis(50));
    }
}
