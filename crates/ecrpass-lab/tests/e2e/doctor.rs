//! `ecrpass doctor` against real failures: each fault is injected, the real docker fails, and doctor's first finding must
//! be that fault. What it says to do is then done to the letter, and the same docker command must succeed.

mod aws;
mod configuration;
mod network;
mod pairs;
mod registry;
mod report;
mod scene;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ecrpass_lab::{HOST, Lab, Run, Session};
use ecrpass_local::{DEFAULT_ACCOUNT, Policy, Role};
use serde_json::Value;

use self::report::{findings, leaks_nothing, slug};
use self::scene::{Action, Fault, FixedBy, Scene, publish};
use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("doctor_finds_nothing_where_nothing_is_wrong", healthy),
    ("doctor_names_faults_of_the_configuration", |lab| matrix(lab, configuration::FAULTS)),
    ("doctor_names_faults_of_credentials", |lab| matrix(lab, aws::FAULTS)),
    ("doctor_names_faults_of_the_network", |lab| matrix(lab, network::FAULTS)),
    ("doctor_names_faults_of_the_registry", |lab| matrix(lab, registry::FAULTS)),
    ("doctor_names_first_what_has_to_be_fixed_first", pairs::pairs),
    ("doctor_looks_as_the_role_that_pulls", looks_as_the_role_that_pulls),
    ("doctor_decides_between_the_causes_of_a_log", decides_between_the_causes_of_a_log),
    ("doctor_keeps_its_deadline", keeps_its_deadline),
    ("doctor_says_what_it_cannot_see", says_what_it_cannot_see),
];

