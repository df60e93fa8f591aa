//! Documents inside of strings: what an escape or a percent-encoded byte stands for, and the way back to it.

use ecrpass_json::{JsonKind, Value};

use crate::document::{Reading, read_source, read_value};
use crate::source::{Runs, Source};

/// A document that stands there as an object, or as JSON in a string, perhaps percent-encoded.
pub(super) fn document(source: &Source, value: &Value) -> Reading {
    match &value.kind {
        JsonKind::String(_) => read_source(&of_string(source, value)),
        _ => read_value(source, value),
    }
}

/// The text of a JSON string; percent-encoded text is decoded as well.
fn of_string(source: &Source, value: &Value) -> Source {
    let text = value.text().unwrap_or_default();
    let inner = source.inside(text.to_owned(), runs(source.text(), value));
    percent_decoded(&inner).unwrap_or(inner)
}

/// Where the bytes of a string's text stand, quotes and escapes left out.
fn runs(outer: &str, value: &Value) -> Runs {
    let mut there = value.span.start + 1;
    let mut here = 0;
    let mut runs = vec![(here, there)];
    let mut rest = value.text().unwrap_or_default();
    let end = value.span.end;
    while let Some(plain) = outer.get(there..end).and_then(|text| text.find('\\')) {
        here += plain;
        there += plain;
        rest = rest.get(plain..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { break };
        let is_unicode = outer.as_bytes().get(there + 1) == Some(&b'u');
        // A character beyond the first 65,536 is written as two.
        there += match (is_unicode, c.len_utf8()) {
            (true, 4) => 12,
            (true, _) => 6,
            (false, _) => 2,
        };
        here += c.len_utf8();
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        runs.push((here, there));
    }
    runs
}

/// A text that begins with a percent-encoded brace, decoded; `None` where it does not, or is not UTF-8.
///
/// Source: IAM API reference: policies come "URL-encoded compliant with RFC 3986", where a plus sign is itself.
pub(super) fn percent_decoded(source: &Source) -> Option<Source> {
    let text = source.text();
    let begins = text.trim_start();
    let is_encoded = ["%7B", "%7b", "%0A%7B", "%20", "%0a%7b"].iter().any(|start| begins.starts_with(start));
    if !is_encoded {
        return None;
    }
    let (mut decoded, mut runs, mut at) = (Vec::with_capacity(text.len()), vec![(0, 0)], 0);
    while let Some(&byte) = text.as_bytes().get(at) {
        let encoded = (byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match encoded.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
                runs.push((decoded.len(), at));
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    Some(source.inside(String::from_utf8(decoded).ok()?, runs))
}
