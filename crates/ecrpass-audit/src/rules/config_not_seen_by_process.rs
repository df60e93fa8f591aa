//! A login that is written where the pushing process does not look: another user's home, another container's, another
//! directory.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{Scripted, containers, pod_logins, scripts, spot};
use crate::deed::What;
use crate::deeds::arguments::{Argument, option};
use crate::hit::Hit;
use crate::host::Host;
use crate::kind::FileKind;
use crate::known::Known;
use crate::pipeline::Host as Machine;
use crate::rule::{Examined, Rule};
use crate::scripts::Runs;
use crate::shell::{Command, Word};

/// `config-not-seen-by-process`
pub static RULE: Rule = Rule { id: DiagnosisId::ConfigNotSeenByProcess, look };

/// Where a client looks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Whose {
    user: String,
    directory: Option<String>,
    container: Option<String>,
}

/// A login or a use of one.
struct Event<'a> {
    whose: Whose,
    host: Host,
    bytes: Range<usize>,
    is_login: bool,
    is_actions: bool,
    job: Option<&'a str>,
    /// The script, if no other one of the file goes on where it ends.
    alone: Option<usize>,
}

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let all = scripts(examined);
    let mut events: Vec<Event<'_>> = Vec::new();
    for (index, scripted) in all.iter().enumerate().filter(|(_, scripted)| !scripted.is_typed()) {
        // As root `sudo` changes nothing, and who uses an image is not known.
        if scripted.runs == Runs::InBuild || scripted.runs == Runs::AtBoot && moves_home(scripted) {
            continue;
        }
        for login in of_actions(scripted) {
            if !events.iter().any(|known| known.job == login.job && known.bytes == login.bytes) {
                events.push(login);
            }
        }
        // Machines and containers have homes of their own.
        let is_alone = scripted.runs == Runs::AtBoot || examined.file.kind == FileKind::Kubernetes;
        let alone = is_alone.then_some(index);
        let all_of = of_script(scripted).into_iter().chain(in_containers(scripted));
        events.extend(all_of.map(|event| Event { alone, ..event }));
    }
    let is_handed_over = all.iter().any(hands_over);
    let shares = shares_directory(examined);
    let mut hits: Vec<Hit> = Vec::new();
    for (index, used) in events.iter().enumerate().filter(|(_, event)| !event.is_login) {
        let before = events.get(..index).unwrap_or_default().iter();
        let logins: Vec<&Event<'_>> = before
            .filter(|login| {
                login.is_login
                    && login.job == used.job
                    && login.alone == used.alone
                    && login.host.may_be(&used.host)
            })
            .collect();
        let (Some(login), false) = (logins.last(), logins.iter().any(|login| is_seen(login, used))) else {
            continue;
        };
        if login.whose.container != used.whose.container && shares {
            continue;
        }
        if login.whose.user != used.whose.user && is_handed_over {
            continue;
        }
        let at_login = spot(examined, login.bytes.clone(), "logs in here");
        let at_use = spot(examined, used.bytes.clone(), "does not see that login");
        let same_login = |hit: &&mut Hit| hit.spots.contains(&at_login);
        if let Some(earlier) = hits.iter_mut().find(same_login) {
            earlier.spots.push(at_use);
            continue;
        }
        let title = title(&login.whose, &used.whose);
        hits.push(Hit::new(Severity::Warning, title, vec![at_use, at_login]).about(used.host.registry()));
    }
    hits.extend(pod_logins::unseen(examined).into_iter().map(|unseen| {
        let at_login = spot(examined, unseen.login, "logs in here");
        let at_use = spot(examined, unseen.used, "does not see that login");
        let title = "the login is in another container";
        Hit::new(Severity::Warning, title, vec![at_use, at_login]).about(unseen.host.registry())
    }));
    hits
}

