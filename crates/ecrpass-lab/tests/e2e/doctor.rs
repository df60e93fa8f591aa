//! `ecrpass doctor` against real failures: each fault is injected, the real docker fails, and doctor's first finding must
//! be that fault. What it says to do is then done to the letter, and the same docker command must succeed.

mod aws;
mod configuration;
mod network;
mod pairs;
mod registry;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ecrpass_lab::world::HOST;
use ecrpass_lab::{Guard, Run, Session, World};
use ecrpass_local::{DEFAULT_ACCOUNT, Policy, Role, TinyImage};
use serde_json::Value;

use crate::Test;

pub const TESTS: &[Test] = &[
    ("doctor_finds_nothing_where_nothing_is_wrong", healthy),
    ("doctor_names_faults_of_the_configuration", |world| matrix(world, configuration::FAULTS)),
    ("doctor_names_faults_of_credentials", |world| matrix(world, aws::FAULTS)),
    ("doctor_names_faults_of_the_network", |world| matrix(world, network::FAULTS)),
    ("doctor_names_faults_of_the_registry", |world| matrix(world, registry::FAULTS)),
    ("doctor_names_first_what_has_to_be_mended_first", pairs::pairs),
    ("doctor_looks_as_the_role_that_pulls", looks_as_the_role_that_pulls),
    ("doctor_decides_between_the_causes_of_a_log", decides_between_the_causes_of_a_log),
    ("doctor_keeps_its_deadline", keeps_its_deadline),
    ("doctor_says_what_it_cannot_see", says_what_it_cannot_see),
];

/// What docker does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `docker pull`.
    Pull,
    /// `docker push`.
    Push,
}

/// How the fault goes away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    /// By the first command that doctor prints, run as it stands in the same shell.
    Command,
    /// By `doctor --fix`, and by the first command as well.
    Fix,
    /// Not on this machine.
    Elsewhere,
}

/// A fault.
pub struct Fault {
    /// What is done, for messages.
    pub name: &'static str,
    /// The root cause.
    pub is: &'static str,
    /// What fails.
    pub action: Action,
    /// What mends it.
    pub mend: Mend,
    /// Brings it about.
    pub spoil: for<'a> fn(&mut Scene<'a>) -> Result<()>,
}

/// A user's sitting in which something goes wrong.
pub struct Scene<'a> {
    /// The user.
    pub session: Session<'a>,
    /// What was spoilt around.
    pub guards: Vec<Guard<'a>>,
    /// The image.
    pub image: String,
    /// More arguments for doctor.
    pub arguments: String,
    /// How long docker may take, in seconds.
    pub patience: u32,
    /// How long programs remember what was spoilt.
    pub settles: Duration,
    /// Put in front of every command.
    pub prefix: String,
}

impl<'a> Scene<'a> {
    fn new(world: &'a World) -> Result<Self> {
        world.ecr.clear_faults();
        let session = Session::with_helper(world)?;
        session.install_ecrpass()?;
        Ok(Self {
            session,
            guards: Vec::new(),
            image: format!("{HOST}/team/app:doctor"),
            arguments: String::new(),
            patience: 60,
            settles: Duration::ZERO,
            prefix: String::new(),
        })
    }

    /// Runs a command as this user.
    pub fn sh(&self, line: &str) -> Result<Run> {
        self.session.sh(&format!("{}{line}", self.prefix))
    }

    fn docker(&self, action: Action) -> String {
        let verb = if action == Action::Pull { "pull" } else { "push" };
        format!("timeout {} docker {verb} --quiet {}", self.patience, self.image)
    }

    fn doctor(&self, action: Action, more: &str) -> String {
        let purpose = if action == Action::Pull { "pull" } else { "push" };
        format!("ecrpass doctor {} --for {purpose} {} {more}", self.image, self.arguments)
    }
}

/// The secrets of a scene, which nobody may ever read.
fn planted(scene: &Scene<'_>) -> Vec<String> {
    let world = scene.session.world;
    let mut secrets = vec![world.ecr.access_key().secret.expose().to_owned()];
    let telling = ["SECRET", "TOKEN", "PASSWORD"];
    for (name, value) in scene.session.environment() {
        if telling.iter().any(|word| name.contains(word)) && !name.ends_with("_FILE") && value.len() > 8 {
            secrets.push(value);
        }
    }
    for name in [".docker/config.json", ".aws/credentials", "token"] {
        let text = std::fs::read_to_string(scene.session.path(name)).unwrap_or_default();
        // Whatever is as long as a secret, and no path or host.
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=_-".contains(c));
        secrets.extend(words.filter(|word| word.len() >= 40 && !word.contains("ecr")).map(str::to_owned));
    }
    secrets
}

