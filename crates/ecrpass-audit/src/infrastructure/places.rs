//! The lines of a statement that people look at: an element's first one, and the parts of Terraform's blocks.

use std::ops::Range;

use ecrpass_iam::document::model::Statement;

use super::policies::{Form, FoundPolicy};

/// The first line of a piece of a document, in the file.
pub fn first_line(policy: &FoundPolicy, span: &Range<usize>) -> Range<usize> {
    line_of(policy, policy.range(span))
}

/// The first line of a piece of the file.
pub fn line_of(policy: &FoundPolicy, bytes: Range<usize>) -> Range<usize> {
    let piece = policy.document.source.file_text().get(bytes.clone()).unwrap_or_default();
    let line = piece.lines().next().unwrap_or_default().trim_end();
    bytes.start..bytes.start + line.len()
}

/// Where a statement says who: the element's first line, and in a block of Terraform's the line of its type.
pub fn principal_lines(policy: &FoundPolicy, statement: &Statement) -> Vec<Range<usize>> {
    let Some(principals) = &statement.principals else { return Vec::new() };
    let mut found = vec![first_line(policy, &principals.span)];
    if policy.form == Form::HclBlocks {
        let bytes = policy.range(&principals.span);
        let block = policy.document.source.file_text().get(bytes.clone()).unwrap_or_default();
        let kind = block.match_indices("type").map(|(at, _)| at).find(|at| {
            let line = block.get(..*at).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
            line.trim().is_empty()
        });
        found.extend(kind.map(|at| line_of(policy, bytes.start + at..bytes.end)));
    }
    found
}
