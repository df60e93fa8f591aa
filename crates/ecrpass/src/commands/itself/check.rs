//! `ecrpass self check`: whether the helper is installed as it should be.

use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::finding::{Finding, Severity};
use ecrpass_diagnosis::installation::{
    Bundled, Cache, Configured, Helper, Installation, SeenService, Sum, findings,
};
use serde::Serialize;

use crate::collect::installation::{Checksums, look};
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::installation;
use crate::render::ui::Ui;

/// Arguments of `ecrpass self check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each program of the helper's names on PATH is asked for its version, for two seconds at most. A file is compared with its checksum where there is one: in the SHA256SUMS beside it, or as --checksum says. It changes nothing.\n\nExit status: 0 when nothing is wrong, 1 when something is."
)]
pub struct Arguments {
    /// The SHA256SUMS of the release, or the SHA-256 that the helper in use should have
    #[arg(long, value_name = "FILE|SHA256")]
    pub checksum: Option<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The result, for programs.
#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    version: &'a str,
    helpers: Vec<Helper<'a>>,
    configured: &'a [Configured],
    services: &'a [SeenService],
    bundled: &'a [Bundled],
    checksums: &'a [Sum],
    cache: &'a Cache,
    findings: &'a [Finding],
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something is wrong.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let checksums = Checksums::named(arguments.checksum.as_deref())?;
    let seen: Installation = look(environment, &checksums);
    let findings = ui.shown(findings(&seen));
    match arguments.format {
        Format::Json => ui.json(&Report {
            schema: "ecrpass/self/1",
            version: &seen.version,
            helpers: seen.helpers(),
            configured: &seen.configured,
            services: &seen.services,
            bundled: &seen.bundled,
            checksums: &seen.sums,
            cache: &seen.cache,
            findings: &findings,
        })?,
        Format::Text => ui.results(installation::report(&seen, &findings))?,
    }
    if findings.iter().all(|finding| finding.severity == Severity::Note) {
        Ok(())
    } else {
        Err(CommandError::Found)
    }
}
