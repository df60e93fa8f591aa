//! Values of a Helm chart. They have no kind by which they can be known, so a file counts as one only where an image is
//! written as charts write it.

use super::context::Context;
use super::image_fields;
use super::puller::{Pod, Puller};
use super::tree::Node;

/// Whether a document can only be a chart's values: an image in several fields, or any image in a file of that name.
pub fn is_values(name: &str, document: &Node) -> bool {
    let images = image_fields::images(document);
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let is_named = file.starts_with("values") || file.contains("values.y");
    images.iter().any(|image| image.is_composed) || is_named && !images.is_empty()
}

/// Reads a document.
pub fn read(context: &mut Context, document: &Node) {
    let pull_secrets: Vec<String> = [&["imagePullSecrets"][..], &["global", "imagePullSecrets"]]
        .into_iter()
        .filter_map(|path| document.at(path)?.items())
        .flatten()
        .filter_map(|secret| secret.owned("name").or_else(|| secret.text().map(str::to_owned)))
        .collect();
    let pod = Pod { object: "the pods of this chart".to_owned(), pull_secrets, ..Pod::default() };
    for image in image_fields::images(document) {
        context.image_text(&image.text, image.at, Puller::Kubelet(pod.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, TargetError, read};

    const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    #[test]
    fn values_are_known_by_their_images() {
        let values = format!(
            "replicas: 2\nimagePullSecrets: [regcred]\nimage:\n  repository: {ECR}/web\n  tag: v1\nsidecar:\n  image: busybox\n"
        );
        let document = read("prod.yaml", &values, &|_| None).unwrap();
        assert_eq!(document.kind, DeploymentKind::HelmValues);
        assert_eq!(document.targets[0].to_string(), format!("{ECR}/web:v1"));
        assert_eq!(document.targets[0].place.as_ref().unwrap().line, 4);
        assert!(
            document.targets[0].puller.sentence().contains("with imagePullSecret `regcred`"),
            "{}",
            document.targets[0].puller.sentence()
        );
        let plain = format!("app:\n  image: {ECR}/web:1\n");
        assert_eq!(read("values-prod.yaml", &plain, &|_| None).unwrap().targets.len(), 1);
    }

    #[test]
    fn other_files_are_not_taken_for_values() {
        for other in ["image: node:20\nstages: [build]\n", "a: 1\n", "image: the cat\n"] {
            let error = read("x.yaml", other, &|_| None).unwrap_err();
            assert!(matches!(error, TargetError::UnknownKind { .. }), "{other}: {error}");
        }
    }
}
