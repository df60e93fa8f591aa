//! What a node's kubelet is told of its credential providers, wherever that is written, and where it can be told more.
//!
//! Sources: kubernetes/release, `10-kubeadm.conf`; k3s-io/k3s, `pkg/configfilearg` and `pkg/daemons/agent`; canonical/microk8s,
//! `run-kubelite-with-args`.

use super::flags::{self, Flags, FlagsFile, Style, VARIABLE};
use super::generate::Refused;
use super::node_facts::{ARGUMENTS, DEFAULT, KUBEADM_FLAGS, MICROK8S, NodeFacts, SYSCONFIG};
use super::platform::{Places, Platform};
use crate::inputs::tree;

/// What a kubelet is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The flags that it is started with.
    pub flags: Flags,
    /// Where they can be added, if one is missing.
    pub file: Option<FlagsFile>,
    /// Why a program should not go by that.
    pub unsure: Option<Refused>,
}

/// What the kubelet of a node is told; `unit` is the service that runs it.
pub fn told(facts: &NodeFacts, platform: Platform, unit: &str) -> Told {
    let mut told = match platform {
        Platform::MicroK8s => of_microk8s(facts),
        Platform::K3s | Platform::Rke2 => of_rancher(facts, unit),
        Platform::Kubeadm | Platform::Kind => of_unit(facts, unit),
        // nodeadm writes the flags at each start, before the kubelet's.
        Platform::Eks | Platform::Nodeadm | Platform::Talos => {
            let Told { flags, unsure, .. } = of_unit(facts, unit);
            let is_told = flags.config.is_some() || flags.bin_dir.is_some();
            Told { unsure: unsure.filter(|_| is_told), flags, file: None }
        }
    };
    if told.unsure.is_none() {
        told.unsure = strange(&told.flags).or_else(|| contradicted(facts, &told.flags, platform.places()));
    }
    told
}

/// All that is written on a node of where configurations are, whether it counts or not: what is named here may be needed.
pub fn mentioned(facts: &NodeFacts) -> Vec<Flags> {
    let texts = facts.arguments.iter().chain(&facts.settings).map(|(_, text)| text.as_str());
    let texts = texts.chain(facts.services.iter().flat_map(|(_, texts)| texts.iter().map(String::as_str)));
    let mut all: Vec<Flags> = texts.map(flags::find).collect();
    all.extend(facts.services.iter().filter_map(|(name, _)| {
        let command = facts.service(name)?.command(&|path| facts.argument_text(path))?;
        Some(of_rancher_words(&command).or(flags::find(&command)))
    }));
    all.extend(facts.settings.iter().filter_map(|(_, text)| of_settings(text)));
    all.push(of_microk8s(facts).flags);
    all
}

fn of_unit(facts: &NodeFacts, unit: &str) -> Told {
    let running = facts.running.as_ref().map(|words| flags::find(&words.join(" ")));
    let Some(service) = facts.service(unit) else {
        return match running {
            Some(flags) if flags.config.is_some() && flags.bin_dir.is_some() => {
                Told { flags, ..Told::default() }
            }
            Some(flags) => unknown(flags, "no service of systemd's starts the kubelet that runs here"),
            None => without_unit(facts),
        };
    };
    let Some(command) = service.command(&|path| facts.argument_text(path)) else {
        return match running {
            Some(flags) if flags.config.is_some() && flags.bin_dir.is_some() => {
                Told { flags, ..Told::default() }
            }
            other => unknown(
                other.unwrap_or_default(),
                &format!("{unit}.service starts it by a script, or with arguments that only systemd knows"),
            ),
        };
    };
    let flags = flags::find(&command);
    if flags.config.is_some() && flags.bin_dir.is_some() {
        return Told { flags, ..Told::default() };
    }
    let sets = |path: &&String| {
        facts.argument_text(path).is_some_and(|text| super::env_file::variable(text, VARIABLE).is_some())
    };
    let files = service.files();
    let file = match files.iter().rev().find(sets) {
        Some(path) => Some(path),
        None if service.assigns(VARIABLE) => {
            return unknown(
                flags,
                &format!("{VARIABLE} is set in {unit}.service or a drop-in, and a file would replace that"),
            );
        }
        None => files.iter().rev().find(|path| path.as_str() != KUBEADM_FLAGS),
    };
    match file.filter(|_| service.uses(VARIABLE)) {
        Some(path) => {
            Told { flags, file: Some(FlagsFile { path: path.clone(), style: Style::Variable }), unsure: None }
        }
        None => unknown(flags, &format!("the command of {unit}.service reads no {VARIABLE} from a file")),
    }
}

/// A node whose unit is not to be seen: what the packages of kubeadm read.
fn without_unit(facts: &NodeFacts) -> Told {
    let mut flags = Flags::default();
    for path in ARGUMENTS {
        flags = flags.or(facts.argument_text(path).map(flags::find).unwrap_or_default());
    }
    let is_there = |path: &str| {
        facts.argument_text(path).is_some() || facts.present.iter().any(|present| present == path)
    };
    let of_red_hat = ["fedora", "rhel", "centos", "rocky", "almalinux", "amzn", "ol"];
    let is_red_hat = facts.os.as_deref().is_some_and(|os| of_red_hat.contains(&os));
    let path = match (is_there(DEFAULT), is_there(SYSCONFIG)) {
        (true, _) => DEFAULT,
        (false, true) => SYSCONFIG,
        (false, false) if is_red_hat => SYSCONFIG,
        (false, false) => DEFAULT,
    };
    let is_complete = flags.config.is_some() && flags.bin_dir.is_some();
    let file = FlagsFile { path: path.to_owned(), style: Style::Variable };
    Told { flags, file: (!is_complete).then_some(file), unsure: None }
}

