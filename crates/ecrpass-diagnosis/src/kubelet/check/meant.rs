//! What a field with a wrong name was meant to be.

use ecrpass_credentials::aws_config::closest;

/// The field that was meant.
pub fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let same = known.iter().copied().find(|known| known.eq_ignore_ascii_case(name));
    same.or_else(|| closest(name, known.iter().copied()))
}
