//! Build arguments of builders that run as containers of Kubernetes, Tekton or Argo: kaniko, BuildKit, buildah.

use std::ops::Range;

use crate::kind::FileKind;
use crate::placeholder::is_placeholder;
use crate::rule::Examined;
use crate::system::System;
use crate::yaml::Node;

/// How deep a manifest is looked through.
const DEEPEST: usize = 32;

/// What names of builders' images have in them.
const BUILDERS: [&str; 3] = ["kaniko", "buildkit", "buildah"];

/// For each container, those of the names that it is given a secret for, with their places.
pub fn secrets(examined: &Examined<'_>, names: &[&str]) -> Vec<Vec<(String, Range<usize>)>> {
    let is_meant = matches!(
        examined.file.kind,
        FileKind::Kubernetes | FileKind::Pipeline(System::Tekton | System::Argo)
    );
    if !is_meant || !examined.file.text.contains("build-arg") {
        return Vec::new();
    }
    let mut all = Vec::new();
    for document in examined.models.yaml().unwrap_or_default() {
        collect(document, names, &mut all, 0);
    }
    all
}

fn collect(node: &Node, names: &[&str], all: &mut Vec<Vec<(String, Range<usize>)>>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    let image = node.text_of("image").unwrap_or_default();
    if BUILDERS.iter().any(|builder| image.contains(builder)) {
        let words = node.each_of("command").iter().chain(node.each_of("args"));
        let mut places = Vec::new();
        let mut is_next = false;
        for word in words {
            let Some(text) = word.text() else { continue };
            let argument = ["--build-arg=", "--opt=build-arg:", "build-arg:"]
                .iter()
                .find_map(|option| text.strip_prefix(option))
                .or(is_next.then_some(text));
            is_next = text == "--build-arg";
            let Some((name, value)) =
                argument.map(|argument| argument.split_once('=').unwrap_or((argument, "$")))
            else {
                continue;
            };
            if names.contains(&name) && (value.starts_with('$') || !is_placeholder(value)) {
                places.push((name.to_owned(), word.bytes.clone()));
            }
        }
        if !places.is_empty() {
            all.push(places);
        }
        return;
    }
    node.members().unwrap_or_default().iter().for_each(|(_, value)| collect(value, names, all, depth + 1));
    node.items().unwrap_or_default().iter().for_each(|item| collect(item, names, all, depth + 1));
}
