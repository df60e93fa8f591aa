//! The tools that `ecrpass whoami` predicts, installed once and kept, and the matrix that runs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::command::{command, root, run as execute, say};
use crate::lab_clients::HELPER;
use crate::static_program;
use crate::tools::cache;

const PYTHON: [&str; 3] = ["awscli==1.46.3", "boto3==1.44.8", "botocore[crt]==1.44.8"];
const NODE: [&str; 2] = ["@aws-sdk/client-ecr@3.1169.0", "@aws-sdk/credential-provider-node@3.972.99"];
/// Of all versions, so that a new one gets a new directory.
const DIRECTORY: &str = "aws-tools-awscli-1.46.3-boto3-1.44.8-js-3.1169.0-helper-0.12.0";

/// Runs the matrix: every home, the AWS CLI itself on every third one, and boto3 on the others.
pub fn run() -> Result<()> {
    matrix(false)
}

/// The same with all of them on every home.
pub fn run_all() -> Result<()> {
    matrix(true)
}

fn matrix(all: bool) -> Result<()> {
    let tools = install()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let mut tests = command("cargo test --locked --workspace --test whoami");
    tests.env("ECRPASS_LAB_AWS_TOOLS", tools);
    // The program that ships, where it was built.
    if static_program::path().exists() {
        tests.env("ECRPASS_HELPER", static_program::path());
    } else {
        execute(&mut command("cargo build --quiet --locked --workspace --bin docker-credential-ecr-login"))?;
    }
    if all {
        tests.env("ECRPASS_LAB_WHOAMI", "full");
    }
    execute(&mut tests)
}

/// Installs them; where they are.
fn install() -> Result<PathBuf> {
    let directory = cache()?.join(DIRECTORY);
    // Written last, so that half of an installation is made again.
    let complete = directory.join("complete");
    if complete.exists() {
        return Ok(directory);
    }
    say("  installing the AWS CLI, boto3, the JavaScript SDK and Amazon's helper, once");
    std::fs::create_dir_all(&directory)?;
    let python = directory.join("py");
    execute(command("python3 -m venv --clear").arg(&python))?;
    pip(&python, &PYTHON)?;
    let mut npm = command("npm install --no-audit --no-fund --save-exact --loglevel error --prefix");
    execute(npm.arg(directory.join("js")).args(NODE))?;
    let helper = directory.join("go/docker-credential-ecr-login");
    std::fs::create_dir_all(directory.join("go"))?;
    std::fs::copy(HELPER.build()?, helper)?;
    std::fs::write(complete, "")?;
    Ok(directory)
}

fn pip(python: &Path, packages: &[&str]) -> Result<()> {
    let mut pip = Command::new(python.join("bin/pip"));
    execute(pip.args(["install", "--quiet"]).args(packages).current_dir(root()).stdin(Stdio::null()))
}
