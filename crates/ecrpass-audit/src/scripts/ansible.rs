//! Ansible's tasks: commands, what is registered of them, what is shown, and files that are written.

use std::collections::HashMap;
use std::ops::Range;

use crate::known::Known;
use crate::passage::Passage;
use crate::schedule::cron_gap;
use crate::scripts::boot;
use crate::scripts::placed::{Placed, Runs};
use crate::shell::{self, Command, Dialect, Output, Script, Word, Written};
use crate::yaml::{Key, Node};

/// How deep blocks and plays are followed.
const DEEPEST: usize = 8;

/// Filters that leave a password in what they make. Behind any other, nothing is known.
const LEAVING: [&str; 20] = [
    "trim",
    "string",
    "quote",
    "default",
    "d",
    "mandatory",
    "b64encode",
    "b64decode",
    "to_json",
    "to_nice_json",
    "to_yaml",
    "to_nice_yaml",
    "lower",
    "upper",
    "replace",
    "regex_replace",
    "join",
    "indent",
    "safe",
    "urlencode",
];

/// How many names are followed for one text.
const MAX_NAMES: usize = 16;

/// The longest text that is put together, in bytes.
const LONGEST: usize = 1024;

/// All tasks of a file as one script.
pub(super) fn read(documents: &[Node]) -> Vec<Placed> {
    let mut tasks =
        Tasks { all: Script::empty(Dialect::Posix), known: HashMap::new(), scheduled: Vec::new() };
    for document in documents {
        tasks.node(document, 0);
    }
    let mut all = vec![Placed::called(tasks.all)];
    all.extend(tasks.scheduled);
    all
}

struct Tasks {
    all: Script,
    /// Variables, and what tasks registered.
    known: HashMap<String, Known>,
    /// What they put into crontabs.
    scheduled: Vec<Placed>,
}

impl Tasks {
    fn node(&mut self, node: &Node, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for item in node.items().unwrap_or_default() {
            self.node(item, depth + 1);
        }
        let Some(members) = node.members() else { return };
        for (key, value) in node.get("vars").and_then(Node::members).unwrap_or_default() {
            if let Some(text) = value.text() {
                self.known.insert(key.text.clone(), Known::one_of([text.replace("{{", "${{")]));
            }
        }
        for block in ["tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"] {
            if let Some(block) = node.get(block) {
                self.node(block, depth + 1);
            }
        }
        for (key, value) in members {
            let module = key.text.rsplit('.').next().unwrap_or(&key.text);
            match module {
                "shell" | "command" | "raw" => self.command(node, value),
                "debug" => self.debug(node, &key.bytes, value),
                "copy" => self.copy(value),
                "k8s" => self.pull_secret(value),
                "cron" => self.cron(&key.bytes, value),
                "docker_login" => self.login(node, &key.bytes, value),
                _ => {}
            }
        }
    }

    /// `shell: …`, `command: {cmd: …}`, `command: {argv: […]}`.
    fn command(&mut self, task: &Node, value: &Node) {
        let mut words = Passage::default();
        let passage = value.passage().or_else(|| value.get("cmd").and_then(Node::passage));
        let passage = match (passage, value.get("argv").and_then(Node::items)) {
            (Some(passage), _) => passage,
            (None, Some(items)) => {
                for word in items.iter().filter_map(Node::passage) {
                    words.push(word);
                    let end = word.place(word.text().len().saturating_sub(1));
                    words.push_for(" ", &(end..end + 1));
                }
                &words
            }
            (None, None) => return,
        };
        let known = |name: &str| self.value(name);
        let script = shell::read(passage, Dialect::Posix, &known, false);
        let offset = self.all.commands.len();
        let text = printed(&script);
        let registered = task.get("register").and_then(Node::text);
        let is_off = task.get("when").and_then(Node::text) == Some("false");
        for mut command in script.commands {
            command.is_off |= is_off;
            shift(&mut command, offset);
            if command.output == Output::Log {
                // Ansible shows what a task prints only when it is asked to.
                command.output = match registered {
                    Some(name) => Output::Variable(name.to_owned()),
                    None => Output::Discarded,
                };
            }
            self.all.commands.push(command);
        }
        self.all.written.extend(
            script
                .written
                .into_iter()
                .map(|written| Written { command: written.command + offset, ..written }),
        );
        if let Some(name) = registered {
            self.known.insert(format!("{name}.stdout"), Known::Made(format!("$({text})")));
        }
    }

    /// What stands in `{{ … }}`.
    fn value(&self, expression: &str) -> Option<Known> {
        self.known.get(left_by_filters(expression)?).cloned()
    }

