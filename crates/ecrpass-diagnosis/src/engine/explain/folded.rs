//! Messages that YAML folds over several lines, as `kubectl get -o yaml` and controllers' states have them.

/// The fields that hold messages.
const FIELDS: [&str; 7] = ["message:", "reason:", "error:", "note:", "msg:", "stderr:", "output:"];

/// How many lines a message is folded over at most.
const PIECES: usize = 32;

/// Of each line, whether it goes on in the next one: it is a message's, and the next one is indented deeper than the
/// name of its field.
pub fn folds<T: AsRef<str>>(lines: &[T]) -> Vec<bool> {
    let mut message: Option<usize> = None;
    let mut pieces = 0;
    let mut found = Vec::with_capacity(lines.len());
    for (line, next) in lines.iter().zip(lines.iter().skip(1).map(Some).chain([None])) {
        let (line, next) = (line.as_ref(), next.map_or("", AsRef::as_ref));
        if message.is_none() {
            message = field(line);
            pieces = 0;
        }
        let goes_on =
            message.is_some_and(|at| pieces < PIECES && indentation(next).is_some_and(|next| next > at));
        pieces += 1;
        if !goes_on {
            message = None;
        }
        found.push(goes_on);
    }
    found
}

/// Where the name of a message's field begins, if the line has one and something behind it.
fn field(line: &str) -> Option<usize> {
    let at = indentation(line)?;
    let text = line.get(at..)?;
    let (at, text) = text.strip_prefix("- ").map_or((at, text), |text| (at + 2, text));
    let value = FIELDS.iter().find_map(|field| text.strip_prefix(field))?;
    (value.starts_with(' ') && !value.trim().is_empty()).then_some(at)
}

/// How many spaces a line begins with; a line of nothing has no indentation.
fn indentation(line: &str) -> Option<usize> {
    line.find(|c: char| c != ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_message_goes_on_while_it_is_indented() {
        let lines = [
            "  conditions:",
            "  - message: >-",
            "      Post",
            "      \"https://host/v2/\":",
            "      EOF",
            "    status: 'False'",
            "  reason: Failed",
            "  type: Ready",
        ];
        assert_eq!(folds(&lines), [false, true, true, true, false, false, false, false]);
        assert_eq!(folds(&["error: a", "error: b", "  at c", "x"]), [false, true, false, false]);
        assert_eq!(folds(&["message:", "  a"]), [false, false]);
        assert_eq!(folds::<&str>(&[]), [false; 0]);
        assert_eq!(folds(&["note: a"; 3]), [false; 3]);
        let long = vec!["msg: a"].into_iter().chain(vec!["  b"; 100]).collect::<Vec<_>>();
        assert_eq!(folds(&long).iter().filter(|goes_on| **goes_on).count(), PIECES);
    }
}
