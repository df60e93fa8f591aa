//! Taking back what somebody else has changed in the meantime: no kubelet is left with what names a thing that is gone.

use super::super::{Restored, State};
use super::*;

/// A node of kubeadm's whose kubelet has flags, and another cloud's provider.
fn told() -> Node {
    Node::new(&nodes().pop().unwrap().1)
}

/// A node of kubeadm's whose kubelet has no flags yet.
fn untold() -> Node {
    Node::new(&nodes()[2].1)
}

fn edit(node: &Node, path: &str, change: impl Fn(String) -> String) {
    let text = node.text(path).unwrap();
    fs::write(seen(node.root(), path), change(text)).unwrap();
}

fn install(node: &Node, hosts: &[&str]) {
    let mut job = node.job(PROVIDER);
    job.wanted.hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    job.verify = false;
    job.install(&mut go_on, &mut |_| {}).unwrap();
}

fn refuses(node: &Node, words: &str) {
    for _ in 0..2 {
        let error = node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(words) && error.contains("Next: take "), "{error}");
        kubelet_would_start(node, words);
    }
}

const CONFIG: &str = "/opt/providers.yaml";
const PROGRAM: &str = "/opt/bin/ecr-credential-provider";
const MORE: &str = "- name: acr\n  matchImages: [\"*.azurecr.io\"]\n  defaultCacheDuration: 1m\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n";

#[test]
fn a_program_that_a_configuration_names_stays() {
    // The configuration was edited since.
    let node = told();
    install(&node, &[HOST]);
    edit(&node, CONFIG, |text| text + MORE);
    refuses(&node, "names it");
    assert!(node.text(PROGRAM).is_some());
    // Its owner takes our entry out.
    edit(&node, CONFIG, |text| {
        text.split("- name: ecr-credential-provider").next().unwrap().to_owned() + MORE
    });
    assert_eq!(node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap(), Restored::Done);
    assert_eq!(node.text(PROGRAM), None);

    // Edited, and installed again: what is put back names it.
    let node = told();
    install(&node, &[HOST]);
    edit(&node, CONFIG, |text| text + MORE);
    install(&node, &[HOST, "public.ecr.aws"]);
    refuses(&node, "names it");
    assert!(node.text(CONFIG).unwrap().contains("acr") && node.text(PROGRAM).is_some());

    // The notes are damaged.
    for digests in [Some("damaged\n"), Some(""), None] {
        let node = told();
        install(&node, &[HOST]);
        let notes = seen(node.root(), &format!("{CONFIG}.ecrpass-ours"));
        match digests {
            Some(text) => fs::write(notes, text).unwrap(),
            None => fs::remove_file(notes).unwrap(),
        }
        refuses(&node, "names it");
    }
}

#[test]
fn a_configuration_that_flags_name_stays() {
    let node = untold();
    install(&node, &[HOST]);
    edit(&node, "/etc/default/kubelet", |text| text.replace("10.0.0.1", "10.0.0.9"));
    refuses(&node, "the kubelet's flags name it");
    assert!(node.text("/etc/kubernetes/credential-provider.yaml").is_some());
    assert!(node.text("/etc/kubernetes/credential-provider-bin/ecr-credential-provider").is_some());
    // The flags are gone: now the rest goes.
    edit(&node, "/etc/default/kubelet", |_| "KUBELET_EXTRA_ARGS=--node-ip=10.0.0.9\n".to_owned());
    assert_eq!(node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap(), Restored::Done);
    assert_eq!(node.text("/etc/kubernetes/credential-provider.yaml"), None);

    // Written somewhere else.
    let node = untold();
    install(&node, &[HOST]);
    let unit = seen(node.root(), "/etc/systemd/system/kubelet.service");
    fs::create_dir_all(unit.parent().unwrap()).unwrap();
    fs::write(unit, "[Service]\nExecStart=/usr/bin/kubelet --image-credential-provider-config=/etc/kubernetes/credential-provider.yaml --image-credential-provider-bin-dir=/etc/kubernetes/credential-provider-bin\n").unwrap();
    refuses(&node, "the kubelet's flags name it");
}