fn leaks_nothing(scene: &Scene<'_>, run: &Run) -> Result<()> {
    for secret in planted(scene) {
        for part in [secret.as_str(), secret.get(..30.min(secret.len())).unwrap_or(&secret)] {
            ensure!(!run.text().contains(part), "`{}` prints a secret ({}…)", run.command, &part[..4]);
        }
    }
    Ok(())
}

/// The findings of doctor's JSON.
pub fn findings(run: &Run) -> Result<Vec<Value>> {
    let report: Value =
        serde_json::from_str(&run.stdout).with_context(|| format!("`{}`:\n{}", run.command, run.text()))?;
    ensure!(report["schema"] == "ecrpass/findings/1", "{report}");
    Ok(report["findings"].as_array().cloned().unwrap_or_default())
}

/// The slug of a finding.
pub fn slug(finding: Option<&Value>) -> &str {
    finding.and_then(|finding| finding["id"].as_str()).unwrap_or("nothing")
}

fn matrix(world: &World, faults: &[Fault]) -> Result<()> {
    publish(world)?;
    let mut wrong = Vec::new();
    let only = std::env::var("ECRPASS_LAB_FAULT").unwrap_or_default();
    for fault in faults.iter().filter(|fault| fault.name.contains(&only)) {
        let started = Instant::now();
        let mut scene = Scene::new(world)?;
        let tried = (fault.spoil)(&mut scene)
            .context("the fault cannot be injected")
            .and_then(|()| diagnosed(&scene, fault))
            .and_then(|first| mended(world, &mut scene, fault, &first));
        let settles = scene.settles;
        drop(scene);
        std::thread::sleep(settles);
        world.ecr.clear_faults();
        match tried {
            Ok(()) => {
                eprintln!("  ok {:>5.1} s  {} ({})", started.elapsed().as_secs_f64(), fault.name, fault.is)
            }
            Err(error) => {
                eprintln!("  WRONG {} ({})", fault.name, fault.is);
                wrong.push(format!("── {} ({}): {error:#}", fault.name, fault.is));
            }
        }
    }
    ensure!(wrong.is_empty(), "{} of {} faults:\n{}", wrong.len(), faults.len(), wrong.join("\n"));
    eprintln!("{} faults, all named and mended as promised", faults.len());
    Ok(())
}

/// docker fails, and doctor's first finding, in every format and from the bundle too, is the fault.
fn diagnosed(scene: &Scene<'_>, fault: &Fault) -> Result<Value> {
    let docker = scene.sh(&scene.docker(fault.action))?;
    docker.refused("").context("docker does not fail")?;
    let json = scene.sh(&scene.doctor(fault.action, "--format json --record bundle.json"))?;
    let found = findings(&json)?;
    let text = scene.sh(&scene.doctor(fault.action, ""))?;
    let shown = || format!("docker said:\n{}\ndoctor says:\n{}", docker.text(), text.text());
    ensure!(slug(found.first()) == fault.is, "found `{}` first\n{}", slug(found.first()), shown());
    ensure!(!json.success && !text.success, "the exit status says that nothing is wrong\n{}", shown());
    let first_told = text.stdout.lines().find_map(|line| {
        let words = ["error[", "warning[", "likely[", "possible["];
        let rest = words.iter().find_map(|word| line.strip_prefix(word))?;
        let (id, rest) = rest.split_once(']')?;
        rest.starts_with(':').then(|| id.to_owned())
    });
    ensure!(first_told.as_deref() == Some(fault.is), "the text tells {first_told:?} first\n{}", shown());
    // A bundle says the same anywhere, without this user's files, variables and network.
    let away = Session::new(scene.session.world)?;
    away.install_ecrpass()?;
    let bundle = scene.session.path("bundle.json");
    let replayed = away.sh(&format!("ecrpass doctor --replay {} --format json", bundle.display()))?;
    ensure!(findings(&replayed)? == found, "the bundle says something else:\n{}", replayed.text());
    let recorded = Run {
        command: "the bundle".to_owned(),
        success: true,
        stdout: std::fs::read_to_string(&bundle)?,
        stderr: String::new(),
    };
    for run in [&json, &text, &replayed, &recorded] {
        leaks_nothing(scene, run)?;
    }
    found.into_iter().next().context("nothing found")
}

