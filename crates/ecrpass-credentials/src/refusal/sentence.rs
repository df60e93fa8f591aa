//! Words of servers and programs, made into sentences of a refusal.

/// A text as a sentence; the other words when there is none.
pub(super) fn sentence(text: &str, otherwise: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    format!("{}.", if text.is_empty() { otherwise } else { text })
}

/// An error chain shortened to one readable line.
pub(super) fn one_line(text: &str) -> String {
    const MAX: usize = 300;
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match joined.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}…", joined.get(..at).unwrap_or_default()),
        None => joined,
    }
}
