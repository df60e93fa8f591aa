//! The Helm chart before the judges that its users have: Helm's own linter, the strict schemas of every Kubernetes it is for,
//! Pod Security, Prometheus. Many sets of values pass through all of them, and wrong ones have to be refused.
//!
//! `cargo xtask chart --write` renders what is made from the chart: its README's table, and the plain manifests.

mod readme;
mod wrong;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{command, find_on_path, output, root, run as execute, say, target};
use crate::lab_clients;
use crate::tools::{self, cache};

/// Strict schemas of Kubernetes, which is what an API server refuses by.
const PYTHON: [&str; 1] = ["kubernetes-validate==1.37.0"];
const DIRECTORY: &str = "chart-tools-1";

const JUDGE: &str = include_str!("chart/judge.py");
const RULES_TEST: &str = include_str!("chart/rules_test.yaml");

/// The versions of Kubernetes that the chart is for.
const VERSIONS: std::ops::RangeInclusive<u32> = 29..=37;

/// What is switched on or off over every set of values.
const SWITCHES: [&[&str]; 8] = [
    &[],
    &["networkPolicy.enabled=false"],
    &["serviceMonitor.enabled=true"],
    &["prometheusRule.enabled=true"],
    &["operator.replicas=1,canary.replicas=1"],
    &["operator.podDisruptionBudget.enabled=false,canary.podDisruptionBudget.enabled=false"],
    &["operator.rbac.create=false,operator.serviceAccount.create=false,operator.serviceAccount.name=x"],
    &[
        "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef,tests.enabled=false,commonLabels.a=b,commonAnnotations.c=d",
    ],
];

/// The plain manifests: each from the chart with these values.
const MANIFESTS: [(&str, &str); 3] = [
    ("operator", "operator-values.yaml"),
    ("node-installer-eks", "installer-eks-values.yaml"),
    ("canary", "canary-values.yaml"),
];

fn chart() -> PathBuf {
    root().join("charts/ecrpass")
}

/// Has everything judged.
///
/// # Errors
/// When a judge finds something, a wrong value is taken, or what is made from the chart is out of date.
pub fn run() -> Result<()> {
    let helm = lab_clients::helm()?;
    made(&helm, false)?;
    let directory = target().join("chart");
    match fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&directory)?,
    }
    let sets = value_sets()?;
    let mut count = 0;
    for set in &sets {
        let name = set.file_stem().and_then(|name| name.to_str()).context("a file name that is no text")?;
        let mut lint = Command::new(&helm);
        lint.args(["lint", "--strict", "--quiet", "--kube-version", &newest(), "--values"])
            .arg(set)
            .arg(chart());
        execute(&mut lint)?;
        for (number, switch) in SWITCHES.iter().enumerate() {
            let mut template = template(&helm, &newest(), &["--values", &set.display().to_string()]);
            for values in *switch {
                template.args(["--set", values]);
            }
            fs::write(directory.join(format!("{name}-{number}.yaml")), output(&mut template)?)?;
            count += 1;
        }
    }
    ensure!(count > 80, "only {count} renderings");
    wrong::refused(&helm, &chart(), &newest())?;
    versions(&helm, sets.first().context("no values")?)?;
    judge(&directory)?;
    rules(&directory)?;
    programs(&directory)?;
    say(&format!("  {count} renderings of {} sets of values: nothing found", sets.len()));
    Ok(())
}

/// Writes what is made from the chart.
///
/// # Errors
/// When it cannot be rendered or written.
pub fn write() -> Result<()> {
    made(&lab_clients::helm()?, true)
}

/// Looks whether what is made from the chart is up to date, or writes it.
fn made(helm: &Path, write: bool) -> Result<()> {
    let values = fs::read_to_string(chart().join("values.yaml"))?;
    let path = chart().join("README.md");
    let page = fs::read_to_string(&path)?;
    let mut files = vec![(path, readme::with_table(&page, &values)?)];
    for (name, set) in MANIFESTS {
        let set = chart().join("ci").join(set);
        let set = set.display().to_string();
        // Its users need not have Prometheus' kinds.
        let plain = "serviceMonitor.enabled=false,prometheusRule.enabled=false";
        let (namespace, _) = readme::namespace(name);
        let arguments =
            ["--values", &set, "--no-hooks", "--skip-tests", "--set", plain, "--namespace", namespace];
        let mut template = template(helm, &newest(), &arguments);
        let text = readme::plain(&output(&mut template)?, name);
        files.push((root().join(format!("charts/manifests/{name}.yaml")), text));
    }
    let mut stale = Vec::new();
    for (path, text) in files {
        if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            stale.push(path.display().to_string());
            if write {
                fs::write(&path, text)?;
            }
        }
    }
    match (write, stale.is_empty()) {
        (false, false) => bail!("out of date: {}; run cargo xtask chart --write", stale.join(", ")),
        (true, false) => say(&format!("  wrote {}", stale.join(", "))),
        _ => {}
    }
    Ok(())
}

fn value_sets() -> Result<Vec<PathBuf>> {
    let mut sets = Vec::new();
    for entry in fs::read_dir(chart().join("ci"))? {
        sets.push(entry?.path());
    }
    sets.sort();
    Ok(sets)
}

