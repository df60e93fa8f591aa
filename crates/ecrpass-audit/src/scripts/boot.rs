//! What machines run at their first boot: cloud-init's commands and files, and user data.

use crate::infrastructure::{InScope, user_data};
use crate::known::Known;
use crate::passage::Passage;
use crate::scripts::lines::{crontab, lines};
use crate::scripts::placed::{Placed, Runs};
use crate::scripts::unit::started;
use crate::shell::{self, Command, Dialect, Word, Written};
use crate::source::SourceFile;
use crate::yaml::{self, Node};

/// Whether a path is that of user data.
pub fn is_user_data(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase().replace(['-', '_'], "");
    // A script that Terraform fills in is what a machine starts with.
    name.ends_with(".tftpl")
        || ["userdata", "cloudinit", "bootstrap", "firstboot"].iter().any(|word| name.contains(word))
}

/// The scripts of a cloud-init file.
pub(super) fn read(file: &SourceFile, documents: &[Node]) -> Vec<Placed> {
    let whole = Passage::verbatim(file.text.as_str(), 0);
    if !file.text.trim_start().starts_with("#cloud-config") {
        return parts(&whole);
    }
    documents.first().map(of_config).unwrap_or_default()
}

/// The scripts of `#cloud-config`: its commands, with the files that it writes; and scripts among these.
pub fn of_config(root: &Node) -> Vec<Placed> {
    let mut commands = Passage::default();
    for key in ["bootcmd", "runcmd"] {
        for item in root.get(key).and_then(Node::items).unwrap_or_default() {
            match (item.passage(), item.items()) {
                (Some(command), _) => commands.push(command),
                // A list of arguments: as a line.
                (None, Some(words)) => commands.push(&line(words.iter().filter_map(Node::passage))),
                _ => continue,
            }
            commands.push_for("\n", &(item.bytes.end.saturating_sub(1)..item.bytes.end));
        }
    }
    let mut first = shell::read(&commands, Dialect::Posix, &|_| None, false);
    let mut all = Vec::new();
    for entry in root.get("write_files").and_then(Node::items).unwrap_or_default() {
        let (Some(path), Some(content)) = (entry.get("path"), entry.get("content").and_then(Node::passage))
        else {
            continue;
        };
        let name = path.text().unwrap_or_default().to_owned();
        all.extend(of_written(&name, content));
        let word = Word::plain(name, path.bytes.clone());
        let text = Known::one_of([content.text().to_owned()]);
        let command = first.commands.len();
        first.commands.push(Command::of_words(content.places(0..content.text().len()), Vec::new()));
        first.written.push(Written {
            path: word,
            text,
            passage: Some(content.clone()),
            command,
            script: None,
        });
    }
    all.insert(0, Placed { script: first, runs: Runs::AtBoot });
    all
}

/// The scripts that machines of infrastructure code start with, or are built with.
pub fn of_machines(stack: &InScope<'_>) -> Vec<Placed> {
    let mut all = Vec::new();
    for data in user_data::of(stack) {
        let text = data.passage.text();
        if text.trim_start().starts_with("#cloud-config") {
            let documents = yaml::read_partly(text).0;
            all.extend(
                documents
                    .first()
                    .map(of_config)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|placed| moved(placed, &data.passage)),
            );
            continue;
        }
        let script = shell::read(&data.passage, Dialect::Posix, &|_| None, false);
        all.push(Placed { script, runs: data.when.into() });
    }
    all
}

/// A script read of a text that stands within a file, with the file's places.
pub(super) fn moved(mut placed: Placed, passage: &Passage) -> Placed {
    fn word(word: &mut Word, passage: &Passage) {
        word.bytes = passage.places(word.bytes.clone());
    }
    if let Runs::Again(_, place) = &mut placed.runs {
        *place = passage.places(place.clone());
    }
    for command in &mut placed.script.commands {
        command.bytes = passage.places(command.bytes.clone());
        let assigned = command.assignments.iter_mut().map(|(_, word)| word);
        let others = command.here.iter_mut().chain(command.input.as_mut());
        command
            .words
            .iter_mut()
            .chain(command.wrappers.iter_mut())
            .chain(assigned)
            .chain(others)
            .for_each(|one| word(one, passage));
    }
    for written in &mut placed.script.written {
        word(&mut written.path, passage);
        // Its places are those of the inner text.
        written.passage = None;
    }
    placed
}

/// Arguments as a line for a shell.
pub(super) fn line<'a>(words: impl IntoIterator<Item = &'a Passage>) -> Passage {
    let mut line = Passage::default();
    for word in words {
        line.push(&quoted(word));
        let end = word.place(word.text().len().saturating_sub(1));
        line.push_for(" ", &(end..end + 1));
    }
    line
}

/// A list's argument in quotes, if it has blanks.
fn quoted(word: &Passage) -> Passage {
    if !word.text().contains([' ', '\t', '\n', ';', '|', '&', '<', '>', '(', ')', '$', '"'])
        || word.text().contains('\'')
    {
        return word.clone();
    }
    let (start, end) = (word.place(0), word.place(word.text().len().saturating_sub(1)));
    let mut all = Passage::default();
    all.push_for("'", &(start..start + 1));
    all.push(word);
    all.push_for("'", &(end..end + 1));
    all
}

/// What a written file runs: a script, a unit, a crontab.
pub fn of_written(path: &str, content: &Passage) -> Vec<Placed> {
    if path.ends_with(".service") {
        let passage = started(content);
        return passage
            .map(|passage| Placed::called(shell::read(&passage, Dialect::Posix, &|_| None, false)))
            .into_iter()
            .collect();
    }
    if path.starts_with("/etc/cron.d/") || path.ends_with("crontab") || path.contains("/cron/crontabs/") {
        return crontab(content, path);
    }
    let is_script = content.text().trim_start().starts_with("#!") || path.ends_with(".sh");
    if is_script {
        return vec![Placed::called(shell::read(content, Dialect::Posix, &|_| None, false))];
    }
    Vec::new()
}

/// The scripts of several parts: each from its first line on up to the boundary.
fn parts(whole: &Passage) -> Vec<Placed> {
    let mut all = Vec::new();
    let mut start: Option<usize> = None;
    let mut end_part = |start: &mut Option<usize>, end: usize| {
        if let Some(part) = start.take().and_then(|start| whole.part(start..end)) {
            all.push(Placed {
                script: shell::read(&part, Dialect::Posix, &|_| None, false),
                runs: Runs::AtBoot,
            });
        }
    };
    for (at, line) in lines(whole.text()) {
        if line.starts_with("#!") && line.contains("sh") {
            start.get_or_insert(at);
        } else if line.starts_with("--") && !line.starts_with("---") {
            end_part(&mut start, at);
        }
    }
    end_part(&mut start, whole.text().len());
    all
}