#[test]
fn what_is_in_another_place_than_the_flags_name_now_is_found() {
    let node = untold();
    let before = node.files();
    install(&node, &[HOST]);
    let flags = seen(node.root(), "/etc/default/kubelet");
    let ours = fs::read_to_string(&flags).unwrap();
    fs::write(&flags, "KUBELET_EXTRA_ARGS=--image-credential-provider-config=/opt/c.yaml --image-credential-provider-bin-dir=/opt/bin\n").unwrap();
    assert_eq!(node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap(), Restored::Done);
    assert_eq!(node.text("/etc/kubernetes/credential-provider-bin/ecr-credential-provider"), None);
    // Its owner's flags stay, and what was before them is kept.
    fs::write(&flags, ours).unwrap();
    node.job(PROVIDER).restore(&mut go_on, &mut |_| {}).unwrap();
    assert_eq!(node.files(), before);
}

#[test]
fn what_somebody_else_has_replaced_is_said_to_be_left() {
    let (_, files) = nodes().remove(0);
    let node = Node::new(&files);
    install(&node, &[HOST]);
    edit(&node, "/etc/eks/image-credential-provider/ecr-credential-provider", |_| "upstream 2".to_owned());
    let mut said = Vec::new();
    let done = node.job(PROVIDER).restore(&mut go_on, &mut |line| said.push(line)).unwrap();
    assert_eq!(done, Restored::Left);
    assert!(said[0].starts_with("left: "), "{said:?}");
}

/// Restarts that are due are known by a mark; this machine's kubelet is not to be seen in these nodes.
#[test]
fn a_restart_that_a_killed_run_owes_is_made_up_for() {
    let node = told();
    let job = || {
        let mut job = node.job(PROVIDER);
        job.site.restart = vec!["true"];
        job.restart = Some(std::time::Duration::from_millis(1));
        job
    };
    let mut killed = 0;
    for step in 0.. {
        let ended = job().install(&mut killed_before(step), &mut |_| {});
        let text = node.text(CONFIG).unwrap();
        if ended.is_err() && text.contains("ecr-credential-provider") {
            killed += 1;
        }
        let mut said = Vec::new();
        job().install(&mut go_on, &mut |line| said.push(line)).unwrap();
        let is_restarted = said.iter().any(|line| line == "restarted: true");
        assert_eq!(is_restarted, ended.is_err(), "{step}: {said:?}");
        assert!(job().work().unwrap().is_none());
        assert!(!job().install(&mut go_on, &mut |_| {}).unwrap().restart);
        job().restore(&mut go_on, &mut |_| {}).unwrap();
        if ended.is_ok() {
            break;
        }
    }
    // The steps leave no gap between the configuration and the restart: the mark alone, as after a kill there.
    job().install(&mut go_on, &mut |_| {}).unwrap();
    job().due().note(true, &mut go_on).unwrap();
    let work = job().work().unwrap();
    assert!(work.is_restart_alone(), "{work:?}");
    assert_eq!(job().restart_due().unwrap(), State::Yes);
    let mut said = Vec::new();
    job().install(&mut go_on, &mut |line| said.push(line)).unwrap();
    assert_eq!(said[0], "restarted: true", "{said:?}");
    assert!(job().work().unwrap().is_none());
    // And when it does not come back with what the killed run wrote, that is taken back.
    job().due().note(true, &mut go_on).unwrap();
    let mut failing = job();
    failing.site.restart = vec!["false"];
    assert!(failing.install(&mut go_on, &mut |_| {}).is_err());
    assert!(!node.text(CONFIG).unwrap().contains("ecr-credential-provider"));
    let _ = killed;
}

#[test]
fn a_kubelet_that_does_not_run_goes_back_to_what_it_ran_with_last() {
    let node = untold();
    install(&node, &[HOST]);
    let good = node.text("/etc/kubernetes/credential-provider.yaml").unwrap();
    let mut job = node.job(PROVIDER);
    job.wanted.hosts = vec![HOST.to_owned(), "public.ecr.aws".to_owned()];
    job.site.restart = vec!["false"];
    job.restart = Some(std::time::Duration::from_millis(1));
    assert!(job.install(&mut go_on, &mut |_| {}).is_err());
    assert_eq!(node.text("/etc/kubernetes/credential-provider.yaml").unwrap(), good);
    kubelet_would_start(&node, "after a restart that failed");
}
