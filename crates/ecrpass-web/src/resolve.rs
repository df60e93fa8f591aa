//! Who supplies a client's credentials, when all that is known of the machine is one pasted file.

use std::path::Path;

use ecrpass_clients::client::{
    Client, ClientEnvironment, HelperReply, Operation, Request, Resolution, Version, login_files, target,
};
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_core::environment::{Environment, EnvironmentInMemory};
use ecrpass_json::Document;
use serde::{Deserialize, Serialize};

use crate::compact_deserializer::Compact;
use crate::marks::{Mark, at};
use crate::{json, seconds};

/// What is asked.
#[derive(Deserialize)]
struct Question {
    /// A host, a URL or an image reference.
    registry: String,
    /// A client's name.
    client: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    operation: String,
    /// Whose file the text is, as `ecrpass status` names it; docker's for any other word.
    file: String,
    /// What helpers answer: `ok`, `notfound`, `error` or `missing`.
    helpers: String,
    /// The home directory the file is shown in.
    home: String,
}

/// What comes of it.
#[derive(Serialize)]
struct Outcome {
    /// What the command line prints with `--format json`.
    report: Resolution,
    /// Whether a registry will take what is sent, as far as can be told.
    works: bool,
    /// The stored login that is used.
    mark: Option<Mark>,
    /// The others at a glance.
    others: Vec<Other>,
}

/// Another client's outcome.
#[derive(Serialize)]
struct Other {
    client: &'static str,
    title: &'static str,
    outcome: &'static str,
    works: bool,
    helper: Option<String>,
}

/// Who supplies the credentials, as JSON; `{}` when the question cannot be answered.
pub fn resolve(text: &str, question: &str, now: f64) -> String {
    answer(text, question, now).map_or_else(|| "{}".to_owned(), |outcome| json(&outcome))
}

fn answer(text: &str, question: &str, now: f64) -> Option<Outcome> {
    let question: serde_json::Value = serde_json::from_str(question).ok()?;
    let question = Question::deserialize(Compact::new(&question)).ok()?;
    let client = Client::parse(&question.client)?;
    let (host, repository) = target(&question.registry)?;
    let machine = Machine::new(text, &question);
    let ask = |client: Client, version: Option<Version>| {
        let request = Request {
            host: host.clone(),
            repository: repository.clone(),
            client,
            version,
            operation: operation(&question.operation),
            configs: Vec::new(),
        };
        ecrpass_clients::client::resolve(&request, &machine)
    };
    let report = ask(client, Version::parse(&question.version));
    let others = Client::ALL.into_iter().map(|client| {
        let resolution = ask(client, None);
        Other {
            client: client.id(),
            title: client.title(),
            outcome: resolution.outcome.id(),
            works: resolution.works(seconds(now)),
            helper: resolution.helper,
        }
    });
    Some(Outcome {
        works: report.works(seconds(now)),
        mark: report.place.and_then(|place| at(text, place.line, place.column)),
        others: others.collect(),
        report,
    })
}

fn operation(name: &str) -> Operation {
    let known = [Operation::Push, Operation::Build, Operation::Login, Operation::Create];
    known.into_iter().find(|operation| operation.id() == name).unwrap_or(Operation::Pull)
}

/// A Linux machine that has nothing but the file, and the helpers it names.
struct Machine {
    environment: EnvironmentInMemory,
    helpers: Vec<String>,
    /// What each helper answers.
    answer: HelperReply,
}

impl Machine {
    fn new(text: &str, question: &Question) -> Self {
        let home = Path::new(&question.home);
        let file = login_files().find(|file| file.holder == question.file);
        let place = file.and_then(|file| file.in_homes.first()).unwrap_or(&".docker/config.json");
        let answer = match question.helpers.as_str() {
            "notfound" => HelperReply::NotFound,
            "error" => HelperReply::Failed("an error, as --helper-says has it".to_owned()),
            "missing" => HelperReply::Missing,
            _ => HelperReply::Assumed,
        };
        let mut environment = EnvironmentInMemory::of_variables([("HOME", question.home.as_str())]);
        environment.files.insert(home.join(place), text.to_owned());
        let format = file.map_or(Format::Current, |file| file.format);
        Self { environment, helpers: named_helpers(text, format), answer }
    }

    fn names(&self, helper: &str) -> bool {
        self.helpers.iter().any(|name| name == helper)
    }
}

impl ClientEnvironment for Machine {
    fn environment(&self) -> &dyn Environment {
        &self.environment
    }

    // As `--helper-says` has it: every helper that is asked at all answers so.
    fn ask(&self, _: &str, _: &str) -> HelperReply {
        self.answer.clone()
    }

    fn list(&self, _: &str) -> Option<Vec<String>> {
        matches!(self.answer, HelperReply::Assumed | HelperReply::NotFound).then(Vec::new)
    }

    fn on_path(&self, program: &str) -> bool {
        let helper = program.strip_prefix("docker-credential-");
        self.answer != HelperReply::Missing && helper.is_some_and(|helper| self.names(helper))
    }
}

/// The helpers a configuration names, and those that clients ask unnamed.
fn named_helpers(text: &str, format: Format) -> Vec<String> {
    let mut names = vec!["ecrpass".to_owned(), "ecr-login".to_owned()];
    if let Ok(document) = Document::parse_first(text) {
        let config = DockerConfig::read(&document, format);
        names.extend(config.cred_helpers.into_iter().map(|entry| entry.helper));
        names.extend(config.creds_store.map(|store| store.helper));
    }
    names
}

/// A client there is a model of.
#[derive(Serialize)]
struct Model {
    id: &'static str,
    title: &'static str,
}

/// The clients there is a model of, as JSON: name and title.
pub fn clients() -> String {
    json(&Client::ALL.map(|client| Model { id: client.id(), title: client.title() }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test's way of failing

    use serde_json::{Value, json};

    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    #[test]
    fn the_page_offers_the_files_of_all_clients() {
        let page = include_str!("../page/explain/resolve.js");
        for file in login_files() {
            assert!(page.contains(&format!("[\"{}\", ", file.holder)), "{}", file.holder);
        }
    }

    #[test]
    fn a_pasted_file_of_regctls_is_known_and_read_as_regctl_reads_it() {
        let text = json!({"hosts": {HOST: {"user": "AWS", "pass": "p"}}}).to_string();
        let analysis: Value = serde_json::from_str(&crate::analyze(&text, "", "x", 0.0)).unwrap();
        assert_eq!((&analysis["kind"], &analysis["registries"]), (&json!("regctl"), &json!([HOST])));
        let outcome = |client: &str, file: &str| {
            let question =
                json!({"registry": HOST, "client": client, "file": file, "helpers": "ok", "home": "~"});
            let told = resolve(&text, &question.to_string(), 0.0);
            serde_json::from_str::<Value>(&told).unwrap()["report"]["outcome"].clone()
        };
        assert_eq!(outcome("regclient", "regclient"), "auths");
        assert_eq!(outcome("docker", "regclient"), "anonymous");
        assert_eq!(outcome("regclient", "docker"), "anonymous");
    }
}
