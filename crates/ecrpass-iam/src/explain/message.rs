//! Finds denials in what people paste: an error of the AWS CLI, a line of a log, JSON in JSON, a sentence broken at a
//! width, or what `sts decode-authorization-message` printed.

use ecrpass_core::Arn;
use ecrpass_core::account::is_account_id;
use ecrpass_json::{JsonKind, Value};

use crate::denial::{self, Denied, Reason};
use crate::task;

/// Something found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A denial with its details.
    Denied(Said),
    /// A message that only AWS can decode.
    Encoded(String),
    /// A denial that says nothing but what was called, where it says that.
    Bare(Option<String>),
}

/// A denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who was denied.
    pub principal: String,
    /// What.
    pub action: String,
    /// On what, where it was said.
    pub resource: Option<String>,
    /// Whose no it was.
    pub reason: Reason,
    /// The policy, where it was named.
    pub policy_arn: Option<String>,
    /// The condition keys of the request, each with its values: a decoded message has them.
    pub keys: Vec<(String, Vec<String>)>,
}

impl Said {
    /// The denial as the rest of the crate knows it.
    pub fn denied(&self) -> Denied<'_> {
        Denied {
            principal: &self.principal,
            action: &self.action,
            resource: self.resource.as_deref(),
            reason: self.reason,
            policy_arn: self.policy_arn.as_deref(),
        }
    }
}

/// The most that is looked at, in bytes: a text somebody pastes is shorter, and a log is for `ecrpass explain`.
const MAX: usize = 1 << 20;

/// The most different things that are told of one text.
const MOST: usize = 20;

/// The most condition keys of a decoded message.
const MOST_KEYS: usize = 200;

const USER: &str = "User: ";
const ACTION: &str = "is not authorized to perform: ";
const RESOURCE: &str = "on resource: ";
const ENCODED: &str = "Encoded authorization failure message: ";

/// Everything in a text, each once, in its order.
pub fn find(text: &str) -> Vec<Found> {
    let text = head(text);
    if let Some(decoded) = decoded(text) {
        return vec![decoded];
    }
    // A break at a width is a blank, or is in the middle of a word.
    let by_blank = sentences(&flat(text, " "));
    let by_nothing = sentences(&flat(text, ""));
    let score = |all: &[Said]| all.iter().map(plausibility).sum::<usize>();
    let said = if score(&by_nothing) > score(&by_blank) { by_nothing } else { by_blank };
    let mut found: Vec<Found> = said.into_iter().map(Found::Denied).collect();
    found.extend(encoded(text));
    if found.is_empty() {
        found.extend(bare(text));
    }
    let mut seen: Vec<Found> = Vec::new();
    for one in found {
        if !seen.contains(&one) && seen.len() < MOST {
            seen.push(one);
        }
    }
    seen
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The text without colours and escapes, on one line; `between` is what line breaks become.
fn flat(text: &str, between: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\u{1b}' => {
                // Colours: everything up to the letter that ends them.
                for c in characters.by_ref() {
                    if c.is_ascii_alphabetic() {
                        break;
                    }
                }
            }
            '\\' => match characters.peek() {
                Some('n' | 'r' | 't') => {
                    characters.next();
                    flat.push(' ');
                }
                // Quotes and slashes lose what escapes them, however often.
                Some('"' | '/' | '\\') | None => {}
                Some(_) => flat.push(c),
            },
            // A line that was broken at a blank may go on further in; one that was broken in a word does not.
            '\n' | '\r' => {
                if !flat.ends_with(between) || between.is_empty() {
                    flat.push_str(between);
                }
            }
            c if c.is_whitespace() => {
                if !flat.ends_with(' ') {
                    flat.push(' ');
                }
            }
            c => flat.push(c),
        }
    }
    flat.replace("&quot;", "\"").replace("&#34;", "\"").replace("u0022", "\"")
}

/// All denials in a text of one line.
fn sentences(text: &str) -> Vec<Said> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(USER) {
        let end = after.find(USER).unwrap_or(after.len());
        let (this, next) = after.split_at_checked(end).unwrap_or((after, ""));
        if let Some(sentence) = sentence(this)
            && let Some(denied) = denial::parse(&sentence)
        {
            found.push(Said {
                principal: denied.principal.to_owned(),
                action: denied.action.to_owned(),
                resource: denied.resource.map(str::to_owned),
                reason: denied.reason,
                policy_arn: denied.policy_arn.map(str::to_owned),
                keys: Vec::new(),
            });
            if found.len() > MOST {
                break;
            }
        }
        rest = next;
    }
    found
}

/// The words that a reason is made of. What follows in a log is no part of it.
const WORDS: [&str; 26] = [
    "because",
    "no",
    "with",
    "an",
    "a",
    "the",
    "explicit",
    "deny",
    "in",
    "identity-based",
    "resource-based",
    "permissions",
    "boundary",
    "session",
    "sessions",
    "service",
    "control",
    "resource",
    "vpc",
    "endpoint",
    "policy",
    "role",
    "trust",
    "transitively",
    "through",
    "allows",
];

