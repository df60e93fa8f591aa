//! Edits of a document's text that leave every other byte as it is: a list gets one more, or one less, in the layout it has.

use std::ops::Range;

use super::layout::{Layout, indent_of};

/// Appends to a list; what stands alone becomes a list of two.
pub(super) fn append_to_list(text: &str, list: &Range<usize>, item: &str) -> Option<String> {
    let inside = text.get(list.clone())?;
    if !inside.starts_with('[') {
        let added = added(Layout::of(text), inside, item);
        return splice(text, list, &format!("[{inside}{added}]"));
    }
    append(text, list, item)
}

/// Appends a member to an object.
pub(super) fn append_to_object(text: &str, object: &Range<usize>, key: &str, value: &str) -> Option<String> {
    let layout = Layout::of(text);
    let member = format!(
        "{}{}{}",
        ecrpass_json::quoted(key),
        layout.colon(),
        layout.written(value, value.contains('\n'))
    );
    append(text, object, &member)
}

/// Appends before the closing bracket, on a line of its own where the others are.
fn append(text: &str, span: &Range<usize>, item: &str) -> Option<String> {
    let inside = text.get(span.clone())?;
    let open = inside.get(..1)?;
    let body = inside.get(1..inside.len().checked_sub(1)?)?;
    let filled = body.trim_end();
    let at = span.start + open.len() + filled.len();
    let layout = Layout::of(text);
    let insertion =
        if filled.trim().is_empty() { layout.written(item, false) } else { added(layout, filled, item) };
    splice(text, &(at..at), &insertion)
}

/// What is to follow the things that stand there already: a comma and one more, written as they are.
fn added(layout: Layout<'_>, before: &str, item: &str) -> String {
    let Some(indent) = indent_of_last_line(before) else {
        return format!("{}{}", layout.comma(), layout.written(item, false));
    };
    // Where each of the others is one line, so is this one.
    let is_in_lines =
        !before.trim_end().lines().last().is_some_and(|line| line.trim().len() > 2 && line.ends_with('}'));
    let item = layout.written(item, is_in_lines).replace('\n', &format!("\n{indent}"));
    format!(",{}{indent}{item}", layout.newline)
}

/// How far the last thing in a list is indented, where it begins its line.
fn indent_of_last_line(filled: &str) -> Option<&str> {
    // The line where the last thing begins is the last one that is indented least.
    let lines = filled.lines().skip(1).filter(|line| !line.trim().is_empty());
    lines.map(indent_of).min_by_key(|indent| indent.len())
}

/// Takes something out of a list of several, with one of the commas around it.
pub(super) fn remove(text: &str, items: &[Range<usize>], index: usize) -> Option<String> {
    let item = items.get(index)?;
    let gone = match (items.get(index + 1), index.checked_sub(1).and_then(|before| items.get(before))) {
        (Some(next), _) => item.start..next.start,
        (None, Some(before)) => before.end..item.end,
        (None, None) => return None,
    };
    splice(text, &gone, "")
}

fn splice(text: &str, span: &Range<usize>, new: &str) -> Option<String> {
    Some(format!("{}{new}{}", text.get(..span.start)?, text.get(span.end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_their_layout() {
        let all = |text: &str| 0..text.len();
        for (text, expected) in [
            ("\"a\"", "[\"a\", \"b\"]"),
            ("[]", "[\"b\"]"),
            ("[ ]", "[\"b\" ]"),
            ("[\"a\"]", "[\"a\", \"b\"]"),
            ("[\n  \"a\"\n]", "[\n  \"a\",\n  \"b\"\n]"),
            ("[\n  {\n    \"x\": 1\n  }\n]", "[\n  {\n    \"x\": 1\n  },\n  \"b\"\n]"),
        ] {
            assert_eq!(append_to_list(text, &all(text), "\"b\"").as_deref(), Some(expected), "{text}");
        }
        let object = "{\n  \"a\": {\n    \"b\": 1\n  }\n}";
        assert_eq!(
            append_to_object(object, &all(object), "c", "{\n  \"d\": 1\n}").unwrap(),
            "{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": {\n    \"d\": 1\n  }\n}"
        );
        let text = "[1, 2, 3]";
        let items = [1..2, 4..5, 7..8];
        assert_eq!(remove(text, &items, 0).as_deref(), Some("[2, 3]"));
        assert_eq!(remove(text, &items, 2).as_deref(), Some("[1, 2]"));
        assert_eq!(remove(text, &items[..1], 0), None);
    }
}