    /// What is shown of it: of all that was registered, what the command printed.
    fn value_shown(&self, expression: &str) -> Option<Known> {
        let name = left_by_filters(expression)?;
        let printed =
            || self.known.get(&format!("{}.stdout", name.strip_suffix(".stdout_lines").unwrap_or(name)));
        self.known.get(name).or_else(printed).cloned()
    }

    /// `debug: {var: x.stdout}` and `debug: {msg: "{{ x.stdout }}"}` print.
    fn debug(&mut self, task: &Node, key: &std::ops::Range<usize>, value: &Node) {
        let is_silent = task.get("no_log").and_then(Node::flag) == Some(true)
            || task.get("when").and_then(Node::text) == Some("false")
            // Only shown to who asks for it.
            || value.text_of("verbosity").is_some_and(|least| least != "0");
        if is_silent {
            return;
        }
        let (text, bytes) = if let Some(variable) = value.get("var") {
            (variable.text().map(|name| format!("{{{{ {name} }}}}")), variable.bytes.clone())
        } else if let Some(message) = value.get("msg") {
            (message.text().map(str::to_owned), message.bytes.clone())
        } else {
            (None, value.bytes.clone())
        };
        let Some(text) = text else { return };
        let mut shown = Known::one_of([text.replace("{{", "${{")]);
        for expression in text.split("{{").skip(1).filter_map(|behind| behind.split("}}").next()) {
            if let Some(known) = self.value_shown(expression) {
                shown = known;
            }
        }
        let word = Word { bytes: bytes.clone(), raw: text, value: shown };
        let echo = Word::plain("echo", key.clone());
        self.all.commands.push(Command::of_words(bytes, vec![echo, word]));
    }

    /// `k8s: {definition: {kind: Secret, …}}` with what a task registered: as the command that does the same.
    fn pull_secret(&mut self, value: &Node) {
        let definition =
            ["definition", "resource_definition"].iter().find_map(|name| value.get(name)).unwrap_or(value);
        let is_pull_secret = definition
            .get("type")
            .and_then(Node::text)
            .is_some_and(|kind| matches!(kind, "kubernetes.io/dockerconfigjson" | "kubernetes.io/dockercfg"));
        if !is_pull_secret || value.get("state").and_then(Node::text) == Some("absent") {
            return;
        }
        for held in ["data", "stringData"].iter().filter_map(|name| definition.get(name)) {
            for (_, entry) in held.members().unwrap_or_default() {
                let Some(Known::Made(printed)) = entry.text().and_then(|text| self.registered_in(text, 0))
                else {
                    continue;
                };
                let bytes = entry.bytes.clone();
                let mut words: Vec<Word> = ["kubectl", "create", "secret", "docker-registry"]
                    .iter()
                    .map(|word| Word::plain(*word, bytes.clone()))
                    .collect();
                let raw = format!("--docker-password={printed}");
                words.push(Word { bytes: bytes.clone(), value: Known::Made(raw.clone()), raw });
                self.all.commands.push(Command::of_words(bytes, words));
            }
        }
    }

    /// What a task registered that stands in `{{ … }}` of a text, or in a variable that does.
    fn registered_in(&self, text: &str, depth: usize) -> Option<Known> {
        let expressions = text.split("{{").skip(1).filter_map(|behind| behind.split("}}").next());
        expressions.into_iter().find_map(|expression| {
            let is_named = |name: &str| name.ends_with(".stdout") && expression.contains(name);
            // The longest name is the one that stands there.
            let named = self.known.iter().filter(|(name, _)| is_named(name));
            let registered = named.max_by_key(|(name, _)| (name.len(), *name));
            registered.map(|(_, known)| known.clone()).or_else(|| match self.value(expression)? {
                Known::Exactly(inner) | Known::Made(inner) if depth < DEEPEST => {
                    self.registered_in(&inner, depth + 1)
                }
                _ => None,
            })
        })
    }

    /// `cron: {hour: …, minute: …, job: …}`: a line of a crontab.
    fn cron(&mut self, key: &Range<usize>, value: &Node) {
        let is_gone = value.text_of("state") == Some("absent") || value.flag_of("disabled") == Some(true);
        let Some(job) = value.get("job").and_then(Node::passage).filter(|_| !is_gone) else { return };
        let field = |name: &str| value.text_of(name).unwrap_or("*");
        let (gap, place) = match value.get("special_time") {
            Some(special) => {
                let Some(name) = special.text().filter(|name| *name != "reboot") else { return };
                (cron_gap(&format!("@{name}")), special.bytes.clone())
            }
            None => {
                let fields = ["minute", "hour", "day", "month", "weekday"].map(field).join(" ");
                let place = value.get("hour").or_else(|| value.get("minute"));
                (cron_gap(&fields), place.map_or_else(|| key.clone(), |place| place.bytes.clone()))
            }
        };
        let known = |name: &str| self.value(name);
        let script = shell::read(job, Dialect::Posix, &known, false);
        self.scheduled.push(Placed { script, runs: Runs::Again(gap, place) });
    }

