//! A line of a log as the signatures want it: unwrapped, without colour, in lower case.

use super::wrapped::go_on;

/// Takes terminal colours and JSON's escapes out of a line. Nested JSON is unescaped as often as it is nested.
pub fn unwrap(line: &str) -> String {
    let mut text = without_colour(line);
    for _ in 0..3 {
        match unescape(&text) {
            Some(unescaped) => text = unescaped,
            None => break,
        }
    }
    if text.contains('\n') { in_one_line(&text) } else { text }
}

/// Lines that were written as one, in one: what was cut at some width is put together again.
fn in_one_line(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    // The first one stands behind the name of its field.
    let mut widths = lines.clone();
    if let Some(first) = widths.first_mut() {
        *first = first.rsplit_once("\":\"").map_or(*first, |(_, value)| value);
    }
    let mut whole = String::with_capacity(text.len());
    let mut goes_on = true;
    for (line, next) in lines.iter().zip(go_on(&widths)) {
        if !goes_on {
            whole.push(' ');
        }
        whole.push_str(line);
        goes_on = next;
    }
    whole
}

/// Without ANSI control sequences and other control characters.
fn without_colour(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            if rest.as_str().starts_with('[') {
                rest.next();
                rest.by_ref().find(char::is_ascii_alphabetic);
            }
        } else if c == '\t' {
            text.push(' ');
        } else if !c.is_control() {
            text.push(c);
        }
    }
    text
}

/// One layer of JSON's escapes taken off; `None` when there is none.
fn unescape(text: &str) -> Option<String> {
    let first = text.find('\\')?;
    let mut output = String::with_capacity(text.len());
    output.push_str(text.get(..first)?);
    let mut rest = text.get(first..)?.chars();
    let mut changed = false;
    while let Some(c) = rest.next() {
        if c != '\\' {
            output.push(c);
            continue;
        }
        let ahead = rest.as_str();
        let replacement = match ahead.chars().next() {
            Some('"') => Some('"'),
            Some('\'') => Some('\''),
            Some('\\') => Some('\\'),
            Some('/') => Some('/'),
            // A path of Windows' may hold any letter after a backslash; these three only stand for white space where
            // no word goes on.
            Some('n') => Some('\n'),
            Some('t' | 'r') => Some(' '),
            _ => None,
        };
        if let Some(replacement) = replacement {
            output.push(replacement);
            rest.next();
            changed = true;
        } else if let Some(hex) = ahead.strip_prefix('u').and_then(|hex| hex.get(..4)) {
            match u32::from_str_radix(hex, 16).ok().and_then(char::from_u32) {
                Some(c) => {
                    output.push(c);
                    rest = ahead.get(5..).unwrap_or_default().chars();
                    changed = true;
                }
                None => output.push('\\'),
            }
        } else {
            output.push('\\');
        }
    }
    changed.then_some(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappings_come_off() {
        for (wrapped, plain) in [
            ("\u{1b}[31;1mERROR\u{1b}[0m: x", "ERROR: x"),
            (r#"{"log":"Get \"https://h/v2/\": denied\n"}"#, r#"{"log":"Get "https://h/v2/": denied "}"#),
            (r#"err="failed \\\"a\\\"""#, r#"err="failed "a"""#),
            (r"\u003cnil\u003e", "<nil>"),
            (r"C:\Users\x", r"C:\Users\x"),
            (r"C:\new\x", r"C: ew\x"),
            (r#"{"log":"a\nb\n"}"#, r#"{"log":"a b "}"#),
            ("plain\ttext", "plain text"),
            ("\u{1b}[", ""),
            (r"\u00", r"\u00"),
        ] {
            assert_eq!(unwrap(wrapped), plain);
        }
    }
}
