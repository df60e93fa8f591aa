//! The tools themselves, installed by `cargo xtask ci`: one process for many homes where the tool allows it.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use ecrpass_lab::{HOST, Lab};
use serde_json::{Value, json};

use crate::world::Made;

/// Where they are.
pub struct Tools {
    python: PathBuf,
    packages: PathBuf,
    helper: PathBuf,
}

impl Tools {
    pub fn find() -> Result<Self> {
        let directory = std::env::var_os("ECRPASS_LAB_AWS_TOOLS")
            .map(PathBuf::from)
            .context("ECRPASS_LAB_AWS_TOOLS is not set; `cargo xtask ci --only whoami` sets it")?;
        let tools = Self {
            python: directory.join("py/bin/python"),
            packages: directory.join("js"),
            helper: directory.join("go/docker-credential-ecr-login"),
        };
        for path in [&tools.python, &tools.packages, &tools.helper] {
            ensure!(path.exists(), "{} is not there: cargo xtask ci --only whoami", path.display());
        }
        Ok(tools)
    }
}

/// What a tool said.
pub struct Said {
    pub good: bool,
    pub text: String,
}

/// A tool that runs homes.
pub enum Driver {
    /// A program that is started for each.
    Helper { name: &'static str, tool: &'static str, program: PathBuf },
    /// A program that takes one after the other.
    Loop {
        name: &'static str,
        tool: &'static str,
        child: Child,
        input: ChildStdin,
        output: BufReader<ChildStdout>,
    },
}

impl Driver {
    pub fn start(tools: &Tools, lab: &Lab) -> Result<Vec<Self>> {
        let python = |name: &'static str| {
            let mut command = Command::new(&tools.python);
            command.args(["-c", include_str!("tool.py")]).env("PYTHONUTF8", "1");
            Self::looping(name, "aws-cli", command)
        };
        let ca = lab.directory.join("ca.pem");
        let script = lab.directory.join("tool.mjs");
        std::fs::write(&script, include_str!("tool.mjs"))?;
        let mut node = Command::new("node");
        node.arg(&script).arg(&tools.packages).env("NODE_EXTRA_CA_CERTS", ca);
        Ok(vec![
            Self::Helper { name: "our helper", tool: "ecrpass", program: lab.helper.clone() },
            python("aws")?,
            python("boto3")?,
            Self::Helper { name: "Amazon's helper", tool: "go-helper", program: tools.helper.clone() },
            Self::looping("JavaScript SDK", "javascript-sdk", node)?,
        ])
    }

    fn looping(name: &'static str, tool: &'static str, mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let input = child.stdin.take().context("no input")?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self::Loop { name, tool, child, input, output })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Helper { name, .. } | Self::Loop { name, .. } => name,
        }
    }

    /// What `whoami` calls it.
    pub fn tool(&self) -> &'static str {
        match self {
            Self::Helper { tool, .. } | Self::Loop { tool, .. } => tool,
        }
    }

    /// Asks for a token of ECR.
    pub fn run(&mut self, made: &Made) -> Result<Said> {
        match self {
            Self::Helper { program, .. } => {
                let mut child = Command::new(program)
                    .arg("get")
                    .env_clear()
                    .envs(made.environment.iter().cloned())
                    .current_dir(&made.home)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()?;
                child.stdin.take().context("no input")?.write_all(HOST.as_bytes())?;
                let output = child.wait_with_output()?;
                let log =
                    std::fs::read_to_string(made.home.join(".ecr/log/ecr-login.log")).unwrap_or_default();
                let said = [&output.stdout[..], &output.stderr[..]].concat();
                let good = output.status.success();
                let text =
                    if good { String::new() } else { String::from_utf8_lossy(&said).into_owned() + &log };
                Ok(Said { good, text })
            }
            Self::Loop { name, input, output, .. } => {
                let variables: serde_json::Map<_, _> = made
                    .environment
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone().into()))
                    .collect();
                let job = json!({"tool": name, "home": made.home, "env": variables});
                writeln!(input, "{job}")?;
                input.flush()?;
                let mut line = String::new();
                if output.read_line(&mut line)? == 0 {
                    bail!("{name} ended");
                }
                let said: Value =
                    serde_json::from_str(&line).with_context(|| format!("{name} said {line}"))?;
                Ok(Said {
                    good: said["good"] == true,
                    text: said["said"].as_str().unwrap_or_default().to_owned(),
                })
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Self::Loop { child, .. } = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
