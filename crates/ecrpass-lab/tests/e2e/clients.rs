//! Push, pull and build through the helper, with every client there is.

use anyhow::{Result, ensure};
use ecrpass_lab::{HOST, Lab, Session};
use ecrpass_local::TinyImage;

use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("docker_pushes_and_pulls", docker_pushes_and_pulls),
    ("docker_builds_from_a_private_image", docker_builds_from_a_private_image),
    ("docker_login_and_logout_are_content", docker_login_and_logout_are_content),
    ("docker_across_accounts_and_regions", docker_across_accounts_and_regions),
    ("podman_pushes_and_pulls", podman_pushes_and_pulls),
    ("skopeo_copies_and_inspects", skopeo_copies_and_inspects),
    ("buildah_builds_and_pushes", buildah_builds_and_pushes),
    ("public_images_need_no_credentials", public_images_need_no_credentials),
    ("a_delegate_keeps_other_registries_working", a_delegate_keeps_other_registries_working),
];

/// Loads an image into the docker daemon under that name.
pub fn load(session: &Session<'_>, reference: &str) -> Result<()> {
    let archive = TinyImage::new(reference).docker_archive(reference);
    std::fs::write(session.path("image.tar"), archive)?;
    session.sh("docker load --quiet --input image.tar")?.ok()?;
    Ok(())
}

/// Pushes an image to the world's first registry, so that there is something to pull.
pub fn published(session: &Session<'_>, tag: &str) -> Result<String> {
    let image = format!("{HOST}/team/app:{tag}");
    load(session, &image)?;
    session.sh(&format!("docker push --quiet {image}"))?.ok()?;
    Ok(image)
}

fn token_calls(lab: &Lab) -> u64 {
    lab.ecr.call_count("GetAuthorizationToken")
}

fn docker_pushes_and_pulls(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = format!("{HOST}/team/app:pushed");
    load(&session, &image)?;
    session.sh(&format!("docker push {image}"))?.ok()?.says("digest: sha256:")?;
    session.sh(&format!("docker rmi {image}"))?.ok()?;
    session.sh(&format!("docker pull {image}"))?.ok()?.says("Status: Downloaded newer image")?;
    for _ in 0..3 {
        session.sh(&format!("docker pull {image}"))?.ok()?;
    }
    ensure!(token_calls(lab) == 1, "{} calls for one push and four pulls", token_calls(lab));
    Ok(())
}

fn docker_builds_from_a_private_image(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = published(&session, "base")?;
    session.sh(&format!("docker rmi {image}"))?.ok()?;
    session.write("context/Dockerfile", &format!("FROM {image}\nCOPY file /file\nLABEL a=b\n"))?;
    session.write("context/file", "x")?;
    session.sh("DOCKER_BUILDKIT=0 docker build --tag built context")?.ok()?.says("Successfully built")?;
    Ok(())
}

fn docker_login_and_logout_are_content(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let line = format!(
        "echo {HOST} | docker-credential-ecr-login get | sed 's/.*\"Secret\":\"\\([^\"]*\\)\".*/\\1/' | docker login --username AWS --password-stdin {HOST}"
    );
    session.sh(&line)?.ok()?.says("Login Succeeded")?;
    session.sh(&format!("docker logout {HOST}"))?.ok()?;
    let before = token_calls(lab);
    published(&session, "after-logout")?;
    ensure!(token_calls(lab) == before + 1, "logout did not force a fresh token");
    Ok(())
}

fn docker_across_accounts_and_regions(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    lab.ecr.create_repository_in("999999999999", "us-east-1", "shared/app", false)?;
    lab.ecr.share_repository("999999999999", "us-east-1", "shared/app", "123456789012")?;
    lab.ecr.create_repository_in("123456789012", "eu-west-1", "team/eu", false)?;
    for image in [
        "999999999999.dkr.ecr.us-east-1.amazonaws.com/shared/app:1".to_owned(),
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/eu:1".to_owned(),
        format!("{HOST}/team/app:1"),
    ] {
        load(&session, &image)?;
        session.sh(&format!("docker push {image}"))?.ok()?;
        session.sh(&format!("docker pull {image}"))?.ok()?;
    }
    ensure!(token_calls(lab) == 2, "{} calls for two regions", token_calls(lab));
    Ok(())
}

