//! The engines put together: doctor's checks with the reader of logs beside them, for one machine or several.

use crate::engine::doctor::{self, Examination};
use crate::engine::explain::explain_words;
use crate::engine::fleet::{Fleet, fleet};
use crate::facts::Bundle;

/// Looks at all that was seen on a machine.
pub fn examine(bundle: &Bundle) -> Examination {
    doctor::examine(bundle, &explain_words)
}

/// Looks at bundles of several machines, each with its name.
pub fn examine_fleet(bundles: &[(String, Bundle)]) -> Fleet {
    fleet(bundles.iter().map(|(name, bundle)| (name.clone(), examine(bundle).findings)).collect())
}
