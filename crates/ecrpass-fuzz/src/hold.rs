//! What several targets hold results to: places lie in the text, and a planted secret is nowhere.

use std::fmt::Debug;
use std::ops::Range;

use ecrpass_diagnosis::finding::Finding;
use ecrpass_json::Position;

/// A moment at which all that has a time is judged.
pub const NOW: i64 = 1_800_000_000;

/// A secret by its shape alone, wherever it stands and whatever stands beside it: longer than any name is.
pub const PLANTED: &str = "Qm7Zk2Vt9Xw4Ln8Rb3Yc6Hd1Sg5Jf0PqTaUeIoMvBnKzXcLrWy2E4G6H8J0aQ3sD5fG7hJ9kL1zX3cV5bN7mP9oI8uY6tR4eW2qA0pS1dF3gH5jK7lZ9xC2vB4nM";

/// An input as text, with the secret where it says `@@`: a fuzzer moves two characters more easily than a hundred.
pub fn planted(input: &[u8]) -> Option<String> {
    std::str::from_utf8(input).ok().map(|text| text.replace("@@", PLANTED))
}

/// An input whose first byte chooses one of several, and the rest of it.
pub fn chosen<'a, T>(all: &'a [T], input: &'a [u8]) -> Option<(&'a T, &'a [u8])> {
    let (first, rest) = input.split_first()?;
    Some((all.get(usize::from(*first) % all.len().max(1))?, rest))
}

/// The planted secret is not in what is shown.
pub fn hidden(shown: &str, what: &str) {
    assert!(!shown.contains(PLANTED), "{what} shows the planted secret: {shown}");
}

/// Bytes lie in a text, and begin and end with a character.
pub fn spans(text: &str, bytes: &Range<usize>, what: &dyn Debug) {
    assert!(text.get(bytes.clone()).is_some(), "{what:?}: {bytes:?} of {} bytes", text.len());
}

/// A place lies in a text: a line that it has, and a column that this line has or the one after its end.
pub fn lies_in(text: &str, line: usize, column: usize, what: &dyn Debug) {
    let found = text.split('\n').nth(line.wrapping_sub(1));
    let Some(found) = found else {
        assert!(found.is_some(), "{what:?}: line {line} of {}", text.split('\n').count());
        return;
    };
    assert!((1..=found.chars().count() + 1).contains(&column), "{what:?}: {line}:{column} of {found:?}");
}

/// The same of a position.
pub fn position(text: &str, position: Position, what: &dyn Debug) {
    lies_in(text, position.line, position.column, what);
}

/// Findings say nothing secret, mark bytes of what they quote, and name lines that the text has.
pub fn findings(found: &[Finding], text: Option<&str>) {
    let lines = text.map(|text| text.split('\n').count().max(1));
    for finding in found {
        for evidence in &finding.evidence {
            if let (Some(line), Some(lines)) = (evidence.line, lines) {
                assert!((1..=lines).contains(&line), "{}: line {line} of {lines}", finding.id);
            }
            if let Some((from, to)) = evidence.mark {
                spans(&evidence.text, &(from..to), evidence);
            }
        }
    }
    match serde_json::to_string(found) {
        Ok(json) => hidden(&json, "a finding"),
        Err(error) => assert_eq!(error.to_string(), "", "findings are no JSON"),
    }
}
