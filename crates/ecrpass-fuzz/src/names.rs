//! Registries, images, ARNs, times, and texts on their way to a terminal or a shell.

use ecrpass_core::safe_line::safe_line;
use ecrpass_core::shell::quoted;
use ecrpass_core::time::{parse_basic, parse_http_date, parse_rfc3339, rfc3339};
use ecrpass_core::visible::visible;
use ecrpass_core::{Arn, ImageReference, Registry};

/// What is read prints back, what is shown can be seen, and what is quoted is one word of a shell.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(registry) = Registry::parse(text) {
        assert_eq!(Registry::parse(registry.host()).as_ref(), Ok(&registry));
        assert!(registry.host().is_ascii() && !registry.host().contains(['/', '@', ' ']), "{registry}");
        assert!(registry.account().is_none_or(|account| account.len() == 12), "{registry}");
    }
    if let Ok(image) = ImageReference::parse(text) {
        assert_eq!(image.to_string(), text.trim());
    }
    if let Some(arn) = Arn::parse(text) {
        assert_eq!(arn.to_string(), text);
    }
    for at in [parse_rfc3339(text), parse_basic(text), parse_http_date(text)].into_iter().flatten() {
        let again = parse_rfc3339(&rfc3339(at));
        assert!(again == Some(at) || again.is_none() && rfc3339(at) == at.to_string(), "{at}");
    }
    let shown = visible(text);
    assert_eq!(visible(&shown), shown);
    assert!(!shown.contains(char::is_control), "{shown:?}");
    let line = safe_line(text);
    assert!(!line.contains(|c: char| c.is_control() && c != '\t'), "{line:?}");
    assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "a CI system's command: {line:?}");
    // What cannot be seen is left out of commands.
    let seen: String = text.chars().filter(|c| !c.is_control()).collect();
    assert_eq!(shlex::split(&quoted(text)), Some(vec![seen]), "{}", quoted(text));
}