fn podman_pushes_and_pulls(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = published(&session, "podman")?;
    session.sh(&format!("podman pull --quiet {image}"))?.ok()?;
    session.sh(&format!("podman push --quiet {image} {HOST}/team/app:by-podman"))?.ok()?;
    session.sh(&format!("docker pull --quiet {HOST}/team/app:by-podman"))?.ok()?;
    ensure!(token_calls(lab) == 1);
    // podman passes the helper's standard error on.
    let mut poor = Session::with_helper(lab)?;
    poor.unset("AWS_SECRET_ACCESS_KEY");
    poor.set("AWS_PROFILE", "missing");
    poor.sh(&format!("podman pull {image}"))?.refused("ecr-login: [aws-profile-invalid]")?;
    Ok(())
}

fn skopeo_copies_and_inspects(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = published(&session, "skopeo")?;
    session.sh(&format!("skopeo inspect docker://{image}"))?.ok()?.says("sha256:")?;
    session.sh(&format!("skopeo copy --quiet docker://{image} docker://{HOST}/team/app:by-skopeo"))?.ok()?;
    session.sh(&format!("skopeo copy --quiet docker://{HOST}/team/app:by-skopeo dir:copied"))?.ok()?;
    ensure!(session.path("copied/manifest.json").exists());
    ensure!(token_calls(lab) == 1);
    Ok(())
}

fn buildah_builds_and_pushes(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = published(&session, "buildah")?;
    session.write("context/Dockerfile", &format!("FROM {image}\nCOPY file /file\n"))?;
    session.write("context/file", "x")?;
    session.sh("buildah build --quiet --isolation chroot --tag built context")?.ok()?;
    session.sh(&format!("buildah push --quiet built docker://{HOST}/team/app:by-buildah"))?.ok()?;
    session.sh(&format!("docker pull --quiet {HOST}/team/app:by-buildah"))?.ok()?;
    ensure!(token_calls(lab) == 1);
    Ok(())
}

fn public_images_need_no_credentials(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    lab.ecr.create_repository_in("public", "us-east-1", "docs/tool", false)?;
    load(&session, "public.ecr.aws/docs/tool:1")?;
    session.sh("docker push public.ecr.aws/docs/tool:1")?.ok()?;
    let mut stranger = Session::with_helper(lab)?;
    stranger.unset("AWS_ACCESS_KEY_ID");
    stranger.set("AWS_EC2_METADATA_DISABLED", "true");
    let pull = stranger.sh("docker pull public.ecr.aws/docs/tool:1")?;
    pull.ok()?.says("ecr-login: [no-aws-credentials]")?.says("pulls from ECR Public need none")?;
    Ok(())
}

fn a_delegate_keeps_other_registries_working(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    session.docker_config("{\"credsStore\": \"ecr-login\"}")?;
    let image = published(&session, "store")?;
    session.sh(&format!("docker pull {image}"))?.ok()?;
    // Docker Hub style: a login without a delegate is refused rather than lost.
    let store = "echo '{\"ServerURL\":\"https://index.docker.io/v1/\",\"Username\":\"me\",\"Secret\":\"hub\"}' | docker-credential-ecr-login store";
    session.sh(store)?.refused("[helper-error-on-non-ecr-registry]")?;
    session.write(".config/ecrpass/config.toml", "delegate = \"kept\"\n")?;
    session.script(
        "bin/docker-credential-kept",
        "#!/bin/sh\nread -r url\ncase \"$1\" in get) echo \"$url\" >> asked; echo '{\"ServerURL\":\"x\",\"Username\":\"me\",\"Secret\":\"hub\"}';; list) echo '{\"https://index.docker.io/v1/\":\"me\"}';; esac\n",
    )?;
    session.sh(store)?.ok()?;
    session.sh("docker pull alpine:3")?;
    let asked = std::fs::read_to_string(session.path("asked"))?;
    ensure!(asked.contains("https://index.docker.io/v1/"), "docker asked for: {asked}");
    session.sh("docker-credential-ecr-login list")?.ok()?.says("index.docker.io")?.says(HOST)?;
    session.sh(&format!("docker pull {image}"))?.ok()?;
    Ok(())
}
