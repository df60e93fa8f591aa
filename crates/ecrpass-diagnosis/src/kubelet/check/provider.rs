//! A provider of the configuration: its name and program, how long answers are kept, and what it is given.

use std::collections::HashMap;

use super::files::{Binary, Surroundings};
use super::problem::Problems;
use super::typed::{Text, not_a_text, text, texts, unknown};
use super::{duration, images, quoted, tokens};
use crate::kubelet::document::{Field, Kind, Value};
use crate::kubelet::names::PROVIDER;
use crate::kubelet::version::KubeletVersion;

const FIELDS: [&str; 7] =
    ["apiVersion", "args", "defaultCacheDuration", "env", "matchImages", "name", "tokenAttributes"];

/// The longest time that an ECR token lives, in seconds: an answer may leave its own out.
const LONGEST: f64 = 12.0 * 3600.0;

/// How long the name of a file can be, in bytes.
const LONGEST_NAME: usize = 255;

/// Which file has a provider of that name.
pub type Names = HashMap<String, String>;

/// What a provider is checked with.
pub struct Checker<'a> {
    /// What is known besides the file.
    pub surroundings: &'a Surroundings,
    /// The file.
    pub file: &'a str,
    /// The kubelet's version.
    pub version: KubeletVersion,
    /// The version of the configuration; empty where it has none.
    pub config_api: &'a str,
}

impl Checker<'_> {
    /// Checks one; `api` looks at its version of the protocol.
    pub fn check(
        &self,
        provider: &Value,
        names: &mut Names,
        problems: &mut Problems,
        api: impl Fn(&mut Problems) -> String,
    ) {
        let at = provider.span.start;
        if provider.fields().is_none() {
            return problems.stops(
                at,
                "a provider is a mapping with `name`",
                "name: ecr-credential-provider",
            );
        }
        unknown(provider, &FIELDS, "a provider", problems);
        let name = self.name(provider, names, problems);
        let is_ecr = name.contains("ecr");
        images::check(provider, is_ecr, self.version, problems);
        cache_duration(provider, is_ecr, problems);
        let api = api(problems);
        let args = texts(provider, "args", problems);
        if name.contains("docker-credential") && args.first().map(|(_, text)| *text) != Some("kubelet") {
            problems.never(
                provider.get("name").map_or(at, Field::place),
                format!("`{name}` is docker's credential helper, which has another protocol"),
                format!(
                    "name: {PROVIDER}, and link the program by that name; or args: [\"kubelet\"] for ours"
                ),
            );
        }
        environment(provider, problems);
        if let Some(field) = provider.get("tokenAttributes") {
            tokens::check(field, self.version, self.config_api, &api, problems);
        }
    }

    fn name(&self, provider: &Value, names: &mut Names, problems: &mut Problems) -> String {
        let at = provider.get("name").map_or(provider.span.start, Field::place);
        let name = match text(provider, "name", problems) {
            Text::Wrong => return String::new(),
            Text::Missing | Text::Is("") => {
                problems.stops(at, "a provider has no `name`", format!("name: {PROVIDER}"));
                return String::new();
            }
            Text::Is(name) => name.to_owned(),
        };
        if name.contains(['/', ' ', '\0']) || name == "." || name == ".." || name.len() > LONGEST_NAME {
            problems.stops(
                at,
                format!(
                    "`{name}` is no name of a file: no `/`, no space, not `.` or `..`, {LONGEST_NAME} bytes at most"
                ),
                format!(
                    "name: {}",
                    name.rsplit(['/', ' ', '\0'])
                        .find(|part| !part.trim_matches('.').is_empty() && part.len() <= LONGEST_NAME)
                        .unwrap_or(PROVIDER)
                ),
            );
            return name;
        }
        if let Some(other) = names.insert(name.clone(), self.file.to_owned()) {
            let other = if other == self.file { String::new() } else { format!(" in {other}") };
            problems.stops(
                at,
                format!("there is a provider `{name}` already{other}"),
                "one name is one entry: link the program by a second name for a second one",
            );
        }
        self.program(&name, at, problems);
        name
    }

    fn program(&self, name: &str, at: usize, problems: &mut Problems) {
        let Some(binaries) = &self.surroundings.binaries else { return };
        let path = format!("{}/{name}", binaries.directory.trim_end_matches('/'));
        let found = binaries.files.get(name).or_else(|| binaries.files.get(&format!("{name}.exe")));
        match found {
            Some(Binary::Program) => {}
            Some(Binary::NotExecutable) => {
                problems.stops(at, format!("{path} cannot be executed"), format!("chmod 755 {path}"));
            }
            Some(Binary::WritableByOthers) => problems.risk(
                at,
                format!("the kubelet runs {path} as root, and others than its owner may replace it"),
                format!("chown root:root {path} && chmod 755 {path}"),
            ),
            None => {
                let near =
                    ecrpass_credentials::aws_config::closest(name, binaries.files.keys().map(String::as_str));
                let fix = match near {
                    Some(near) => {
                        format!("name: {near}, which is there; or put the provider there as {path}")
                    }
                    None => format!("put the provider there as {path}"),
                };
                problems.stops(at, format!("there is no {path}"), fix);
            }
        }
    }
}

