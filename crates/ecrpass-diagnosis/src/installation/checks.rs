//! What is wrong with an installation, the worst first.

use ecrpass_core::command_line::Quotes;
use ecrpass_core::platform;
use ecrpass_core::{CommandLine, DiagnosisId};

use super::{CacheState, Installation, NAMES, SeenService, Shadow, SumResult, product};
use crate::catalogue;
use crate::check::{link_on_path, read_only_system};
use crate::facts::{Installed, Program};
use crate::finding::{Confidence, Details, Evidence, Finding, Fix, Severity, Topic};

/// What all of this is about.
const ABOUT: Topic = Topic("docs/installation.md");

/// What makes the helper answer under our own name, for the registries that configurations name.
const SETUP: &str = "ecrpass setup --name ecrpass";

/// Everything that is wrong, and what is worth knowing, with the commands of the machine's own shell.
pub fn findings(seen: &Installation) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(finding) = nothing_to_install(seen) {
        return vec![finding];
    }
    found.extend(sums(seen));
    let named: Vec<&str> = seen.configured.iter().map(|one| one.name.as_str()).collect();
    for program in seen.programs() {
        let suffix = program.name.strip_prefix("docker-credential-");
        let is_named = suffix.is_some_and(|suffix| named.contains(&suffix));
        found.extend(answers(seen, program, is_named));
        found.extend(program.installed.iter().filter_map(replaceable));
        found.extend(windows_in_wsl(seen, program, is_named));
    }
    found.extend(other_version(seen));
    found.extend(confined_docker(seen));
    found.extend(cache(seen));
    found.extend(not_named(seen));
    found.extend(out_of_reach(seen, &named));
    found.extend(bundled(seen, &named));
    found.dedup();
    // Those of a kind stay in their order.
    ecrpass_core::sort::sort_by_key(&mut found, |finding| finding.severity);
    found.into_iter().map(|finding| finding.on(seen.system())).collect()
}

/// Nodes whose systems nobody installs anything on.
fn nothing_to_install(seen: &Installation) -> Option<Finding> {
    let system = read_only_system(seen.machine.distribution.as_deref())?;
    let name = system.name;
    Some(ABOUT.finding(
        "nothing-to-install",
        Severity::Note,
        format!("{name} is read-only and has no packages: there is nothing to install here"),
        "Pods pull through the kubelet's credential provider; no client on the node reads a docker configuration.",
        vec![Evidence::new("/etc/os-release", format!("the system is {name}"))],
        vec![Fix::by_hand(system.next)],
    ))
}

/// Whether ours answers to a name.
fn answers(seen: &Installation, program: &Program, is_named: bool) -> Vec<Finding> {
    let is_own_name = program.name == NAMES[0];
    let Some(first) = program.first() else {
        return if is_named { vec![missing(seen, program)] } else { Vec::new() };
    };
    let mut found = Vec::new();
    let own = format!("{}/{}", seen.machine.os, seen.machine.architecture);
    if let Some(other) = &first.architecture
        && !platform::runs(&format!("{}/{other}", seen.machine.os), &own)
    {
        found.push(ABOUT.finding(
            "helper-wrong-architecture",
            Severity::Error,
            format!("{} is built for another architecture", first.path),
            "Clients cannot run it, and say that credentials are missing.",
            vec![Evidence::new(
                &first.path,
                format!("is built for {other}, this machine is {}", seen.machine.architecture),
            )],
            vec![Fix::by_hand(format!("install ecrpass for {}", seen.machine.architecture))],
        ));
        return found;
    }
    let severity = if is_named || is_own_name { Severity::Warning } else { Severity::Note };
    match (first.is_ours(), Shadow::of(program, seen.machine.program(NAMES[0]))) {
        (Some(true), _) => {}
        (None, _) => found.push(ABOUT.finding(
            "helper-does-not-answer",
            severity,
            format!("{} does not say its version", first.path),
            "It was asked for it, as every credential helper can be, and did not answer in time.",
            vec![Evidence::new(&first.path, "gave no answer to `version`")],
            vec![Fix::run(
                "see what it does",
                CommandLine::default().value(&first.path, Quotes::Bare).shell_word("version"),
            )],
        )),
        (Some(false), shadow) => found.push(shadowed(first, shadow.as_ref(), severity)),
    }
    found
}

