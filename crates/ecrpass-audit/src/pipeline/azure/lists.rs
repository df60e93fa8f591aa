//! Lists of Azure Pipelines, in which conditions hold lists of their own.

use crate::yaml::Node;

/// How deep conditions may be nested.
const MAX_NESTING: usize = 10;

/// The items of a list; `${{ if … }}:` and `${{ each … }}:` hold lists of their own.
pub(super) fn flattened(list: Option<&Node>, depth: usize) -> Vec<&Node> {
    let mut items = Vec::new();
    if depth > MAX_NESTING {
        return items;
    }
    for item in list.map(Node::each).unwrap_or_default() {
        match item.members().and_then(|members| members.first()) {
            Some((key, inner)) if key.text.starts_with("${{") => {
                items.extend(flattened(Some(inner), depth + 1))
            }
            _ => items.push(item),
        }
    }
    items
}
