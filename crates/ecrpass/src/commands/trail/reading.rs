//! What `trail` and `trail export` read: with the same options, in the same way.

use std::path::PathBuf;

use ecrpass_core::environment::Environment;
use ecrpass_core::time::EpochSeconds;
use ecrpass_trail::accumulator;

use super::when;
use crate::collect::registry_session::Place;
use crate::collect::trail::{self, Read, Span, Wanted};
use crate::error::CommandError;
use crate::render::ui::Ui;

/// What is read, with the names that all commands have for it.
#[derive(Debug, clap::Args)]
pub struct Reading {
    /// Files, directories, s3://bucket/prefix, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Only calls from then on: 2026-11-24, 2026-11-24T10:00Z, or how long ago, 90m, 24h, 7d
    #[arg(long, value_name = "WHEN", value_parser = when::moment)]
    since: Option<EpochSeconds>,
    /// Only calls before then
    #[arg(long, value_name = "WHEN", value_parser = when::moment)]
    until: Option<EpochSeconds>,
    /// The profile of the AWS files to read buckets with
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A region of the bucket's partition; S3 says in which the bucket is
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

/// How long one call to S3 may take, in seconds.
const DEADLINE: u64 = 60;

impl Reading {
    /// The time that is asked for.
    pub fn span(&self) -> accumulator::Span {
        accumulator::Span { since: self.since, until: self.until }
    }

    /// What is read, as it was named.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Reads all of it into sinks.
    ///
    /// # Errors
    /// When something that was named cannot be read, or no time is asked for.
    pub fn read<S: ecrpass_trail::event::Sink>(
        &self,
        environment: &dyn Environment,
        sink: &(impl Fn() -> S + Sync),
        ui: &mut Ui,
    ) -> Result<Read<S>, CommandError> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since >= until
        {
            return Err(CommandError::could_not_run(
                "--since is not before --until: no time is between them.",
                "exchange them, or leave one out",
            ));
        }
        let place = Place {
            region: self.region.clone(),
            account: None,
            profile: self.profile.clone(),
            deadline: DEADLINE,
            otherwise: Some("us-east-1"),
        };
        let span = Span { since: self.since, until: self.until };
        trail::read(&Wanted { paths: &self.paths, span, place: &place }, environment, sink, ui)
    }
}
