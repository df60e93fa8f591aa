//! The real kubelet as a node of the lab: with a pod from a file, and with one from a real API server.
//!
//! Its pods do not run (clients/kubelet/runtime), which no pull needs; its images are those of a real containerd.

use std::process::Command;

use anyhow::{Result, ensure};
use ecrpass_lab::{Lab, Part, Session};
use serde_json::Value;

use super::NO_LOGIN;
use super::cluster::{Cluster, Running, program};
use super::operator::{Operator, config, until};
use crate::clients::published;
use crate::matrix::built_client;

/// What the kubelet changes of a machine, kept from it: it makes directories below /var/lib, and would end or write where
/// the kernel is set otherwise than it wants.
struct Ground<'a>(&'a Session<'a>);

/// What it wants of the kernel. Source: Kubernetes `pkg/kubelet/cm/container_manager_linux.go`, `setupKernelTunables`.
const KERNEL: [(&str, u32); 6] = [
    ("vm/overcommit_memory", 1),
    ("vm/panic_on_oom", 0),
    ("kernel/panic", 10),
    ("kernel/panic_on_oops", 1),
    ("kernel/keys/root_maxkeys", 1_000_000),
    ("kernel/keys/root_maxbytes", 25_000_000),
];

impl<'a> Ground<'a> {
    fn prepare(session: &'a Session<'a>) -> Result<Self> {
        let ground = Self(session);
        session.sh("mkdir upper work && mount -t overlay overlay -o lowerdir=/var/lib,upperdir=upper,workdir=work /var/lib")?.ok()?;
        for (number, (name, value)) in KERNEL.iter().enumerate() {
            session.write(&format!("kernel-{number}"), &format!("{value}\n"))?;
            session.sh(&format!("mount --bind kernel-{number} /proc/sys/{name}"))?.ok()?;
        }
        session.sh("ip address add 10.9.9.9/32 dev lo")?.ok()?;
        Ok(ground)
    }
}

impl Drop for Ground<'_> {
    fn drop(&mut self) {
        // The world ends with the tests anyhow.
        let _ = self.0.sh("umount --lazy /var/lib; ip address del 10.9.9.9/32 dev lo");
        for (name, _) in KERNEL {
            let _ = self.0.sh(&format!("umount /proc/sys/{name}"));
        }
    }
}

/// A container runtime for it.
struct Runtime {
    _runtime: Running,
    _containerd: Part,
}

impl Runtime {
    fn start(lab: &Lab, session: &Session<'_>) -> Result<Self> {
        let (containerd, socket) = lab.containerd()?;
        let mut command = Command::new(built_client("kubelet-runtime")?);
        command.arg(session.path("runtime.sock")).arg(socket).arg(session.path("pulls"));
        let runtime = Running::start(session, &mut command, "runtime.log")?;
        until(session, "the runtime listens", || Ok(session.path("runtime.sock").exists().then_some(())))?;
        Ok(Self { _runtime: runtime, _containerd: containerd })
    }
}

/// Starts the kubelet: alone, or in the cluster of the home's kubeconfig.
fn kubelet(session: &Session<'_>, arguments: &[&str]) -> Result<Running> {
    let home = session.path("").display().to_string();
    // It wants paths without a slash too many.
    let home = home.trim_end_matches('/');
    session.write(
        "kubelet.yaml",
        &format!(
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nauthentication: {{anonymous: {{enabled: false}}, webhook: {{enabled: false}}}}\nauthorization: {{mode: AlwaysAllow}}\nfailCgroupV1: false\ncgroupsPerQOS: false\nenforceNodeAllocatable: []\nfailSwapOn: false\nprotectKernelDefaults: true\nmakeIPTablesUtilChains: false\nlocalStorageCapacityIsolation: false\ncontainerRuntimeEndpoint: unix://{home}/runtime.sock\nstaticPodPath: {home}/manifests\naddress: 127.0.0.1\nreadOnlyPort: 0\nfileCheckFrequency: 1s\nsyncFrequency: 1s\npodLogsDir: {home}/logs\nvolumePluginDir: {home}/volumes\nresolvConf: \"\"\n"
        ),
    )?;
    let mut command = Command::new(program("ECRPASS_KUBELET")?);
    command.arg("--config").arg(session.path("kubelet.yaml"));
    command.arg("--root-dir").arg(session.path("kubelet")).arg("--cert-dir").arg(session.path("pki"));
    command.args(["--hostname-override=node", "--node-ip=10.9.9.9"]).args(arguments);
    Running::start(session, &mut command, "kubelet.log")
}

