//! Which other registries the files of a tree pull from: those that a helper for ECR, named for all registries, logs out.

use crate::kind::FileKind;
use crate::source::{SourceFile, Tree};

/// The most text that is looked through, in bytes.
const MAX_TEXT: usize = 8 << 20;

/// The first image of another registry that a file of the tree names; files near a path first.
pub fn first_other(tree: &Tree, near: &str) -> Option<String> {
    let mut left = MAX_TEXT;
    let here = tree.get(near).into_iter();
    let others = tree.files().iter().filter(|file| file.path != near);
    here.chain(others).filter(|file| names_images(file)).find_map(|file| {
        left = left.checked_sub(file.text.len())?;
        other_in(&file.text)
    })
}

fn names_images(file: &SourceFile) -> bool {
    matches!(
        file.kind,
        FileKind::Pipeline(_)
            | FileKind::Shell
            | FileKind::Makefile
            | FileKind::Dockerfile
            | FileKind::Compose
            | FileKind::CloudInit
            | FileKind::Terraform
            | FileKind::Ansible
            | FileKind::Unit
    )
}

/// An image of another registry that a text pulls by a client or names for one.
fn other_in(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim_start();
        if line.starts_with('#') || line.starts_with("//") {
            return None;
        }
        pulled(line).or_else(|| composed(line)).filter(|image| is_other(image)).map(str::to_owned)
    })
}

/// `docker pull IMAGE`, `docker run … IMAGE` is not taken apart: only what names the image next.
fn pulled(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().take(40).collect();
    let at = words.windows(2).position(|pair| {
        matches!(pair, [client, verb] if client.trim_start_matches(['"', '\'', '-', '(']).ends_with("docker") && matches!(*verb, "pull" | "push"))
    })?;
    words
        .get(at + 2..)?
        .iter()
        .find(|word| !word.starts_with('-'))
        .map(|word| word.trim_matches(['"', '\'', ';', ')']))
}

/// `image: IMAGE` of a compose file, also in `{ image: … }`.
fn composed(line: &str) -> Option<&str> {
    let (front, behind) = line.split_once("image:")?;
    let is_key = front.is_empty() || front.ends_with(['{', ' ', ',']);
    let value = behind.trim_start();
    let value = value.split([' ', ',', '}']).next()?.trim_matches(['"', '\'']);
    (is_key && !value.is_empty()).then_some(value)
}

/// Whether an image is of a registry that is not ECR's, and known.
fn is_other(image: &str) -> bool {
    let is_known = !image.contains(['$', '{', '<', '%']) && image.chars().any(char::is_alphanumeric);
    let host = image.split('/').next().unwrap_or_default();
    let is_local = host.starts_with("localhost") || host.starts_with("127.");
    // The builders themselves are pulled by whoever runs them, with a login of their own.
    let is_tool = image.contains("kaniko") || image.contains("buildkit");
    is_known && !is_local && !is_tool && !image.contains(".ecr.") && !host.contains("ecr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_other_registries_are_seen() {
        for (line, expected) in [
            ("- docker pull ghcr.io/acme/base:1", Some("ghcr.io/acme/base:1")),
            ("    proxy: { image: traefik:3.1 }", Some("traefik:3.1")),
            ("image: 'nginx'", Some("nginx")),
            ("# docker pull ghcr.io/x", None),
            ("docker pull 123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1", None),
            ("image: public.ecr.aws/docker/library/nginx", None),
            ("image: ${IMAGE}", None),
            ("image: gcr.io/kaniko-project/executor:v1", None),
            ("docker build -t x .", None),
        ] {
            assert_eq!(other_in(line).as_deref(), expected, "{line}");
        }
    }
}
