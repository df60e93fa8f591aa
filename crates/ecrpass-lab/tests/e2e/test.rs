//! What a test is here.

use anyhow::Result;
use ecrpass_lab::Lab;

/// A test: a name, and what to do in the lab.
pub type Test = (&'static str, fn(&Lab) -> Result<()>);
