//! The denials that AWS prints, and what is said of them.

use ecrpass_iam::denial;
use ecrpass_iam::explain::{Found, explain, find};

/// What is read from a message and printed is read again as the same.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Some(said) = denial::parse(text) {
        let printed = said.to_string();
        assert!(denial::parse(&printed).is_some(), "{printed:?} of {text:?}");
    }
    for found in find(text) {
        let Found::Denied(said) = found else { continue };
        let _ = explain(&said);
        let printed = said.denied().to_string();
        let again =
            denial::parse(&printed).map(|again| (again.action.to_owned(), again.principal.to_owned()));
        assert_eq!(again, Some((said.action.clone(), said.principal.clone())), "{printed:?} of {text:?}");
    }
}