    /// `docker_login: {registry_url: …, username: …, password: …}`: as the command that does the same.
    fn login(&mut self, task: &Node, key: &Range<usize>, value: &Node) {
        let is_off = task.text_of("when") == Some("false") || value.text_of("state") == Some("absent");
        let entry = |names: &[&str]| names.iter().find_map(|name| value.entry(name));
        let (Some(server), Some(user), Some(password)) =
            (entry(&["registry_url", "registry", "url"]), entry(&["username", "user"]), entry(&["password"]))
        else {
            return;
        };
        let word = |(name, value): &(Key, Node)| {
            let raw = value.text().unwrap_or_default().to_owned();
            // The place is the name's: the value is not written as a shell's word is.
            Word { bytes: name.bytes.clone(), value: self.rendered(&raw, &mut { MAX_NAMES }), raw }
        };
        let plain = |text: &str| Word::plain(text, key.clone());
        let option = Word { bytes: user.0.bytes.clone(), ..plain("--username") };
        let words = vec![
            plain("docker"),
            plain("login"),
            plain("--password-stdin"),
            option,
            word(user),
            word(server),
        ];
        let password = word(password);
        let mut command = Command::of_words(key.clone(), words);
        command.here = Some(password);
        command.output = Output::Discarded;
        command.is_off = is_off;
        // Whose home the login goes to is for `become` to say, which is not followed.
        command.wrappers = vec![plain("sudo"), plain("-E")];
        self.all.commands.push(command);
    }

    /// A text with what is known of the expressions in it.
    fn rendered(&self, text: &str, names: &mut usize) -> Known {
        if text.len() > LONGEST {
            return Known::Unknown;
        }
        let mut pieces = text.split("{{");
        let mut parts = vec![Known::one_of([pieces.next().unwrap_or_default().to_owned()])];
        for piece in pieces {
            let (expression, behind) = piece.split_once("}}").unwrap_or((piece, ""));
            let expression = expression.trim();
            let Some(left) = names.checked_sub(1) else { return Known::Unknown };
            *names = left;
            // A filter makes something else of it.
            let is_plain = !expression.contains(['|', ' ', '(']);
            parts.push(match self.known.get(expression).filter(|_| is_plain) {
                Some(Known::Exactly(text) | Known::Made(text)) if text.contains("${{") => {
                    self.rendered(&text.replace("${{", "{{"), names)
                }
                Some(known) if known.alternatives().all(|text| text.len() <= LONGEST) => known.clone(),
                _ => Known::named(expression),
            });
            parts.push(Known::one_of([behind.to_owned()]));
        }
        Known::concat(&parts)
    }

    /// `copy: {dest: …, content: …}`.
    fn copy(&mut self, value: &Node) {
        let (Some(path), Some(content)) = (value.get("dest"), value.get("content")) else { return };
        let (Some(name), Some(text)) = (path.text(), content.text()) else { return };
        if let Some(content) = content.passage().filter(|_| name.contains("cron")) {
            self.scheduled.extend(boot::of_written(name, content));
        }
        let command = self.all.commands.len();
        self.all.commands.push(Command::of_words(content.bytes.clone(), Vec::new()));
        self.all.written.push(Written {
            path: Word::plain(name, path.bytes.clone()),
            text: Known::one_of([text.replace("{{", "${{")]),
            passage: content.passage().cloned(),
            command,
            script: None,
        });
    }
}

/// The variable of an expression, unless a filter makes something else of it.
fn left_by_filters(expression: &str) -> Option<&str> {
    let mut parts = expression.split('|').map(str::trim);
    let name = parts.next()?;
    let is_leaving = |filter: &str| LEAVING.contains(&filter.split('(').next().unwrap_or(filter).trim());
    parts.all(is_leaving).then_some(name)
}

/// Gives a command's references to others the place that these have now.
fn shift(command: &mut Command, offset: usize) {
    command.reads = command.reads.map(|index| index + offset);
    match &mut command.output {
        Output::Pipe(index) | Output::Argument(index) => *index += offset,
        _ => {}
    }
}

/// The commands whose output a script prints, as text.
fn printed(script: &Script) -> String {
    let mut text = String::new();
    for command in &script.commands {
        let words: Vec<&str> = command.words.iter().map(Word::shown).collect();
        text.push_str(&words.join(" "));
        text.push_str(if matches!(command.output, Output::Pipe(_)) { " | " } else { "; " });
    }
    text.trim_end_matches([' ', ';', '|']).to_owned()
}
