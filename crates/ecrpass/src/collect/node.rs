//! What a node is: its distribution, what platforms leave on it, and what its kubelet is told, wherever that is written.

mod process;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecrpass_diagnosis::kubelet::{ARGUMENTS, NodeFacts, SERVICES, settings_file, telling_paths};
use ecrpass_system::{directory, text_file};

pub use self::process::{Moment, started};
use super::os_release;
use crate::system::in_root::followed;

/// Where units and their drop-ins are, the place that counts most first. Source: systemd.unit(5).
const UNITS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Where a path of the node is, seen from here: its links lead to places on that node.
pub fn seen(root: &Path, path: &str) -> PathBuf {
    followed(root, &root.join(path.trim_start_matches('/')))
}

/// The same, but what has that name itself, though it may be a link.
pub fn named(root: &Path, path: &str) -> PathBuf {
    match path.rsplit_once('/') {
        Some((directory, name)) => seen(root, directory).join(name),
        None => root.join(path),
    }
}

/// Looks at a node whose file system is below `root`; `name` is its name in the cluster.
pub fn node_facts(root: &Path, name: Option<String>) -> NodeFacts {
    let text = |path: &str| text_file::read(&seen(root, path)).ok().map(|text| text.to_string());
    let os_release_text = text("/etc/os-release").or_else(|| text("/usr/lib/os-release")).unwrap_or_default();
    let mut facts = NodeFacts {
        os: os_release::id(&os_release_text),
        name,
        present: telling_paths().filter(|path| seen(root, path).exists()).map(str::to_owned).collect(),
        arguments: ARGUMENTS.iter().filter_map(|path| Some(((*path).to_owned(), text(path)?))).collect(),
        services: SERVICES.iter().filter_map(|name| Some(((*name).to_owned(), unit(root, name)?))).collect(),
        settings: Vec::new(),
        running: process::words(root),
    };
    let read: Vec<String> = SERVICES
        .iter()
        .filter_map(|name| facts.service(name))
        .flat_map(|service| service.files().to_vec())
        .filter(|path| facts.argument_text(path).is_none())
        .collect();
    for path in read {
        facts.arguments.extend(text(&path).map(|text| (path, text)));
    }
    facts.settings = settings(root, &facts);
    facts
}

/// The texts of a unit and its drop-ins, in the order in which systemd reads them; `None` where there is neither.
fn unit(root: &Path, name: &str) -> Option<Vec<String>> {
    let text = |path: &Path| text_file::read(path).map(|text| text.to_string()).unwrap_or_default();
    let places = UNITS.iter().map(|place| seen(root, &format!("{place}/{name}.service")));
    let unit = places.into_iter().find(|path| path.is_file());
    // By their names, whatever directory they are in; of one name that counts which is in the first.
    let mut drop_ins = BTreeMap::new();
    for directory in UNITS.iter().rev().map(|place| format!("{place}/{name}.service.d")) {
        for path in names(root, &directory, &["conf"]) {
            drop_ins.insert(path.rsplit('/').next().unwrap_or_default().to_owned(), path);
        }
    }
    // The package with the unit may come later, as where a node's image is made.
    let drop_ins = drop_ins.values().map(|path| text(&seen(root, path)));
    let texts: Vec<String> = unit.iter().map(|unit| text(unit)).chain(drop_ins).collect();
    (!texts.is_empty()).then_some(texts)
}

/// The paths on the node of the files in a directory whose names end in one of these ways, in order.
fn names(root: &Path, directory: &str, extensions: &[&str]) -> Vec<String> {
    let entries = directory::entries(&seen(root, directory)).unwrap_or_default();
    let is_one =
        |path: &PathBuf| path.extension().is_some_and(|end| extensions.iter().any(|known| end == *known));
    let mut names: Vec<String> = entries
        .iter()
        .filter(|path| is_one(path))
        .filter_map(|path| Some(format!("{directory}/{}", path.file_name()?.to_str()?)))
        .collect();
    names.sort();
    names
}

