//! Logins of scripts that something uses for longer than a password lives, and renewals that come too late.

use std::ops::Range;

use crate::commands::renewal::LIFE;
use crate::commands::renewing::{self, Called, is_login};
use crate::commands::{Scripted, scripts};
use crate::deed::What;
use crate::deeds;
use crate::kind::FileKind;
use crate::passage::Passage;
use crate::rule::Examined;
use crate::schedule::cron_gap;
use crate::scripts::{Runs, crontab, timer};
use crate::shell::{Command, Script};
use crate::system::System;
use crate::yaml::Node;

/// Something that outlives its login: what, and its places, the one to change first.
pub struct Outliving {
    /// What happens.
    pub title: &'static str,
    /// Where, with what stands there.
    pub places: Vec<(Range<usize>, &'static str)>,
}

/// All of a file.
pub fn of_file(examined: &Examined<'_>) -> Vec<Outliving> {
    let mut all = Vec::new();
    let called = Called::of(examined);
    for scripted in scripts(examined).iter().filter(|scripted| scripted.job.is_none()) {
        all.extend(of_script(&called, scripted));
        all.extend(of_written_crontabs(&called, scripted));
    }
    all.extend(of_timer(examined));
    if matches!(examined.file.kind, FileKind::Kubernetes | FileKind::Pipeline(System::Argo)) {
        for document in examined.models.yaml().unwrap_or_default() {
            of_cron_job(document, &mut all, 0);
        }
    }
    all
}

const SELDOM: &str = "the login is renewed every 12 hours or less often, and ends in between";

fn of_script(called: &Called<'_>, scripted: &Scripted<'_>) -> Option<Outliving> {
    let script = scripted.script;
    let deeds = scripted.deeds;
    let first = deeds.iter().find(|deed| is_login(deed));
    match &scripted.runs {
        Runs::Again(Some(gap), place) => {
            // A unit's schedule stands in its timer, which is looked at by itself.
            if *gap < LIFE || place.is_empty() {
                return None;
            }
            let bytes = called.renewal(scripted)?;
            Some(Outliving {
                title: SELDOM,
                places: vec![(place.clone(), "too seldom"), (bytes, "the renewal")],
            })
        }
        Runs::InMachineBuild => {
            let login = first?;
            let leaves =
                deeds.iter().any(|deed| matches!(deed.what, What::Logout { .. })) || removes_login(script);
            (!leaves).then(|| Outliving {
                title: "the login is kept in the machine image, whose machines start when it has ended",
                places: vec![(login.bytes.clone(), "good for 12 hours")],
            })
        }
        Runs::Called | Runs::AtBoot => {
            let login = first?;
            let late = late_use(scripted)?;
            let has_helper = deeds.iter().any(|deed| matches!(deed.what, What::Helper { .. }));
            (!has_helper && !renews_itself(script)).then(|| Outliving {
                title: "one login, and something that pulls for longer than the 12 hours it is good for",
                places: vec![(login.bytes.clone(), "good for 12 hours"), (late, "pulls later")],
            })
        }
        _ => None,
    }
}

/// What pulls for months, long after the login.
fn late_use(scripted: &Scripted<'_>) -> Option<Range<usize>> {
    let script = scripted.script;
    let at_boot = scripted.runs == Runs::AtBoot;
    let is_late = |command: &&Command| {
        let has = |text: &str| command.words.iter().any(|word| word.raw.contains(text));
        let is = |text: &str| command.words.iter().any(|word| word.is(text));
        let is_docker = matches!(command.program(), "docker" | "podman" | "nerdctl" | "docker-compose");
        if !is_docker {
            return false;
        }
        let keeps_pulling = has("watchtower") || has("ouroboros") || has("diun");
        let restarts = is("always") && (is("--pull") || has("--pull=always"));
        let by_swarm =
            is("swarm") && is("init") || is("stack") && is("deploy") || is("service") && is("create");
        let in_loop = command.in_loop
            && (is("pull") || is("run"))
            && script.commands.iter().any(|other| other.in_loop && other.program() == "sleep");
        keeps_pulling || in_loop || at_boot && (restarts || has("--pull=always") || by_swarm)
    };
    if let Some(command) = script.commands.iter().filter(|command| !command.is_off).find(is_late) {
        return Some(command.bytes.clone());
    }
    // A crontab or unit that it writes and that pulls.
    let pulls = |text: &str| text.lines().any(line_pulls) && !text.contains("get-login");
    let is_schedule =
        |path: &str| path.contains("/cron") || path.ends_with(".timer") || path.ends_with(".service");
    let written = script
        .written
        .iter()
        .find(|written| is_schedule(written.path.shown()) && written.text.alternatives().any(&pulls));
    let by_crontab = || {
        script.commands.iter().find(|command| {
            command.program() == "echo"
                && command.words.iter().any(|word| pulls(&word.raw) && word.raw.contains('*'))
        })
    };
    let place = |index: usize| script.commands.get(index).map(|command| command.bytes.clone());
    written
        .and_then(|written| place(written.command))
        .or_else(|| by_crontab().map(|command| command.bytes.clone()))
        .filter(|_| at_boot)
}

/// Whether a line of a crontab or a unit pulls: `docker compose -f … pull`, `podman auto-update`.
fn line_pulls(line: &str) -> bool {
    if line.trim_start().starts_with('#') {
        return false;
    }
    let is_client = |word: &str| {
        matches!(word.rsplit('/').next(), Some("docker" | "docker-compose" | "podman" | "nerdctl"))
    };
    let mut words = line
        .split_whitespace()
        .map(|word| word.trim_start_matches("ExecStart=").trim_start_matches("ExecStartPre="));
    words.any(is_client) && words.any(|word| matches!(word, "pull" | "auto-update" | "--pull=always"))
}

/// Whether a script that stands in it, or a schedule that it writes, logs in again.
fn renews_itself(script: &Script) -> bool {
    let in_written = script
        .written
        .iter()
        .any(|written| written.text.alternatives().any(|text| text.contains("get-login-password")));
    let in_loop =
        script.commands.iter().any(|command| command.in_loop && deeds::password::fetch(command).is_some());
    let by_crontab = script.commands.iter().any(|command| {
        matches!(command.program(), "echo" | "printf")
            && command.words.iter().any(|word| word.raw.contains("* *") && word.raw.contains("ecr"))
    });
    in_written || in_loop || by_crontab
}

/// Lines of crontabs that a script writes or prints, and whose renewals come too late.
fn of_written_crontabs(called: &Called<'_>, scripted: &Scripted<'_>) -> Vec<Outliving> {
    let script = scripted.script;
    let written = script
        .written
        .iter()
        .filter(|written| written.path.shown().contains("cron"))
        .map(|written| (written.command, &written.text, written.path.shown()));
    let printing = script
        .commands
        .iter()
        .enumerate()
        .filter(|(_, command)| matches!(command.program(), "echo" | "printf"));
    let printed = printing
        .flat_map(|(index, command)| command.words.iter().skip(1).map(move |word| (index, &word.value, "")));
    let mut found: Vec<Outliving> = Vec::new();
    for (index, text, path) in written.chain(printed) {
        let lines = text.alternatives().filter(|text| text.contains("* *") || text.contains('@'));
        let is_late = lines.flat_map(|text| crontab(&Passage::verbatim(text, 0), path)).any(|line| {
            let deeds = deeds::of_script(&line.script);
            let line_of = |runs| Scripted { script: &line.script, deeds: &deeds, runs, ..scripted.clone() };
            matches!(line.runs, Runs::Again(Some(gap), _) if gap >= LIFE)
                && called.renewal(&line_of(line.runs.clone())).is_some()
        });
        // What is no command's, a file of cloud-init, has its lines beside it.
        let is_meant = |command: &&Command| is_late && !command.is_off && !command.words.is_empty();
        let Some(command) = script.commands.get(index).filter(is_meant) else { continue };
        let is_known =
            found.iter().any(|other| other.places.iter().any(|(bytes, _)| *bytes == command.bytes));
        if !is_known {
            found.push(Outliving { title: SELDOM, places: vec![(command.bytes.clone(), "too seldom")] });
        }
    }
    found
}

/// Whether a build removes the login again.
fn removes_login(script: &Script) -> bool {
    script.commands.iter().any(|command| {
        matches!(command.program(), "rm" | "shred")
            && command.words.iter().any(|word| word.raw.contains(".docker"))
    })
}

/// A timer that starts a renewal too seldom.
fn of_timer(examined: &Examined<'_>) -> Option<Outliving> {
    if examined.file.kind != FileKind::Unit {
        return None;
    }
    let timer = timer(&examined.file.text)?;
    if timer.gap.is_none_or(|gap| gap < LIFE) {
        return None;
    }
    let directory =
        examined.file.path.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
    let stem = examined.file.path.strip_suffix(".timer").unwrap_or(&examined.file.path);
    let service = timer.unit.map_or_else(|| format!("{stem}.service"), |unit| format!("{directory}{unit}"));
    let service = examined.other(&service)?;
    let called = Called::of(&service);
    let renews = scripts(&service).iter().any(|scripted| called.renewal(scripted).is_some());
    renews.then(|| Outliving { title: SELDOM, places: vec![(timer.bytes, "too seldom")] })
}

/// A CronJob whose containers log in or make a pull secret, and which runs too seldom.
fn of_cron_job(node: &Node, all: &mut Vec<Outliving>, depth: usize) {
    if node.text_of("kind") == Some("List") && depth < 3 {
        node.items_of("items").iter().for_each(|item| of_cron_job(item, all, depth + 1));
        return;
    }
    if !matches!(node.text_of("kind"), Some("CronJob" | "CronWorkflow")) {
        return;
    }
    // Of several schedules each may fill the other's gap.
    let several = node.at(&["spec", "schedules"]).and_then(Node::items);
    let only = several.and_then(|all| if let [only] = all { Some(only) } else { None });
    let Some(schedule) = node.at(&["spec", "schedule"]).or(only) else { return };
    let seldom = schedule.text().and_then(cron_gap).is_some_and(|gap| gap >= LIFE);
    if seldom && runs_renewal(node, 0) {
        all.push(Outliving { title: SELDOM, places: vec![(schedule.bytes.clone(), "too seldom")] });
    }
}

/// Whether a text somewhere in it is a script that renews a login for others.
fn runs_renewal(node: &Node, depth: usize) -> bool {
    if depth > 24 {
        return false;
    }
    if let Some(passage) = node.passage() {
        return renewing::text_renews(passage);
    }
    let in_members =
        node.members().unwrap_or_default().iter().any(|(_, value)| runs_renewal(value, depth + 1));
    in_members || node.items().unwrap_or_default().iter().any(|item| runs_renewal(item, depth + 1))
}
