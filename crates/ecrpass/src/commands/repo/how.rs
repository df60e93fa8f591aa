//! What every command below `ecrpass repo` takes: whom to ask, and how to answer.

use crate::collect::registry_session::Place;
use crate::render::format::Format;

/// Whom to ask, and how to answer.
#[derive(Clone, Debug, clap::Args)]
pub struct How {
    #[command(flatten)]
    pub(super) place: Place,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
