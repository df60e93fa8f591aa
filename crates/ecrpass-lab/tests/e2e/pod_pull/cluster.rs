//! A real API server and its store in the lab, as `cargo xtask ci --only kubelet` has built them.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ecrpass_lab::Session;
use hyper::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::operator::kubeconfig;

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program whose place a variable names.
pub fn program(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    path.with_context(|| format!("{variable} names no program: cargo xtask ci --only kubelet"))
}

/// A process that ends with its owner.
pub struct Running(Child);

impl Running {
    /// Starts it; what it says goes to a file of the home.
    pub fn start(session: &Session<'_>, command: &mut Command, log: &str) -> Result<Self> {
        let log = File::create(session.path(log))?;
        command.env_clear().envs(session.environment()).stdin(Stdio::null());
        Ok(Self(command.stdout(log.try_clone()?).stderr(log).spawn()?))
    }

    /// Whether it succeeded, once it has ended.
    pub fn ended(&mut self) -> Result<Option<bool>> {
        Ok(self.0.try_wait()?.map(|status| status.success()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The store and the API server.
pub struct Cluster {
    runtime: Runtime,
    client: Client,
    _server: Running,
    _etcd: Running,
}

impl Cluster {
    /// Starts both, and waits until they answer. `kubeconfig` in the home is then an administrator's.
    pub fn start(session: &Session<'_>) -> Result<Self> {
        session.write("kubeconfig", &kubeconfig("https://127.0.0.1:6443", "{token: admin-token}"))?;
        session.write("tokens.csv", "admin-token,admin,admin,\"system:masters\"\n")?;
        session.sh("openssl genrsa -out accounts.key 2048")?.ok()?;
        let path = |name: &str| session.path(name);
        let mut command = Command::new(program("ECRPASS_ETCD")?);
        command.arg("--data-dir").arg(path("etcd")).args([
            "--listen-client-urls=http://127.0.0.1:2379",
            "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--initial-advertise-peer-urls=http://127.0.0.1:2380",
            "--initial-cluster=default=http://127.0.0.1:2380",
            "--unsafe-no-fsync",
        ]);
        let etcd = Running::start(session, &mut command, "etcd.log")?;
        let mut command = Command::new(program("ECRPASS_KUBE_APISERVER")?);
        command.args([
            "--etcd-servers=http://127.0.0.1:2379",
            "--bind-address=127.0.0.1",
            // There is no route by which it would find one; nobody goes there.
            "--advertise-address=10.9.9.9",
            "--secure-port=6443",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/24",
        ]);
        command.arg("--cert-dir").arg(path("certificates"));
        command.arg("--token-auth-file").arg(path("tokens.csv"));
        command.arg("--service-account-key-file").arg(path("accounts.key"));
        command.arg("--service-account-signing-key-file").arg(path("accounts.key"));
        let server = Running::start(session, &mut command, "kube-apiserver.log")?;
        // An error says that it was chosen before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let read = Kubeconfig::read_from(path("kubeconfig"))?;
        let client = runtime.block_on(async {
            let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?;
            Ok::<_, anyhow::Error>(Client::try_from(config)?)
        })?;
        let cluster = Self { runtime, client, _server: server, _etcd: etcd };
        let begun = Instant::now();
        while cluster.ask("GET", "/api/v1/namespaces/default", None).is_err() {
            if begun.elapsed() > PATIENCE {
                bail!("{}", std::fs::read_to_string(path("kube-apiserver.log"))?);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(cluster)
    }

    /// The answer to a request.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let bytes = body.map(Value::to_string).unwrap_or_default().into_bytes();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(bytes)?;
        Ok(self.runtime.block_on(self.client.request(request))?)
    }

    /// A namespace with the account that a controller would make, selected by the operator or not.
    pub fn namespace(&self, name: &str, selected: bool) -> Result<()> {
        let labels = if selected { json!({"pull": "yes"}) } else { json!({}) };
        self.ask("POST", "/api/v1/namespaces", Some(&json!({"metadata": {"name": name, "labels": labels}})))?;
        let accounts = format!("/api/v1/namespaces/{name}/serviceaccounts");
        self.ask("POST", &accounts, Some(&json!({"metadata": {"name": "default"}})))?;
        Ok(())
    }

    /// A pod on the node, with what the admission of the API server adds.
    pub fn pod(&self, namespace: &str, image: &str) -> Result<()> {
        let pod = json!({"metadata": {"name": "web"}, "spec": {
            "nodeName": "node", "hostNetwork": true, "automountServiceAccountToken": false,
            "containers": [{"name": "web", "image": image}],
        }});
        let made = self.ask("POST", &format!("/api/v1/namespaces/{namespace}/pods"), Some(&pod))?;
        ensure!(made["metadata"]["uid"].is_string(), "{made}");
        Ok(())
    }
}
