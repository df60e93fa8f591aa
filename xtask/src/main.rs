//! The project's own chores, run as `cargo xtask …`: everything CI does, benchmarks, the lab.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod alarm_tools;
mod attack;
mod aws_tools;
mod bench;
mod bench_audit;
mod bench_cold;
mod bench_explain;
mod bench_trail;
mod chart;
mod ci;
mod command;
mod deny;
mod dependencies;
mod docs;
mod end_to_end;
mod fleet;
mod foreign;
mod fuzz;
mod generate;
mod go;
mod helper_tests;
mod hooks;
mod java;
mod kubernetes;
mod lab_clients;
mod mcp_client;
mod measure;
mod measured;
mod mutants;
mod operator_cluster;
mod packages;
mod peers;
mod pipeline_tools;
mod platforms;
mod policy_tools;
mod release;
mod repeat;
mod runner_images;
mod schemas;
mod score;
mod second_opinion;
mod static_program;
mod structure;
mod supply_chain;
mod test_programs;
#[cfg(test)]
mod threats;
mod tools;
mod trail_engines;
mod web;
mod wine;

use std::process::ExitCode;

use command::say;

mod flags {
    #![allow(missing_docs, unused, clippy::all, clippy::unwrap_used)] // generated
    use std::path::PathBuf;