fn cache_duration(provider: &Value, is_ecr: bool, problems: &mut Problems) {
    let right = "defaultCacheDuration: \"1h\"";
    let name = "defaultCacheDuration";
    let at = provider.get(name).map_or(provider.span.start, Field::place);
    let text = match text(provider, name, problems) {
        Text::Wrong => return,
        Text::Missing => return problems.stops(at, "`defaultCacheDuration` is missing", right),
        Text::Is(text) => text,
    };
    match duration::seconds(text) {
        None if text.is_empty() => problems.stops(at, "`defaultCacheDuration` is empty", right),
        None => {
            // Go has no days.
            let days = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok());
            let fix = days
                .map_or_else(|| right.to_owned(), |days| format!("{name}: \"{}h\"", u32::from(days) * 24));
            problems.stops(at, format!("`{text}` is no duration, like 1h or 30m"), fix);
        }
        Some(seconds) if seconds < 0.0 => problems.stops(at, format!("`{text}` is before now"), right),
        Some(seconds) if is_ecr && seconds > LONGEST => problems.risk(
            at,
            format!("`{text}` is longer than any token of ECR lives, which is 12 hours"),
            right,
        ),
        Some(_) => {}
    }
}

/// Values are not shown: they may be secrets.
fn environment(provider: &Value, problems: &mut Problems) {
    const OF_VARIABLE: [&str; 2] = ["name", "value"];
    let Some(field) = provider.set("env") else { return };
    let Some(variables) = field.value.items() else {
        return problems.stops(
            field.place(),
            "`env` is a list of names and values",
            "env: [{name: AWS_PROFILE, value: ecr}]",
        );
    };
    for variable in variables {
        let at = variable.span.start;
        let Some(fields) = variable.fields() else {
            if variable.kind == Kind::Null {
                problems.risk(at, "a variable is empty", "remove it");
            } else {
                problems.stops(at, "a variable has `name` and `value`", "{name: AWS_PROFILE, value: ecr}");
            }
            continue;
        };
        if fields.iter().all(|field| quoted::shown_name(field, &OF_VARIABLE).is_some()) {
            unknown(variable, &OF_VARIABLE, "a variable", problems);
        } else {
            problems.stops(at, "a variable has a field that is not `name` or `value`", "remove it");
        }
        if let Text::Missing | Text::Is("") = text(variable, "name", problems) {
            problems.risk(at, "a variable has no `name`, and sets nothing", "name: AWS_PROFILE");
        }
        if let Some(field) = variable.set("value").filter(|field| field.value.text().is_none()) {
            not_a_text(&field.value, field.place(), "value", false, problems);
        }
    }
}
