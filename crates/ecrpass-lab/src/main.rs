//! `ecrpass-lab`: the closed world for people. `up` starts it, `shell` goes in, `down` ends it; `run` runs one command
//! in a world of its own.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

use std::env;
use std::fs;
use std::io::{Write, stderr, stdout};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ecrpass_lab::{CONTROL, Extent, HOST, Lab, Session, enter, is_inside};
use ecrpass_local::{DEFAULT_ACCOUNT, DEPLOY_ROLE};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["up"] => up(),
        ["down"] => down(),
        ["shell"] => shell(),
        ["status"] => status(),
        ["run", "--", program, command @ ..] => run(program, command),
        ["stay"] if is_inside() => stay(),
        _ => Err(anyhow::anyhow!("usage: ecrpass-lab up|shell|status|down, or ecrpass-lab run -- COMMAND…")),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(stderr(), "ecrpass-lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Where a world that is up leaves word of itself.
fn state() -> PathBuf {
    let base = env::var_os("XDG_RUNTIME_DIR").map_or_else(|| PathBuf::from("/run"), PathBuf::from);
    base.join("ecrpass-lab-state")
}

/// The first process of the world that is up; `None` when there is none.
fn first_process() -> Option<u32> {
    let pid: u32 = fs::read_to_string(state().join("pid")).ok()?.trim().parse().ok()?;
    // Its own program, and not somebody else who got the number since.
    let program = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    (program.file_name() == Path::new("unshare").file_name()).then_some(pid)
}

fn code(status: std::process::ExitStatus) -> ExitCode {
    ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Runs one command in a world with names, certificates and the ECR, but no docker.
fn run(program: &str, arguments: &[&str]) -> Result<ExitCode> {
    if !is_inside() {
        let command = ["run", "--", program].into_iter().chain(arguments.iter().copied());
        return Ok(code(enter(command)?));
    }
    let lab = Lab::build(Extent::Api)?;
    let home = profiles(&lab)?;
    let key = lab.ecr.access_key();
    let status = Command::new(program)
        .args(arguments)
        .env("ECRPASS_LAB_HOME", home.path(""))
        .env("ECRPASS_LAB_CONTROL", CONTROL)
        .env("AWS_ACCESS_KEY_ID", &key.id)
        .env("AWS_SECRET_ACCESS_KEY", key.secret.expose())
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    Ok(code(status))
}

/// A home with profiles whose credentials cost requests of their own: `assumed` and `sso`.
fn profiles(lab: &Lab) -> Result<Session<'_>> {
    let session = Session::new(lab)?;
    let key = lab.ecr.access_key();
    let role = lab.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    let url = "https://corp.example/start";
    let signed_in = lab.ecr.sso_sign_in("corp", url, 12 * 60 * 60, false);
    session.write(&format!(".aws/sso/cache/{}", signed_in.name), signed_in.content.expose())?;
    session.write(
        ".aws/config",
        &format!(
            "[profile base]\naws_access_key_id = {}\naws_secret_access_key = {}\n\n[profile assumed]\nrole_arn = {role}\nsource_profile = base\n\n[profile sso]\nsso_session = corp\nsso_account_id = {DEFAULT_ACCOUNT}\nsso_role_name = {DEPLOY_ROLE}\n\n[sso-session corp]\nsso_start_url = {url}\nsso_region = us-east-1\n",
            key.id,
            key.secret.expose()
        ),
    )?;
    Ok(session)
}

fn up() -> Result<ExitCode> {
    if first_process().is_some() {
        say("it is up already; `shell` goes in")?;
        return Ok(ExitCode::SUCCESS);
    }
    let directory = state();
    fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let ready = directory.join("environment");
    let _ = fs::remove_file(&ready);
    let log = fs::File::create(directory.join("log"))?;
    let program = env::current_exe()?;
    let mut child = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .arg(program)
        .arg("stay")
        .env("ECRPASS_LAB_INSIDE", "1")
        .env("ECRPASS_LAB_STATE", &directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .context("cannot run `unshare`; install util-linux")?;
    fs::write(directory.join("pid"), child.id().to_string())?;
    let started = Instant::now();
    while !ready.exists() {
        if child.try_wait()?.is_some() || started.elapsed() > Duration::from_secs(90) {
            bail!("the world did not come up:\n{}", fs::read_to_string(directory.join("log"))?);
        }
        thread::sleep(Duration::from_millis(50));
    }
    say(&format!(
        "the closed world is up. Go in with `cargo xtask lab shell`, then:\n\n  docker push {HOST}/team/app\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The world itself, inside: built, announced, and kept until it is killed.
fn stay() -> Result<ExitCode> {
    let directory = PathBuf::from(env::var_os("ECRPASS_LAB_STATE").context("run `up` instead")?);
    // Before /run is covered by the world's own: this file must be seen outside.
    let ready = fs::File::create(directory.join("environment.new"))?;
    let outside = fs::File::open(&directory)?;
    let lab = Lab::build(Extent::Docker)?;
    let session = Session::with_helper(&lab)?;
    let archive =
        ecrpass_local::TinyImage::new("a lab image\n").docker_archive(&format!("{HOST}/team/app:latest"));
    fs::write(session.path("image.tar"), archive)?;
    session.sh("docker load --quiet --input image.tar")?.ok()?;
    let mut ready = ready;
    for (name, value) in session.environment() {
        writeln!(ready, "export {name}='{value}'")?;
    }
    writeln!(ready, "cd '{}'", session.path("").display())?;
    ready.sync_all()?;
    // Through the open directory, which is still the one outside.
    let base = PathBuf::from(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&outside)));
    fs::rename(base.join("environment.new"), base.join("environment"))?;
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn shell() -> Result<ExitCode> {
    let Some(pid) = first_process() else { bail!("no world is up; `up` starts one") };
    let environment = fs::read_to_string(state().join("environment"))?;
    let child = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    let inside = child.split_whitespace().next().context("the world has no process; `down`, then `up`")?;
    let script = format!("{environment}\nexport PS1='(ecrpass lab) \\w $ '\nexec bash --norc --noprofile");
    say(&format!("try: docker push {HOST}/team/app"))?;
    let error = Command::new("nsenter")
        .args(["--target", inside, "--net", "--mount", "--pid", "--", "bash", "-c", &script])
        .exec();
    Err(error).context("cannot run nsenter; install util-linux")
}

fn status() -> Result<ExitCode> {
    match first_process() {
        Some(pid) => say(&format!("up (process {pid})"))?,
        None => say("down")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn down() -> Result<ExitCode> {
    if let Some(pid) = first_process() {
        // Its death takes everything inside along.
        let status = Command::new("kill").args(["-KILL", &pid.to_string()]).status()?;
        if !status.success() {
            bail!("cannot end process {pid}");
        }
    }
    let _ = fs::remove_dir_all(state());
    say("down")?;
    Ok(ExitCode::SUCCESS)
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(stdout(), "{line}")?)
}
