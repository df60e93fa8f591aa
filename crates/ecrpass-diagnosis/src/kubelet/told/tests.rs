//! Kubelets that are told of their providers in every way that there is.

use super::*;

const FLAGS: &str =
    "--image-credential-provider-config=/opt/c.yaml --image-credential-provider-bin-dir=/opt/bin";

/// As the packages of kubeadm have it.
const KUBEADM: &str = "[Service]\nEnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env\nEnvironmentFile=-/etc/default/kubelet\nExecStart=\nExecStart=/usr/bin/kubelet --kubeconfig=/k $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS\n";

fn node(unit: &str, texts: &[&str], arguments: &[(&str, &str)]) -> NodeFacts {
    let owned = |text: &&str| (*text).to_owned();
    NodeFacts {
        services: vec![(unit.to_owned(), texts.iter().map(owned).collect())],
        arguments: arguments.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect(),
        ..NodeFacts::default()
    }
}

fn leads_there(facts: &NodeFacts, platform: Platform, unit: &str, what: &str) {
    let found = told(facts, platform, unit);
    assert_eq!(
        (found.flags.config.as_deref(), found.flags.bin_dir.as_deref()),
        (Some("/opt/c.yaml"), Some("/opt/bin")),
        "{what}"
    );
    assert_eq!((found.file, found.unsure), (None, None), "{what}");
}

fn is_unsure(facts: &NodeFacts, platform: Platform, unit: &str, words: &str) {
    let found = told(facts, platform, unit).unsure.unwrap_or_else(|| panic!("sure, without {words}"));
    assert!(found.what.contains(words), "{found}");
    assert!(!found.next.is_empty());
}

#[test]
fn flags_are_found_wherever_they_are_written() {
    let variable = format!("KUBELET_EXTRA_ARGS=\"--a {FLAGS}\"\n");
    let kubeadm = format!("KUBELET_KUBEADM_ARGS=\"--a {FLAGS}\"\n");
    let in_unit = format!("[Service]\nExecStart=\nExecStart=/usr/bin/kubelet {FLAGS} $KUBELET_EXTRA_ARGS\n");
    let over_lines = format!(
        "[Service]\nExecStart=\nExecStart=/usr/bin/kubelet \\\n  {} $X\n",
        FLAGS.replace(' ', " \\\n  ")
    );
    let assigned = format!("[Service]\nEnvironment=\"KUBELET_EXTRA_ARGS=--a {FLAGS}\"\n");
    let of_file = "[Service]\nEnvironmentFile=/etc/eks/kubelet/environment\nExecStart=/usr/bin/kubelet $NODEADM_KUBELET_ARGS\n";
    let nodeadm = format!("NODEADM_KUBELET_ARGS=\"--a {FLAGS}\"\n");
    for facts in [
        node("kubelet", &[KUBEADM], &[(DEFAULT, &variable)]),
        node("kubelet", &[KUBEADM], &[(KUBEADM_FLAGS, &kubeadm)]),
        node("kubelet", &[KUBEADM, &in_unit], &[(DEFAULT, "KUBELET_EXTRA_ARGS=--a\n")]),
        node("kubelet", &[KUBEADM, &over_lines], &[]),
        node("kubelet", &[KUBEADM, &assigned], &[]),
    ] {
        leads_there(&facts, Platform::Kubeadm, "kubelet", &format!("{facts:?}"));
    }
    let facts = node("kubelet", &[of_file], &[("/etc/eks/kubelet/environment", &nodeadm)]);
    leads_there(&facts, Platform::Eks, "kubelet", "EKS");
    // A file that this unit does not read says nothing, and one that is read hides what a drop-in says.
    let elsewhere =
        told(&node("kubelet", &[KUBEADM], &[(SYSCONFIG, &variable)]), Platform::Kubeadm, "kubelet");
    assert_eq!(elsewhere.flags, Flags::default());
    let hidden = node("kubelet", &[KUBEADM, &assigned], &[(DEFAULT, "KUBELET_EXTRA_ARGS=--a\n")]);
    assert_eq!(told(&hidden, Platform::Kubeadm, "kubelet").flags, Flags::default());
}

