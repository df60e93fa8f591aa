//! Nodes of every platform, as directories: installed, killed before each step, run again, taken back.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ecrpass_diagnosis::kubelet::{Platform, Site, Wanted, find_flags};
use tempfile::TempDir;

mod restoring;
mod rooted;

use super::{Job, Work};
use crate::collect::node::{node_facts, seen};

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/// A provider that answers whatever it is asked for, and notes that it was.
const PROVIDER: &str = "#!/bin/sh
[ \"$1\" = --version ] && exit 0
cat > \"$0.asked\"
printf '{\"kind\":\"CredentialProviderResponse\",\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\",\"cacheKeyType\":\"Registry\",\"cacheDuration\":\"1h0m0s\",\"auth\":{\"*.dkr.ecr.*.amazonaws.com\":{\"username\":\"AWS\",\"password\":\"x\"},\"public.ecr.aws\":{\"username\":\"AWS\",\"password\":\"x\"}}}'
";

/// What nodeadm leaves on a node.
const EKS: &str = "{\"apiVersion\": \"kubelet.config.k8s.io/v1\", \"kind\": \"CredentialProviderConfig\", \"providers\": [{\"name\": \"ecr-credential-provider\", \"matchImages\": [\"*.dkr.ecr.*.amazonaws.com\", \"public.ecr.aws\"], \"defaultCacheDuration\": \"12h\", \"apiVersion\": \"credentialprovider.kubelet.k8s.io/v1\"}]}\n";

struct Node(TempDir);

impl Node {
    fn new(files: &[(&str, &str)]) -> Self {
        let node = Self(tempfile::tempdir().unwrap());
        fs::set_permissions(node.root(), fs::Permissions::from_mode(0o755)).unwrap();
        for (path, text) in files {
            let path = seen(node.root(), path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        node
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn job(&self, program: &str) -> Job {
        let site = Site::of(&node_facts(self.root(), None), None).unwrap();
        Job {
            root: self.root().to_owned(),
            wanted: Wanted { platform: site.platform, hosts: vec![HOST.to_owned()], ..Wanted::default() },
            site,
            program: program.as_bytes().to_vec(),
            images: vec![HOST.to_owned()],
            verify: true,
            chroot: false,
            restart: None,
        }
    }

    /// The texts of all files that are not notes of ours.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if path.is_symlink() {
                    let target = fs::read_link(&path).unwrap();
                    files.insert(
                        path.strip_prefix(self.root()).unwrap().to_owned(),
                        target.display().to_string(),
                    );
                } else if path.is_dir() {
                    folders.push(path);
                } else if !name.ends_with(".asked") {
                    files.insert(
                        path.strip_prefix(self.root()).unwrap().to_owned(),
                        fs::read_to_string(&path).unwrap(),
                    );
                }
            }
        }
        files
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(seen(self.root(), path)).ok()
    }
}

/// The nodes that are tried: what is on them before.
fn nodes() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    vec![
        (
            "EKS",
            vec![
                ("/etc/eks/image-credential-provider/config.json", EKS),
                ("/etc/eks/image-credential-provider/ecr-credential-provider", "upstream"),
                ("/etc/os-release", "ID=amzn\n"),
            ],
        ),
        ("k3s", vec![("/var/lib/rancher/k3s/server/token", "")]),
        (
            "kubeadm",
            vec![
                ("/etc/kubernetes/kubelet.conf", ""),
                ("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=\"--node-ip=10.0.0.1\"\n"),
            ],
        ),
        ("kind", vec![("/kind/version", "v1.34.0")]),
        ("MicroK8s", vec![("/var/snap/microk8s/current/args/kubelet", "--cluster-dns=10.0.0.1\n")]),
        (
            "kubeadm with another cloud's provider",
            vec![
                ("/etc/kubernetes/kubelet.conf", ""),
                (
                    "/etc/default/kubelet",
                    "KUBELET_EXTRA_ARGS=--image-credential-provider-config=/opt/providers.yaml --image-credential-provider-bin-dir=/opt/bin\n",
                ),
                (
                    "/opt/providers.yaml",
                    "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n- name: gcr\n  matchImages: [gcr.io]\n  defaultCacheDuration: 1m\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n",
                ),
                ("/opt/bin/gcr", "theirs"),
            ],
        ),
    ]
}

fn go_on(_: &'static str) -> io::Result<()> {
    Ok(())
}

fn killed_before(step: usize) -> impl FnMut(&'static str) -> io::Result<()> {
    let mut left = step;
    move |_| {
        if left == 0 {
            return Err(io::Error::other("killed"));
        }
        left -= 1;
        Ok(())
    }
}

/// Whatever the kubelet is told of is there, whole and executable.
fn kubelet_would_start(node: &Node, what: &str) {
    for path in ["/etc/default/kubelet", "/var/snap/microk8s/current/args/kubelet"] {
        let flags = find_flags(&node.text(path).unwrap_or_default());
        assert_eq!(flags.config.is_some(), flags.bin_dir.is_some(), "{what}");
        let Some(config) = flags.config else { continue };
        let text = node.text(&config).unwrap_or_else(|| panic!("{what}: no {config}"));
        assert!(text.contains("kind: CredentialProviderConfig"), "{what}: {text}");
        if text.contains("ecr-credential-provider") {
            let program = format!("{}/ecr-credential-provider", flags.bin_dir.unwrap());
            let mode =
                fs::metadata(seen(node.root(), &program)).unwrap_or_else(|_| panic!("{what}: no {program}"));
            assert_eq!(mode.permissions().mode() & 0o777, 0o755, "{what}");
        }
    }
}