/// The configurations of k3s and RKE2: the file, and then those in the directory beside it.
fn settings(root: &Path, facts: &NodeFacts) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (distribution, services) in [("k3s", ["k3s-agent", "k3s"]), ("rke2", ["rke2-agent", "rke2-server"])] {
        let elsewhere = services.iter().find_map(|name| {
            let command = facts.service(name)?.command(&|path| facts.argument_text(path))?;
            settings_file(&command)
        });
        let file = elsewhere.unwrap_or_else(|| format!("/etc/rancher/{distribution}/config.yaml"));
        for path in [file.clone()].into_iter().chain(names(root, &format!("{file}.d"), &["yaml", "yml"])) {
            if let Ok(text) = text_file::read(&seen(root, &path)) {
                found.push((path, text.to_string()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ecrpass_diagnosis::kubelet::{Platform, Site};

    use super::*;

    #[test]
    fn a_node_is_looked_at_below_its_root() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = seen(root.path(), path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("/etc/os-release", "ID=debian\n");
        write("/etc/kubernetes/kubelet.conf", "");
        write("/etc/default/kubelet", "KUBELET_EXTRA_ARGS=--image-credential-provider-config=/c.yaml\n");
        let facts = node_facts(root.path(), None);
        let site = Site::of(&facts, None).unwrap();
        assert_eq!((site.platform, site.config.as_str()), (Platform::Kubeadm, "/c.yaml"));
        write("/etc/os-release", "ID=bottlerocket\n");
        assert!(Site::of(&node_facts(root.path(), None), None).is_err());
    }

    fn node(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn a_service_is_read_as_systemd_reads_it() {
        let flags =
            "--image-credential-provider-config=/opt/c.yaml --image-credential-provider-bin-dir=/opt/bin";
        let root = node(&[
            ("etc/kubernetes/kubelet.conf", ""),
            ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n"),
            (
                "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
                "[Service]\nEnvironmentFile=-/etc/own.env\nExecStart=\nExecStart=/usr/bin/kubelet --bad $OWN\n",
            ),
            // Of the same name: in place of the other.
            (
                "etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
                "[Service]\nEnvironmentFile=-/etc/own.env\nExecStart=\nExecStart=/usr/bin/kubelet $OWN\n",
            ),
            ("etc/own.env", &format!("OWN=\"{flags}\"\n")),
        ]);
        let facts = node_facts(root.path(), None);
        let command = facts.service("kubelet").unwrap().command(&|path| facts.argument_text(path)).unwrap();
        assert_eq!(command, format!("/usr/bin/kubelet {flags}"));
        let site = Site::of(&facts, None).unwrap();
        assert_eq!(
            (site.config.as_str(), site.bin_dir.as_str(), site.unsure),
            ("/opt/c.yaml", "/opt/bin", None)
        );
    }

    #[test]
    fn drop_ins_count_without_their_unit() {
        let root = node(&[
            ("etc/kubernetes/kubelet.conf", ""),
            (
                "etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
                "[Service]\nEnvironmentFile=-/etc/sysconfig/kubelet\nExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS\n",
            ),
            ("etc/default/kubelet", "KUBELET_EXTRA_ARGS=--a\n"),
        ]);
        let site = Site::of(&node_facts(root.path(), None), None).unwrap();
        assert_eq!(site.flags.map(|file| file.path).as_deref(), Some("/etc/sysconfig/kubelet"));
    }

    #[test]
    fn k3s_settings_are_read_in_order_and_from_where_they_are() {
        let root = node(&[
            ("var/lib/rancher/k3s/x", ""),
            ("etc/rancher/k3s/config.yaml", "image-credential-provider-config: /a\n"),
            ("etc/rancher/k3s/config.yaml.d/20.yaml", "image-credential-provider-config: /c\n"),
            ("etc/rancher/k3s/config.yaml.d/10.yaml", "image-credential-provider-config: /b\n"),
        ]);
        assert_eq!(Site::of(&node_facts(root.path(), None), None).unwrap().config, "/c");
        let root = node(&[
            ("var/lib/rancher/k3s/x", ""),
            ("etc/rancher/k3s/config.yaml", "image-credential-provider-config: /a\n"),
            ("opt/k3s.yaml", "image-credential-provider-config: /d\n"),
            (
                "etc/systemd/system/k3s.service",
                "[Service]\nExecStart=/usr/local/bin/k3s server --config /opt/k3s.yaml\n",
            ),
        ]);
        assert_eq!(Site::of(&node_facts(root.path(), None), None).unwrap().config, "/d");
    }

    #[test]
    fn links_lead_to_places_on_the_node() {
        let root = node(&[("data/os", "ID=flatcar\n")]);
        fs::create_dir_all(root.path().join("etc")).unwrap();
        std::os::unix::fs::symlink("/data/os", root.path().join("etc/os-release")).unwrap();
        std::os::unix::fs::symlink("/data", root.path().join("opt")).unwrap();
        assert_eq!(node_facts(root.path(), None).os.as_deref(), Some("flatcar"));
        assert_eq!(seen(root.path(), "/etc/os-release"), root.path().join("data/os"));
        assert_eq!(named(root.path(), "/etc/os-release"), root.path().join("etc/os-release"));
        assert_eq!(named(root.path(), "/opt/x"), root.path().join("data/x"));
    }
}
