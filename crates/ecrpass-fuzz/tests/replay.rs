//! Every seed, and damaged copies of it: what libFuzzer found once, and a little of what it would find, in seconds and
//! without it. `ECRPASS_CASES` says how many copies, `ECRPASS_SEED` which.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test's way of failing

#[allow(dead_code)] // most of it is for policies
mod odd_inputs;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use ecrpass_fuzz::TARGETS;
use odd_inputs::Dice;

/// As long as libFuzzer's inputs are.
const LONGEST: usize = 8192;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The seeds of a target, by name.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut seeds: Vec<_> = fs::read_dir(fuzz().join("seeds").join(target))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
        })
        .collect();
    seeds.sort();
    seeds
}

/// A damaged copy: pieces gone, doubled, put in from another seed, and bytes turned.
fn damaged(dice: &mut Dice, seed: &[u8], others: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        let end = (at + dice.below(24)).min(bytes.len());
        match dice.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            2 => {
                let other = &dice.of(others).1;
                let from = dice.below(other.len());
                let piece = other[from..(from + dice.below(40)).min(other.len())].to_vec();
                bytes.splice(at..end, piece);
            }
            3 => {
                bytes.splice(at..at, dice.of(&odd_inputs::PARTS).bytes());
            }
            4 => bytes.truncate(at),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (dice.roll() % 8)),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs a target on an input; one that fails is kept where it can be run again.
fn check(target: &str, run: fn(&[u8]), input: &[u8], what: &str) {
    if catch_unwind(AssertUnwindSafe(|| run(input))).is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{target}-failed"));
        fs::write(&kept, input).unwrap();
        panic!("{what}; the input is {}: fix it, then put it to fuzz/seeds/{target}", kept.display());
    }
}

fn replay(target: &str) {
    let (_, run) = TARGETS.into_iter().find(|(name, _)| *name == target).unwrap();
    let (seed, cases) = (number("ECRPASS_SEED", 18), number("ECRPASS_CASES", 24));
    let seeds = seeds(target);
    assert!(!seeds.is_empty());
    for (name, input) in &seeds {
        check(target, run, input, &format!("{target}: the seed {name}"));
    }
    for (name, input) in &seeds {
        for case in 0..cases {
            let mut dice = Dice(seed.wrapping_mul(1 << 32).wrapping_add(case) ^ input.len() as u64);
            let copy = damaged(&mut dice, input, &seeds);
            check(target, run, &copy, &format!("{target}: ECRPASS_SEED={seed}, copy {case} of {name}"));
        }
    }
}

macro_rules! replays {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                replay(stringify!($target));
            }
        )*

        const REPLAYED: &[&str] = &[$(stringify!($target)),*];
    };
}

replays! {
    audit audit_models aws_files bundle cache_file client_config denied_message explain json_document kubelet names policies
    redaction sign_in tokens trail yaml
}

#[test]
fn every_target_is_replayed_and_has_a_program_and_small_seeds() {
    let targets: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(REPLAYED, targets);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let mut size = 0;
    for target in &targets {
        let program = fs::read_to_string(fuzz().join(format!("fuzz_targets/{target}.rs"))).unwrap();
        assert!(program.contains(&format!("ecrpass_fuzz::{target}::run")), "{target}");
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
        for (name, input) in seeds(target) {
            assert!(input.len() <= LONGEST, "{target}/{name}: {} bytes", input.len());
            size += input.len();
        }
    }
    assert!(size < 1024 * 1024, "{size} bytes of seeds");
    let folders = |name: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(fuzz().join(name)).unwrap();
        entries
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    let expected: BTreeSet<String> = targets.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!((folders("seeds"), folders("fuzz_targets")), (expected.clone(), expected));
}