/// Whether a boot script says that root's home, or where clients look, is elsewhere.
fn moves_home(scripted: &Scripted<'_>) -> bool {
    let moved = |(name, word): &(String, Word)| match name.as_str() {
        "HOME" => word.shown() != "/root",
        name => matches!(name, "DOCKER_CONFIG" | "REGISTRY_AUTH_FILE"),
    };
    scripted.commands().any(|(_, command)| {
        let is_copy = matches!(command.program(), "cp" | "ln" | "install" | "mv" | "rsync");
        command.assignments.iter().any(moved)
            || is_copy && command.words.iter().skip(1).any(|word| word.raw.contains(".docker"))
    })
}

/// Whether a login is where the other looks. Where an action keeps it in the user's home is not known.
fn is_seen(login: &Event<'_>, used: &Event<'_>) -> bool {
    let is_actions = login.is_actions && login.whose.user == used.whose.user;
    is_actions || login.whose == used.whose
}

fn title(login: &Whose, used: &Whose) -> &'static str {
    if login.user != used.user {
        "the login is one user's, and another one pushes or pulls"
    } else if login.container != used.container {
        "the login is in another container"
    } else {
        "the login is in another configuration directory"
    }
}

/// The logins of actions in the steps before a script: those of the runner's user.
fn of_actions<'a>(scripted: &Scripted<'a>) -> Vec<Event<'a>> {
    let (Some(job), Some(step)) = (scripted.job, scripted.step) else { return Vec::new() };
    // Elsewhere the runner may be root itself.
    if job.host.0 != Machine::Hosted || job.container.is_some() {
        return Vec::new();
    }
    let before = job.active_steps().take_while(|other| other.bytes.start < step.bytes.start);
    let uses = before.filter(|other| other.path.is_none() && other.uses().is_some());
    let deeds = uses.flat_map(|other| &other.deeds).filter(|deed| deed.path.is_none());
    let logins = deeds.filter_map(|deed| {
        let What::Login { host, to_all, .. } = &deed.what else { return None };
        let host = if *to_all { Host::Unknown } else { Host::of_server(host.alternatives().next()?) };
        let whose = Whose { user: String::new(), directory: None, container: step.container.clone() };
        let (bytes, name) = (deed.bytes.clone(), Some(job.name.as_str()));
        let event = Event { whose, host, bytes, is_login: true, is_actions: true, job: name, alone: None };
        (event.host.is_private() || event.host == Host::Unknown).then_some(event)
    });
    logins.collect()
}

/// Whether a script gives root the configuration: `sudo cp -r ~/.docker /root/`.
fn hands_over(scripted: &Scripted<'_>) -> bool {
    scripted.commands().any(|(_, command)| {
        let has = |part: &str| command.words.iter().skip(1).any(|word| word.shown().contains(part));
        matches!(command.program(), "cp" | "ln" | "install" | "mv" | "rsync")
            && has(".docker")
            && has("/root")
    })
}

fn of_script<'a>(scripted: &Scripted<'a>) -> Vec<Event<'a>> {
    let script = scripted.script;
    let mut events = Vec::new();
    for deed in scripted.deeds.iter().filter(|deed| !deed.has_own_login) {
        let Some(command) = script.commands.iter().find(|command| command.bytes == deed.bytes) else {
            continue;
        };
        if !matches!(
            command.program(),
            "docker" | "podman" | "buildah" | "nerdctl" | "skopeo" | "docker-compose"
        ) {
            continue;
        }
        let (host, is_login) = match &deed.what {
            What::Login { host, .. } => (host.alternatives().map(Host::of_server).next(), true),
            What::Push { image, .. } | What::Pull { image, .. } => {
                (image.alternatives().map(Host::of_image).next(), false)
            }
            _ => continue,
        };
        let Some(host) = host.filter(|host| host.is_private() || is_login && *host == Host::Unknown) else {
            continue;
        };
        let Some(mut user) = user(command) else { continue };
        if user.is_empty() && scripted.runs == Runs::AtBoot {
            user.push_str("root");
        }
        // With a directory on the command line the home does not matter.
        if !is_login && !user.is_empty() && command_directory(command).is_some() {
            continue;
        }
        let container = scripted.step.and_then(|step| step.container.clone());
        let whose = Whose { user, directory: directory(command), container };
        let job = scripted.job.map(|job| job.name.as_str());
        events.push(Event {
            whose,
            host,
            bytes: command.bytes.clone(),
            is_login,
            is_actions: false,
            job,
            alone: None,
        });
    }
    events
}