fn matrix(lab: &Lab, faults: &[Fault]) -> Result<()> {
    publish(lab)?;
    let mut wrong = Vec::new();
    let only = std::env::var("ECRPASS_LAB_FAULT").unwrap_or_default();
    for fault in faults.iter().filter(|fault| fault.name.contains(&only)) {
        let started = Instant::now();
        let mut scene = Scene::new(lab)?;
        let tried = (fault.inject)(&mut scene)
            .context("the fault cannot be injected")
            .and_then(|()| diagnosed(&scene, fault))
            .and_then(|first| fixed(lab, &mut scene, fault, &first));
        let settles = scene.settles;
        drop(scene);
        std::thread::sleep(settles);
        lab.ecr.clear_faults();
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
    eprintln!("{} faults, all named and fixed as promised", faults.len());
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
    if let Some(says) = scene.says {
        ensure!(text.text().contains(says), "the text does not say `{says}`\n{}", shown());
    }
    // A bundle says the same anywhere, without this user's files, variables and network.
    let away = Session::new(scene.session.lab)?;
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
fn fixed<'a>(lab: &'a Lab, scene: &mut Scene<'a>, fault: &Fault, first: &Value) -> Result<()> {
    if fault.fixed_by == FixedBy::Elsewhere {
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
    ensure!(run.success, "`{command}` does not fix it:\n{}", run.text());
    if fault.fixed_by == FixedBy::DoctorFix {
        // Once more, from the beginning.
        *scene = Scene::new(lab)?;
        (fault.inject)(scene)?;
        scene.sh(&docker)?.refused("")?;
        let fixed = scene.sh(&scene.doctor(fault.action, "--fix"))?;
        ensure!(fixed.success, "doctor --fix:\n{}", fixed.text());
        leaks_nothing(scene, &fixed)?;
        let run = scene.sh(&docker)?;
        ensure!(run.success, "doctor --fix does not fix it:\n{}\n{}", fixed.text(), run.text());
    }
    Ok(())
}

/// Push and pull, docker and podman: no finding, and the real client succeeds.
fn healthy(lab: &Lab) -> Result<()> {
    publish(lab)?;
    let scene = Scene::new(lab)?;
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
    lab.ecr.add_fault("clock-skew=7200".parse()?);
    scene.sh(&format!("rm -rf .ecr; {}", scene.docker(Action::Pull)))?.ok()?;
    let skewed = findings(&scene.sh(&scene.doctor(Action::Pull, "--format json"))?)?;
    ensure!(slug(skewed.first()) == "clock-skew" && skewed.len() == 1, "{skewed:?}");
    ensure!(skewed.iter().all(|finding| finding["severity"] == "warning"), "{skewed:?}");
    lab.ecr.clear_faults();
    scene.sh("rm -rf .ecr")?.ok()?;
    // Without a target, all registries of the configuration.
    let all = scene.sh("ecrpass doctor --format json")?;
    ensure!(findings(&all)?.is_empty(), "{}", all.text());
    Ok(())
}

/// This user's own login does not matter then; what the role may do does.
fn looks_as_the_role_that_pulls(lab: &Lab) -> Result<()> {
    publish(lab)?;
    let scene = Scene::new(lab)?;
    scene.session.docker_config("{}")?;
    let tokens = Policy::nothing().allow("ecr:GetAuthorizationToken", "*");
    let good = lab.ecr.add_role(Role::new(DEFAULT_ACCOUNT, "node").policy(Policy::pull_only()));
    let poor = lab.ecr.add_role(Role::new(DEFAULT_ACCOUNT, "poor-node").policy(tokens));
    let closed = lab.ecr.add_role(Role::new(DEFAULT_ACCOUNT, "closed-node").external_id("x"));
    let looked =
        |role: &str, more: &str| scene.sh(&scene.doctor(Action::Pull, &format!("--as {role} {more}")));
    looked(&good, "")?
        .ok()?
        .says("assumed-role/node/")?
        .says("the credentials of whoever pulls were not seen")?;
    for (role, is) in [(&poor, "iam-missing-pull-action"), (&closed, "assume-role-denied")] {
        let run = looked(role, "--format json")?;
        ensure!(slug(findings(&run)?.first()) == is, "{role}: {}", run.text());
        leaks_nothing(&scene, &run)?;
    }
    Ok(())
}

/// docker's own words leave several causes open; what is seen decides.
fn decides_between_the_causes_of_a_log(lab: &Lab) -> Result<()> {
    publish(lab)?;
    let scene = Scene::new(lab)?;
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
fn keeps_its_deadline(lab: &Lab) -> Result<()> {
    let mut scene = Scene::new(lab)?;
    for host in [HOST, "api.ecr.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com"] {
        scene.guards.push(lab.black_hole(host)?);
    }
    // For a slow machine to start the program in.
    let start = Duration::from_secs(5);
    for (deadline, allowed) in [("", 15), ("--deadline 4", 4)] {
        let started = Instant::now();
        let run = scene.sh(&scene.doctor(Action::Pull, &format!("--format json {deadline}")))?;
        let took = started.elapsed();
        ensure!(took < Duration::from_secs(allowed) + start, "{took:?} {deadline}");
        let found = findings(&run)?;
        ensure!(slug(found.first()) == "network-timeout-ecr-api", "{}", run.text());
    }
    Ok(())
}

/// Without AWS credentials, docker, network; as another user; with its output going nowhere.
fn says_what_it_cannot_see(lab: &Lab) -> Result<()> {
    publish(lab)?;
    let scene = Scene::new(lab)?;
    let image = &scene.image;
    let offline = scene.sh(&format!("ecrpass doctor --offline {image}"))?;
    offline.ok()?.says("not checked (--offline)")?;
    lab.ecr.clear_calls();
    scene.sh(&format!("ecrpass doctor --offline {image} --format json"))?.ok()?;
    ensure!(lab.ecr.calls().is_empty(), "--offline asked somebody");
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
    run.ok()?.says("ecrpass can only ask daemons at unix://")?;
    // Nobody, in a home of nobody's.
    let nobody = format!(
        "chmod 755 . bin; setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=\"$PATH\" HOME=/nonexistent DOCKER_HOST=\"$DOCKER_HOST\" ecrpass doctor {image}"
    );
    scene.sh(&nobody)?.refused("error[")?.does_not_say("panicked")?;
    // What is no image, no file, no bundle.
    for (arguments, says) in [
        ("--replay .docker/config.json", "not a bundle"),
        ("--replay nowhere.json", "does not exist"),
        ("registry.example.com/x", "not an Amazon ECR registry"),
        ("--record .docker/config.json", "is not a bundle"),
    ] {
        let run = scene.sh(&format!("ecrpass doctor {arguments}"))?;
        run.refused(says)?;
    }
    if scene.sh("test -s .docker/config.json")?.success { Ok(()) } else { bail!("a file was lost") }
}
