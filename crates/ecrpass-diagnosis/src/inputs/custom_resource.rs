//! Kubernetes objects that are no pods and make no pods by the usual template: Argo's workflows, Tekton's tasks, Flux's
//! releases, operators' own kinds, and Kustomize's list of images.
//!
//! Sources: Kustomize reference, `images`; the custom resources of Argo Workflows, Tekton and Flux all name their
//! containers' images in a field called `image`.

use super::cluster::Cluster;
use super::context::Context;
use super::image_fields;
use super::puller::{Pod, Puller};
use super::tree::Node;

/// What kinds hold as data or as a schema, not as something to run.
const NO_PODS: [&str; 3] = ["CustomResourceDefinition", "ConfigMap", "Secret"];

/// Reads an object of any kind.
pub fn read(context: &mut Context, object: &Node, cluster: &Cluster) {
    let kind = object.text_of("kind").unwrap_or("Kustomization");
    if kind == "Kustomization" {
        kustomization(context, object);
    }
    if NO_PODS.contains(&kind) {
        return;
    }
    let Some(spec) = object.get("spec") else { return };
    let pod = cluster.pod(object, spec);
    for image in image_fields::images(spec) {
        context.image_text(&image.text, image.at, Puller::Kubelet(pod.clone()));
    }
}

/// `images` of a kustomization: what takes the place of the names in the manifests.
fn kustomization(context: &mut Context, object: &Node) {
    for image in object.items_of("images") {
        let Some(name) = image.get("newName").or_else(|| image.get("name")) else { continue };
        let mut text = name.text().unwrap_or_default().to_owned();
        if let Some(tag) = image.owned("newTag") {
            text.push(':');
            text.push_str(&tag);
        }
        if let Some(digest) = image.owned("digest") {
            text.push('@');
            text.push_str(&digest);
        }
        let pod = Pod { object: "the pods of this kustomization".to_owned(), ..Pod::default() };
        context.image_text(&text, name.at, Puller::Kubelet(pod));
    }
}

/// Whether a document without kind is a kustomization, which may leave it out.
pub fn is_kustomization(document: &Node) -> bool {
    let replaces = |image: &Node| ["newName", "newTag", "digest"].iter().any(|key| image.get(key).is_some());
    document.items_of("images").iter().any(replaces)
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, Puller, read};

    const ECR: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    fn found(text: &str) -> Vec<(String, String, usize)> {
        let document = read("x.yaml", &text.replace("ECR", ECR), &|_| None).unwrap();
        assert_eq!(document.kind, DeploymentKind::Kubernetes);
        let of = |puller: &Puller| match puller {
            Puller::Kubelet(pod) => pod.object.clone(),
            other => panic!("{other:?}"),
        };
        document
            .targets
            .iter()
            .map(|target| (target.to_string(), of(&target.puller), target.place.as_ref().unwrap().line))
            .collect()
    }

    #[test]
    fn workflows_and_tasks_name_images_of_their_own() {
        let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: build-}\nspec:\n  imagePullSecrets: [{name: regcred}]\n  templates:\n  - container: {image: ECR/build:1}\n  - script:\n      image: ECR/script:2\n";
        let object = "Workflow/build-".to_owned();
        assert_eq!(
            found(argo),
            [(format!("{ECR}/build:1"), object.clone(), 7), (format!("{ECR}/script:2"), object, 9)]
        );
        let tekton = "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t}\nspec:\n  steps:\n  - image: ECR/step:1\n  sidecars: [{image: ECR/side:1}]\n";
        assert_eq!(found(tekton).len(), 2);
        let pipeline = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: p}\nspec:\n  pipelineSpec:\n    tasks:\n    - taskSpec:\n        steps: [{image: ECR/deep:1}]\n";
        assert_eq!(found(pipeline)[0].0, format!("{ECR}/deep:1"));
        let flux = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  values:\n    image:\n      repository: ECR/web\n      tag: v1\n";
        assert_eq!(found(flux), [(format!("{ECR}/web:v1"), "HelmRelease/web".to_owned(), 7)]);
    }

    #[test]
    fn a_kustomization_says_what_takes_an_images_place() {
        let body = "images:\n- name: web\n  newName: ECR/web\n  newTag: v7\n- name: ECR/api\n  digest: sha256:ab\nresources: [deployment.yaml]\n";
        let expected = [format!("{ECR}/web:v7"), format!("{ECR}/api@sha256:ab")];
        for head in ["", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"] {
            let images: Vec<String> =
                found(&format!("{head}{body}")).into_iter().map(|(image, ..)| image).collect();
            assert_eq!(images, expected);
        }
    }
}
