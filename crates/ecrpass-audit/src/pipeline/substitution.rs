//! What stands between two marks in a script and is put in before the shell sees it: `<< parameters.x >>`, `$(params.x)`.

use crate::passage::Passage;

/// The passage with each marked name replaced by what the function gives for it; what it does not know stays.
pub fn substituted(
    passage: &Passage,
    open: &str,
    close: &str,
    replacement: &dyn Fn(&str) -> Option<String>,
) -> Passage {
    let text = passage.text();
    if !text.contains(open) {
        return passage.clone();
    }
    let mut made = Passage::default();
    let mut from = 0;
    let mut search = 0;
    while let Some(start) = text.get(search..).and_then(|rest| rest.find(open)).map(|at| at + search) {
        let inside = start + open.len();
        search = inside;
        let Some(end) = text.get(inside..).and_then(|rest| rest.find(close)).map(|at| at + inside) else {
            break;
        };
        let name = text.get(inside..end).unwrap_or_default().trim();
        // A name, not something that happens to stand between such marks.
        let is_name =
            name.chars().all(|character| character.is_ascii_alphanumeric() || "._-[]'\"".contains(character));
        let Some(value) = replacement(name).filter(|_| is_name && !name.is_empty()) else { continue };
        if let Some(before) = passage.part(from..start) {
            made.push(&before);
        }
        from = end + close.len();
        search = from;
        made.push_for(&value, &passage.places(start..from));
    }
    if let Some(rest) = passage.part(from..text.len()) {
        made.push(&rest);
    }
    made
}

/// The passage with each doubled character once: `$$X`, which Buildkite hands to the shell as `$X`.
pub fn halved(passage: &Passage, doubled: &str) -> Passage {
    let text = passage.text();
    if !text.contains(doubled) {
        return passage.clone();
    }
    let mut made = Passage::default();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(doubled)).map(|at| at + from) {
        // The first half of the two stays where it is.
        let kept = at + doubled.len() / 2;
        if let Some(before) = passage.part(from..kept) {
            made.push(&before);
        }
        from = at + doubled.len();
    }
    if let Some(rest) = passage.part(from..text.len()) {
        made.push(&rest);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_mark_is_one_at_its_place() {
        let passage = Passage::verbatim("a $$X $Y $$(z)", 10);
        let made = halved(&passage, "$$");
        assert_eq!(made.text(), "a $X $Y $(z)");
        assert_eq!(made.places(2..4), 12..15);
        assert_eq!(made.place(5), 16);
        assert_eq!(made.place(9), 21);
    }

    #[test]
    fn known_names_are_put_in_at_their_place() {
        let passage = Passage::verbatim("a << parameters.x >> b << EOF\n$(x)", 10);
        let made =
            substituted(&passage, "<<", ">>", &|name| (name == "parameters.x").then(|| "value".to_owned()));
        assert_eq!(made.text(), "a value b << EOF\n$(x)");
        assert_eq!(made.places(2..7), 12..30);
        assert_eq!(made.place(8), 31);
    }
}