/// Clients that run in a container of their own, which is given no login.
fn in_containers<'a>(scripted: &Scripted<'a>) -> Vec<Event<'a>> {
    let job = scripted.job.map(|job| job.name.as_str());
    let uses = scripted.commands().filter_map(|(_, command)| {
        let (image, container) = containers::without_login(command)?;
        let host = containers::host(&image, scripted.deeds)?;
        let whose = Whose { user: user(command)?, directory: None, container: Some(container) };
        Some(Event {
            whose,
            host,
            bytes: command.bytes.clone(),
            is_login: false,
            is_actions: false,
            job,
            alone: None,
        })
    });
    uses.collect()
}

/// Whose home a command looks into; `None` if that cannot be told: `sudo -E`.
fn user(command: &Command) -> Option<String> {
    let names: Vec<&str> = command.wrappers.iter().map(|word| word.raw.as_str()).collect();
    let Some(sudo) = names.iter().position(|name| {
        matches!(name.rsplit('/').next(), Some("sudo" | "doas" | "su" | "runuser" | "gosu"))
    }) else {
        return Some(String::new());
    };
    let options = names.get(sudo + 1..).unwrap_or_default();
    let keeps = |option: &&str| {
        matches!(*option, "-E" | "-EH" | "-HE")
            || option.starts_with("--preserve-env")
            || option.starts_with("HOME=")
            || option.starts_with("DOCKER_CONFIG=")
    };
    if options.iter().any(keeps) {
        return None;
    }
    let program = names.get(sudo).and_then(|name| name.rsplit('/').next()).unwrap_or_default();
    let is_user = |option: &&str| {
        *option == "--user" || option.ends_with('u') && option.starts_with('-') && !option.starts_with("--")
    };
    let behind = |at: usize| options.get(at + 1).copied();
    let of_option = options.iter().position(is_user).and_then(behind);
    let joined = || options.iter().find_map(|option| option.strip_prefix("--user="));
    // `su - ada`, `gosu ada`: the user is no option's.
    let first = || {
        let is_bare = matches!(program, "su" | "gosu" | "runuser");
        let is_value = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| options.get(before));
            before.is_some_and(|before| matches!(*before, "-c" | "--command" | "-s" | "--shell"))
        };
        let bare = options.iter().enumerate().find(|(at, option)| !option.starts_with('-') && !is_value(*at));
        bare.map(|(_, user)| *user).filter(|_| is_bare)
    };
    Some(of_option.or_else(joined).or_else(first).unwrap_or("root").to_owned())
}

/// The configuration directory that a command is given.
fn directory(command: &Command) -> Option<String> {
    let own = command_directory(command);
    let value = own.map(|own| own.value).or_else(|| command.variable("DOCKER_CONFIG").cloned())?;
    match value {
        Known::Exactly(text) | Known::Made(text) => Some(text),
        Known::OneOf(_) | Known::Unknown => None,
    }
}

/// That of its own arguments.
fn command_directory(command: &Command) -> Option<Argument> {
    option(command.words.get(1..).unwrap_or_default(), &["--config"])
        .filter(|_| command.program() == "docker")
}

/// Whether containers of the file may share their configuration.
fn shares_directory(examined: &Examined<'_>) -> bool {
    // That a script makes the directory does not say that others have it.
    let names = |line: &str| line.contains("/.docker") && !line.trim_start().starts_with("mkdir ");
    let text = &examined.file.text;
    text.contains("DOCKER_CONFIG") || text.lines().any(names)
}
