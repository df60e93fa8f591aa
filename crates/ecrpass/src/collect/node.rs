//! What a node is: its distribution, what platforms leave on it, and what its kubelet is told.

use std::path::{Path, PathBuf};

use ecrpass_diagnosis::kubelet::{ARGUMENTS, NodeFacts, telling_paths};
use ecrpass_system::text_file;

use super::os_release;

/// Where a path of the node is, seen from here.
pub fn seen(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// Looks at a node whose file system is below `root`; `name` is its name in the cluster.
pub fn node_facts(root: &Path, name: Option<String>) -> NodeFacts {
    let text = |path: &str| text_file::read(&seen(root, path)).ok().map(|text| text.to_string());
    let os_release_text = text("/etc/os-release").or_else(|| text("/usr/lib/os-release")).unwrap_or_default();
    NodeFacts {
        os: os_release::id(&os_release_text),
        name,
        present: telling_paths().filter(|path| seen(root, path).exists()).map(str::to_owned).collect(),
        arguments: ARGUMENTS.iter().filter_map(|path| Some(((*path).to_owned(), text(path)?))).collect(),
    }
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
}