/// Another program answers in place of ours.
fn shadowed(first: &Installed, shadow: Option<&Shadow>, severity: Severity) -> Finding {
    let mut evidence =
        vec![Evidence::new(&first.path, format!("says `{}`", first.version.as_deref().unwrap_or_default()))];
    let mut title = format!("{} is another program, and answers in place of ecrpass", first.path);
    if let Some(ours) = shadow.and_then(|shadow| shadow.behind.as_deref()) {
        evidence.push(Evidence::new(ours, "is ours, and comes behind it on PATH"));
    }
    let explanation = match product(first.real_path()).or_else(|| product(&first.path)) {
        Some(product) => {
            title = format!("{product}'s own copy of the helper answers in place of ecrpass");
            "It comes back with every update of that product. Under the name docker-credential-ecrpass ours stays."
        }
        None => "It gives no reason when it fails, and asks AWS again for every pull.",
    };
    if severity == Severity::Note {
        let title = format!("{} is another program; no configuration here asks it", first.path);
        return ABOUT.finding("helper-shadowed", severity, title, "", evidence, Vec::new());
    }
    let own_name = Fix::run("use ours under its own name", CommandLine::shell(SETUP));
    ABOUT.finding("helper-shadowed", severity, title, explanation, evidence, vec![own_name])
}

/// A configuration names a program that is not there.
fn missing(seen: &Installation, program: &Program) -> Finding {
    let mut evidence = vec![Evidence::new("PATH", format!("has no {}", program.name))];
    let mut fixes = Vec::new();
    if let Some(file) = program.installed.first() {
        evidence.push(Evidence::new(&file.path, "is not executable"));
        fixes.push(Fix::run("make it executable", CommandLine::shell("chmod +x").path(&file.path)));
    } else if let Some(elsewhere) = &program.elsewhere {
        evidence.push(Evidence::new(elsewhere, "is outside PATH"));
    }
    fixes.push(Fix::run("put ecrpass in place under that name", link_on_path(&seen.machine, &program.name)));
    let entry = catalogue::find(DiagnosisId::HelperNotOnPath);
    entry.found(Confidence::Certain, evidence, Details::default(), fixes)
}

/// Other users can put another program in its place, which clients would run with this user's rights.
fn replaceable(file: &Installed) -> Option<Finding> {
    let why = file.replaceable.as_ref()?;
    let is_open = why.starts_with('/');
    let (title, fix) = match is_open {
        true => (
            format!("Every user can put another program in place of {}", file.path),
            Fix::run("close it", CommandLine::shell("sudo chmod o-w").word(why)),
        ),
        false => (
            format!("{} belongs to {why}, who can put another program in its place", file.path),
            Fix::run("give it to root", CommandLine::shell("sudo chown root").path(file.real_path())),
        ),
    };
    let seen = if is_open {
        Evidence::new(why, "may be written by everybody")
    } else {
        Evidence::new(file.real_path(), format!("belongs to {why}"))
    };
    Some(ABOUT.finding(
        "helper-replaceable",
        Severity::Warning,
        title,
        "Clients run the helper with your rights, and give it no password to check it by.",
        vec![seen],
        vec![fix],
    ))
}

/// WSL puts Windows's programs on `PATH`, too: they have other credentials. Source: Microsoft, "Working across Windows
/// and Linux file systems".
fn windows_in_wsl(seen: &Installation, program: &Program, is_named: bool) -> Option<Finding> {
    let first = program.first().filter(|_| seen.machine.wsl && program.name.ends_with(".exe"))?;
    let (severity, title) = if is_named {
        (Severity::Warning, format!("The configuration has Windows's {} answer in WSL", program.name))
    } else {
        (
            Severity::Note,
            format!("Windows's {} is on PATH in WSL; no configuration here asks it", program.name),
        )
    };
    Some(ABOUT.finding(
        "helper-of-windows",
        severity,
        title,
        "A program of Windows reads the AWS files of Windows, below %USERPROFILE%, and not those of this Linux; it starts much more slowly.",
        vec![Evidence::new(&first.path, "is a program of Windows")],
        if is_named {
            vec![Fix::run("use the helper of this side", CommandLine::shell(SETUP))]
        } else {
            Vec::new()
        },
    ))
}