#[test]
fn k3s_and_rke2_are_told_in_their_own_ways() {
    let own = "image-credential-provider-config: /opt/c.yaml\nimage-credential-provider-bin-dir: /opt/bin\n";
    let listed = "kubelet-arg:\n- image-credential-provider-config=/opt/c.yaml\n- \"image-credential-provider-bin-dir=/opt/bin\"\n";
    let added = "kubelet-arg+: [image-credential-provider-config=/opt/c.yaml, image-credential-provider-bin-dir=/opt/bin]\n";
    for texts in [&[own][..], &[listed], &[listed, "kubelet-arg+: [a=b]\n"], &["token: x\n", added]] {
        let settings = texts.iter().map(|text| ("/c".to_owned(), (*text).to_owned())).collect();
        leads_there(
            &NodeFacts { settings, ..NodeFacts::default() },
            Platform::Rke2,
            "rke2-server",
            &texts.join("|"),
        );
    }
    for arguments in [
        FLAGS,
        "'--kubelet-arg' \\\n 'image-credential-provider-config=/opt/c.yaml' --kubelet-arg=image-credential-provider-bin-dir=/opt/bin",
    ] {
        let unit = format!("[Service]\nExecStart=/usr/local/bin/k3s server {arguments}\n");
        leads_there(&node("k3s", &[&unit], &[]), Platform::K3s, "k3s", arguments);
    }
    // The kubelet's own argument wins.
    let both = format!("image-credential-provider-config: /other\n{listed}");
    let facts = NodeFacts { settings: vec![("/c".to_owned(), both)], ..NodeFacts::default() };
    leads_there(&facts, Platform::K3s, "k3s", "both");
    let broken = NodeFacts { settings: vec![("/c".to_owned(), "a: [".to_owned())], ..NodeFacts::default() };
    is_unsure(&broken, Platform::K3s, "k3s", "/c is no YAML");
    assert_eq!(told(&NodeFacts::default(), Platform::K3s, "k3s"), Told::default());
    assert_eq!(settings_file("/k3s server --config /a.yaml").as_deref(), Some("/a.yaml"));
    assert_eq!(settings_file("/k3s server -c=/a.yaml").as_deref(), Some("/a.yaml"));
    assert_eq!(settings_file("/k3s server --configs /a.yaml"), None);
}

#[test]
fn flags_are_added_where_they_are_read() {
    let file = |facts: &NodeFacts| told(facts, Platform::Kubeadm, "kubelet").file.map(|file| file.path);
    assert_eq!(file(&node("kubelet", &[KUBEADM], &[])).as_deref(), Some(DEFAULT));
    // On Red Hat's, whatever else is there.
    let red_hat = KUBEADM.replace("/default/", "/sysconfig/");
    assert_eq!(
        file(&node("kubelet", &[&red_hat], &[(DEFAULT, "KUBELET_EXTRA_ARGS=\n")])).as_deref(),
        Some(SYSCONFIG)
    );
    let two = "[Service]\nEnvironmentFile=-/etc/kubelet.env\n";
    let set_first = node("kubelet", &[KUBEADM, two], &[(DEFAULT, "KUBELET_EXTRA_ARGS=--a\n")]);
    assert_eq!(file(&set_first).as_deref(), Some(DEFAULT));
    assert_eq!(file(&node("kubelet", &[KUBEADM, two], &[])).as_deref(), Some("/etc/kubelet.env"));
    let half = node(
        "kubelet",
        &[KUBEADM],
        &[(DEFAULT, "KUBELET_EXTRA_ARGS=--image-credential-provider-bin-dir=/b\n")],
    );
    assert_eq!(file(&half).as_deref(), Some(DEFAULT));
    let microk8s = NodeFacts {
        arguments: vec![(MICROK8S.to_owned(), "--image-credential-provider-config=${SNAP_DATA}/c.yaml\n--image-credential-provider-bin-dir=$SNAP_COMMON/bin\n".to_owned())],
        ..NodeFacts::default()
    };
    let flags = told(&microk8s, Platform::MicroK8s, "").flags;
    assert_eq!(flags.config.as_deref(), Some("/var/snap/microk8s/current/c.yaml"));
    assert_eq!(flags.bin_dir.as_deref(), Some("/var/snap/microk8s/common/bin"));
}

