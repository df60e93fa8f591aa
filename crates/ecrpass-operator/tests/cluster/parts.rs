//! A real API server and its store, as processes: what `cargo xtask ci --only operator-cluster` has built.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// The store and the API server, with RBAC in force.
pub struct Cluster {
    directory: tempfile::TempDir,
    etcd: Child,
    server: Option<Child>,
    store: u16,
    port: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program whose place a variable names.
pub fn program(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    PathBuf::from(
        path.unwrap_or_else(|| panic!("{variable} names no program: cargo xtask ci --only operator-cluster")),
    )
}

fn log(directory: &Path, name: &str) -> Stdio {
    let options = std::fs::OpenOptions::new().create(true).append(true).open(directory.join(name)).unwrap();
    Stdio::from(options)
}

/// What the API server writes down: every request, and what came of changes if the log is to be `whole`.
fn audit_policy(whole: bool) -> String {
    let level = if whole { "RequestResponse" } else { "Metadata" };
    format!(
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived, ResponseStarted]\nrules:\n- level: {level}\n  verbs: [create, update, patch, delete]\n  resources: [{{group: \"\", resources: [secrets, serviceaccounts]}}]\n- level: Metadata\n"
    )
}

impl Cluster {
    /// Starts both, and waits until they answer. The audit log has the changed objects too if it is `whole`.
    pub async fn start(whole: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (store, peer, port) = (free_port(), free_port(), free_port());
        let at = |port: u16| format!("http://127.0.0.1:{port}");
        let etcd = Command::new(program("ECRPASS_ETCD"))
            .arg("--data-dir")
            .arg(directory.path().join("etcd"))
            .args(["--listen-client-urls", &at(store), "--advertise-client-urls", &at(store)])
            .args(["--listen-peer-urls", &at(peer), "--initial-advertise-peer-urls", &at(peer)])
            .args(["--initial-cluster", &format!("default={}", at(peer)), "--unsafe-no-fsync"])
            .args(["--quota-backend-bytes", "8589934592"])
            .stdout(Stdio::null())
            .stderr(log(directory.path(), "etcd.log"))
            .spawn()
            .unwrap();
        let key = directory.path().join("accounts.key");
        let made = Command::new("openssl")
            .args(["genrsa", "-out"])
            .arg(&key)
            .arg("2048")
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let tokens = "admin-token,admin,admin,\"system:masters\"\noperator-token,operator,operator\nnode-token,system:node:node,node,\"system:nodes\"\n";
        std::fs::write(directory.path().join("tokens.csv"), tokens).unwrap();
        std::fs::write(directory.path().join("audit.yaml"), audit_policy(whole)).unwrap();
        let mut cluster = Self { directory, etcd, server: None, store, port };
        cluster.serve().await;
        cluster
    }

    /// Starts the API server, again after [`Self::stop`].
    pub async fn serve(&mut self) {
        let directory = self.directory.path();
        let key = directory.join("accounts.key");
        let server = Command::new(program("ECRPASS_KUBE_APISERVER"))
            .args(["--etcd-servers", &format!("http://127.0.0.1:{}", self.store)])
            .args(["--bind-address", "127.0.0.1", "--secure-port", &self.port.to_string()])
            .arg("--cert-dir")
            .arg(directory.join("certificates"))
            .args(["--service-account-issuer", "https://kubernetes.default.svc"])
            .arg("--service-account-key-file")
            .arg(&key)
            .arg("--service-account-signing-key-file")
            .arg(&key)
            .arg("--token-auth-file")
            .arg(directory.join("tokens.csv"))
            .arg("--audit-policy-file")
            .arg(directory.join("audit.yaml"))
            .arg("--audit-log-path")
            .arg(self.audit_log())
            .args(["--authorization-mode", "Node,RBAC", "--enable-admission-plugins", "NodeRestriction"])
            .arg("--allow-privileged=true") // as everywhere
            .args(["--service-cluster-ip-range", "10.0.0.0/24"])
            .stdout(Stdio::null())
            .stderr(log(directory, "kube-apiserver.log"))
            .spawn()
            .unwrap();
        self.server = Some(server);
        let begun = Instant::now();
        let client = self.client("admin").await;
        while client.apiserver_version().await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "{}", self.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Where the API server writes what was asked of it.
    pub fn audit_log(&self) -> PathBuf {
        self.directory.path().join("audit.log")
    }

    /// Stops the API server.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    fn log(&self) -> String {
        let text =
            std::fs::read_to_string(self.directory.path().join("kube-apiserver.log")).unwrap_or_default();
        text.lines().rev().take(20).collect::<Vec<_>>().join("\n")
    }

    /// The kubeconfig of `admin`, `operator` or `node`.
    pub fn kubeconfig(&self, user: &str) -> String {
        self.kubeconfig_with(&format!("{user}-token"))
    }

    /// The kubeconfig of whoever has that token.
    pub fn kubeconfig_with(&self, token: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: https://127.0.0.1:{}\n    insecure-skip-tls-verify: true\nusers:\n- name: u\n  user:\n    token: {token}\ncontexts:\n- name: c\n  context:\n    cluster: c\n    user: u\n    namespace: operator\ncurrent-context: c\n",
            self.port
        )
    }

    /// A client of that user's.
    pub async fn client(&self, user: &str) -> Client {
        self.client_with(&format!("{user}-token")).await
    }

    /// A client of whoever has that token.
    pub async fn client_with(&self, token: &str) -> Client {
        // An error says that it was chosen before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let kubeconfig = Kubeconfig::from_yaml(&self.kubeconfig_with(token)).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        Client::try_from(config).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        // Nothing is left of it but a temporary directory.
        let _ = self.etcd.kill();
        let _ = self.etcd.wait();
    }
}
