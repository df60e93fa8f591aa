//! How a program speaks of a bug of its own: where it is, and never what it had in hand, which may be a secret or
//! somebody else's text.

use std::panic::Location;

/// ` (file.rs:12)`, or nothing.
pub fn place(at: Option<&Location<'_>>) -> String {
    // Not where the program was built.
    let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    at.map_or_else(String::new, |at| format!(" ({}:{})", name(at.file()), at.line()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_no_directory() {
        assert_eq!(place(None), "");
        let here = place(Some(Location::caller()));
        assert!(here.starts_with(" (bug.rs:") && here.ends_with(')'), "{here}");
    }
}
