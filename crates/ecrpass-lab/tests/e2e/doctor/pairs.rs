//! Two faults at once: the one that has to be fixed first comes first, and the other is not lost where it can be seen.

use anyhow::{Result, ensure};
use ecrpass_core::AuthorizationToken;
use ecrpass_lab::{HOST, Lab, Session};
use ecrpass_local::Policy;

use super::aws::{fault, no_key, user};
use super::report::{findings, slug};
use super::scene::{Action, Scene, publish};

type Inject = for<'a> fn(&mut Scene<'a>) -> Result<()>;

/// The two faults, what must come first, and what else must be found.
type Pair = (&'static str, Action, &'static [Inject], &'static str, Option<&'static str>);

const PAIRS: &[Pair] = &[
    (
        "an expired login, and no credentials for another",
        Action::Pull,
        &[expired_login, no_credentials],
        "no-aws-credentials",
        Some("token-expired"),
    ),
    (
        "an expired login, and a repository that is not there",
        Action::Pull,
        &[expired_login, absent],
        "token-expired",
        Some("repository-not-found"),
    ),
    (
        "nobody logged in, and a tag that is not there",
        Action::Pull,
        &[nobody, untagged],
        "not-logged-in",
        Some("tag-not-found"),
    ),
    (
        "no helper, and no right to tokens",
        Action::Pull,
        &[no_helper, poor],
        "helper-not-on-path",
        Some("iam-missing-get-authorization-token"),
    ),
    (
        "a wrong clock, which the SDK corrects, and a repository that is not there",
        Action::Push,
        &[clock, absent],
        "repository-not-found",
        Some("clock-skew"),
    ),
    (
        "no daemon, and an expired login",
        Action::Pull,
        &[no_daemon, expired_login],
        "docker-daemon-unreachable",
        Some("token-expired"),
    ),
    (
        "a missing helper, and no way to the registry",
        Action::Pull,
        &[no_helper, no_registry],
        "helper-not-on-path",
        Some("network-timeout-registry"),
    ),
    (
        "a left-over session token, and an image for another platform",
        Action::Pull,
        &[mixed, untagged],
        "mixed-session-token",
        None,
    ),
    (
        "a wrong name, and no credentials",
        Action::Pull,
        &[misnamed, no_credentials],
        "malformed-registry-host",
        None,
    ),
];

fn expired_login(scene: &mut Scene<'_>) -> Result<()> {
    let password = scene.session.lab.ecr.forge_password("us-east-1", -60);
    let auth = AuthorizationToken::encode("AWS", &password);
    scene
        .session
        .docker_config(&format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{}\"}}}}}}", auth.expose()))
}

fn no_credentials(scene: &mut Scene<'_>) -> Result<()> {
    no_key(&mut scene.session);
    scene.session.set("AWS_EC2_METADATA_DISABLED", "true");
    Ok(())
}

fn absent(scene: &mut Scene<'_>) -> Result<()> {
    scene.image = format!("{HOST}/team/absent:1");
    Ok(())
}

fn untagged(scene: &mut Scene<'_>) -> Result<()> {
    scene.image = format!("{HOST}/team/app:never");
    Ok(())
}

fn misnamed(scene: &mut Scene<'_>) -> Result<()> {
    scene.image = "12345678901.dkr.ecr.us-east-1.amazonaws.com/team/app:1".to_owned();
    Ok(())
}

fn nobody(scene: &mut Scene<'_>) -> Result<()> {
    scene.session.docker_config("{}")
}

fn no_helper(scene: &mut Scene<'_>) -> Result<()> {
    Ok(std::fs::remove_file(scene.session.path("bin/docker-credential-ecr-login"))?)
}

fn poor(scene: &mut Scene<'_>) -> Result<()> {
    user(&mut scene.session, "poor-and-helpless", Policy::nothing())
}

fn clock(scene: &mut Scene<'_>) -> Result<()> {
    fault(&scene.session, "clock-skew=1800")
}

fn no_daemon(scene: &mut Scene<'_>) -> Result<()> {
    scene.guards.push(scene.session.lab.stop_docker()?);
    Ok(())
}

fn no_registry(scene: &mut Scene<'_>) -> Result<()> {
    scene.guards.push(scene.session.lab.refuse(HOST)?);
    Ok(())
}

fn mixed(scene: &mut Scene<'_>) -> Result<()> {
    scene.session.set("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEBYaDHqa0AP1leftoverleftoverleftover");
    Ok(())
}

pub fn pairs(lab: &Lab) -> Result<()> {
    publish(lab)?;
    let mut wrong = Vec::new();
    for (name, action, faults, first, second) in PAIRS {
        let mut scene = Scene::new(lab)?;
        for inject in *faults {
            inject(&mut scene)?;
        }
        scene.sh(&scene.docker(*action))?.refused("")?;
        let run = scene.sh(&scene.doctor(*action, "--format json"))?;
        let found = findings(&run)?;
        let all: Vec<&str> = found.iter().map(|finding| slug(Some(finding))).collect();
        let has_second = second.is_none_or(|second| all.contains(&second));
        if slug(found.first()) != *first || !has_second {
            let text = scene.sh(&scene.doctor(*action, ""))?;
            wrong.push(format!("── {name}: wanted {first} and {second:?}, found {all:?}\n{}", text.text()));
        }
        drop(scene);
        lab.ecr.clear_faults();
    }
    // The world is whole again.
    let session = Session::with_helper(lab)?;
    session.sh(&format!("docker pull --quiet {HOST}/team/app:doctor"))?.ok()?;
    ensure!(wrong.is_empty(), "{} of {} pairs:\n{}", wrong.len(), PAIRS.len(), wrong.join("\n"));
    Ok(())
}
