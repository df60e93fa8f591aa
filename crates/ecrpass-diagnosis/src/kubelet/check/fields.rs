//! Fields by name: the kubelet takes none that it does not know.

use ecrpass_credentials::aws_config::closest;

use super::problem::Problems;
use crate::inputs::tree::Node;

/// Names the fields of a mapping that the kubelet does not know, and those that are there twice.
pub fn unknown(node: &Node, known: &[&str], of: &str, problems: &mut Problems<'_>) {
    let Some(members) = node.members() else { return };
    for (number, (name, value)) in members.iter().enumerate() {
        if members.iter().take(number).any(|(other, _)| other == name) {
            problems.stops(value.at, format!("`{name}` is there twice"), "keep one of them");
        }
        if known.contains(&name.as_str()) {
            continue;
        }
        let lower = name.to_ascii_lowercase();
        let same = known.iter().copied().find(|known| known.to_ascii_lowercase() == lower);
        let fix = match same.or_else(|| closest(name, known.iter().copied())) {
            Some(meant) => format!("{meant}:"),
            None => format!("remove it; there are {}", known.join(", ")),
        };
        problems.stops(value.at, format!("{of} has no field `{name}`"), fix);
    }
}

/// The texts of a list; what is something else is named.
pub fn strings(node: &Node, field: &str, problems: &mut Problems<'_>) -> Vec<String> {
    let Some(list) = node.get(field) else { return Vec::new() };
    let Some(items) = list.items() else {
        if list.text().is_some() || list.members().is_some() {
            problems.stops(list.at, format!("`{field}` is a list"), format!("{field}: [\"…\"]"));
        }
        return Vec::new();
    };
    let mut texts = Vec::new();
    for item in items {
        if item.items().is_some() || item.members().is_some() {
            problems.stops(item.at, format!("`{field}` is a list of texts"), format!("{field}: [\"…\"]"));
            continue;
        }
        problems.wants_text(item);
        // The kubelet reads null as an empty text.
        texts.push(item.text().unwrap_or_default().to_owned());
    }
    texts
}
