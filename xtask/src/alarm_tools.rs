//! The alarms that `ecrpass alarms generate` writes, before the tools that people use them with: promtool and amtool, cfn-lint,
//! an HCL parser, Grafana's model of a dashboard; and the rules of Prometheus held against series as clusters have them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{command, run as execute, say, target};
use crate::tools;

const PYTHON: [&str; 3] =
    ["cfn-lint==1.58.0", "python-hcl2==8.1.4", "grafana-foundation-sdk==1769699998!10.1.0"];
/// Debian's packages, of which only the programs are unpacked: their services are not wanted.
const DEBIAN: [&str; 2] = ["prometheus", "prometheus-alertmanager"];
const DIRECTORY: &str = "alarm-tools-1";

const JUDGE: &str = include_str!("alarm_tools/judge.py");
const RULE_TESTS: &str = include_str!("alarm_tools/rule_tests.yaml");

/// Formats, and what their files are called.
const FORMATS: [(&str, &str); 5] = [
    ("prometheus", "yml"),
    ("alertmanager", "yml"),
    ("cloudformation", "yaml"),
    ("terraform", "tf"),
    ("grafana", "json"),
];

/// What is asked for in each format.
const WISHES: [&str; 4] = [
    "",
    "--name team --registry 123456789012.dkr.ecr.eu-west-1.amazonaws.com --registry 123456789012.dkr.ecr.us-east-1.amazonaws.com --cluster prod --cluster stage --ecs-service prod/web --ecs-service prod/api --log-group trail --interval 300",
    "--signals canary",
    "--signals canary,ecs,usage,operator --ecs-service prod/web",
];

/// Writes them all and has them judged.
///
/// # Errors
/// When one of the tools finds something, or a rule fires when it should not.
pub fn run() -> Result<()> {
    let tools = install()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let directory = target().join("alarms");
    match fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&directory)?,
    }
    let mut written = 0;
    for (number, wish) in WISHES.iter().enumerate() {
        for (format, extension) in FORMATS {
            let file = directory.join(format!("{number}-{format}.{extension}"));
            let wish = wish.split(' ').filter(|word| !word.is_empty());
            let mut generate = Command::new(target().join("debug/ecrpass"));
            generate.args(["alarms", "generate", format]).args(wish).stdin(Stdio::null());
            let output = generate.output().context("cannot run ecrpass")?;
            if !output.status.success() {
                bail!("{format} was refused:\n{}", String::from_utf8_lossy(&output.stderr));
            }
            fs::write(&file, output.stdout).with_context(|| format!("cannot write {}", file.display()))?;
            written += 1;
        }
    }
    ensure!(written == WISHES.len() * FORMATS.len(), "only {written} files");
    judge(&tools, &directory)?;
    say(&format!("  {written} files of {} wishes: nothing found", WISHES.len()));
    Ok(())
}

fn judge(tools: &Path, directory: &Path) -> Result<()> {
    let program = |name: &str| Command::new(tools.join("debian/usr/bin").join(name));
    for number in 0..WISHES.len() {
        let file = |format: &str| directory.join(format!("{number}-{format}.yml"));
        execute(program("promtool").args(["check", "rules"]).arg(file("prometheus")).stdin(Stdio::null()))?;
        execute(program("amtool").arg("check-config").arg(file("alertmanager")).stdin(Stdio::null()))?;
    }
    let tests = directory.join("rule_tests.yaml");
    fs::write(&tests, RULE_TESTS)?;
    execute(
        program("promtool").args(["test", "rules"]).arg(&tests).current_dir(directory).stdin(Stdio::null()),
    )?;
    // cfn-lint reads what ends in yaml, and the tests are no template.
    fs::remove_file(&tests)?;
    let script = directory.join("judge.py");
    fs::write(&script, JUDGE)?;
    execute(Command::new(tools.join("bin/python")).arg(&script).arg(directory).stdin(Stdio::null()))?;
    let templates = directory.join("*.yaml");
    execute(Command::new(tools.join("bin/cfn-lint")).arg("--template").arg(templates).stdin(Stdio::null()))
}

/// Installs the tools; where they are.
fn install() -> Result<PathBuf> {
    let what = "promtool, amtool, cfn-lint, an HCL parser and Grafana's model";
    tools::python_and(DIRECTORY, &PYTHON, &DEBIAN, what, debian)
}

/// Debian's packages, unpacked and not installed.
fn debian(directory: &Path) -> Result<()> {
    let packages = directory.join("packages");
    fs::create_dir_all(&packages)?;
    // `apt-get update` may need root; a list that is there already does.
    if execute(command("apt-get download -qq").args(DEBIAN).current_dir(&packages)).is_err() {
        execute(&mut command("apt-get update -qq")).context("as root?")?;
        execute(command("apt-get download -qq").args(DEBIAN).current_dir(&packages))?;
    }
    for package in fs::read_dir(&packages)? {
        execute(command("dpkg-deb -x").arg(package?.path()).arg(directory.join("debian")))?;
    }
    Ok(())
}
