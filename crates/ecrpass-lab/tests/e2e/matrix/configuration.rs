//! What a configuration of the matrix consists of: files, variables, and helpers that behave and misbehave.

use ecrpass_lab::HOST;
use serde_json::{Value, json};

/// What a client finds: its files, its variables, its helpers.
#[derive(Clone, Default)]
pub struct Configuration {
    /// What it is, for messages.
    pub name: String,
    /// Files below the home; `.docker/config.json` most of the time.
    pub texts: Vec<(String, String)>,
    /// Variables; `{home}` stands for the home.
    pub variables: Vec<(&'static str, String)>,
    /// The helpers on `PATH`.
    pub helpers: Vec<(&'static str, Behaviour)>,
    /// Other programs on `PATH`.
    pub programs: Vec<&'static str>,
}

/// How a helper behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Credentials, with its own name as the user.
    Answers,
    /// The protocol's not-found text.
    NotFound,
    /// Blank fields.
    Blank,
    /// Another text and a failure.
    Fails,
    /// Success, and no JSON.
    NoJson,
    /// An identity token.
    IdentityToken,
}

impl Behaviour {
    pub const ALL: [Self; 6] =
        [Self::Answers, Self::NotFound, Self::Blank, Self::Fails, Self::NoJson, Self::IdentityToken];

    /// The program.
    pub fn script(self, suffix: &str) -> String {
        let get = match self {
            Self::Answers => {
                format!("echo '{{\"ServerURL\":\"x\",\"Username\":\"helper-{suffix}\",\"Secret\":\"s\"}}'")
            }
            Self::NotFound => "echo 'credentials not found in native keychain'; exit 1".to_owned(),
            Self::Blank => "echo '{}'".to_owned(),
            Self::Fails => "echo cannot; exit 1".to_owned(),
            Self::NoJson => "echo hello".to_owned(),
            Self::IdentityToken => "echo '{\"Username\":\"<token>\",\"Secret\":\"s\"}'".to_owned(),
        };
        let list = match self.list() {
            Some(keys) => {
                let map: serde_json::Map<String, Value> =
                    keys.into_iter().map(|key| (key, json!("u"))).collect();
                format!("echo '{}'", Value::Object(map))
            }
            None => "exit 1".to_owned(),
        };
        format!("#!/bin/sh\ncat >/dev/null\ncase \"$1\" in get) {get};; list) {list};; esac\n")
    }

    /// What it lists; `None` when that fails.
    pub fn list(self) -> Option<Vec<String>> {
        match self {
            Self::Answers => Some(vec![format!("https://{HOST}")]),
            Self::NotFound | Self::Blank | Self::IdentityToken => Some(Vec::new()),
            Self::Fails | Self::NoJson => None,
        }
    }
}

impl Configuration {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// docker's file.
    pub fn docker(name: impl Into<String>, config: &Value) -> Self {
        Self::new(name).text(".docker/config.json", config.to_string())
    }

    pub fn text(mut self, path: &str, text: impl Into<String>) -> Self {
        self.texts.push((path.to_owned(), text.into()));
        self
    }

    pub fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub fn helper(mut self, suffix: &'static str, behaviour: Behaviour) -> Self {
        self.helpers.push((suffix, behaviour));
        self
    }

    pub fn program(mut self, program: &'static str) -> Self {
        self.programs.push(program);
        self
    }

    /// The files and their texts.
    pub fn files(&self) -> Vec<(String, String)> {
        self.texts.clone()
    }
}
