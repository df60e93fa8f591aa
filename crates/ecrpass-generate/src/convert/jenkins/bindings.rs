//! Where a Jenkinsfile gets its keys: `withCredentials`, `withAWS`, `credentials()` in an environment.

use std::ops::Range;

use ecrpass_audit::edit::Replacement;
use ecrpass_audit::jobs::edits::{line_end, line_start};

use crate::convert::work::{Obstacle, Work};

/// A block that has keys.
pub struct Binding {
    /// The call, its arguments included.
    pub call: Range<usize>,
    /// What is in its braces.
    pub block: Range<usize>,
    /// The credentials.
    pub secrets: Vec<String>,
}

/// The innermost block around a place that has keys of AWS.
///
/// # Errors
/// Where it has other credentials, too.
pub fn around(text: &str, byte: usize) -> Result<Option<Binding>, Obstacle> {
    let mut found: Option<Binding> = None;
    for name in ["withCredentials", "withAWS"] {
        for (at, _) in text.match_indices(name).filter(|(at, _)| *at < byte) {
            let Some(open) = next(text, at + name.len(), '(') else { continue };
            let Some(arguments) = closed(text, open, '(', ')') else { continue };
            let Some(brace) = next(text, arguments.end, '{') else { continue };
            let Some(block) = closed(text, brace, '{', '}') else { continue };
            if !block.contains(&byte) {
                continue;
            }
            let inside = text.get(arguments.clone()).unwrap_or_default();
            let has_keys = match name {
                "withAWS" => inside.contains("credentials:"),
                _ => ["AmazonWebServicesCredentialsBinding", "AWS_ACCESS_KEY_ID", "aws("]
                    .iter()
                    .any(|mark| inside.contains(mark)),
            };
            if !has_keys {
                continue;
            }
            let ids = ids(inside);
            let others = ids.len() > 2 || inside.contains("sshUserPrivateKey") || inside.contains("file(");
            if others {
                return Err(Obstacle::new(
                    at..at + name.len(),
                    "This binds other credentials as well.",
                    "bind them in a block of their own",
                ));
            }
            let is_inner = found.as_ref().is_none_or(|known| known.call.start < at);
            if is_inner {
                found = Some(Binding { call: at..arguments.end, block, secrets: ids });
            }
        }
    }
    Ok(found)
}

/// The names of credentials: of `credentialsId: 'x'` and `credentials: 'x'`.
fn ids(text: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for mark in ["credentialsId:", "credentials:"] {
        for part in text.split(mark).skip(1) {
            let part = part.trim_start();
            let quote = part.chars().next().filter(|c| ['\'', '"'].contains(c));
            if let Some(quote) = quote
                && let Some(id) = part.get(1..).and_then(|rest| rest.split(quote).next())
                && !ids.iter().any(|known| known == id)
            {
                ids.push(id.to_owned());
            }
        }
    }
    ids
}

/// Takes `AWS_ACCESS_KEY_ID = credentials('x')` away; whether there were such.
pub fn in_environment(text: &str, work: &mut Work) -> bool {
    let mut has_some = false;
    let mut at = 0;
    let mut replacements = Vec::new();
    for line in text.split_inclusive('\n') {
        let bytes = at..at + line.len();
        at = bytes.end;
        let Some((name, value)) = line.split_once('=') else { continue };
        let is_key = crate::convert::secrets::VARIABLES.contains(&name.trim());
        let id = value.trim().strip_prefix("credentials(").and_then(|id| id.strip_suffix(')'));
        if let (true, Some(id)) = (is_key, id) {
            work.secret(id.trim_matches(['\'', '"']));
            replacements.push(Replacement { bytes, text: String::new() });
            has_some = true;
        }
    }
    if has_some {
        work.edit(replacements);
    }
    has_some
}

/// The line of a block of this name at the first level behind a byte.
pub fn block(text: &str, open: usize, name: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = open;
    while at < text.len() {
        let line = text.get(line_start(text, at)..line_end(text, at))?;
        let content = line.trim();
        if depth == 0 && content.strip_prefix(name).is_some_and(|rest| rest.trim() == "{") {
            return Some(at);
        }
        let (opens, closes) = (content.matches('{').count(), content.matches('}').count());
        depth = (depth + opens).saturating_sub(closes);
        at = line_end(text, at);
    }
    None
}

/// The brace that closes the block that begins in the line of a byte.
pub fn end_of_block(text: &str, at: usize) -> Option<usize> {
    let open = at + text.get(at..line_end(text, at))?.find('{')?;
    closed(text, open, '{', '}')?.end.checked_sub(1)
}

/// The marks of strings, the longer ones first.
const MARKS: [&str; 4] = ["'''", "\"\"\"", "'", "\""];

/// The mark of the string that a byte is in.
pub fn open_string(text: &str, byte: usize) -> Option<&'static str> {
    let mut quote: Option<&'static str> = None;
    let mut at = 0;
    while at < byte {
        let rest = text.get(at..)?;
        let width = rest.chars().next().map_or(1, char::len_utf8);
        match quote {
            Some(_) if rest.starts_with('\\') => {
                at += 1 + rest.get(1..)?.chars().next().map_or(0, char::len_utf8)
            }
            Some(mark) if rest.starts_with(mark) => {
                at += mark.len();
                quote = None;
            }
            // One that is not closed ends with its line.
            Some(mark) if mark.len() == 1 && rest.starts_with('\n') => {
                at += width;
                quote = None;
            }
            Some(_) => at += width,
            None if rest.starts_with("//") => at = line_end(text, at),
            None if rest.starts_with("/*") => at += rest.find("*/").map_or(rest.len(), |end| end + 2),
            None => match MARKS.into_iter().find(|mark| rest.starts_with(mark)) {
                Some(mark) => {
                    at += mark.len();
                    quote = Some(mark);
                }
                None => at += width,
            },
        }
    }
    quote
}

/// The next character that is no blank, if it is this one.
fn next(text: &str, from: usize, wanted: char) -> Option<usize> {
    let rest = text.get(from..)?;
    let at = from + (rest.len() - rest.trim_start().len());
    text.get(at..)?.starts_with(wanted).then_some(at)
}

/// From a bracket to the one that closes it, strings left out.
fn closed(text: &str, from: usize, open: char, close: char) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let mut quote: Option<&str> = None;
    let mut at = from;
    while at < text.len() {
        let rest = text.get(at..)?;
        if let Some(mark) = quote {
            if rest.starts_with('\\') {
                at += 1 + rest.get(1..)?.chars().next().map_or(0, char::len_utf8);
                continue;
            }
            if rest.starts_with(mark) {
                at += mark.len();
                quote = None;
                continue;
            }
        } else if let Some(mark) = MARKS.into_iter().find(|mark| rest.starts_with(mark)) {
            quote = Some(mark);
            at += mark.len();
            continue;
        } else if rest.starts_with("//") {
            at = line_end(text, at);
            continue;
        } else if rest.starts_with(open) {
            depth += 1;
        } else if rest.starts_with(close) {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(from..at + close.len_utf8());
            }
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    None
}
