//! The truth of `ecrpass whoami`: AWS homes of every kind are given to the AWS CLI, boto3, Amazon's helper, the
//! JavaScript SDK and our helper, the local ECR notes which key signed or that nobody came, and `whoami` must have
//! predicted it, every time.
//!
//! `cargo test -p ecrpass-lab --test whoami` runs them; `ECRPASS_LAB_AWS_TOOLS` names the directory of the tools.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::print_stderr, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test's way of failing

mod home;
mod homes;
mod judge;
mod tools;
mod world;

use std::env;
use std::process::ExitCode;

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

/// Runs the homes whose names hold `only`.
fn run(only: Option<&str>) -> Result<()> {
    let lab = Lab::build(Extent::Api)?;
    let world = World::new(&lab)?;
    let tools = Tools::find()?;
    let homes = homes::all();
    let wanted: Vec<_> =
        homes.iter().filter(|home| only.is_none_or(|only| home.name.contains(only))).collect();
    let (mut runs, mut wrong) = (0, Vec::new());
    let mut drivers = Driver::start(&tools, &lab)?;
    // The AWS CLI is boto3's library with a slow start: unless all is wanted, every third home shows that it is.
    let all = only.is_some() || env::var_os("ECRPASS_LAB_WHOAMI").is_some_and(|value| value == "full");
    for (number, home) in wanted.iter().enumerate() {
        world.prepare(home);
        for driver in &mut drivers {
            if driver.name() == "aws" && !all && number % 3 != 0 {
                continue;
            }
            runs += 1;
            // A home of its own for each: what one tool caches is not another's.
            let made = world.make(home)?;
            let predicted = world.predict(&made, driver.tool())?;
            lab.ecr.clear_calls();
            let said = driver.run(&made)?;
            let difference = compare(&predicted, &lab.ecr.calls(), &said, driver.tool(), &world);
            if let Err(why) = difference {
                wrong.push(format!("{} / {}: {why}", home.name, driver.name()));
            }
        }
    }
    eprintln!("  {} homes, {runs} real runs compared, {} predicted wrongly", wanted.len(), wrong.len());
    if !wrong.is_empty() {
        bail!("{} of {runs} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
    }
    ensure!(only.is_some() || wanted.len() >= 200, "only {} homes were tried", wanted.len());
    Ok(())
}
