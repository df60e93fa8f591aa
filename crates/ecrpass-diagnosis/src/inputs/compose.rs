//! Files of `docker compose`: the images of services, what is built and pushed, and what builds start from.
//!
//! Source: the Compose specification, `05-services.md` and `build.md`.

use ecrpass_core::redact::redact;

use super::context::Context;
use super::deployment_file::BuildFile;
use super::dockerfile;
use super::tree::Node;

/// Reads one document of the file.
pub fn read(context: &mut Context, document: &Node) {
    for include in document.items_of("include") {
        let path = include.get("path").unwrap_or(include);
        goes_on(context, path);
        path.items().unwrap_or_default().iter().for_each(|path| goes_on(context, path));
    }
    let services = document.get("services").and_then(Node::members).unwrap_or_default();
    for (_, service) in services {
        if let Some(file) = service.at(&["extends", "file"]) {
            goes_on(context, file);
        }
        let build = service.get("build").filter(|build| build.text().is_some() || build.members().is_some());
        let platform = service.text_of("platform").map(|text| filled(context, text));
        let platforms = build.map(|build| platforms(context, build)).filter(|text| !text.is_empty());
        if let Some(image) = service.get("image") {
            let never = matches!(service.text_of("pull_policy"), Some("never"));
            let target = context.compose_image(image.text().unwrap_or_default(), image.at);
            if let Some(target) = target {
                target.pushes = build.is_some();
                target.platform = platform.clone().or_else(|| platforms.clone());
                if never {
                    target.notes.push("`pull_policy: never` keeps compose from pulling it".to_owned());
                }
            }
        }
        for volume in service.items_of("volumes") {
            if let (Some("image"), Some(source)) = (volume.text_of("type"), volume.get("source")) {
                context.compose_image(source.text().unwrap_or_default(), source.at);
            }
        }
        if let Some(build) = build {
            read_build(context, build, platforms.or(platform));
        }
    }
}

/// Another compose file; one that is fetched from somewhere is not read.
fn goes_on(context: &mut Context, path: &Node) {
    let Some(text) = path.text() else { return };
    let file = filled(context, text);
    if !file.is_empty() && !file.contains("://") && !file.starts_with("git@") {
        context.continued(path.at, file);
    }
}

fn read_build(context: &mut Context, build: &Node, platform: Option<String>) {
    for tag in build.items_of("tags") {
        if let Some(target) = context.compose_image(tag.text().unwrap_or_default(), tag.at) {
            target.pushes = true;
            target.platform = platform.clone();
        }
    }
    for (key, pushes) in [("cache_from", false), ("cache_to", true)] {
        for cache in build.items_of(key) {
            if let Some(image) = cache.text().and_then(cache_image)
                && let Some(target) = context.compose_image(image, cache.at)
            {
                target.pushes = pushes;
            }
        }
    }
    if let Some(contexts) = build.get("additional_contexts") {
        let of_list = contexts.items().unwrap_or_default().iter();
        let of_mapping = contexts.members().unwrap_or_default().iter().map(|(_, value)| value);
        for value in of_list.chain(of_mapping) {
            if let Some((_, image)) = value.text().unwrap_or_default().split_once("docker-image://") {
                context.compose_image(image, value.at);
            }
        }
    }
    if let Some(inline) = build.get("dockerfile_inline") {
        // `$$` here is a dollar sign for the Dockerfile.
        let text = filled(context, inline.text().unwrap_or_default());
        dockerfile::read_inline(context, &text, inline.at);
        return;
    }
    let of = |key: &str| build.text_of(key).map(|text| filled(context, text));
    let directory = build.text().map(|text| filled(context, text)).or_else(|| of("context"));
    let file = BuildFile {
        // It may be a URL of git with a token.
        context: directory.map_or_else(|| ".".to_owned(), |directory| redact(&directory).into_owned()),
        dockerfile: of("dockerfile").unwrap_or_else(|| "Dockerfile".to_owned()),
        target: of("target"),
        place: context.place(build.at),
    };
    context.dockerfile(file);
}