    xflags::xflags! {
        /// The project's own chores.
        cmd xtask {
            /// Installs what is missing, then checks, builds and tests everything.
            cmd ci {
                /// Leave the end-to-end tests with the real clients out.
                optional --fast
                /// Also what takes long: the attacks, every test twenty times, idle and under load, and the benchmark of
                /// `explain`.
                optional --full
                /// Only the step of this name.
                optional --only step: String
            }
            /// Measures the helper against Amazon's in the same run.
            cmd bench {
                /// How often each program is run.
                optional --runs runs: u32
                /// Print JSON.
                optional --json
                /// Leave the cold `get` out, which needs the lab.
                optional --warm-only
            }
            /// Measures a `get` with nothing cached, by credentials that cost requests, and many at once; `bench` runs it inside
            /// the lab.
            cmd bench-cold {
                /// How often each program is run.
                optional --runs runs: u32
            }
            /// Writes what is made from the diagnosis catalogue: its list and its pages.
            cmd generate {
                /// Only say what is out of date.
                optional --check
            }
            /// Runs all tests but the end-to-end ones again and again, and names those that fail, with the run.
            cmd repeat {
                /// How often.
                required runs: u32
                /// Two runs at a time, each of which is the other's load.
                optional --load
            }
            /// Runs the hostile tests at their full size: storms, stopped and killed processes, failing system calls,
            /// hostile values, histories of the cache.
            cmd attack {
                /// How many processes ask at once; 1000.
                optional --storm storm: u32
                /// For how many minutes processes are stopped and killed at random; 2, and 10 with `ci --full`.
                optional --minutes minutes: u32
                /// How many histories the model of the cache goes through; 100000, and 1000000 with `ci --full`.
                optional --histories histories: u32
            }
            /// Feeds every parser to libFuzzer, or these.
            cmd fuzz {
                /// The targets, as in `fuzz/fuzz_targets`.
                repeated targets: String
                /// How long each is fed; 60.
                optional --seconds seconds: u64
                /// Make the seeds anew from fixtures instead, as few as reach the same code.
                optional --seeds
            }
            /// Crowds of the helper in chaos: killed, stopped, refused, on a full disk, with clocks that jump.
            cmd chaos {
                /// For how many minutes; 2.
                optional --minutes minutes: u32
                /// How many processes a storm has; 1000.
                optional --storm storm: u32
            }
            /// Changes the deciding code, a little at a time, and counts the changes that no test notices.
            cmd mutants {
                /// `freshness`, `evaluation`, `clients`, `repair`; all where none is named.
                repeated parts: String
            }
            /// Compares the record of dependencies with what is built.
            cmd dependencies {
                /// Write it instead: supply-chain/dependencies.tsv.
                optional --record
            }
            /// Has the Helm chart judged, as the step `chart` does.
            cmd chart {
                /// Write what is made from it instead: the README's table, the plain manifests.
                optional --write
            }
            /// Makes the site of the documentation, target/docs-site, and checks all links.
            cmd docs {
                /// Only check the links of the Markdown files.
                optional --links
            }
            /// Reads the sources for rings, imports that point up, and files that are too long.
            cmd structure {}
            /// Makes what is attached to a release: programs, packages, the image, bills of materials, checksums, provenance.
            cmd release {
                /// Builds the programs and packs them.
                default cmd make {
                    /// For this target alone; may be given again.
                    repeated --target target: String
                    /// Only this part: archives, deb, rpm, apk, wheel, npm, image, chart, web or schemas; may be given again.
                    repeated --part part: String
                    /// Only this program; may be given again.
                    repeated --program program: String
                    /// Cargo's profile; release-lto.
                    optional --profile profile: String
                    /// The repository on GitHub that the release is of: OWNER/NAME.
                    optional --repository repository: String
                    /// Where the files are put; target/release-VERSION.
                    optional --output directory: PathBuf
                    /// Make everything again of a copy elsewhere, and compare the bytes.
                    optional --check
                }
                /// Builds the programs and leaves them unpacked.
                cmd build {
                    /// For this target alone; may be given again.
                    repeated --target target: String
                    /// Cargo's profile; release-lto.
                    optional --profile profile: String
                    /// Where they are put, in a directory for each target.
                    required programs: PathBuf
                }
                /// Packs programs that were built.
                cmd pack {
                    /// For this target alone; may be given again.
                    repeated --target target: String
                    /// Only this part; may be given again.
                    repeated --part part: String
                    /// The profile that they were built by; release-lto.
                    optional --profile profile: String
                    /// The repository on GitHub that the release is of: OWNER/NAME.
                    optional --repository repository: String
                    /// Where the files are put; target/release-VERSION.
                    optional --output directory: PathBuf
                    /// Where the programs are.
                    required programs: PathBuf
                }
                /// Checks the files of a release: sums, provenance, bills of materials.
                cmd verify {
                    /// The directory that holds them and nothing else.
                    required directory: PathBuf
                }
                /// Has the packages judged by the programs that install them.
                cmd judge {
                    /// The directory that holds them.
                    required directory: PathBuf
                }
            }
            /// Scores `explain` on labelled failures.
            cmd score {
                /// One JSON object per line: text, label, alternatives.
                required file: PathBuf
                /// Only the lines whose number, from 0, leaves this over when divided by four.
                optional --fold fold: usize
                /// Also list what is right but badly ranked.
                optional --verbose
            }
            /// Measures `explain` on a log of 1 GiB beside grep.
            cmd bench-explain {}
            /// Measures how fast trails are read, and in how much memory, beside zcat and DuckDB.
            cmd bench-trail {}
            /// Measures `audit` on a tree of 100,000 files beside ripgrep.
            cmd bench-audit {}
            /// Runs the audit and other scanners on a labelled corpus, and prints a table.
            cmd peers {
                /// A directory with `corpus/` and `expect.jsonl`.
                required corpus: PathBuf
            }
            /// Makes the web pages: target/web/ecrpass.html and audit.html.
            cmd web {
                /// Test it in a browser.
                optional --test
                /// Take the pictures in the documentation.
                optional --screenshots
            }
            /// The closed world with the real docker, podman and an ECR: `up`, `down`, `shell` or `status`.
            cmd lab {
                /// What to do.
                required action: String
            }
        }
    }
}

