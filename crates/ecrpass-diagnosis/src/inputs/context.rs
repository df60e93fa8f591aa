//! What the readers of all kinds of files share: places, variables, and the lists they fill.

use ecrpass_core::redact::redact;
use ecrpass_json::Lines;

use super::deployment_file::{BuildFile, DeploymentFile, DeploymentKind};
use super::error::TargetError;
use super::file_position::FilePosition;
use super::puller::Puller;
use super::reference::{build, loosely};
use super::target::Target;
use super::tree::{Format, Node, TreeError};
use super::variables::{Budget, Expander, Filled, MAX_EXPANDED, Style};

/// A message longer than this is cut; the cause is at its start.
const MAX_MESSAGE: usize = 8192;

/// How many images a file may name; each is kept with all that is known of it, a kilobyte or more.
const MAX_IMAGES: usize = 30_000;

/// Why the registry of an image is not known whose name a template makes.
const TEMPLATE: &str =
    "`{{ … }}` is a template value that is filled in later: give ecrpass the output of `helm template`";

/// A file that is being read.
pub struct Context<'a> {
    file: &'a str,
    text: &'a str,
    lines: Lines,
    variable: &'a dyn Fn(&str) -> Option<String>,
    targets: Vec<Target>,
    /// Where the first image stands that is one too many.
    beyond: Option<usize>,
    messages: Vec<(FilePosition, String)>,
    dockerfiles: Vec<BuildFile>,
    continued: Vec<(FilePosition, String)>,
    budget: Budget,
}