fn filled(context: &Context, text: &str) -> String {
    context.filled(text).text
}

fn platforms(context: &Context, build: &Node) -> String {
    let platforms = build.items_of("platforms").iter().filter_map(Node::text);
    platforms.map(|platform| filled(context, platform)).collect::<Vec<_>>().join(",")
}

/// `image` or `type=registry,ref=image`; other caches are no images.
fn cache_image(cache: &str) -> Option<&str> {
    if !cache.contains("type=") {
        return Some(cache);
    }
    let mut fields = cache.split(',').map(str::trim);
    if !fields.clone().any(|field| field == "type=registry") {
        return None;
    }
    fields.find_map(|field| field.strip_prefix("ref="))
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, TargetError, read};

    const FILE: &str = r#"
x-common: &common
  image: "${ACCOUNT}.dkr.ecr.${REGION:-eu-west-1}.amazonaws.com/base:1"
  platform: linux/arm64
services:
  web:
    <<: *common
    build:
      context: ./web
      dockerfile: docker/Dockerfile
      target: run
      platforms: [linux/amd64, linux/arm64]
      tags:
        - ${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/web:latest
      cache_from: ["type=registry,ref=${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/cache", "type=gha"]
  worker:
    image: ${UNSET}/worker:${TAG:?set TAG to a version}
  db:
    image: postgres:16
  plain:
    build: ./plain
  remote:
    build: https://joe:hunter22secret@git.example.com/a.git
"#;

    fn variable(name: &str) -> Option<String> {
        (name == "ACCOUNT").then(|| "123456789012".to_owned())
    }

    #[test]
    fn services_and_builds_are_read() {
        let document = read("compose.yaml", FILE, &variable).unwrap();
        assert_eq!(document.kind, DeploymentKind::Compose);
        let targets: Vec<String> = document
            .targets
            .iter()
            .map(|target| {
                let place = target.place.as_ref().unwrap();
                let platform = target.platform.as_deref().unwrap_or("-");
                format!("{}:{} {target} {platform} {}", place.line, place.column, target.pushes)
            })
            .collect();
        let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        assert_eq!(
            targets,
            [
                format!("3:11 {ecr}/base:1 linux/arm64 true"),
                format!("14:11 {ecr}/web:latest linux/amd64,linux/arm64 true"),
                format!("15:21 {ecr}/cache - false"),
                "17:12 /worker: - false".to_owned(),
                "19:12 docker.io/library/postgres:16 - false".to_owned(),
            ]
        );
        assert_eq!(
            document.targets[3].notes[..2],
            [
                "variable UNSET is not set; docker compose puts nothing in its place",
                "variable TAG is not set: set TAG to a version",
            ]
        );
        let builds: Vec<_> = document
            .dockerfiles
            .iter()
            .map(|file| (file.context.as_str(), file.dockerfile.as_str()))
            .collect();
        assert_eq!(builds[..2], [("./web", "docker/Dockerfile"), ("./plain", "Dockerfile")]);
        assert!(!builds[2].0.contains("hunter22secret"), "{builds:?}");
    }

    #[test]
    fn other_files_it_goes_on_in_are_named() {
        let text = "include: [a.yaml, {path: [b.yaml, '${DIR:-c}/d.yaml']}, {path: oci://h.io/x}]\nservices:\n  web:\n    extends: {file: base.yaml, service: web}\n    image: x\n";
        let document = read("compose.yaml", text, &variable).unwrap();
        let names: Vec<(usize, &str)> =
            document.continued.iter().map(|(place, file)| (place.line, file.as_str())).collect();
        assert_eq!(names, [(1, "a.yaml"), (1, "b.yaml"), (1, "c/d.yaml"), (4, "base.yaml")]);
    }

    #[test]
    fn a_file_without_images_says_so() {
        let error = read("compose.yaml", "services: {a: {command: x}}", &variable).unwrap_err();
        assert!(matches!(error, TargetError::NoImage { kind: DeploymentKind::Compose, .. }), "{error}");
    }
}
