//! Pushes and pulls on the command line.

use crate::deed::What;
use crate::deeds::arguments::{has, option, options, positional};
use crate::deeds::login::{command_of, is_elsewhere};
use crate::known::Known;
use crate::shell::{Command, Word};

/// Options of pushes, pulls and copies that take a value.
const VALUED: [&str; 24] = [
    "--platform",
    "--authfile",
    "--creds",
    "--src-creds",
    "--dest-creds",
    "--src-authfile",
    "--dest-authfile",
    "--cert-dir",
    "--format",
    "-f",
    "--digestfile",
    "--retry-times",
    "--tls-verify",
    "--override-arch",
    "--override-os",
    "--version",
    "--untardir",
    "-d",
    "--destination",
    "--artifact-type",
    "--config",
    "--concurrency",
    "-o",
    "--compression",
];

/// Schemes of image references.
const SCHEMES: [&str; 2] = ["docker://", "oci://"];

pub(super) fn deeds(command: &Command) -> Vec<What> {
    if is_elsewhere(command) {
        return Vec::new();
    }
    if let Some(builder) = kaniko(command) {
        return builder;
    }
    let clients = [
        "docker",
        "podman",
        "nerdctl",
        "finch",
        "buildah",
        "skopeo",
        "crane",
        "oras",
        "regctl",
        "helm",
        "img",
        "pack",
        "ko",
        "buildctl",
        "buildctl-daemonless.sh",
        "cosign",
    ];
    let Some((client, at)) = command_of(command, &clients) else { return Vec::new() };
    let words = command.words.get(at..).unwrap_or_default();
    let verb = |index: usize| words.get(index).and_then(|word| word.value.exactly()).unwrap_or_default();
    let rest = |from: usize| words.get(from..).unwrap_or_default();
    let push = |image: Known| What::Push { client: client.to_owned(), image };
    let pull = |image: Known| What::Pull { client: client.to_owned(), image };
    let image =
        |from: usize, nth: usize| positional(rest(from), &VALUED).get(nth).map(|(_, word)| reference(word));
    match (client, verb(0), verb(1)) {
        ("docker" | "podman" | "nerdctl" | "finch" | "img", "push", _) => {
            image(1, 0).map(push).into_iter().collect()
        }
        ("docker" | "podman" | "nerdctl" | "finch", "image", "push") => {
            image(2, 0).map(push).into_iter().collect()
        }
        ("docker" | "podman" | "buildah", "manifest", "push") => {
            image(2, 1).or_else(|| image(2, 0)).map(push).into_iter().collect()
        }
        ("docker" | "podman" | "nerdctl" | "finch" | "img" | "buildah", "pull", _) => {
            image(1, 0).map(pull).into_iter().collect()
        }
        ("docker" | "podman" | "nerdctl" | "finch", "image", "pull") => {
            image(2, 0).map(pull).into_iter().collect()
        }
        ("docker", "buildx", "build" | "b") => built(rest(2)).into_iter().map(push).collect(),
        ("docker", "buildx", "imagetools") if verb(2) == "create" => {
            tags(rest(3)).into_iter().map(push).collect()
        }
        ("docker" | "nerdctl" | "finch", "build", _) => built(rest(1)).into_iter().map(push).collect(),
        ("buildah", "push", _) => image(1, 1).or_else(|| image(1, 0)).map(push).into_iter().collect(),
        ("skopeo", "copy", _) => copied(positional(rest(1), &VALUED), true, &push, &pull),
        ("skopeo", "inspect", _) => image(1, 0).map(pull).into_iter().collect(),
        ("crane" | "oras", "copy" | "cp", _) => copied(positional(rest(1), &VALUED), false, &push, &pull),
        ("regctl", "image", "copy" | "cp") => copied(positional(rest(2), &VALUED), false, &push, &pull),
        ("crane", "push", _) => image(1, 1).map(push).into_iter().collect(),
        ("crane" | "oras", "pull", _) | ("crane", "export" | "manifest" | "digest" | "config", _) => {
            image(1, 0).map(pull).into_iter().collect()
        }
        ("oras", "push", _) => image(1, 0).map(push).into_iter().collect(),
        ("helm", "push", _) => image(1, 1).map(push).into_iter().collect(),
        ("helm", "pull" | "install" | "upgrade" | "template", _) => {
            let oci = rest(1).iter().filter(|word| word.shown().starts_with("oci://"));
            oci.map(|word| pull(reference(word))).collect()
        }
        ("pack", "build", _) if has(rest(1), &["--publish"]) => image(1, 0).map(push).into_iter().collect(),
        ("buildctl" | "buildctl-daemonless.sh", "build", _) => options(rest(1), &["--output"])
            .into_iter()
            .filter(|output| output.raw.contains("push=true"))
            .filter_map(|output| name_of_output(&output.value))
            .map(push)
            .collect(),
        _ => Vec::new(),
    }
}

/// An image without the scheme in front of it.
fn reference(word: &Word) -> Known {
    word.value
        .map(|text| SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text).to_owned())
}

/// The tags of a build that pushes.
fn built(words: &[Word]) -> Vec<Known> {
    let outputs = options(words, &["--output", "-o"]);
    let to_registry =
        outputs.iter().any(|output| output.raw.contains("type=registry") || output.raw.contains("push=true"));
    if has(words, &["--push", "--push=true"]) || to_registry {
        let mut images = tags(words);
        images.extend(outputs.iter().filter_map(|output| name_of_output(&output.value)));
        images
    } else {
        Vec::new()
    }
}

fn tags(words: &[Word]) -> Vec<Known> {
    options(words, &["-t", "--tag"]).into_iter().map(|tag| tag.value).collect()
}

/// The image of `type=image,name=…,push=true`.
fn name_of_output(output: &Known) -> Option<Known> {
    let names: Vec<String> = output
        .alternatives()
        .filter_map(|text| {
            text.split(',').find_map(|part| part.trim_matches('"').strip_prefix("name=")).map(str::to_owned)
        })
        .collect();
    (!names.is_empty()).then(|| Known::one_of(names))
}

/// A copy pulls from one place and pushes to another; skopeo's have a scheme.
fn copied(
    words: Vec<(usize, &Word)>,
    with_scheme: bool,
    push: &dyn Fn(Known) -> What,
    pull: &dyn Fn(Known) -> What,
) -> Vec<What> {
    let mut deeds = Vec::new();
    for (nth, (_, word)) in words.into_iter().take(2).enumerate() {
        if with_scheme && !word.shown().starts_with("docker://") {
            continue;
        }
        deeds.push(if nth == 0 { pull(reference(word)) } else { push(reference(word)) });
    }
    deeds
}

/// Builders that log in by themselves.
fn kaniko(command: &Command) -> Option<Vec<What>> {
    let program = command.words.first()?.value.exactly()?;
    match command.program() {
        "executor" if program.contains("kaniko") => {
            let images = options(&command.words, &["--destination", "-d"]);
            Some(
                images
                    .into_iter()
                    .map(|image| What::Push { client: "kaniko".to_owned(), image: image.value })
                    .collect(),
            )
        }
        "ko" => {
            let repository = option(&command.words, &["--repo"])?;
            Some(vec![What::Push { client: "ko".to_owned(), image: repository.value }])
        }
        _ => None,
    }
}