/// The helper and this program are of different versions: one of them was left out of an update.
fn other_version(seen: &Installation) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in seen.programs().filter_map(Program::first).filter(|file| file.is_ours() == Some(true)) {
        let version = file.version.as_deref().unwrap_or_default();
        if version.split_whitespace().next_back() == Some(seen.version.as_str()) {
            continue;
        }
        found.push(ABOUT.finding(
            "helper-other-version",
            Severity::Warning,
            format!("{} is of another version than ecrpass", file.path),
            "One of them was left out of the last update.",
            vec![
                Evidence::new(&file.path, format!("says `{version}`")),
                Evidence::new("ecrpass", format!("is {}", seen.version)),
            ],
            vec![Fix::by_hand("install both from one release")],
        ));
    }
    found
}

/// Whether a program comes from a snap.
pub fn is_confined(program: &Installed) -> bool {
    let is_snap = |path: &str| {
        path.starts_with("/snap/") || path.starts_with("/var/lib/snapd/snap/") || path == "/usr/bin/snap"
    };
    is_snap(&program.path) || is_snap(program.real_path())
}

/// docker from a snap runs no program outside of it. Sources: docker/docker-credential-helpers#182,
/// canonical/docker-snap#18, #334, docker/cli#3961.
fn confined_docker(seen: &Installation) -> Option<Finding> {
    let docker = seen.machine.program("docker")?.first()?;
    is_confined(docker).then(|| {
        ABOUT.finding(
            "docker-is-confined",
            Severity::Warning,
            "docker comes from a snap, and can run no credential helper of this machine".to_owned(),
            "It reads ~/snap/docker/current/.docker/config.json instead of ~/.docker/config.json, sees no hidden directory of your home (~/.aws, ~/.ecr), and looks for helpers inside the snap only.",
            vec![Evidence::new(&docker.path, "is a command of a snap")],
            vec![
                Fix::run("log in for 12 hours at a time", CommandLine::shell("ecrpass login --client docker <registry>")),
                Fix::by_hand("or install docker from Docker's own packages or the distribution's, and remove the snap"),
            ],
        )
    })
}

/// Files that are not what they should be.
fn sums(seen: &Installation) -> Vec<Finding> {
    let mut found = Vec::new();
    for sum in &seen.sums {
        let (severity, title, text) = match &sum.result {
            SumResult::Whole => continue,
            SumResult::Different => (
                Severity::Error,
                format!("{} is not the file that was released, or only a part of it", sum.file),
                "has another SHA-256".to_owned(),
            ),
            SumResult::NotListed => (
                Severity::Note,
                format!("There is no checksum of {} in {}", sum.file, sum.source),
                "is not listed".to_owned(),
            ),
            SumResult::Unknown(why) => (
                Severity::Warning,
                format!("{} could not be compared with its checksum", sum.file),
                why.clone(),
            ),
        };
        let fix =
            Fix::by_hand("install it again, and compare the archive with the release's SHA256SUMS first");
        let fixes = if sum.result == SumResult::Different { vec![fix] } else { Vec::new() };
        let evidence = vec![Evidence::new(&sum.file, text), Evidence::new(&sum.source, "has the checksum")];
        found.push(ABOUT.finding("checksum", severity, title, "", evidence, fixes));
    }
    found
}

