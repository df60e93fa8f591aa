//! Credentials are build arguments or environment variables of an image, whose history and configuration keep them.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{build_args, builder_pods};
use crate::dockerfile::{ImageSetting, StepKind};
use crate::hit::{Hit, Spot};
use crate::jobs;
use crate::kind::FileKind;
use crate::placeholder::is_placeholder;
use crate::rule::{Examined, Rule};
use crate::yaml::Node;

/// `secret-in-build-args`
pub static RULE: Rule = Rule { id: DiagnosisId::SecretInBuildArgs, look };

/// The only names that count: what merely sounds secret is what people hate other checks for.
pub(crate) const NAMES: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "ECR_PASSWORD",
    "DOCKER_PASSWORD",
    "DOCKER_AUTH_CONFIG",
];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = dockerfile(examined).into_iter().collect();
    if examined.file.kind == FileKind::Compose {
        hits.extend(compose(examined));
    }
    let in_commands = build_args::secrets(examined, &NAMES)
        .into_iter()
        .chain(jobs::build_args::secrets(examined, &NAMES))
        .chain(builder_pods::secrets(examined, &NAMES));
    hits.extend(in_commands.filter_map(|places| hit(&examined.file.path, places, "a build argument")));
    hits
}

/// The hit of a set of settings at these places.
pub(crate) fn hit(path: &str, places: Vec<(String, Range<usize>)>, how: &str) -> Option<Hit> {
    let (first, _) = places.first()?;
    let title = format!("{first} is {how} of an image, which keeps it");
    let spots =
        places.into_iter().map(|(name, bytes)| Spot::new(path, bytes, format!("{name} stays in the image")));
    Some(Hit::new(Severity::Error, title, spots.collect()))
}

fn dockerfile(examined: &Examined<'_>) -> Option<Hit> {
    let file = examined.models.dockerfile()?;
    let mut places = Vec::new();
    let mut how = "a build argument";
    let all: Vec<&ImageSetting> = file.instructions.iter().flat_map(|step| settings(&step.kind)).collect();
    // The keys of an emulator: one of the set says so, or its address does.
    let is_emulators = all.iter().any(|setting| {
        let value = setting.value.as_deref().unwrap_or_default();
        setting.name.starts_with("AWS_ENDPOINT_URL") && !value.is_empty() && !value.contains("amazonaws.com")
            || NAMES.contains(&setting.name.as_str())
                && !value.is_empty()
                && !value.starts_with('$')
                && is_placeholder(value)
    });
    for step in &file.instructions {
        let is_variable = matches!(step.kind, StepKind::Variables(_));
        for setting in settings(&step.kind) {
            let is_named = NAMES.contains(&setting.name.as_str());
            let value = setting.value.as_deref().unwrap_or_default();
            // An argument without a value gets it from outside; an empty variable has none.
            let is_given = if is_variable { !value.is_empty() } else { true };
            let is_stand_in = !value.is_empty() && !value.starts_with('$') && is_placeholder(value);
            if is_named && is_given && !is_stand_in && !is_emulators {
                if places.is_empty() && is_variable {
                    how = "an environment variable";
                }
                places.push((setting.name.clone(), setting.bytes.clone()));
            }
        }
    }
    hit(&examined.file.path, places, how)
}

fn settings(kind: &StepKind) -> &[ImageSetting] {
    match kind {
        StepKind::Arguments(settings) | StepKind::Variables(settings) => settings,
        _ => &[],
    }
}

/// `build.args` of the services of a compose file.
fn compose(examined: &Examined<'_>) -> Vec<Hit> {
    let documents = examined.models.yaml().unwrap_or_default();
    let services = documents.iter().flat_map(|document| document.members_of("services"));
    services
        .filter_map(|(_, service)| {
            let arguments = service.at(&["build", "args"])?;
            hit(&examined.file.path, named(arguments), "a build argument")
        })
        .collect()
}

/// The settings of these names, in a mapping or in a list of `NAME=value`.
pub(crate) fn named(arguments: &Node) -> Vec<(String, Range<usize>)> {
    let mut found: Vec<(String, Range<usize>, String)> = Vec::new();
    for (key, value) in arguments.members().unwrap_or_default() {
        let text = value.text().unwrap_or("$");
        found.push((key.text.clone(), key.bytes.start..value.bytes.end.max(key.bytes.end), text.to_owned()));
    }
    for item in arguments.items().unwrap_or_default() {
        let Some(text) = item.text() else { continue };
        let (name, value) = text.split_once('=').unwrap_or((text, "$"));
        found.push((name.to_owned(), item.bytes.clone(), value.to_owned()));
    }
    let is_stand_in = |value: &str| !value.starts_with('$') && is_placeholder(value);
    found.retain(|(name, _, value)| NAMES.contains(&name.as_str()) && !is_stand_in(value));
    found.into_iter().map(|(name, bytes, _)| (name, bytes)).collect()
}
