//! Nodes whose directories are links, as those with a second disk: nothing is read or written outside of their root.

use std::os::unix::fs::symlink;

use super::*;

const CREDENTIALS: &str = "/data/rancher/credentialprovider";

#[test]
fn links_lead_to_places_on_the_node() {
    for target in ["/data/rancher", "../../../../../../../../data/rancher", "../../data/rancher"] {
        let node = Node::new(&[("/var/lib/x", ""), ("/data/rancher/k3s/x", "")]);
        symlink(target, seen(node.root(), "/var/lib").join("rancher")).unwrap();
        let before = node.files();
        node.job(PROVIDER).install(&mut go_on, &mut |_| {}).unwrap();
        assert!(node.text(&format!("{CREDENTIALS}/bin/ecr-credential-provider")).is_some(), "{target}");
        assert!(node.text(&format!("{CREDENTIALS}/config.yaml")).unwrap().contains(HOST), "{target}");
        assert!(node.job(PROVIDER).work().unwrap().is_none());
        node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap();
        assert_eq!(node.files(), before, "{target}");
    }
}

#[test]
fn files_of_this_machine_are_never_touched() {
    let outside = tempfile::tempdir().unwrap();
    let path = |name: &str| outside.path().join(name);
    fs::create_dir_all(path("kubernetes")).unwrap();
    fs::create_dir_all(path("bin")).unwrap();
    fs::write(
        path("kubelet"),
        "KUBELET_EXTRA_ARGS=--image-credential-provider-config=/x --image-credential-provider-bin-dir=/y\n",
    )
    .unwrap();
    let node = Node::new(&[("/var/lib/kubelet/kubeadm-flags.env", ""), ("/etc/default/x", "")]);
    symlink(path("kubernetes"), node.root().join("etc/kubernetes")).unwrap();
    symlink(path("kubelet"), node.root().join("etc/default/kubelet")).unwrap();
    let job = node.job(PROVIDER);
    assert_eq!(job.site.config, "/etc/kubernetes/credential-provider.yaml");
    job.install(&mut go_on, &mut |_| {}).unwrap();
    assert_eq!(fs::read_dir(path("kubernetes")).unwrap().count(), 0);
    assert!(fs::read_to_string(path("kubelet")).unwrap().contains("=/x "));
    kubelet_would_start(&node, "linked");
    let there = seen(node.root(), "/etc/kubernetes/credential-provider.yaml");
    assert!(there.starts_with(node.root()) && there.is_file(), "{}", there.display());
    node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap();
    assert!(fs::symlink_metadata(node.root().join("etc/default/kubelet")).unwrap().is_symlink());
}

#[test]
fn a_link_in_a_place_that_others_can_change_is_refused() {
    let node = Node::new(&[("/var/lib/x", ""), ("/data/rancher/k3s/x", "")]);
    symlink("/data/rancher", seen(node.root(), "/var/lib").join("rancher")).unwrap();
    fs::set_permissions(seen(node.root(), "/var/lib"), fs::Permissions::from_mode(0o777)).unwrap();
    let error = node.job(PROVIDER).install(&mut go_on, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("var/lib, and the kubelet would run"), "{error}");
}

#[test]
fn a_file_that_others_can_change_is_refused() {
    for path in ["/opt/providers.yaml", "/etc/default/kubelet"] {
        let node = Node::new(&nodes()[if path.starts_with("/opt") { 5 } else { 2 }].1);
        fs::set_permissions(seen(node.root(), path), fs::Permissions::from_mode(0o666)).unwrap();
        let before = node.files();
        let job = node.job(PROVIDER);
        for error in [job.work().unwrap_err(), job.install(&mut go_on, &mut |_| {}).unwrap_err()] {
            assert!(error.to_string().contains("chmod go-w"), "{error}");
        }
        assert_eq!(node.files(), before);
    }
}

#[test]
fn a_try_that_fails_leaves_no_directory() {
    for (name, files) in nodes() {
        let node = Node::new(&files);
        let directory = seen(node.root(), &node.job(PROVIDER).site.bin_dir);
        let was_there = directory.exists();
        node.job("#!/bin/sh\nexit 1\n").install(&mut go_on, &mut |_| {}).unwrap_err();
        assert_eq!(directory.exists(), was_there, "{name}");
    }
}

#[test]
fn what_cannot_be_told_is_refused_and_can_be_taken_back() {
    let node = Node::new(&nodes()[2].1);
    node.job(PROVIDER).install(&mut go_on, &mut |_| {}).unwrap();
    let unit = seen(node.root(), "/etc/systemd/system/kubelet.service");
    fs::create_dir_all(unit.parent().unwrap()).unwrap();
    fs::write(unit, "[Service]\nExecStart=/opt/start-kubelet.sh\n").unwrap();
    let job = node.job(PROVIDER);
    for error in [job.work().unwrap_err(), job.install(&mut go_on, &mut |_| {}).unwrap_err()] {
        assert!(error.to_string().contains("cannot be told"), "{error}");
    }
    job.restore(&mut go_on, &mut |_| {}).unwrap();
    assert_eq!(
        node.text("/etc/default/kubelet").as_deref(),
        Some("KUBELET_EXTRA_ARGS=\"--node-ip=10.0.0.1\"\n")
    );
    assert_eq!(node.text("/etc/kubernetes/credential-provider.yaml"), None);
}

#[test]
fn something_in_the_way_is_named() {
    let node = Node::new(&[("/var/lib/rancher/k3s/x", "")]);
    fs::write(seen(node.root(), "/var/lib/rancher/credentialprovider"), "").unwrap();
    let error = node.job(PROVIDER).install(&mut go_on, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("cannot be made") && !error.contains("run it as root"), "{error}");
}