fn of_microk8s(facts: &NodeFacts) -> Told {
    let mut flags = facts.argument_text(MICROK8S).map(flags::find).unwrap_or_default();
    for value in [&mut flags.config, &mut flags.bin_dir].into_iter().flatten() {
        for (name, place) in [
            ("SNAP_DATA", "/var/snap/microk8s/current"),
            ("SNAP_COMMON", "/var/snap/microk8s/common"),
            ("SNAP", "/snap/microk8s/current"),
        ] {
            *value = value
                .replace(&format!("${{{name}}}"), place)
                .replace(&format!("${name}/"), &format!("{place}/"));
        }
    }
    let is_complete = flags.config.is_some() && flags.bin_dir.is_some();
    let file = FlagsFile { path: MICROK8S.to_owned(), style: Style::Lines };
    Told { flags, file: (!is_complete).then_some(file), unsure: None }
}

/// k3s and RKE2: the options of the command come after those of the files, and the kubelet's own arguments last.
fn of_rancher(facts: &NodeFacts, unit: &str) -> Told {
    let (mut own, mut of_kubelet) = (Flags::default(), Flags::default());
    for (path, text) in &facts.settings {
        let Some(tree) = settings(text) else {
            return unknown(Flags::default(), &format!("{path} is no YAML that can be read"));
        };
        own = tree.0.or(own);
        of_kubelet = tree.1.or(of_kubelet);
    }
    if let Some(service) = facts.service(unit) {
        let Some(command) = service.command(&|path| facts.argument_text(path)) else {
            return unknown(
                own,
                &format!("{unit}.service starts it by a script, or with arguments that only systemd knows"),
            );
        };
        own = flags::find(&command).or(own);
        of_kubelet = of_rancher_words(&command).or(of_kubelet);
    }
    Told { flags: of_kubelet.or(own), ..Told::default() }
}

/// What k3s and RKE2 are told in a file; `None` where it says nothing of it.
fn of_settings(text: &str) -> Option<Flags> {
    let (own, of_kubelet) = settings(text)?;
    Some(of_kubelet.or(own))
}

fn settings(text: &str) -> Option<(Flags, Flags)> {
    let documents = tree::read("", text).ok()?;
    let Some(root) = documents.first() else { return Some((Flags::default(), Flags::default())) };
    let own = Flags {
        config: root.owned("image-credential-provider-config"),
        bin_dir: root.owned("image-credential-provider-bin-dir"),
    };
    let mut of_kubelet = Flags::default();
    for (_, value) in root
        .members()
        .unwrap_or_default()
        .iter()
        .filter(|(key, _)| key.trim_end_matches('+') == "kubelet-arg")
    {
        let alone = std::slice::from_ref(value);
        for argument in value.items().unwrap_or(alone).iter().filter_map(tree::Node::text) {
            of_kubelet = argument_flags(argument).or(of_kubelet);
        }
    }
    Some((own, of_kubelet))
}

/// What `--kubelet-arg` says in a command.
fn of_rancher_words(command: &str) -> Flags {
    let mut found = Flags::default();
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        let argument = match word.strip_prefix("--kubelet-arg") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        found = argument.map(argument_flags).unwrap_or_default().or(found);
    }
    found
}

fn argument_flags(argument: &str) -> Flags {
    flags::find(&format!("--{}", argument.trim_matches(['"', '\'']).trim_start_matches('-')))
}

/// The file of settings that a command of k3s or RKE2 names in place of the usual one.
pub fn settings_file(command: &str) -> Option<String> {
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        match word.split_once('=') {
            Some(("--config" | "-c", path)) => return Some(path.to_owned()),
            None if word == "--config" || word == "-c" => return words.next().map(str::to_owned),
            _ => {}
        }
    }
    None
}

/// Flags that lead to a place that nobody knows.
fn strange(flags: &Flags) -> Option<Refused> {
    let value = [&flags.config, &flags.bin_dir].into_iter().flatten();
    let value = value.into_iter().find(|value| !value.starts_with('/') || value.contains(['$', '%']))?;
    unknown(Flags::default(), &format!("its flags name `{value}`, which is no full path")).unsure
}

/// A kubelet that runs with other flags than those that are written anywhere.
fn contradicted(facts: &NodeFacts, written: &Flags, usual: Places) -> Option<Refused> {
    let running = flags::find(&facts.running.as_ref()?.join(" "));
    let is_other = |runs: &Option<String>, written: &Option<String>, usual: &str| {
        let runs = runs.as_deref().map(|path| path.trim_end_matches('/'));
        runs.is_some_and(|runs| runs != written.as_deref().unwrap_or(usual).trim_end_matches('/'))
    };
    let is_contradicted = is_other(&running.config, &written.config, usual.config)
        || is_other(&running.bin_dir, &written.bin_dir, usual.bin_dir);
    is_contradicted.then(|| Refused {
        what: format!(
            "The kubelet runs with {}, and what was found of its settings says otherwise.",
            [(flags::CONFIG, &running.config), (flags::BIN_DIR, &running.bin_dir)]
                .into_iter()
                .filter_map(|(flag, value)| Some(format!("{flag}={}", value.as_ref()?)))
                .collect::<Vec<_>>()
                .join(" ")
        ),
        next: "restart the kubelet if they were changed since it started; else put the provider in by hand: ecrpass kubelet config".to_owned(),
    })
}

fn unknown(flags: Flags, why: &str) -> Told {
    let unsure = Refused {
        what: format!("It cannot be told which flags this kubelet is started with, or where to add them: {why}."),
        next: "put the flags in by hand, ecrpass kubelet config --print flags shows them, then restart the kubelet and run this again".to_owned(),
    };
    Told { flags, file: None, unsure: Some(unsure) }
}

#[cfg(test)]
mod tests;