/// What doctor says to do, done to the letter, lets docker succeed.
fn mended<'a>(world: &'a World, scene: &mut Scene<'a>, fault: &Fault, first: &Value) -> Result<()> {
    if fault.mend == Mend::Elsewhere {
        return Ok(());
    }
    let command = first["fixes"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|fix| fix["command"].as_str())
        .context("no command is told")?;
    let docker = scene.docker(fault.action);
    let run = scene.sh(&format!("{command}\n{docker}"))?;
    ensure!(run.success, "`{command}` does not mend it:\n{}", run.text());
    if fault.mend == Mend::Fix {
        // Once more, from the beginning.
        *scene = Scene::new(world)?;
        (fault.spoil)(scene)?;
        scene.sh(&docker)?.refused("")?;
        let fixed = scene.sh(&scene.doctor(fault.action, "--fix"))?;
        ensure!(fixed.success, "doctor --fix:\n{}", fixed.text());
        leaks_nothing(scene, &fixed)?;
        let run = scene.sh(&docker)?;
        ensure!(run.success, "doctor --fix does not mend it:\n{}\n{}", fixed.text(), run.text());
    }
    Ok(())
}

/// An image to pull, in the registry and nowhere else; and one to push, at the daemon.
fn publish(world: &World) -> Result<()> {
    world.ecr.put_image(DEFAULT_ACCOUNT, "us-east-1", "team/app", "doctor", &TinyImage::new("doctor"))?;
    let session = Session::new(world)?;
    for image in ["team/app:doctor", "team/app:pushed", "team/absent:1", "team/locked:1"] {
        crate::clients::load(&session, &format!("{HOST}/{image}"))?;
    }
    Ok(())
}

/// Push and pull, docker and podman: no finding, and the real client succeeds.
fn healthy(world: &World) -> Result<()> {
    publish(world)?;
    let scene = Scene::new(world)?;
    let mut took = Vec::new();
    for (client, action, command) in [
        ("docker", Action::Pull, scene.docker(Action::Pull)),
        ("docker", Action::Push, scene.docker(Action::Push)),
        ("podman", Action::Pull, format!("podman pull --quiet {}", scene.image)),
        ("skopeo", Action::Pull, format!("skopeo inspect docker://{}", scene.image)),
    ] {
        scene.sh(&command)?.ok()?;
        let started = Instant::now();
        let json = scene.sh(&scene.doctor(action, &format!("--client {client} --format json")))?;
        took.push(started.elapsed().as_secs_f64());
        ensure!(findings(&json)?.is_empty(), "{client}: {}", json.text());
        let text = scene.sh(&scene.doctor(action, &format!("--client {client}")))?;
        text.ok()?.says("Nothing is wrong. Proven:")?.does_not_say("✗")?;
        leaks_nothing(&scene, &text)?;
    }
    eprintln!("healthy runs of this build took {took:.2?} s");
    // The SDKs correct for a wrong clock; it is told all the same, as a warning.
    world.ecr.add_fault("clock-skew=7200".parse()?);
    scene.sh(&format!("rm -rf .ecr; {}", scene.docker(Action::Pull)))?.ok()?;
    let skewed = findings(&scene.sh(&scene.doctor(Action::Pull, "--format json"))?)?;
    ensure!(slug(skewed.first()) == "clock-skew" && skewed.len() == 1, "{skewed:?}");
    ensure!(skewed.iter().all(|finding| finding["severity"] == "warning"), "{skewed:?}");
    world.ecr.clear_faults();
    scene.sh("rm -rf .ecr")?.ok()?;
    // Without a target, all registries of the configuration.
    let all = scene.sh("ecrpass doctor --format json")?;
    ensure!(findings(&all)?.is_empty(), "{}", all.text());
    Ok(())
}

/// This user's own login does not matter then; what the role may do does.
fn looks_as_the_role_that_pulls(world: &World) -> Result<()> {
    publish(world)?;
    let scene = Scene::new(world)?;
    scene.session.docker_config("{}")?;
    let tokens = Policy::nothing().allow("ecr:GetAuthorizationToken", "*");
    let good = world.ecr.add_role(Role::new(DEFAULT_ACCOUNT, "node").policy(Policy::pull_only()));
    let poor = world.ecr.add_role(Role::new(DEFAULT_ACCOUNT, "poor-node").policy(tokens));
    let closed = world.ecr.add_role(Role::new(DEFAULT_ACCOUNT, "closed-node").external_id("x"));
    let looked =
        |role: &str, more: &str| scene.sh(&scene.doctor(Action::Pull, &format!("--as {role} {more}")));
    looked(&good, "")?.ok()?.says("assumed-role/node/")?.says("the puller's was not seen")?;
    for (role, is) in [(&poor, "iam-missing-pull-action"), (&closed, "assume-role-denied")] {
        let run = looked(role, "--format json")?;
        ensure!(slug(findings(&run)?.first()) == is, "{role}: {}", run.text());
        leaks_nothing(&scene, &run)?;
    }
    Ok(())
}

