//! What a file says, whatever language it is in: rules of Prometheus, alarms, metric filters and event patterns, each value
//! with its place.

mod aws;
mod embedded;
mod model;
mod prometheus;
mod terraform;

use ecrpass_audit::infrastructure::hcl;
use ecrpass_audit::infrastructure::intrinsics::datum;
use ecrpass_audit::yaml;

pub use model::{Alarm, Contents, Event, Filter, Measured, Rule, Setting};

/// Why a file cannot be read, and where.
pub type Damage = (Option<usize>, String);

/// Reads a file.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(name: &str, text: &str) -> Result<Contents, Damage> {
    let mut contents = Contents::default();
    if has_ending(name, ".tf") {
        let Some((blocks, _)) = hcl::read(text) else { return Err((None, "it is no HCL".to_owned())) };
        terraform::blocks(&blocks, &mut contents);
        return Ok(contents);
    }
    match yaml::read(text) {
        Ok(documents) => documents.iter().for_each(|document| {
            let document = datum(document);
            prometheus::document(&document, &mut contents);
            aws::document(&document, &mut contents);
            terraform::json(&document, &mut contents);
        }),
        Err(error) => {
            // Standard input has no name that tells.
            if let Some((blocks, _)) = hcl::read(text) {
                terraform::blocks(&blocks, &mut contents);
                return Ok(contents);
            }
            return Err((Some(error.at), format!("it is neither YAML, JSON nor HCL: {}", error.message)));
        }
    }
    if contents.is_empty()
        && let Some((blocks, _)) = hcl::read(text)
    {
        terraform::blocks(&blocks, &mut contents);
    }
    Ok(contents)
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.to_ascii_lowercase().ends_with(ending)
}