/// The sentence that begins behind `User: `, up to its end.
fn sentence(text: &str) -> Option<String> {
    let (principal, rest) = text.split_once(ACTION)?;
    let (action, is_over, mut after) = word(rest);
    let mut sentence = format!("{USER}{} {ACTION}{action}", principal.trim_end());
    if is_over {
        return Some(sentence);
    }
    if let Some(resource) = after.strip_prefix(RESOURCE) {
        let (resource, is_over, rest) = word(resource);
        sentence = format!("{sentence} {RESOURCE}{resource}");
        if is_over {
            return Some(sentence);
        }
        after = rest;
    } else if let Some(rest) = after.strip_prefix("on this resource ") {
        after = rest;
    }
    if !after.starts_with("because ") && !after.starts_with("with ") {
        return Some(sentence);
    }
    while !after.is_empty() {
        let (bare, is_over, rest) = word(after);
        let plain = bare.trim_end_matches([':', ',']);
        let is_known = WORDS.contains(&plain.to_ascii_lowercase().as_str())
            || plain == "action"
            || plain.starts_with("arn:")
            || plain.eq_ignore_ascii_case(action);
        if !is_known {
            break;
        }
        sentence = format!("{sentence} {bare}");
        if is_over {
            break;
        }
        after = rest;
    }
    Some(sentence)
}

/// The first word without its quotes, whether the sentence ends with it, and what follows.
fn word(text: &str) -> (&str, bool, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (bare, is_over) = cut(word);
    let whole = bare.trim_end_matches('.');
    (whole, is_over || whole.len() < bare.len(), rest)
}

/// A word up to the quote or brace that ends what it stands in; quotes around all of it stay.
fn cut(word: &str) -> (&str, bool) {
    let inside = word.strip_prefix('"').unwrap_or(word);
    match inside.find(['"', '}', '<', '\'']) {
        Some(at) => {
            let is_quoted = inside.len() < word.len() && inside.get(at..).is_some_and(|end| end.len() <= 2);
            (inside.get(..at).unwrap_or(inside), !is_quoted)
        }
        None => (inside, false),
    }
}

/// How much of a denial is as AWS writes it.
fn plausibility(said: &Said) -> usize {
    let is_whole =
        |text: &str| Arn::parse(text).is_some_and(|arn| arn.account.is_empty() || is_account_id(arn.account));
    let resource = said.resource.as_deref().is_some_and(|resource| resource == "*" || is_whole(resource));
    let reason = said.reason.policy().is_some();
    [is_whole(&said.principal), task::scope(&said.action).is_some(), resource, reason]
        .into_iter()
        .filter(|&fits| fits)
        .count()
}

fn encoded(text: &str) -> Option<Found> {
    let (_, after) = text.split_once(ENCODED)?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=');
    let end = after.find(|c: char| !is_part(c)).unwrap_or(after.len());
    let message = after.get(..end).filter(|message| !message.is_empty())?;
    Some(Found::Encoded(message.to_owned()))
}

/// `An error occurred (AccessDeniedException) when calling the PutImage operation`, and no more.
fn bare(text: &str) -> Option<Found> {
    if !text.contains("AccessDenied") && !text.contains("UnauthorizedOperation") {
        return None;
    }
    let operation =
        text.split_once("when calling the ").and_then(|(_, after)| after.split_once(" operation"));
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
    Some(Found::Bare(operation.map(|(name, _)| name).filter(is_name).map(str::to_owned)))
}

/// What `aws sts decode-authorization-message` prints: JSON, or JSON in a string of JSON.
fn decoded(text: &str) -> Option<Found> {
    let root = ecrpass_json::parse(text.trim()).ok()?;
    if let Some(inner) = member(&root, "DecodedMessage").and_then(Value::text) {
        let inner = ecrpass_json::parse(inner).ok()?;
        return said_in(&inner);
    }
    if let Some(inner) = root.text() {
        return said_in(&ecrpass_json::parse(inner).ok()?);
    }
    said_in(&root)
}

fn said_in(root: &Value) -> Option<Found> {
    let context = member(root, "context")?;
    let explicit = member(root, "explicitDeny")?;
    let text = |value: &Value, key: &str| member(value, key).and_then(Value::text).map(str::to_owned);
    // A boolean is told by its length: the tree does not keep its value.
    let is_explicit = explicit.span.len() == "true".len();
    Some(Found::Denied(Said {
        principal: text(member(context, "principal")?, "arn")?,
        action: text(context, "action")?,
        resource: text(context, "resource"),
        reason: if is_explicit { Reason::Denied(None) } else { Reason::Unsaid },
        policy_arn: None,
        keys: keys(context),
    }))
}

/// The condition keys: `{"items": [{"key": …, "values": {"items": [{"value": …}]}}]}`.
fn keys(context: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value, key: &str| member(value, key).and_then(Value::text).map(str::to_owned);
    let key = |item: &Value| {
        let values = items(item, "values").iter().filter_map(|value| text(value, "value")).collect();
        Some((text(item, "key")?, values))
    };
    items(context, "conditions").iter().filter_map(key).take(MOST_KEYS).collect()
}

/// The members of a list as such messages write it.
fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    match member(value, key).and_then(|value| member(value, "items")).map(|listed| &listed.kind) {
        Some(JsonKind::Array(items)) => items,
        _ => &[],
    }
}

fn member<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.members()?.iter().find(|member| member.key == key).map(|member| &member.value)
}

#[cfg(test)]
mod tests;
