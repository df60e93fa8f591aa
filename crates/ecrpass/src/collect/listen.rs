//! From what the tasks tell to the bundle.

use std::sync::mpsc::Receiver;
use std::time::Instant;

use ecrpass_core::platform::normal;
use ecrpass_diagnosis::facts::{Bundle, Clock, Destination, MachineFacts, Seen, Subject};

use super::aws_facts::AwsFact;
use super::work::{Asked, Event};

/// Hears all there is to hear until every task has ended or the time is over.
pub(super) fn listen(
    events: &Receiver<Event>,
    mut tasks: usize,
    ends_at: Instant,
    bundle: &mut Bundle,
    progress: &mut dyn FnMut(&str, bool),
) {
    while tasks > 0 {
        let left = ends_at.saturating_duration_since(Instant::now());
        let Ok(event) = events.recv_timeout(left) else { return };
        if let Event::Done(name) = event {
            tasks -= 1;
            progress(&name, true);
            continue;
        }
        note(bundle, event);
    }
}

fn note(bundle: &mut Bundle, event: Event) {
    fn each<'a>(bundle: &'a mut Bundle, host: &'a str) -> impl Iterator<Item = &'a mut Subject> {
        bundle.subjects.iter_mut().filter(move |subject| subject.host == host && subject.malformed.is_none())
    }
    match event {
        Event::Machine(seen) => {
            let daemon = std::mem::take(&mut bundle.machine.daemon);
            let configurations = std::mem::take(&mut bundle.machine.configurations);
            bundle.machine = MachineFacts { daemon, configurations, ..*seen };
        }
        Event::Configurations(seen) => bundle.machine.configurations = seen,
        Event::Daemon(seen) => bundle.machine.daemon = seen.map_or_else(Seen::Unknown, Seen::Known),
        Event::Metadata(seen) => bundle.aws.metadata = Some(seen),
        Event::Path(host, network) => {
            each(bundle, &host).for_each(|subject| subject.network.push(network.clone()));
        }
        Event::Resolved(host, resolved) => {
            each(bundle, &host).for_each(|subject| subject.resolved = Some(resolved.clone()));
        }
        Event::OwnToken(host) => each(bundle, &host).for_each(|subject| subject.own_token = true),
        Event::Credentials(host, seen) => {
            each(bundle, &host).for_each(|subject| subject.offered = seen.clone())
        }
        Event::Login(host, answer) => {
            each(bundle, &host).for_each(|subject| subject.login = Seen::Known(answer.clone()));
        }
        Event::DaemonLogin(host, seen) => {
            each(bundle, &host).for_each(|subject| subject.daemon_login = seen.clone());
        }
        Event::Aws(host, told) => hear(bundle, &host, told),
        Event::Image(index, manifest, platforms, layer, network) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                let why =
                    if manifest.is_success() { "the image has no layer of its own" } else { "no manifest" };
                subject.manifest = Seen::Known(manifest);
                subject.layer = layer.map_or_else(|| Seen::Unknown(why.to_owned()), Seen::Known);
                subject.network.extend(network);
                subject.platforms = platforms;
            }
        }
        Event::DaemonManifest(index, answer, platforms) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                subject.daemon_manifest = Seen::Known(answer);
                if subject.platforms.is_empty() {
                    subject.platforms = platforms;
                }
            }
        }
        Event::Upload(index, answer) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                subject.upload = answer
                    .map_or_else(|| Seen::Unknown("the repository is not there".to_owned()), Seen::Known);
            }
        }
        Event::LocalImage(index, seen) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                subject.local_image = seen;
            }
        }
        Event::NotTried(index, why) => {
            if let Some(subject) = bundle.subjects.get_mut(index) {
                subject.manifest = Seen::Unknown(why.clone());
                subject.layer = Seen::Unknown(why.clone());
                subject.upload = Seen::Unknown(why);
            }
        }
        Event::Done(_) => {}
    }
}

/// What AWS said.
fn hear(bundle: &mut Bundle, host: &str, told: AwsFact) {
    let exchanges = match &told {
        AwsFact::Token(call) => call.exchanges.as_slice(),
        AwsFact::Identity(Seen::Known(call)) => call.exchanges.as_slice(),
        _ => &[],
    };
    // The metadata services have the machine's own clock.
    let told_time = exchanges.iter().rev().find_map(|exchange| {
        let server = exchange.server_time.filter(|_| !exchange.operation.starts_with('/'))?;
        Some(Clock { ahead: exchange.local_time - server, host: exchange.host.clone() })
    });
    if let Some(clock) = told_time {
        bundle.aws.clock = Seen::Known(clock);
    }
    let of_repository = |name: &str| {
        let name = name.to_owned();
        move |subject: &&mut Subject| subject.host == host && subject.repository.as_ref() == Some(&name)
    };
    match told {
        AwsFact::Token(call) => {
            for subject in bundle.subjects.iter_mut().filter(|subject| subject.host == host) {
                subject.token = Seen::Known(call.clone());
            }
        }
        AwsFact::Identity(seen) => {
            for subject in bundle.subjects.iter_mut().filter(|subject| subject.host == host) {
                subject.identity = seen.clone();
            }
        }
        AwsFact::Repository(name, call) => {
            for subject in bundle.subjects.iter_mut().filter(of_repository(&name)) {
                subject.repository_facts = Seen::Known(call.clone());
            }
        }
        AwsFact::Permissions(name, permissions) => {
            for subject in bundle.subjects.iter_mut().filter(of_repository(&name)) {
                subject.permissions.clone_from(&permissions);
            }
        }
        AwsFact::InRegions(name, regions) => {
            for subject in bundle.subjects.iter_mut().filter(of_repository(&name)) {
                subject.also_in_regions.clone_from(&regions);
            }
        }
        AwsFact::Profiles(profiles) => {
            for subject in bundle.subjects.iter_mut().filter(|subject| subject.host == host) {
                subject.profiles_of_account.clone_from(&profiles);
            }
        }
        AwsFact::InOwnAccount(name, there) => {
            for subject in bundle.subjects.iter_mut().filter(of_repository(&name)) {
                subject.also_in_own_account = Some(there);
            }
        }
    }
}

/// What follows from facts of several tasks.
pub(super) fn settle(bundle: &mut Bundle, asked: &Asked) {
    if !asked.offline && bundle.aws.clock.known().is_none() {
        bundle.aws.clock = Seen::Unknown("no answer from AWS contained the time".to_owned());
    }
    let machine = &bundle.machine;
    let daemon = machine.daemon.known().and_then(|daemon| daemon.platform.clone());
    let asked_for =
        machine.variable("DOCKER_DEFAULT_PLATFORM").and_then(|variable| variable.value.as_deref());
    let here = asked_for.map(normal).or(daemon).unwrap_or_else(|| {
        // Containers on a Mac run in a Linux machine.
        let os = if machine.os == "windows" { "windows" } else { "linux" };
        normal(&format!("{os}/{}", machine.architecture))
    });
    let wanted = asked.platform.as_deref().map(normal);
    for subject in &mut bundle.subjects {
        if let Some(wanted) = &wanted {
            subject.platform.clone_from(wanted);
        } else if subject.platform.is_empty() && subject.puller.is_none() {
            subject.platform.clone_from(&here);
        }
        subject.network.sort_by_key(|way| match way.destination {
            Destination::Api => 0,
            Destination::Registry => 1,
            Destination::Layers => 2,
        });
    }
}