/// docker's own words leave several causes open; what is seen decides.
fn decides_between_the_causes_of_a_log(world: &World) -> Result<()> {
    publish(world)?;
    let scene = Scene::new(world)?;
    let image = &scene.image;
    std::fs::remove_file(scene.session.path("bin/docker-credential-ecr-login"))?;
    scene.sh(&format!("docker pull {image} > build.log 2>&1"))?.refused("")?;
    let explained = findings(&scene.sh("ecrpass explain build.log --format json")?)?;
    ensure!(explained.iter().all(|finding| finding["confidence"] != "certain"), "{explained:?}");
    // The image is taken from the log.
    let run = scene.sh("ecrpass doctor --from-log build.log --format json")?;
    let found = findings(&run)?;
    ensure!(slug(found.first()) == "helper-not-on-path", "{}", run.text());
    ensure!(found.first().is_some_and(|first| first["confidence"] == "certain"), "{}", run.text());
    Ok(())
}

/// Every endpoint black-holed: an answer all the same, in time.
fn keeps_its_deadline(world: &World) -> Result<()> {
    let mut scene = Scene::new(world)?;
    for host in [HOST, "api.ecr.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com"] {
        scene.guards.push(world.black_hole(host)?);
    }
    for (deadline, allowed) in [("", 15), ("--deadline 4", 4)] {
        let started = Instant::now();
        let run = scene.sh(&scene.doctor(Action::Pull, &format!("--format json {deadline}")))?;
        let took = started.elapsed();
        ensure!(took < Duration::from_secs(allowed) + Duration::from_millis(1500), "{took:?} {deadline}");
        let found = findings(&run)?;
        ensure!(slug(found.first()) == "network-timeout-ecr-api", "{}", run.text());
    }
    Ok(())
}

/// Without AWS credentials, docker, network; as another user; with its output going nowhere.
fn says_what_it_cannot_see(world: &World) -> Result<()> {
    publish(world)?;
    let scene = Scene::new(world)?;
    let image = &scene.image;
    let offline = scene.sh(&format!("ecrpass doctor --offline {image}"))?;
    offline.ok()?.says("nobody was asked (--offline)")?;
    world.ecr.clear_calls();
    scene.sh(&format!("ecrpass doctor --offline {image} --format json"))?.ok()?;
    ensure!(world.ecr.calls().is_empty(), "--offline asked somebody");
    // No docker, and nobody at its socket.
    let path = PathBuf::from("/nowhere.sock");
    let run =
        scene.sh(&format!("DOCKER_HOST=unix://{} ecrpass doctor {image} --format json", path.display()))?;
    let found = findings(&run)?;
    ensure!(slug(found.first()) == "docker-daemon-unreachable", "{}", run.text());
    // One that takes the connection and never says a word.
    let silent = scene.session.path("silent.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&silent)?;
    let run = scene.sh(&format!(
        "DOCKER_HOST=unix://{} ecrpass doctor {image} --deadline 6 --format json",
        silent.display()
    ))?;
    ensure!(slug(findings(&run)?.first()) == "docker-daemon-unreachable", "{}", run.text());
    let run = scene.sh(&format!("DOCKER_HOST=ssh://host ecrpass doctor {image}"))?;
    run.ok()?.says("only unix:// is asked from here")?;
    // Nobody, in a home of nobody's.
    let nobody = format!(
        "chmod 755 . bin; setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=\"$PATH\" HOME=/nonexistent DOCKER_HOST=\"$DOCKER_HOST\" ecrpass doctor {image}"
    );
    scene.sh(&nobody)?.refused("error[")?.does_not_say("panicked")?;
    // What is no image, no file, no bundle.
    for (arguments, says) in [
        ("--replay .docker/config.json", "not a bundle"),
        ("--replay nowhere.json", "does not exist"),
        ("registry.example.com/x", "no registry of Amazon ECR's"),
        ("--record .docker/config.json", "is no bundle"),
    ] {
        let run = scene.sh(&format!("ecrpass doctor {arguments}"))?;
        run.refused(says)?;
    }
    if scene.sh("test -s .docker/config.json")?.success { Ok(()) } else { bail!("a file was lost") }
}
