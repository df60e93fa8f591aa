//! What was probably meant by a pattern that is no address.

use crate::kubelet::host_form::{HostKind, kind};
use crate::kubelet::url;

/// The pattern that was meant, in quotes, or what to do.
pub fn of(pattern: &str) -> String {
    if let Some(each) = several(pattern) {
        return each;
    }
    let bare = pattern.split_once("://").map_or(pattern, |(_, rest)| rest.trim_end_matches('/'));
    let bare: String = bare.split_whitespace().collect();
    let bare = bare
        .rsplit_once('@')
        .map_or(bare.as_str(), |(user, rest)| if user.contains('/') { &bare } else { rest });
    if bare.is_empty() {
        return "remove it".to_owned();
    }
    if url::parse(bare, true).is_ok() {
        return format!("\"{bare}\"");
    }
    let (authority, path) = bare.find('/').map_or((bare, ""), |slash| bare.split_at(slash));
    let path = if url::parse(&format!("a{path}"), true).is_ok() { path } else { "" };
    // Classes, choices and variables: one `*` for what is between two dots.
    let labels: Vec<String> = labels(authority).map(|label| plain(&label)).collect();
    let host = labels.join(".");
    match (kind(&host.to_ascii_lowercase()), authority.rsplit_once(':')) {
        (HostKind::Ecr, _) if url::parse(&host, true).is_ok() => format!("\"{host}{path}\""),
        (HostKind::NotQuite(_, Some(meant)), _) => format!("\"{meant}\""),
        _ if url::parse(authority, true).is_ok() => format!("\"{authority}{path}\""),
        (_, Some((host, _))) if url::parse(host, true).is_ok() => format!("\"{host}{path}\""),
        _ => "name the registry's host, with `*` for what is between two dots".to_owned(),
    }
}

/// Each of several patterns in one, in quotes.
pub fn several(pattern: &str) -> Option<String> {
    // Between braces, commas part choices.
    if pattern.contains(['{', '[', '(']) {
        return None;
    }
    let parts: Vec<&str> = pattern
        .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .filter(|part| !part.is_empty())
        .collect();
    let are_hosts = parts.iter().all(|part| part.contains('.') && url::parse(part, true).is_ok());
    let quoted: Vec<String> = parts.iter().map(|part| format!("\"{part}\"")).collect();
    (parts.len() > 1 && are_hosts).then(|| quoted.join(", "))
}

/// What is between the dots of a host, dots in brackets apart.
fn labels(host: &str) -> impl Iterator<Item = String> {
    let mut labels = vec![String::new()];
    let mut depth = 0_usize;
    for c in host.chars() {
        match c {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                labels.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = labels.last_mut() {
            last.push(c);
        }
    }
    labels.into_iter()
}

/// A label that Go takes.
fn plain(label: &str) -> String {
    let is_plain = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '*');
    // What is the same in all of them stays: `us-east-[12]`.
    let before: String = label.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if is_plain {
        label.to_owned()
    } else if before.contains('-') {
        format!("{before}*")
    } else {
        "*".to_owned()
    }
}
