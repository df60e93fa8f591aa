//! The truth of `ecrpass whoami`: AWS homes of every kind are given to the AWS CLI, boto3, Amazon's helper, the
//! JavaScript SDK and our helper, the local ECR notes which key signed or that nobody came, and `whoami` must have
//! predicted it, every time.
//!
//! `cargo test --workspace --test whoami` runs them; `ECRPASS_LAB_AWS_TOOLS` names the directory of the tools.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::print_stderr, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test's way of failing

mod home;
mod homes;
mod judge;
mod tools;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use ecrpass_lab::{Extent, Lab, enter, is_inside};

use self::judge::compare;
use self::tools::{Driver, Tools};
use self::world::World;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        eprintln!("whoami_predicts_every_tool: test");
        return ExitCode::SUCCESS;
    }
    if !is_inside() {
        return match enter(arguments) {
            Ok(status) if status.success() => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("the matrix of AWS homes cannot run: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    let only = arguments.first().and_then(|name| name.to_str()).filter(|name| !name.starts_with('-'));
    match run(only) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What became of one tool's runs.
#[derive(Default)]
struct Count {
    runs: usize,
    wrong: usize,
    time: Duration,
}

/// Runs the homes whose names hold `only`.
fn run(only: Option<&str>) -> Result<()> {
    let lab = Lab::build(Extent::Api)?;
    let world = World::new(&lab)?;
    let tools = Tools::find()?;
    let homes = homes::all();
    let wanted: Vec<_> =
        homes.iter().filter(|home| only.is_none_or(|only| home.name.contains(only))).collect();
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut drivers = Driver::start(&tools, &lab)?;
    // The AWS CLI is boto3's library with a slow start: unless all is wanted, it takes every third home, and boto3 the
    // others.
    let all = only.is_some() || env::var_os("ECRPASS_LAB_WHOAMI").is_some_and(|value| value == "full");
    for (number, home) in wanted.iter().enumerate() {
        world.prepare(home);
        for driver in &mut drivers {
            let passes = match driver.name() {
                "aws" => number % 3 != 0,
                "boto3" => number % 3 == 0,
                _ => false,
            };
            if passes && !all {
                continue;
            }
            // A home of its own for each: what one tool caches is not another's.
            let made = world.make(home)?;
            let predicted = world.predict(&made, driver.tool())?;
            lab.ecr.clear_calls();
            let started = Instant::now();
            let said = driver.run(&made)?;
            let count = counts.entry(driver.name()).or_default();
            count.runs += 1;
            count.time += started.elapsed();
            let difference = compare(&predicted, &lab.ecr.calls(), &said, driver.tool(), &made);
            if let Err(why) = difference {
                count.wrong += 1;
                wrong.push(format!("{} / {}: {why}", home.name, driver.name()));
            }
        }
    }
    for (name, count) in &counts {
        let Count { runs, wrong, time } = count;
        eprintln!("  {name}: {runs} real runs in {:.0} s, {wrong} predicted wrongly", time.as_secs_f64());
    }
    let runs: usize = counts.values().map(|count| count.runs).sum();
    eprintln!("  {} homes, {runs} real runs compared, {} predicted wrongly", wanted.len(), wrong.len());
    if !wrong.is_empty() {
        bail!("{} of {runs} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
    }
    ensure!(only.is_some() || wanted.len() >= 200, "only {} homes were tried", wanted.len());
    Ok(())
}