fn released(command: flags::ReleaseCmd) -> anyhow::Result<()> {
    use release::Wish;
    match command {
        flags::ReleaseCmd::Make(it) => {
            let wish = Wish {
                targets: it.target,
                parts: it.part,
                only: it.program,
                profile: it.profile,
                repository: it.repository,
                programs: None,
                output: it.output,
            };
            release::make(&wish, it.check)
        }
        flags::ReleaseCmd::Build(it) => release::build(&Wish {
            targets: it.target,
            profile: it.profile,
            programs: Some(it.programs),
            ..Wish::default()
        }),
        flags::ReleaseCmd::Pack(it) => release::pack(&Wish {
            targets: it.target,
            parts: it.part,
            profile: it.profile,
            repository: it.repository,
            programs: Some(it.programs),
            output: it.output,
            ..Wish::default()
        }),
        flags::ReleaseCmd::Verify(it) => release::verify(&it.directory),
        flags::ReleaseCmd::Judge(it) => release::judge(&it.directory),
    }
}

fn main() -> ExitCode {
    let result = match flags::Xtask::from_env() {
        Ok(flags) => match flags.subcommand {
            flags::XtaskCmd::Ci(ci) => {
                let when = match (ci.fast, ci.full) {
                    (true, _) => ci::When::Fast,
                    (false, true) => ci::When::Full,
                    (false, false) => ci::When::Usual,
                };
                ci::run(when, ci.only.as_deref())
            }
            flags::XtaskCmd::Bench(bench) => {
                bench::run(bench.runs.unwrap_or(300), bench.json, bench.warm_only)
            }
            flags::XtaskCmd::BenchCold(bench) => bench_cold::run(bench.runs.unwrap_or(40)),
            flags::XtaskCmd::Generate(generate) => generate::run(generate.check),
            flags::XtaskCmd::Repeat(it) => repeat::run(it.runs, it.load),
            flags::XtaskCmd::Attack(it) => {
                let usual = attack::SHORT;
                attack::run(&attack::Force {
                    storm: it.storm.unwrap_or(usual.storm),
                    minutes: it.minutes.unwrap_or(usual.minutes),
                    histories: it.histories.unwrap_or(usual.histories),
                })
            }
            flags::XtaskCmd::Fuzz(it) => fuzz::run(&fuzz::Wanted {
                targets: it.targets,
                seconds: it.seconds.unwrap_or(60),
                seeds: it.seeds,
            }),
            flags::XtaskCmd::Chaos(it) => attack::chaos(
                it.minutes.unwrap_or(attack::SHORT.minutes),
                it.storm.unwrap_or(attack::SHORT.storm),
            ),
            flags::XtaskCmd::Mutants(it) => mutants::run(&it.parts),
            flags::XtaskCmd::Dependencies(it) => {
                if it.record {
                    supply_chain::record()
                } else {
                    supply_chain::check()
                }
            }
            flags::XtaskCmd::Peers(peers) => peers::run(&peers.corpus),
            flags::XtaskCmd::Docs(it) => {
                if it.links {
                    docs::check_links()
                } else {
                    docs::build()
                }
            }
            flags::XtaskCmd::Structure(_) => structure::run(),
            flags::XtaskCmd::Release(it) => released(it.subcommand),
            flags::XtaskCmd::Score(it) => score::run(&it.file, it.fold, it.verbose),
            flags::XtaskCmd::BenchExplain(_) => bench_explain::run(),
            flags::XtaskCmd::BenchTrail(_) => bench_trail::run(),
            flags::XtaskCmd::BenchAudit(_) => bench_audit::run(),
            flags::XtaskCmd::Chart(it) => {
                if it.write {
                    chart::write()
                } else {
                    chart::run()
                }
            }
            flags::XtaskCmd::Web(web) => match (web.test, web.screenshots) {
                (false, false) => web::build(),
                (true, false) => web::test(),
                (false, true) => web::screenshots(),
                (true, true) => web::test().and_then(|()| web::screenshots()),
            },
            flags::XtaskCmd::Lab(lab) => ci::lab(&lab.action),
        },
        Err(error) => {
            say(&error.to_string());
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("\nxtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