/// Said each time: a Helm that `go install` built knows of Kubernetes 1.20 alone.
fn newest() -> String {
    format!("1.{}.0", VERSIONS.end())
}

fn template(helm: &Path, kubernetes: &str, arguments: &[&str]) -> Command {
    let mut template = Command::new(helm);
    template.args(["template", "ecrpass"]).arg(chart()).args(["--namespace", "ecrpass"]).args(arguments);
    template.args(["--kube-version", kubernetes]);
    template.stdin(Stdio::null());
    template
}

/// The versions it says it is for, and no older one.
fn versions(helm: &Path, set: &Path) -> Result<()> {
    let set = set.display().to_string();
    let renders = |minor: u32| -> Result<bool> {
        let mut template = template(helm, &format!("1.{minor}.0"), &["--values", &set]);
        Ok(template.output().context("cannot run helm")?.status.success())
    };
    for minor in VERSIONS {
        ensure!(renders(minor)?, "it does not render for Kubernetes 1.{minor}");
    }
    ensure!(!renders(VERSIONS.start() - 1)?, "it renders for a Kubernetes that it is not for");
    Ok(())
}

/// Strict schemas, Pod Security, rights; writes the rules of Prometheus out as it reads them.
fn judge(directory: &Path) -> Result<()> {
    let python = install()?;
    let script = directory.join("judge.py");
    fs::write(&script, JUDGE)?;
    let versions = format!("{}-{}", VERSIONS.start(), VERSIONS.end());
    execute(Command::new(python.join("bin/python")).arg(&script).arg(directory).arg(chart()).arg(versions))
}

/// Prometheus reads every set of rules, and alerts when it should.
fn rules(directory: &Path) -> Result<()> {
    let promtool = promtool()?;
    let rules = directory.join("rules");
    let mut count = 0;
    for entry in fs::read_dir(&rules)? {
        output(Command::new(&promtool).args(["check", "rules"]).arg(entry?.path()))?;
        count += 1;
    }
    ensure!(count > 3, "only {count} sets of rules");
    let test = rules.join("test.yaml");
    fs::write(&test, RULES_TEST)?;
    output(Command::new(&promtool).args(["test", "rules"]).arg(&test))?;
    say(&format!("  {count} sets of rules, read and tried"));
    Ok(())
}

/// The programs take the arguments that the chart gives them, and the operator the configurations.
fn programs(directory: &Path) -> Result<()> {
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass --bin ecrpass-operator"))?;
    let debug = target().join("debug");
    for entry in fs::read_dir(directory.join("operator"))? {
        let mut check = Command::new(debug.join("ecrpass-operator"));
        output(check.arg("check").arg(entry?.path()).stdin(Stdio::null()))?;
    }
    let node = tempfile::tempdir()?;
    let commands = fs::read_to_string(directory.join("commands.json"))?;
    let commands: Vec<Vec<String>> = serde_json::from_str(&commands)?;
    ensure!(commands.len() > 8, "only {} commands", commands.len());
    for words in commands {
        let (program, arguments) = words.split_first().context("an empty command")?;
        let name = Path::new(program).file_name().context("a command without a name")?;
        let mut run = Command::new(debug.join(name));
        for argument in arguments {
            run.arg(argument.replace("=/host", &format!("={}", node.path().display())));
        }
        // A probe can be run as it is: on an empty node there is something to do. Of the others, the arguments count.
        let is_probe = arguments.iter().any(|argument| argument == "--check");
        let wanted = if is_probe { 1 } else { 0 };
        if !is_probe {
            run.arg("--help");
        }
        let done = run.stdin(Stdio::null()).output().with_context(|| format!("cannot run {program}"))?;
        if done.status.code() != Some(wanted) {
            bail!("`{}`: {}\n{}", words.join(" "), done.status, String::from_utf8_lossy(&done.stderr));
        }
    }
    Ok(())
}

/// Installs the tools; where they are.
fn install() -> Result<PathBuf> {
    tools::python(DIRECTORY, &PYTHON, "the schemas of Kubernetes")
}

/// Prometheus' own tool: this machine's, or Debian's, taken out of its package: the package would start a server.
pub fn promtool() -> Result<PathBuf> {
    if let Some(promtool) = find_on_path("promtool") {
        return Ok(promtool);
    }
    let directory = cache()?.join("promtool");
    let program = directory.join("usr/bin/promtool");
    if !program.exists() {
        say("  fetching promtool from Debian, once");
        fs::create_dir_all(&directory)?;
        let scratch = tempfile::tempdir_in(&directory)?;
        // As somebody who may write there: apt's own user may not.
        let mut fetch = command("apt-get download -qq -o APT::Sandbox::User=root prometheus");
        execute(fetch.current_dir(scratch.path()))?;
        let package = fs::read_dir(scratch.path())?.next().context("apt-get download left nothing")??.path();
        execute(command("dpkg-deb -x").arg(package).arg(&directory))?;
    }
    ensure!(program.exists(), "{} is missing", program.display());
    Ok(program)
}