fn cache(seen: &Installation) -> Option<Finding> {
    let directory = seen.cache.directory.as_deref().unwrap_or("the cache");
    let elsewhere = || Fix::by_hand("or name another directory of your own in AWS_ECR_CACHE_DIR");
    let (severity, title, text, fixes) = match &seen.cache.state {
        CacheState::Usable | CacheState::ToBeMade => return None,
        CacheState::Off => {
            return Some(ABOUT.finding(
                "cache-off",
                Severity::Note,
                "Tokens are not kept on disk".to_owned(),
                "Every pull asks AWS, unless the kernel's keyring is used.",
                Vec::new(),
                Vec::new(),
            ));
        }
        CacheState::Unwritable(why) => (
            Severity::Warning,
            "The cache cannot be written: every pull asks AWS".to_owned(),
            why.clone(),
            vec![Fix::by_hand(format!("let this user write {directory}")), elsewhere()],
        ),
        CacheState::Open(modes) => (
            Severity::Warning,
            "Other users may use the cache: tokens in it are not trusted".to_owned(),
            format!("has the modes {modes}"),
            vec![Fix::run("close it", CommandLine::shell("chmod go=").word(directory))],
        ),
        CacheState::Foreign(owner) => (
            Severity::Warning,
            "The cache is another user's: it is not used".to_owned(),
            format!("belongs to {owner}"),
            vec![Fix::by_hand("run clients as one user, or with sudo -H"), elsewhere()],
        ),
        CacheState::Unknown(why) => (
            Severity::Error,
            "The helper's settings cannot be understood".to_owned(),
            why.clone(),
            vec![Fix::by_hand("correct them there: until then the helper gives out nothing")],
        ),
    };
    Some(ABOUT.finding("cache", severity, title, "", vec![Evidence::new(directory, text)], fixes))
}

/// Nobody asks the helper.
fn not_named(seen: &Installation) -> Option<Finding> {
    (seen.configured.is_empty() && seen.ours().is_some()).then(|| {
        ABOUT.finding(
            "helper-not-configured",
            Severity::Note,
            "No configuration of docker or podman names the helper".to_owned(),
            "It is installed, and no client asks it.",
            Vec::new(),
            vec![Fix::run("find registries and set it up for them", CommandLine::shell("ecrpass setup"))],
        )
    })
}

/// Services that would not find the helper which configurations name.
fn out_of_reach(seen: &Installation, named: &[&str]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for name in named {
        let program = format!("docker-credential-{name}");
        let is_here = seen.machine.program(&program).and_then(Program::first).is_some();
        let misses = |one: &&SeenService| is_here && !one.finds.contains(&program);
        let look = |one: &SeenService| Evidence::new(&one.service.who, one.service.path.join(":"));
        let evidence: Vec<Evidence> = seen.services.iter().filter(misses).map(look).collect();
        let Some(first) = seen.services.iter().find(misses) else { continue };
        let directory = first.service.path.iter().find(|directory| directory.ends_with("/bin"));
        let directory = directory.map_or("a directory of theirs", String::as_str);
        found.push(ABOUT.finding(
            "helper-out-of-reach",
            Severity::Note,
            format!("{program} is not where services look"),
            "Their PATH is another one than that of this shell. Clients that run there say `no basic auth credentials`.",
            evidence,
            vec![Fix::by_hand(format!("if clients run there, install it in {directory}, or set their PATH"))],
        ));
    }
    found
}

/// Copies that other products bring, where the name is theirs, too.
fn bundled(seen: &Installation, named: &[&str]) -> Option<Finding> {
    let first = seen.bundled.first().filter(|_| named.contains(&"ecr-login"))?;
    // Reported already where it answers.
    let answers = |file: &Installed| product(file.real_path()).is_some();
    if seen.machine.program(NAMES[1]).and_then(Program::first).is_some_and(answers) {
        return None;
    }
    Some(
        ABOUT.finding(
            "helper-bundled",
            Severity::Note,
            format!("{} has a copy of docker-credential-ecr-login of its own", first.product),
            "Its updates lead that name to its own copy again.",
            seen.bundled
                .iter()
                .map(|copy| Evidence::new(&copy.path, format!("belongs to {}", copy.product)))
                .collect(),
            vec![Fix::run("use ours under its own name", CommandLine::shell(SETUP))],
        ),
    )
}
