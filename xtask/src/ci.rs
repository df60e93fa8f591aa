//! `cargo xtask ci`: every check, build and test, one named step after the other.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::{command, print, run as execute, say, target};
use crate::dependencies;
use crate::static_program;
use crate::tools;

/// A step: its name, when it runs, and what it does.
type Step = (&'static str, When, fn() -> Result<()>);

/// How much a run checks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Always, `--fast` too.
    Fast,
    /// When nothing else is said.
    Usual,
    /// With `--full`: what takes an hour and more.
    Full,
}

const STEPS: &[Step] = &[
    ("targets", When::Fast, tools::targets),
    ("format", When::Fast, || execute(&mut command("cargo fmt --all --check"))),
    ("structure", When::Fast, crate::structure::run),
    ("clippy", When::Fast, || {
        execute(&mut command("cargo clippy --quiet --workspace --all-targets --locked -- -D warnings"))
    }),
    ("core-is-pure", When::Fast, dependencies::pure),
    ("catalogue", When::Fast, || crate::generate::run(true)),
    ("links", When::Fast, crate::docs::check_links),
    ("helper-dependencies", When::Fast, dependencies::helper),
    ("web-dependencies", When::Fast, dependencies::web),
    ("licences", When::Usual, crate::deny::run),
    ("dependencies", When::Usual, crate::supply_chain::check),
    ("tests", When::Fast, crate::test_programs::once),
    ("doc-tests", When::Fast, || execute(&mut command("cargo test --quiet --doc --workspace --locked"))),
    ("docs", When::Fast, || {
        execute(
            command("cargo doc --quiet --workspace --no-deps --locked").env("RUSTDOCFLAGS", "-D warnings"),
        )
    }),
    ("static-helper", When::Fast, static_program::build),
    ("platforms", When::Full, crate::platforms::run),
    ("web", When::Fast, crate::web::build),
    ("demo", When::Usual, demo),
    ("policies", When::Usual, crate::policy_tools::run),
    ("alarms", When::Usual, crate::alarm_tools::run),
    ("pipelines", When::Usual, crate::pipeline_tools::run),
    ("runner-images", When::Usual, crate::runner_images::run),
    ("trail-engines", When::Usual, crate::trail_engines::run),
    ("second-opinion", When::Usual, crate::second_opinion::run),
    ("schemas", When::Usual, crate::schemas::run),
    ("mcp-client", When::Usual, crate::mcp_client::run),
    ("chart", When::Usual, crate::chart::run),
    ("web-browser", When::Usual, crate::web::test),
    ("release-short", When::Full, crate::release::short),
    ("release", When::Full, crate::release::full),
    ("lab-clients", When::Usual, || crate::lab_clients::build().map(drop)),
    ("end-to-end", When::Usual, crate::end_to_end::usual),
    ("end-to-end-full", When::Full, crate::end_to_end::full),
    ("whoami", When::Usual, crate::aws_tools::run),
    ("whoami-full", When::Full, crate::aws_tools::run_all),
    ("foreign", When::Full, crate::foreign::run),
    ("wine", When::Full, crate::wine::run),
    ("operator-cluster", When::Full, crate::operator_cluster::run),
    ("kubelet", When::Full, crate::end_to_end::kubelet),
    ("fuzz", When::Full, || crate::fuzz::all(crate::fuzz::SHORT)),
    ("fuzz-long", When::Full, || crate::fuzz::all(crate::fuzz::LONG)),
    ("mutants", When::Full, || crate::mutants::run(&[])),
    ("attack", When::Full, || crate::attack::run(&crate::attack::LONG)),
    ("repeat-idle", When::Full, || crate::repeat::run(20, false)),
    ("repeat-under-load", When::Full, || crate::repeat::run(20, true)),
    ("docs-site", When::Full, crate::docs::build),
    ("bench-explain", When::Full, crate::bench_explain::run),
];

/// Whether there is a step of that name.
#[cfg(test)]
pub fn has_step(name: &str) -> bool {
    STEPS.iter().any(|(known, _, _)| *known == name)
}

/// Runs the steps.
///
/// # Errors
/// The first step that failed, and how to repeat only it.
pub fn run(when: When, only: Option<&str>) -> Result<()> {
    let fast = when == When::Fast;
    if let Some(only) = only
        && STEPS.iter().all(|(name, _, _)| *name != only)
    {
        let names: Vec<_> = STEPS.iter().map(|(name, _, _)| *name).collect();
        bail!("there is no step `{only}`; there are: {}", names.join(", "));
    }
    let started = Instant::now();
    say("── packages");
    tools::packages(fast)?;
    let mut done = Vec::new();
    for &(name, at, step) in STEPS {
        // A step that is asked for by name runs.
        if only.map_or(at > when, |only| only != name) {
            continue;
        }
        say(&format!("── {name}"));
        let began = Instant::now();
        step().with_context(|| {
            format!("step `{name}` failed; to repeat only it: cargo xtask ci --only {name}")
        })?;
        done.push((name, began.elapsed()));
    }
    say("");
    for (name, elapsed) in &done {
        say(&format!("  {:>6.1} s  {name}", elapsed.as_secs_f64()));
    }
    say(&format!("  {:>6.1} s  in all", started.elapsed().as_secs_f64()));
    if fast {
        say("--fast: licences, demo, the browser's tests and the end-to-end tests were NOT run");
    }
    print("xtask ci: all steps passed");
    Ok(())
}

fn demo() -> Result<()> {
    execute(&mut command("cargo run --quiet --profile demo --locked -- demo"))?;
    // Built as what ships: without what only tests need.
    crate::hooks::absent(&target().join("demo/ecrpass"))
}

/// The program of the lab, built if need be.
pub fn lab_program() -> Result<PathBuf> {
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass-lab"))?;
    Ok(target().join("debug/ecrpass-lab"))
}

/// `cargo xtask lab …`.
pub fn lab(action: &str) -> Result<()> {
    if !["up", "down", "shell", "status"].contains(&action) {
        bail!("`lab {action}` is not a thing; there are: up, down, shell, status");
    }
    if action != "down" && action != "status" {
        tools::packages(false)?;
    }
    let program = lab_program()?;
    let helper = target().join("debug/docker-credential-ecr-login");
    execute(&mut command("cargo build --quiet --locked --workspace --bin docker-credential-ecr-login"))?;
    let mut command = Command::new(&program);
    command.arg(action).env("ECRPASS_HELPER", helper);
    let error = command.exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}
