//! `walk`, which yields every value of a document with the way to it.
//!
//! regorus knows it only with the feature that also brings graphs, and then only as `walk(x, [path, value])`; policies
//! also say `[path, value] := walk(x)`. Both are read here as a loop over a list: `[path, value] = ecrpass.walk(x)[_]`.
//! Lines stay where they are, so that places of errors do.

/// The function that gives the list.
pub(crate) const LIST: &str = "ecrpass.walk";

/// The same policy without `walk`.
pub(crate) fn rewritten(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(call) = next_call(text, at) {
        let between = text.get(at..call.start).unwrap_or_default();
        safe.push_str(between);
        let arguments: Vec<String> = call.arguments.iter().map(|part| rewritten(part.trim())).collect();
        match arguments.as_slice() {
            [of] => safe.push_str(&format!("{LIST}({of})[_]")),
            [of, output] => safe.push_str(&format!("{output} = {LIST}({of})[_]")),
            _ => safe.push_str(text.get(call.start..call.end).unwrap_or_default()),
        }
        if (1..=2).contains(&arguments.len()) {
            let written = text.get(call.start..call.end).unwrap_or_default();
            let kept: usize = arguments.iter().map(|part| part.matches('\n').count()).sum();
            let lost = written.matches('\n').count().saturating_sub(kept);
            safe.push_str(&"\n".repeat(lost));
        }
        at = call.end;
    }
    safe.push_str(text.get(at..).unwrap_or_default());
    safe
}

/// A call of `walk`.
struct Call<'a> {
    start: usize,
    end: usize,
    arguments: Vec<&'a str>,
}

/// The first call at or after a byte.
fn next_call(text: &str, from: usize) -> Option<Call<'_>> {
    const NAME: &str = "walk(";
    let mut before = b' ';
    let mut at = from;
    while let Some(byte) = text.as_bytes().get(at).copied() {
        if let Some(end) = past_quoted(text, at) {
            before = b' ';
            at = end;
            continue;
        }
        let is_own_word = !before.is_ascii_alphanumeric() && before != b'_' && before != b'.';
        if is_own_word && text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(NAME.as_bytes())) {
            let (arguments, end) = arguments(text, at + NAME.len())?;
            return Some(Call { start: at, end, arguments });
        }
        before = byte;
        at += 1;
    }
    None
}

/// The arguments from behind the bracket on, and where the call ends; `None` where it does not.
fn arguments(text: &str, from: usize) -> Option<(Vec<&str>, usize)> {
    let (mut parts, mut start, mut depth, mut at) = (Vec::new(), from, 0_usize, from);
    while let Some(byte) = text.as_bytes().get(at).copied() {
        if let Some(end) = past_quoted(text, at) {
            at = end;
            continue;
        }
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                let last = text.get(start..at)?;
                // A comma may stand behind the last one.
                if !last.trim().is_empty() {
                    parts.push(last);
                }
                return Some((parts, at + 1));
            }
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where a string or a comment ends that begins at a byte.
fn past_quoted(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let rest = bytes.get(at + 1..)?;
    let length = match bytes.get(at)? {
        b'#' => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
        b'`' => rest.iter().position(|byte| *byte == b'`').map_or(rest.len(), |end| end + 1),
        b'"' => {
            let mut is_escaped = false;
            let is_end = |byte: &u8| {
                let ends = !is_escaped && (*byte == b'"' || *byte == b'\n');
                is_escaped = !is_escaped && *byte == b'\\';
                ends
            };
            rest.iter().position(is_end).map_or(rest.len(), |end| end + 1)
        }
        _ => return None,
    };
    Some(at + 1 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_become_a_loop_and_lines_stay() {
        for (from, to) in [
            ("walk(input, [path, value])", "[path, value] = ecrpass.walk(input)[_]"),
            ("[path, value] := walk(input)", "[path, value] := ecrpass.walk(input)[_]"),
            ("x := walk(input[\"a)\"], [p, \"v\"])", "x := [p, \"v\"] = ecrpass.walk(input[\"a)\"])[_]"),
            (
                "sidewalk(input, x)\ndata.walk(x)\nboardwalk(1)",
                "sidewalk(input, x)\ndata.walk(x)\nboardwalk(1)",
            ),
            ("# walk(a, b)\n\"walk(a)\" `walk(b)`", "# walk(a, b)\n\"walk(a)\" `walk(b)`"),
            ("walk(\n  input,\n  [p, v],\n)\nnext", "[p, v] = ecrpass.walk(input)[_]\n\n\n\nnext"),
            ("walk(input", "walk(input"),
            ("\"é\" walk(é)", "\"é\" ecrpass.walk(é)[_]"),
        ] {
            let rewritten = rewritten(from);
            assert_eq!(rewritten, to);
            assert_eq!(rewritten.matches('\n').count(), from.matches('\n').count(), "{from}");
        }
    }
}