/// The pulls that the kubelet asked the runtime for.
fn pulls(session: &Session<'_>) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(session.path("pulls")).unwrap_or_default();
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Our provider with its configuration, as `ecrpass kubelet config` writes it.
fn provider(session: &Session<'_>) -> Result<[String; 2]> {
    session.sh("ecrpass kubelet config --platform kubeadm --kubelet-version 1.36 > provider.yaml")?.ok()?;
    std::fs::create_dir_all(session.path("providers"))?;
    std::os::unix::fs::symlink(&session.lab.helper, session.path("providers/ecr-credential-provider"))?;
    Ok([
        format!("--image-credential-provider-config={}", session.path("provider.yaml").display()),
        format!("--image-credential-provider-bin-dir={}", session.path("providers").display()),
    ])
}

/// A pod from a file: our provider is run, and what it answers pulls. And what `check` calls fatal is.
pub fn runs_our_provider(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "static-pod")?;
    let mut session = Session::new(lab)?;
    session.credentials();
    session.install_ecrpass()?;
    let _ground = Ground::prepare(&session)?;
    let _runtime = Runtime::start(lab, &session)?;
    session.write(
        "manifests/web.json",
        &serde_json::json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"hostNetwork": true, "containers": [{"name": "web", "image": image}]},
        })
        .to_string(),
    )?;
    let flags = provider(&session)?;
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    lab.ecr.clear_calls();
    let mut running = kubelet(&session, &flags)?;
    let pulls = until(&session, "the kubelet has pulled", || {
        ensure!(running.ended()?.is_none(), "it has ended: {}", log(&session));
        let pulls = pulls(&session)?;
        Ok((!pulls.is_empty()).then_some(pulls))
    })?;
    ensure!(
        pulls.len() == 1
            && pulls[0]["user"] == "AWS"
            && pulls[0]["error"] == ""
            && pulls[0]["pod"] == "shop/web-node",
        "{pulls:?}"
    );
    let calls = lab.ecr.calls();
    let of = |operation: &str| {
        calls.iter().filter(|call| call.operation == operation && call.status < 400).count()
    };
    ensure!(of("GetAuthorizationToken") == 1 && of("GetManifest") > 0 && of("GetObject") > 0, "{calls:#?}");
    drop(running);

    let good = std::fs::read_to_string(session.path("provider.yaml"))?;
    for (from, to, says) in [
        ("defaultCacheDuration: \"", "defaultCacheDuration: 5 # \"", "cannot unmarshal number"),
        ("name: ecr-credential-provider", "name: absent", "did not exist"),
        ("kind: CredentialProviderConfig", "kind: KubeletConfiguration", ""),
        (
            "matchImages:\n",
            "matchImages:\n      - \"[0-9]*.dkr.ecr.*.amazonaws.com\"\n",
            "match image is invalid",
        ),
    ] {
        ensure!(good.contains(from), "no `{from}` in {good}");
        session.write("provider.yaml", &good.replacen(from, to, 1))?;
        let check =
            session.sh("ecrpass kubelet check provider.yaml --bin-dir providers --kubelet-version 1.36")?;
        check.refused("the kubelet does not start with this file")?;
        let mut running = kubelet(&session, &flags)?;
        let success = until(&session, "the kubelet has ended", || running.ended())?;
        let log = log(&session);
        let line = log.lines().find(|line| line.contains("Failed to register CRI auth plugins"));
        ensure!(!success && line.is_some_and(|line| line.contains(says)), "with {to}: {log}");
    }
    Ok(())
}

/// What the kubelet logged.
fn log(session: &Session<'_>) -> String {
    std::fs::read_to_string(session.path("kubelet.log")).unwrap_or_default()
}

/// A pod of a cluster: the API server names the operator's secret in it, and the kubelet pulls with that.
pub fn pulls_with_the_operators_secret(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "cluster-pod")?;
    let mut session = Session::new(lab)?;
    session.credentials();
    session.install_ecrpass()?;
    let _ground = Ground::prepare(&session)?;
    let _runtime = Runtime::start(lab, &session)?;
    let cluster = Cluster::start(&session)?;
    for (name, selected) in [("shop", true), ("other", false), ("operator", false)] {
        cluster.namespace(name, selected)?;
    }
    let kubeconfig = format!("--kubeconfig={}", session.path("kubeconfig").display());
    let mut running = kubelet(&session, &[&kubeconfig])?;

    // Without a secret: what the kubelet says in the pod, and what `explain pod` makes of it.
    cluster.pod("other", &image)?;
    let waiting = until(&session, "the pod waits for its image", || {
        ensure!(running.ended()?.is_none(), "the kubelet has ended: {}", log(&session));
        let pod = cluster.ask("GET", "/api/v1/namespaces/other/pods/web", None)?;
        let state = &pod["status"]["containerStatuses"][0]["state"]["waiting"];
        let message = state["message"].as_str().unwrap_or_default();
        let is_told = NO_LOGIN.iter().any(|words| message.contains(words));
        Ok(is_told.then_some(pod))
    })?;
    session.write("pod.json", &waiting.to_string())?;
    let explained = session.sh("ecrpass explain pod < pod.json")?;
    explained.refused("[kubelet-credential-provider-missing]")?;

    session.write("operator.toml", &config(&["us-east-1"]))?;
    let _operator = Operator::start(&session)?;
    until(&session, "the account names the secret", || {
        let account = cluster.ask("GET", "/api/v1/namespaces/shop/serviceaccounts/default", None)?;
        let secret = cluster.ask("GET", "/api/v1/namespaces/shop/secrets/ecr", None);
        Ok((account["imagePullSecrets"][0]["name"] == "ecr" && secret.is_ok()).then_some(()))
    })?;
    cluster.pod("shop", &image)?;
    let pod = until(&session, "the pod runs", || {
        let pod = cluster.ask("GET", "/api/v1/namespaces/shop/pods/web", None)?;
        let state = &pod["status"]["containerStatuses"][0]["state"];
        Ok(state["running"].is_object().then(|| pod.clone()))
    })?;
    ensure!(pod["spec"]["imagePullSecrets"][0]["name"] == "ecr", "{pod}");
    let of_shop: Vec<Value> = pulls(&session)?.into_iter().filter(|pull| pull["pod"] == "shop/web").collect();
    ensure!(of_shop.len() == 1 && of_shop[0]["user"] == "AWS" && of_shop[0]["error"] == "", "{of_shop:?}");
    Ok(())
}
