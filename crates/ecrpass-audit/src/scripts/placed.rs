//! A script with what is known of when it runs.

use std::ops::Range;

use crate::infrastructure::user_data::When;
use crate::shell::Script;

/// When a script runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// When somebody calls it.
    Called,
    /// At the first boot of a machine.
    AtBoot,
    /// Again and again: the longest time between two runs in minutes, if it is known, and where that is written.
    Again(Option<u32>, Range<usize>),
    /// It was typed once.
    Typed,
    /// While a container image is built.
    InBuild,
    /// While a machine image is built.
    InMachineBuild,
}

impl From<When> for Runs {
    fn from(when: When) -> Self {
        match when {
            When::Boot => Self::AtBoot,
            When::Build => Self::InMachineBuild,
            When::Apply => Self::Called,
        }
    }
}

/// A script where it stands.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The script.
    pub script: Script,
    /// When it runs.
    pub runs: Runs,
}

impl Placed {
    /// A script that runs when it is called.
    pub fn called(script: Script) -> Self {
        Self { script, runs: Runs::Called }
    }
}