impl<'a> Context<'a> {
    pub fn new(file: &'a str, text: &'a str, variable: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            file,
            text,
            lines: Lines::new(text),
            variable,
            targets: Vec::new(),
            beyond: None,
            messages: Vec::new(),
            dockerfiles: Vec::new(),
            continued: Vec::new(),
            budget: Budget::new(),
        }
    }

    pub fn file(&self) -> &str {
        self.file
    }

    pub fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name)
    }

    /// What the values that are filled in count against.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// A text with its variables filled in as `docker compose` does.
    pub fn filled(&self, text: &str) -> Filled {
        let (value, budget) = (self.variable, &self.budget);
        Expander { style: Style::Compose, value, budget, unknown: None }.fill(text)
    }

    /// The place of a byte; of what is inside, where a quote stands there.
    pub fn place(&self, at: usize) -> FilePosition {
        let quote = matches!(self.text.as_bytes().get(at), Some(b'"' | b'\''));
        let at = self.lines.position(self.text, if quote { at + 1 } else { at });
        FilePosition { file: self.file.to_owned(), line: at.line, column: at.column }
    }

    /// Adds an image whose variables `docker compose` fills in.
    pub fn compose_image(&mut self, text: &str, at: usize) -> Option<&mut Target> {
        self.budget.read_at(at);
        let filled = self.filled(text);
        let notes = filled.missing.iter().map(|(name, why)| match why {
            Some(why) => format!("variable {name} is not set: {}", redact(why)),
            None => format!("variable {name} is not set; docker compose puts nothing in its place"),
        });
        let notes = notes.collect();
        (!text.trim().is_empty()).then(|| self.push(&filled.text, at, notes))
    }

    /// Adds an image of a file in which nobody fills in variables, unless it is a template.
    pub fn image(&mut self, node: &Node, puller: Puller) -> Option<&mut Target> {
        self.image_text(node.text()?, node.at, puller)
    }

    /// The same, of a text that was put together, or stands inside another.
    pub fn image_text(&mut self, text: &str, at: usize, puller: Puller) -> Option<&mut Target> {
        if text.trim().is_empty() {
            return None;
        }
        self.budget.read_at(at);
        let filled = self.filled(text);
        let mut notes = Vec::new();
        if filled.changed {
            notes.push(
                "this file is a template: nobody but envsubst or the like fills in its variables".to_owned(),
            );
        }
        notes.extend(filled.missing.iter().map(|(name, _)| format!("variable {name} is not set")));
        let target = self.push(&filled.text, at, notes);
        target.puller = puller;
        Some(target)
    }

    /// Adds an image whose variables are filled in.
    pub fn push(&mut self, text: &str, at: usize, notes: Vec<String>) -> &mut Target {
        let mut target = loosely(text).target;
        target.place = Some(self.place(at));
        target.notes.splice(0..0, notes);
        if target.host.contains("{{") || text.trim_start().starts_with("{{") {
            target.host.clear();
            target.registry = None;
            target.notes = vec![TEMPLATE.to_owned()];
        }
        if self.targets.len() >= MAX_IMAGES {
            self.beyond.get_or_insert(at);
            self.targets.pop();
        }
        self.targets.push_mut(target)
    }

    /// Adds a registry that something has a login for; nothing where it is none of ECR's.
    pub fn registry(&mut self, host: &str, place: FilePosition, puller: Puller) {
        let host = host.split_once("://").map_or(host, |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or_default();
        let target = build(host, None, None, None, Vec::new()).target;
        if target.registry.is_some() {
            self.targets.push(Target { place: Some(place), puller, ..target });
        }
    }

    /// The images so far.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Keeps what a program said went wrong, under the name of its reason.
    pub fn message(&mut self, of: &Node, reason: &str, message: &str) {
        if let Some(message) = self.said(of, reason, message) {
            self.keep(message);
        }
    }

    /// Keeps what was said, unless it was said just before.
    pub fn keep(&mut self, message: (FilePosition, String)) {
        if !self.messages.iter().rev().take(20).any(|(_, known)| *known == message.1) {
            self.messages.push(message);
        }
    }

    /// What a program said went wrong, under the name of its reason, and where that stands. Secrets are hidden.
    pub fn said(&self, of: &Node, reason: &str, message: &str) -> Option<(FilePosition, String)> {
        let node = of.get(message)?;
        let message = node.text().filter(|message| !message.trim().is_empty())?;
        let (at, reason) = (node.at, of.text_of(reason));
        let text = match reason.filter(|reason| !reason.is_empty()) {
            Some(reason) => format!("{reason}: {message}"),
            None => message.to_owned(),
        };
        let mut text = redact(&text).into_owned();
        let mut end = text.len().min(MAX_MESSAGE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        Some((self.place(at), text))
    }

    pub fn dockerfile(&mut self, dockerfile: BuildFile) {
        self.dockerfiles.push(dockerfile);
    }

    /// Keeps the name of a file that this one goes on in.
    pub fn continued(&mut self, at: usize, file: String) {
        let place = self.place(at);
        if !self.continued.iter().any(|(_, known)| *known == file) {
            self.continued.push((place, file));
        }
    }

    /// What is wrong with the file's syntax, for people.
    pub fn syntax(&self, error: TreeError) -> TargetError {
        let place = self.place(error.at);
        let message = error.message;
        let (format, next) = match error.format {
            Format::Limit => return TargetError::Limit { place, message },
            Format::Json => ("JSON", "write the output of the command to the file again"),
            Format::Yaml => ("YAML", "correct this line, or name the image itself"),
            Format::Template => {
                ("YAML", "it looks like a template: give ecrpass what `helm template` makes of it")
            }
        };
        TargetError::Syntax { place, format, message, next }
    }

    /// The file, understood.
    ///
    /// # Errors
    /// [`TargetError::Limit`] when the images, or the variables' values, are too many.
    pub fn finish(self, kind: DeploymentKind) -> Result<DeploymentFile, TargetError> {
        if let Some(at) = self.budget.exceeded() {
            let message = format!(
                "variables that hold variables come to more than {} megabytes here",
                MAX_EXPANDED >> 20
            );
            return Err(TargetError::Limit { place: self.place(at), message });
        }
        if let Some(at) = self.beyond {
            let message = format!("there are more than {MAX_IMAGES} images in it");
            return Err(TargetError::Limit { place: self.place(at), message });
        }
        Ok(DeploymentFile {
            file: self.file.to_owned(),
            kind,
            targets: self.targets,
            messages: self.messages,
            dockerfiles: self.dockerfiles,
            continued: self.continued,
        })
    }
}