#[test]
fn where_it_cannot_be_told_nothing_is_installed() {
    let assigned = "[Service]\nEnvironment=KUBELET_EXTRA_ARGS=--a\n";
    for (texts, words) in [
        (&[KUBEADM, assigned][..], "a file would replace that"),
        (&["[Service]\nExecStart=/usr/bin/kubelet\n"], "reads no KUBELET_EXTRA_ARGS"),
        (
            &[
                "[Service]\nEnvironmentFile=/var/lib/kubelet/kubeadm-flags.env\nExecStart=/usr/bin/kubelet $KUBELET_EXTRA_ARGS\n",
            ],
            "reads no KUBELET_EXTRA_ARGS",
        ),
        (&["[Service]\nExecStart=/opt/start.sh\n"], "by a script"),
        (
            &[
                "[Service]\nExecStart=/usr/bin/kubelet --image-credential-provider-config=c.yaml --image-credential-provider-bin-dir=/b\n",
            ],
            "no full path",
        ),
    ] {
        is_unsure(&node("kubelet", texts, &[]), Platform::Kubeadm, "kubelet", words);
    }
}

#[test]
fn the_running_kubelet_is_asked_where_nothing_else_says_it() {
    let running = |words: &str| Some(words.split(' ').map(str::to_owned).collect());
    let with = format!("/usr/bin/kubelet {FLAGS}");
    let script = "[Service]\nExecStart=/opt/start.sh\n";
    for facts in [NodeFacts::default(), node("kubelet", &[script], &[])] {
        leads_there(
            &NodeFacts { running: running(&with), ..facts.clone() },
            Platform::Kubeadm,
            "kubelet",
            "running",
        );
        is_unsure(
            &NodeFacts { running: running("/usr/bin/kubelet --a"), ..facts },
            Platform::Kubeadm,
            "kubelet",
            "cannot be told",
        );
    }
    // It was started with what nothing says now.
    let other = NodeFacts { running: running(&with), ..node("kubelet", &[KUBEADM], &[]) };
    is_unsure(&other, Platform::Kubeadm, "kubelet", "says otherwise");
    // Or with what is usual, as before ours was taken back.
    let Places { config, bin_dir } = Platform::Kubeadm.places();
    let usual = format!(
        "kubelet --image-credential-provider-config={config} --image-credential-provider-bin-dir={bin_dir}/"
    );
    let facts = NodeFacts { running: running(&usual), ..node("kubelet", &[KUBEADM], &[]) };
    let found = told(&facts, Platform::Kubeadm, "kubelet");
    assert!(found.unsure.is_none() && found.file.is_some(), "{found:?}");
}

#[test]
fn whatever_names_a_configuration_is_mentioned() {
    let unit = format!("[Service]\nExecStart=/usr/bin/kubelet {FLAGS}\n");
    let mut facts =
        node("kubelet", &[&unit], &[(DEFAULT, "KUBELET_EXTRA_ARGS=--image-credential-provider-config=/d\n")]);
    facts
        .settings
        .push(("/s".to_owned(), "kubelet-arg: image-credential-provider-config=/s.yaml\n".to_owned()));
    let configs: Vec<String> = mentioned(&facts).into_iter().filter_map(|flags| flags.config).collect();
    for config in ["/opt/c.yaml", "/d", "/s.yaml"] {
        assert!(configs.iter().any(|named| named == config), "{config}: {configs:?}");
    }
}
