//! What a node is: its distribution, what platforms leave on it, and what its kubelet is told.

use std::path::{Path, PathBuf};

use ecrpass_diagnosis::kubelet::{ARGUMENTS, NodeFacts, telling_paths};
use ecrpass_system::text_file;

/// Where a path of the node is, seen from here.
pub fn seen(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// Looks at a node whose file system is below `root`; `name` is its name in the cluster.
pub fn node_facts(root: &Path, name: Option<String>) -> NodeFacts {
    let text = |path: &str| text_file::read(&seen(root, path)).ok().map(|text| text.to_string());
    let os_release = text("/etc/os-release").or_else(|| text("/usr/lib/os-release")).unwrap_or_default();
    NodeFacts {
        os: id(&os_release),
        name,
        present: telling_paths().filter(|path| seen(root, path).exists()).map(str::to_owned).collect(),
        arguments: ARGUMENTS.iter().filter_map(|path| Some(((*path).to_owned(), text(path)?))).collect(),
    }
}

/// `ID` of os-release. Source: os-release(5).
fn id(text: &str) -> Option<String> {
    let value = text.lines().filter_map(|line| line.trim().strip_prefix("ID=")).next_back()?;
    let value = value.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ecrpass_diagnosis::kubelet::{Platform, Site};

    use super::*;

    #[test]
    fn distributions_have_a_name() {
        assert_eq!(id("NAME=\"Amazon Linux\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\n").as_deref(), Some("amzn"));
        assert_eq!(id("ID=bottlerocket\n").as_deref(), Some("bottlerocket"));
        assert_eq!((id(""), id("ID=\n"), id("VARIANT_ID=x\n")), (None, None, None));
    }

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
}
