//! The policies that `ecrpass policy generate` writes, before the tools that people check such documents with: cfn-lint
//! for CloudFormation, an HCL parser for Terraform, parliament for the documents themselves. None may find anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{command, run as execute, say, target};
use crate::tools;

/// The linters, and of parliament's own needs the ones it does not pin.
const PYTHON: [&str; 4] =
    ["cfn-lint==1.58.0", "python-hcl2==8.1.4", "parliament==1.6.4", "setuptools==80.9.0"];
const DIRECTORY: &str = "policy-tools-1";

const JUDGE: &str = include_str!("policy_tools/judge.py");

/// An image in each partition that people are in.
const IMAGES: [&str; 3] = [
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/app",
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app",
    "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/team/app",
];

/// What is asked about every image.
const WISHES: [&str; 16] = [
    "login",
    "pull",
    "push",
    "push-create",
    "pull-through",
    "scan-results",
    "ecs-execution",
    "describe",
    "doctor",
    "canary",
    "repo-ensure",
    "pull push --for boundary",
    "pull --for session",
    "pull --for endpoint",
    "pull --account 210987654321",
    "lambda-pull --account 210987654321",
];

/// What is asked once: all repositories below a prefix, and who may use a role.
const ONCE: [&str; 9] = [
    "pull push --repository 123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/*",
    "--for trust --account 123456789012 --trust github --claim repository=team/app --claim repository-id=1 --claim owner-id=2 --claim branch=main",
    "--for trust --account 123456789012 --trust gitlab --claim project=team/app --claim branch=main",
    "--for trust --account 123456789012 --trust ecs-tasks",
    "--for trust --account 123456789012 --trust lambda",
    "--for trust --account 123456789012 --trust ec2",
    "--for trust --account 123456789012 --trust app-runner",
    "--for trust --account 123456789012 --trust pod-identity",
    "--for trust --account 123456789012 --trust principals --principal arn:aws:iam::123456789012:role/ci",
];

/// Formats, and what their files are called.
const FORMATS: [(&str, &str); 3] = [("json", "json"), ("terraform", "tf"), ("cloudformation", "yaml")];

/// Writes them all and has them judged.
///
/// # Errors
/// When one of the tools finds something, or ecrpass refuses a wish.
pub fn run() -> Result<()> {
    let python = install()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let directory = target().join("policies");
    match fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&directory)?,
    }
    let mut wishes = Vec::new();
    for image in IMAGES {
        wishes.extend(WISHES.iter().map(|wish| format!("{wish} --repository {image}")));
    }
    wishes.extend(ONCE.map(str::to_owned));
    let mut written = 0;
    for (number, wish) in wishes.iter().enumerate() {
        for (format, extension) in FORMATS {
            // What is passed when a session begins is no resource of a template.
            if format == "cloudformation" && wish.contains("--for session") {
                continue;
            }
            let file = directory.join(format!("{number:03}-{format}.{extension}"));
            write(wish, format, &file)?;
            written += 1;
        }
    }
    ensure!(written > 150, "only {written} files");
    judge(&python, &directory)?;
    say(&format!("  {written} files of {} wishes: nothing found", wishes.len()));
    Ok(())
}

fn write(wish: &str, format: &str, file: &Path) -> Result<()> {
    let mut generate = Command::new(target().join("debug/ecrpass"));
    generate.args(["policy", "generate"]).args(wish.split(' ')).args(["--format", format]);
    let output = generate.stdin(Stdio::null()).output().context("cannot run ecrpass")?;
    if !output.status.success() {
        bail!("`{wish}` as {format} was refused:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    // Across accounts there is a template for each, one below the other; a file has one.
    for (number, document) in text.split("\n---\n").enumerate() {
        let file =
            if number == 0 { file.to_owned() } else { file.with_added_extension(format!("{number}.yaml")) };
        fs::write(&file, document).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn judge(python: &Path, directory: &Path) -> Result<()> {
    let script = directory.join("judge.py");
    fs::write(&script, JUDGE)?;
    execute(Command::new(python.join("bin/python")).arg(&script).arg(directory).stdin(Stdio::null()))?;
    let templates = directory.join("*.yaml");
    // Roles with names of their own are what somebody asked for.
    execute(Command::new(python.join("bin/cfn-lint")).arg("--template").arg(templates).stdin(Stdio::null()))
}

/// Installs the tools; where they are.
fn install() -> Result<PathBuf> {
    tools::python(DIRECTORY, &PYTHON, "cfn-lint, an HCL parser and parliament")
}
