//! What a text is, by its first bytes: its name says nothing that can be relied on.

pub mod csv;

/// How records lie in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing, or white space alone.
    Empty,
    /// JSON from bracket to bracket: one text, indented or not, or several, glued or not.
    Json,
    /// A record, or several in a list, on each line; maybe behind a time, as CloudWatch Logs exports them.
    Lines,
    /// Comma-separated values, of which this one holds a record.
    Csv(usize),
    /// UTF-16, as PowerShell writes what it redirects.
    Utf16,
    /// Something else.
    Other,
}

/// How much of a text is needed to say, in bytes.
pub const ENOUGH: usize = 64 * 1024;

/// How many characters a time before a record has at most.
const LONGEST_TIME: usize = 40;

/// What a text is that begins like this; a whole text may be shorter than [`ENOUGH`].
pub fn form(begin: &[u8]) -> Form {
    if begin.starts_with(b"\xff\xfe") || begin.starts_with(b"\xfe\xff") {
        return Form::Utf16;
    }
    let text = without_mark(begin).trim_ascii_start();
    // Most are one line, and need no look at all of it.
    if text.first() == Some(&b'{') && memchr::memchr(b'\n', text).is_none() {
        return Form::Json;
    }
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.next().unwrap_or_default();
    match text.first() {
        None => Form::Empty,
        Some(b'{') if is_whole(first) => Form::Lines,
        // A first line may be spoiled; that of an indented text goes on below.
        Some(b'{') if !goes_on(first) && lines.find(|line| !line.is_empty()).is_some_and(is_whole) => {
            Form::Lines
        }
        Some(b'{' | b'[') => Form::Json,
        Some(b'0'..=b'9') if after_time(first).is_some() => Form::Lines,
        Some(_) => csv::column(first).map_or(Form::Other, Form::Csv),
    }
}

/// A text without the mark that says it is UTF-8.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// What follows the time on a line that CloudWatch Logs exported.
pub fn after_time(line: &[u8]) -> Option<&[u8]> {
    let end = line.iter().take(LONGEST_TIME).position(|byte| *byte == b' ')?;
    let (time, rest) = line.split_at_checked(end)?;
    let is_time = time.iter().all(|byte| byte.is_ascii_digit() || b"-:.+TZ".contains(byte));
    let rest = rest.trim_ascii_start();
    (is_time && rest.first() == Some(&b'{')).then_some(rest)
}

/// Whether the text of a line goes on in the next.
fn goes_on(line: &[u8]) -> bool {
    matches!(line.last(), Some(b'{' | b'[' | b',' | b':'))
}

/// Whether a line is an object from its begin to its end, and nothing more.
fn is_whole(line: &[u8]) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in line.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return line.first() == Some(&b'{') && at + 1 == line.len();
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_by_how_it_begins() {
        for (text, expected) in [
            ("", Form::Empty),
            (" \r\n ", Form::Empty),
            ("\u{feff}", Form::Empty),
            ("{\"Records\":[\n{}]}", Form::Json),
            ("{\n  \"Records\": [\n    {}\n  ]\n}", Form::Json),
            ("{\"Records\":[\n{\"a\":1}\n]}", Form::Json),
            ("{\"Records\":[{\"a\":1},\n{\"b\":1}\n]}", Form::Json),
            ("[\n{\"a\":1},\n{\"b\":2}\n]", Form::Json),
            ("{\"a\":\"}\"}{\"b\":2}", Form::Json),
            ("{\"a\":\"}\"}\n{\"b\":2}\n", Form::Lines),
            ("\u{feff}{\"a\":1}\r\n{\"b\":2}\r\n", Form::Lines),
            ("{\"a\":1}", Form::Json),
            ("{\"a\":1}\n", Form::Lines),
            ("{oops\n\n{\"a\":[1]}\n", Form::Lines),
            ("2026-11-24T10:00:00.000Z {\"a\":1}\n", Form::Lines),
            ("2026-11-24T10:00:00.000Z START\n", Form::Other),
            ("2 123456789012 eni-1 10.0.0.1\n", Form::Other),
            ("\"eventId\",\"eventJson\"\n", Form::Csv(1)),
            ("eventjson\n", Form::Csv(0)),
            ("eventname,eventsource\n", Form::Other),
            ("nothing here\n", Form::Other),
            ("\"text\"", Form::Other),
            ("PK\u{3}\u{4}zip", Form::Other),
        ] {
            assert_eq!(form(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(form(b"\xff\xfe{\0}\0"), Form::Utf16);
    }

    #[test]
    fn a_line_is_whole_when_its_last_bracket_closes_its_first() {
        for (line, expected) in [
            (r#"{"a":{"b":["}"]}}"#, true),
            (r#"{"a":"\"}"}"#, true),
            (r#"{"a":1}{"#, false),
            (r#"{"a":1"#, false),
            ("[{}]", false),
            ("{oops", false),
        ] {
            assert_eq!(is_whole(line.as_bytes()), expected, "{line}");
        }
    }
}
