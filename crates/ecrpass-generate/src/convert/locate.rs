//! Where something stands in a YAML file: the way from the top to the value that holds a byte.

use ecrpass_audit::yaml::{Key, Node};

/// A value on the way.
#[derive(Clone, Copy, Debug)]
pub struct Hop<'a> {
    /// Its key, in a mapping.
    pub key: Option<&'a Key>,
    /// The value.
    pub node: &'a Node,
}

/// The way to the innermost value that holds a byte; empty where no document does.
pub fn way<'a>(documents: &'a [Node], byte: usize) -> Vec<Hop<'a>> {
    let mut way = Vec::new();
    let Some(root) = documents.iter().find(|document| document.bytes.contains(&byte)) else { return way };
    way.push(Hop { key: None, node: root });
    let mut at = root;
    loop {
        let members = at.members().unwrap_or_default().iter().map(|(key, node)| Hop { key: Some(key), node });
        let items = at.items().unwrap_or_default().iter().map(|node| Hop { key: None, node });
        let Some(next) = members.chain(items).find(|hop| hop.node.bytes.contains(&byte)) else { return way };
        way.push(next);
        at = next.node;
    }
}

/// The innermost mapping on the way that has this key.
pub fn with_key<'a>(way: &[Hop<'a>], key: &str) -> Option<&'a Node> {
    way.iter().rev().map(|hop| hop.node).find(|node| node.get(key).is_some())
}
