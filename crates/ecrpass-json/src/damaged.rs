//! The secrets in a configuration that is damaged, or a piece of one: known by the key in front of them, since nothing
//! tells what they stand in.

use std::ops::Range;

use crate::value::is_field;

/// The keys of a docker configuration whose value is a secret.
pub(crate) const SECRET_KEYS: [&str; 5] = ["auth", "identitytoken", "password", "registrytoken", "username"];

/// Strings longer than this are hidden whatever their key: the longest ECR host has some 70 characters.
pub(crate) const LONGEST_SHOWN: usize = 120;

/// A part of a text with every character of a secret replaced by a dot, so that columns stay where they are. What stands
/// around the part says what is a secret in it.
pub(crate) fn dot_secrets(text: &str, part: Range<usize>) -> String {
    let mut output = String::with_capacity(part.len());
    let mut end = part.start;
    let cut = |at: usize| at.clamp(part.start, part.end);
    for secret in secret_values(text) {
        let secret = cut(secret.start)..cut(secret.end);
        output.push_str(text.get(end..secret.start).unwrap_or_default());
        let inside = text.get(secret.clone()).unwrap_or_default();
        output.extend(inside.chars().map(|c| if matches!(c, '\n' | '\r') { c } else { '•' }));
        end = secret.end;
    }
    output.push_str(text.get(end..part.end).unwrap_or_default());
    output
}

/// The insides of strings that follow a secret's key, in bytes: whatever stands between the two, since the text may be
/// damaged exactly there.
fn secret_values(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut secret_key = false;
    while let Some((before, rest)) = text.get(at..).and_then(|rest| rest.split_once('"')) {
        let start = at + before.len() + 1;
        let mut end = rest.len();
        let mut characters = rest.char_indices();
        while let Some((index, c)) = characters.next() {
            match c {
                '\\' => {
                    characters.next();
                }
                '"' | '\n' => {
                    end = index;
                    break;
                }
                _ => {}
            }
        }
        let inside = rest.get(..end).unwrap_or_default();
        if secret_key || inside.chars().nth(LONGEST_SHOWN).is_some() {
            found.push(start..start + end);
            secret_key = false;
        } else {
            secret_key = SECRET_KEYS.iter().any(|key| is_field(inside, key));
        }
        // Behind what ends the string: one byte, if there is any.
        at = start + end + 1;
    }
    found
}