#[test]
fn killed_before_any_step_the_kubelet_still_starts_and_the_next_run_ends_it() {
    for (name, files) in nodes() {
        for step in 0.. {
            let node = Node::new(&files);
            let before = node.files();
            let ended = node.job(PROVIDER).install(&mut killed_before(step), &mut |_| {});
            kubelet_would_start(&node, &format!("{name}, killed before step {step}"));
            let work = node.job(PROVIDER).install(&mut go_on, &mut |_| {}).unwrap();
            assert_eq!(work.is_none(), ended.is_ok(), "{name} {step}");
            assert!(node.job(PROVIDER).work().unwrap().is_none(), "{name}");
            kubelet_would_start(&node, name);

            // Taken back as far as it comes, and then wholly.
            let _ = node.job(PROVIDER).restore(&mut killed_before(step), &mut |_| {});
            kubelet_would_start(&node, &format!("{name}, taking back killed before step {step}"));
            node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap();
            assert_eq!(node.files(), before, "{name} {step}");
            if ended.is_ok() {
                assert!(step >= 5, "{name}: {step} steps");
                break;
            }
        }
    }
}

#[test]
fn only_what_differs_is_changed() {
    let (_, files) = nodes().remove(0);
    let node = Node::new(&files);
    let mut said = Vec::new();
    let work = node.job(PROVIDER).install(&mut go_on, &mut |line| said.push(line)).unwrap();
    assert_eq!(work, Work { program: true, ..Work::default() });
    assert_eq!(node.text("/etc/eks/image-credential-provider/config.json").unwrap(), EKS);
    assert!(said.iter().any(|line| line == &format!("verified: it logs in to {HOST}")), "{said:?}");
    let asked =
        node.text("/etc/eks/image-credential-provider/ecr-credential-provider.ecrpass-new.asked").unwrap();
    assert!(asked.contains(HOST) && asked.contains("CredentialProviderRequest"), "{asked}");
    assert_eq!(
        node.text("/etc/eks/image-credential-provider/ecr-credential-provider.ecrpass-before").unwrap(),
        "upstream"
    );
    // A newer one of ours.
    let newer = format!("{PROVIDER}# newer\n");
    assert!(node.job(&newer).work().unwrap().program);
    node.job(&newer).install(&mut go_on, &mut |_| {}).unwrap();
    node.job(&newer).restore(&mut go_on, &mut |_| {}).unwrap();
    assert_eq!(node.text("/etc/eks/image-credential-provider/ecr-credential-provider").unwrap(), "upstream");
}

#[test]
fn a_provider_that_does_not_answer_replaces_nothing() {
    for (program, words) in [
        (
            "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\necho 'ecr-login: [imds-unreachable-or-hop-limit] No way. Next: look' >&2\nexit 1\n",
            "imds-unreachable-or-hop-limit",
        ),
        ("#!/bin/sh\n[ \"$1\" = --version ] && exit 0\necho a log line\n", "decodes"),
        ("#!/bin/sh\nexit 1\n", "--version"),
        ("#!/nowhere/sh\n", "--version"),
        ("", "--version"),
    ] {
        for (name, files) in nodes() {
            let node = Node::new(&files);
            let before = node.files();
            let error = node.job(program).install(&mut go_on, &mut |_| {}).unwrap_err();
            assert!(error.to_string().contains(words), "{name}: {error}");
            assert_eq!(node.files(), before, "{name}");
        }
    }
}

#[test]
fn a_place_that_others_can_change_is_refused() {
    let (_, files) = nodes().remove(0);
    let node = Node::new(&files);
    let directory = seen(node.root(), "/etc/eks/image-credential-provider");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    let error = node.job(PROVIDER).install(&mut go_on, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("chmod go-w"), "{error}");
    assert_eq!(node.text("/etc/eks/image-credential-provider/ecr-credential-provider").unwrap(), "upstream");
}

#[test]
fn another_clouds_provider_stays() {
    let (_, files) = nodes().pop().unwrap();
    let node = Node::new(&files);
    node.job(PROVIDER).install(&mut go_on, &mut |_| {}).unwrap();
    let config = node.text("/opt/providers.yaml").unwrap();
    assert!(
        config.contains("- name: gcr\n") && config.contains("- name: ecr-credential-provider\n"),
        "{config}"
    );
    assert!(node.text("/opt/bin/ecr-credential-provider").is_some());
    assert_eq!(node.job(PROVIDER).site.platform, Platform::Kubeadm);
    assert!(node.job(PROVIDER).site.flags.is_none());
}

#[test]
fn of_a_directory_of_configurations_the_one_with_the_provider_is_meant() {
    let theirs = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n- name: gcr\n  matchImages: [gcr.io]\n  defaultCacheDuration: 1m\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n";
    let node = Node::new(&[
        ("/etc/kubernetes/kubelet.conf", ""),
        (
            "/etc/default/kubelet",
            "KUBELET_EXTRA_ARGS=--image-credential-provider-config=/opt/providers --image-credential-provider-bin-dir=/opt/bin\n",
        ),
        ("/opt/providers/10-gcr.yaml", theirs),
    ]);
    let before = node.files();
    node.job(PROVIDER).install(&mut go_on, &mut |_| {}).unwrap();
    assert_eq!(node.text("/opt/providers/10-gcr.yaml").unwrap(), theirs);
    assert!(node.text("/opt/providers/ecr-credential-provider.yaml").unwrap().contains(HOST));
    assert!(node.job(PROVIDER).work().unwrap().is_none());
    node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap();
    assert_eq!(node.files(), before);
}
