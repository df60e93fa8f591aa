//! What `docs/runner-images` has ready for a runner's image, before systemd's and cloud-init's own judges, and run: it has
//! to fail where a login is left on a machine, and only there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::command::{command, root, run as execute, say, target};
use crate::tools::{self, cache};

const PYTHON: [&str; 2] = ["jsonschema==4.25.1", "PyYAML==6.0.3"];
const DIRECTORY: &str = "runner-image-tools-1";

const JUDGE: &str = include_str!("runner_images/judge.py");

/// Where the program is in an image.
const INSTALLED: &str = "/usr/local/bin/ecrpass";

/// Judges and runs them.
///
/// # Errors
/// When a judge finds something, or they let a login pass.
pub fn run() -> Result<()> {
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let program = target().join("debug/ecrpass");
    let documents = root().join("docs/runner-images");
    let directory = tempfile::tempdir()?;
    let unit = fs::read_to_string(documents.join("ecrpass-audit.service"))?;
    verify(&unit, &program, directory.path())?;
    let user_data = documents.join("cloud-config.yaml");
    judge(&user_data)?;
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).context("no ExecStart")?;
    let arguments = line.strip_prefix(INSTALLED).context("ExecStart is another program's")?;
    ensure!(fs::read_to_string(&user_data)?.contains(line), "the two do different things");
    refuses(&program, arguments, directory.path())?;
    say("  the unit and the user data are valid, and refuse a machine with a login");
    Ok(())
}

/// systemd's judge, with this program in the place of the installed one.
fn verify(unit: &str, program: &Path, directory: &Path) -> Result<()> {
    tools::systemd()?;
    let file = directory.join("ecrpass-audit.service");
    fs::write(&file, unit.replace(INSTALLED, &program.display().to_string()))?;
    let mut verify = Command::new("systemd-analyze");
    let output = verify.args(["verify", "--man=no"]).arg(&file).stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    // What runs jobs is not installed here.
    let is_ours = |line: &&str| line.contains("ecrpass-audit");
    ensure!(output.status.success() && !said.lines().any(|line| is_ours(&line)), "systemd says: {said}");
    Ok(())
}

/// cloud-init's own schema, out of Debian's package, which is not installed: it would set this machine up.
fn judge(user_data: &Path) -> Result<()> {
    let python = install()?;
    let schema = schema()?;
    let script = cache()?.join(DIRECTORY).join("judge.py");
    fs::write(&script, JUDGE)?;
    execute(Command::new(python).arg(script).arg(schema).arg(user_data).stdin(Stdio::null()))
}

fn install() -> Result<PathBuf> {
    Ok(tools::python(DIRECTORY, &PYTHON, "a judge of cloud-init's schema")?.join("bin/python"))
}

/// The schema's file.
fn schema() -> Result<PathBuf> {
    let directory = cache()?.join(DIRECTORY).join("cloud-init");
    let inside = "usr/lib/python3/dist-packages/cloudinit/config/schemas";
    if !directory.join(inside).exists() {
        fs::create_dir_all(&directory)?;
        execute(&mut command("apt-get update -qq"))?;
        execute(command("apt-get download -qq cloud-init").current_dir(&directory))?;
        let mut packages = fs::read_dir(&directory)?.flatten().map(|entry| entry.path());
        let package = packages.find(|path| path.extension().is_some_and(|ending| ending == "deb"));
        let package = package.context("apt-get downloaded no package")?;
        execute(command("dpkg-deb -x").arg(package).arg(&directory))?;
    }
    let mut found: Vec<PathBuf> =
        fs::read_dir(directory.join(inside))?.flatten().map(|entry| entry.path()).collect();
    found.sort();
    let is_meant = |path: &PathBuf| path.to_string_lossy().contains("schema-cloud-config-");
    found.into_iter().rfind(is_meant).context("cloud-init's package has no schema")
}

/// Runs the command over a clean machine, and over one with a login.
fn refuses(program: &Path, arguments: &str, directory: &Path) -> Result<()> {
    let machine = directory.join("machine");
    let home = machine.join("root/.docker");
    fs::create_dir_all(&home)?;
    let status = || -> Result<Option<i32>> {
        let mut audit = Command::new(program);
        let words = arguments.split_whitespace().filter(|word| *word != "--host");
        audit.args(words).arg("--host-root").arg(&machine).stdin(Stdio::null()).stdout(Stdio::null());
        Ok(audit.stderr(Stdio::null()).status()?.code())
    };
    fs::write(home.join("config.json"), "{\"credHelpers\": {\"public.ecr.aws\": \"ecr-login\"}}")?;
    let clean = status()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let password = STANDARD
        .encode(format!("{{\"payload\":\"aaaa\",\"datakey\":\"bbbb\",\"expiration\":{}}}", now + 3600));
    let auth = STANDARD.encode(format!("AWS:{password}"));
    let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    fs::write(home.join("config.json"), format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"{auth}\"}}}}}}"))?;
    match (clean, status()?) {
        (Some(0), Some(1)) => Ok(()),
        other => bail!("a clean machine and one with a login gave {other:?}"),
    }
}
