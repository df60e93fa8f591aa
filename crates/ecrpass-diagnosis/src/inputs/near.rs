//! Where what a pod needs stands in a file: its events and its node.

use std::collections::HashMap;

use super::kubernetes::pod_spec;
use super::objects::Objects;
use super::tree::{Node, TreeError};

/// How many events of one name are read.
const MOST_EVENTS: usize = 500;

/// How many events and nodes are read for all pods: a file may give very many of them the same name.
const MOST_READ: usize = 2_000_000;

/// What stands where.
#[derive(Default)]
pub struct Index {
    /// Pods, and what creates some.
    pub creators: Vec<usize>,
    events: HashMap<String, Vec<usize>>,
    nodes: HashMap<String, usize>,
    read: usize,
}

impl Index {
    /// Looks at each object once, and shows it to `visit`.
    ///
    /// # Errors
    /// What is wrong with the first one that cannot be read.
    pub fn of(objects: &Objects<'_>, mut visit: impl FnMut(&Node)) -> Result<Self, TreeError> {
        let mut index = Self::default();
        for at in 0..objects.len() {
            let Some(object) = objects.get(at) else { break };
            let object = object?;
            visit(&object);
            match object.text_of("kind") {
                Some("Event") => {
                    let about = object.get("involvedObject").or_else(|| object.get("regarding"));
                    if let Some(name) = about.and_then(|about| about.owned("name")) {
                        index.events.entry(name).or_default().push(at);
                    }
                }
                Some("Node") => {
                    let name = object.get("metadata").and_then(|metadata| metadata.owned("name"));
                    if let Some(name) = name {
                        index.nodes.entry(name).or_insert(at);
                    }
                }
                _ if pod_spec(&object).is_some() => index.creators.push(at),
                _ => {}
            }
        }
        Ok(index)
    }

    /// The events that may be about an object, and its node.
    pub fn near(&mut self, objects: &Objects<'_>, object: &Node) -> Vec<Node> {
        let name = object.at(&["metadata", "name"]).and_then(Node::text).unwrap_or_default();
        let node = object.at(&["spec", "nodeName"]).and_then(Node::text).unwrap_or_default();
        let events = self.events.get(name).map(Vec::as_slice).unwrap_or_default();
        let events = events.get(events.len().saturating_sub(MOST_EVENTS)..).unwrap_or_default();
        let places = events.iter().chain(self.nodes.get(node)).take(MOST_READ.saturating_sub(self.read));
        let near: Vec<Node> = places.filter_map(|&at| objects.get(at)?.ok()).collect();
        self.read += near.len();
        near
    }
}
