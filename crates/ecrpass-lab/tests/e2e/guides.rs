//! The broken configurations that common guides leave behind, repaired by `ecrpass fix` and proven by a real pull; and
//! `ecrpass setup` where there was nothing.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_lab::{HOST, Lab, Session};

use crate::clients::published;
use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("guide_stale_login_and_desktop_store", guide_stale_login_and_desktop_store),
    ("guide_global_store", guide_global_store),
    ("guide_login_url_with_repository", guide_login_url_with_repository),
    ("guide_empty_auths_with_store", guide_empty_auths_with_store),
    ("setup_from_nothing", setup_from_nothing),
    ("setup_for_podman_past_its_own_file", setup_for_podman_past_its_own_file),
];

/// The `auth` of an ECR login that expired in 2023.
fn expired_login() -> String {
    let payload =
        r#"{"payload":"c2VjcmV0","datakey":"a2V5","version":"2","type":"DATA_KEY","expiration":1700000000}"#;
    STANDARD.encode(format!("AWS:{}", STANDARD.encode(payload)))
}

/// A user with credentials, the helper and `ecrpass`, and nothing in any configuration.
fn newcomer(lab: &Lab) -> Result<Session<'_>> {
    let mut session = Session::new(lab)?;
    session.credentials();
    session.install_helper()?;
    session.install_ecrpass()?;
    Ok(session)
}

/// Fails before, is fixed, works after: pull and push, and another registry's entry is as it was.
fn repaired(lab: &Lab, config: &str, docker_says: &str) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "guide")?;
    let session = newcomer(lab)?;
    session.docker_config(config)?;
    session.sh(&format!("docker rmi {image}"))?;
    session.sh(&format!("docker pull {image}"))?.refused(docker_says)?;
    session.sh(&format!("ecrpass resolve {HOST}"))?;
    let fix = session.sh("ecrpass fix")?;
    fix.ok()?;
    session.sh(&format!("docker pull {image}"))?.ok().context(fix.text())?.says("Downloaded newer image")?;
    session.sh(&format!("docker push {image}"))?.ok()?;
    session.sh(&format!("ecrpass resolve {HOST} --run-helper"))?.ok()?.says("helper ")?;
    session.sh("ecrpass fix")?.ok()?.says("nothing to repair")?;
    let fixed = std::fs::read_to_string(session.path(".docker/config.json"))?;
    ensure!(
        fixed.contains("ghcr.io") == config.contains("ghcr.io"),
        "another registry's entry is lost:\n{fixed}"
    );
    Ok(())
}

fn guide_stale_login_and_desktop_store(lab: &Lab) -> Result<()> {
    let config = format!(
        r#"{{
  "auths": {{
    "{HOST}": {{ "auth": "{}" }},
    "ghcr.io": {{ "auth": "dTpw" }}
  }},
  "credsStore": "desktop"
}}"#,
        expired_login()
    );
    // docker goes on with the stored login after the store has failed.
    repaired(lab, &config, "denied: Your")
}

fn guide_global_store(lab: &Lab) -> Result<()> {
    // ECR itself works; what the guide breaks is every other registry, whose logins the helper cannot keep.
    let image = published(&Session::with_helper(lab)?, "guide")?;
    let session = newcomer(lab)?;
    session.docker_config("{\"credsStore\": \"ecr-login\"}")?;
    session.sh(&format!("docker pull {image}"))?.ok()?;
    session.sh("ecrpass fix")?.ok()?;
    let fixed = std::fs::read_to_string(session.path(".docker/config.json"))?;
    ensure!(!fixed.contains("credsStore") && fixed.contains(HOST), "{fixed}");
    session.sh(&format!("docker rmi {image}"))?;
    session.sh(&format!("docker pull {image}"))?.ok()?.says("Downloaded newer image")?;
    session.sh(&format!("ecrpass resolve {HOST}"))?.ok()?.says("helper ")?;
    Ok(())
}

fn guide_login_url_with_repository(lab: &Lab) -> Result<()> {
    let config = format!(
        r#"{{"auths": {{"https://{HOST}/team/app": {{"auth": "{}"}}, "ghcr.io": {{"auth": "dTpw"}}}}, "credHelpers": {{"https://{HOST}/team/app": "ecr-login"}}}}"#,
        expired_login()
    );
    repaired(lab, &config, "")
}

fn guide_empty_auths_with_store(lab: &Lab) -> Result<()> {
    // What `docker login` leaves with a store: an empty entry, the password elsewhere, and that is gone or expired.
    let config = format!(r#"{{"auths": {{"{HOST}": {{}}}}, "credsStore": "osxkeychain"}}"#);
    repaired(lab, &config, "")
}

fn setup_from_nothing(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "setup")?;
    let session = newcomer(lab)?;
    session.sh(&format!("docker rmi {image}"))?;
    session.sh(&format!("docker pull {image}"))?.refused("no basic auth credentials")?;
    session.write("app/compose.yaml", &format!("services:\n  web:\n    image: {image}\n"))?;
    let setup = session.sh("ecrpass setup --from app")?;
    setup.ok()?.says("docker, ")?.says("is logged in")?;
    for client in ["docker", "podman", "skopeo"] {
        setup.says(&format!("{client}, {HOST}: asked the helper, and is logged in"))?;
    }
    session.sh(&format!("docker pull {image}"))?.ok()?;
    session.sh(&format!("ecrpass setup {HOST} --no-check"))?.ok()?.says("already")?;
    session.sh("ecrpass status")?.ok()?.says(HOST)?.says(" left")?.says("used by docker, ")?;
    // Without credentials, the client's own words are passed on.
    let mut poor = newcomer(lab)?;
    poor.unset("AWS_ACCESS_KEY_ID");
    poor.set("AWS_EC2_METADATA_DISABLED", "true");
    let refused = poor.sh(&format!("ecrpass setup {HOST} --client docker"))?;
    refused.refused("ecr-login: [")?;
    Ok(())
}

fn setup_for_podman_past_its_own_file(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "setup")?;
    let session = newcomer(lab)?;
    let stale = format!(r#"{{"auths": {{"{HOST}": {{"auth": "{}"}}}}}}"#, expired_login());
    session.write(".config/containers/auth.json", &stale)?;
    session.sh(&format!("skopeo inspect docker://{image}"))?.refused("denied: Your")?;
    session.sh(&format!("ecrpass setup {HOST}"))?.ok()?;
    session.sh(&format!("skopeo inspect docker://{image}"))?.ok()?;
    session.sh(&format!("podman pull --quiet {image}"))?.ok()?;
    Ok(())
}
