//! Images in structures that only their own programs know, such as a chart's values or a custom resource: a field
//! called `image`, or a mapping with `repository` and `tag`, wherever it stands.
//!
//! Source: Helm, "The Chart Best Practices Guide: Pods and PodTemplates"; the values of bitnami/common
//! (`templates/_images.tpl`: `global.imageRegistry` comes before `registry`).

use super::tree::Node;

/// An image that a field names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageField {
    /// The image reference.
    pub text: String,
    /// The byte it stands at.
    pub at: usize,
    /// Whether several fields were put together for it.
    pub is_composed: bool,
}

/// The images in a structure, in the order they stand there.
pub fn images(node: &Node) -> Vec<ImageField> {
    let registry = node.at(&["global", "imageRegistry"]).and_then(Node::text).unwrap_or_default();
    let mut found = Vec::new();
    walk(&mut found, node, "", registry);
    found
}

fn walk(found: &mut Vec<ImageField>, node: &Node, name: &str, registry: &str) {
    for item in node.items().unwrap_or_default() {
        walk(found, item, name, registry);
    }
    let members = node.members().unwrap_or_default();
    found.extend(composed(node, name, registry));
    for (key, value) in members {
        match value.text() {
            Some(text) if key == "image" && is_reference(text) => found.push(tagged(node, text, value.at)),
            Some(_) => {}
            None => walk(found, value, key, registry),
        }
    }
}

/// `image: app` with `tag: 1` beside it.
fn tagged(beside: &Node, text: &str, at: usize) -> ImageField {
    let last = text.rsplit('/').next().unwrap_or(text);
    let tag = ["tag", "imageTag"].into_iter().find_map(|key| beside.owned(key));
    match tag.filter(|_| !last.contains([':', '@'])) {
        Some(tag) => ImageField { text: format!("{text}:{tag}"), at, is_composed: true },
        None => ImageField { text: text.to_owned(), at, is_composed: false },
    }
}

/// `repository`, with `registry`, `tag` and `digest` as far as they are there.
fn composed(node: &Node, name: &str, global: &str) -> Option<ImageField> {
    let repository = node.get("repository")?;
    let text = repository.text().filter(|text| is_reference(text) && !text.contains("://"))?;
    let is_image = name.to_ascii_lowercase().ends_with("image")
        || ["tag", "digest", "registry", "pullPolicy"].iter().any(|key| node.get(key).is_some());
    if !is_image {
        return None;
    }
    let mut image = String::new();
    let registry = match node.get("registry") {
        // Only charts that have a registry of their own ask for the one of all.
        Some(own) => Some(global).filter(|global| !global.is_empty()).or_else(|| own.text()),
        None => None,
    };
    if let Some(registry) = registry.filter(|registry| !registry.is_empty()) {
        image.push_str(registry.trim_end_matches('/'));
        image.push('/');
    }
    image.push_str(text);
    if let Some(tag) = node.owned("tag") {
        image.push(':');
        image.push_str(&tag);
    }
    if let Some(digest) = node.owned("digest") {
        image.push('@');
        image.push_str(&digest);
    }
    Some(ImageField { text: image, at: repository.at, is_composed: true })
}

/// Whether a text can be meant for an image at all.
fn is_reference(text: &str) -> bool {
    !text.trim().is_empty() && !text.trim().contains(char::is_whitespace) || text.contains("{{")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::tree;

    fn found(text: &str) -> Vec<String> {
        let documents = tree::read("values.yaml", text).unwrap();
        documents.iter().flat_map(images).map(|image| image.text).collect()
    }

    #[test]
    fn charts_write_images_in_many_ways() {
        let values = "
image: {repository: h.io/app, tag: 1.2}
sidecar: {image: h.io/side, tag: v3}
worker: {image: 'h.io/worker:7', imageTag: 8}
exporter: {image: {registry: h.io, repository: exp, tag: '', digest: 'sha256:0a'}}
initImage: {repository: h.io/init}
backup: {repository: 's3:https://bucket/x'}
git: {repository: 'https://example.com/x.git', tag: v1}
words: {image: the picture of a cat}
list: [{image: h.io/one}, {container: {image: h.io/two}}]
";
        assert_eq!(
            found(values),
            [
                "h.io/app:1.2",
                "h.io/side:v3",
                "h.io/worker:7",
                "h.io/exp@sha256:0a",
                "h.io/init",
                "h.io/one",
                "h.io/two",
            ]
        );
    }

    #[test]
    fn one_registry_for_all_comes_before_each_ones_own() {
        let values = "global: {imageRegistry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com}\nimage: {registry: docker.io, repository: bitnami/redis, tag: 7}\nother: {image: {repository: busybox, tag: 1}}\n";
        assert_eq!(
            found(values),
            ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/bitnami/redis:7", "busybox:1"]
        );
    }
}
