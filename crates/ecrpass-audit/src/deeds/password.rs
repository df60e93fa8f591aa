//! Where a registry password of ECR comes from and where it goes: fetched by a command, held in a variable, passed on in a pipe.

use crate::deeds::arguments::option;
use crate::known::{self, Known};
use crate::shell::{Command, Output, Script, Word};

/// How far pipes are followed back.
const LONGEST: usize = 12;

/// A password that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The region it was asked in; unknown if the command does not say it.
    pub region: Known,
    /// Of ECR Public.
    pub is_public: bool,
    /// It is the whole authorization token, base64 of `AWS:` and the password.
    pub is_encoded: bool,
}

/// What a command fetches, if it is a password.
pub fn fetch(command: &Command) -> Option<Fetched> {
    let words = &command.words;
    let program = command.program();
    if program.eq_ignore_ascii_case("Get-ECRLoginCommand") {
        let region = option(words, &["-Region"]).map_or(Known::Unknown, |region| region.value);
        return Some(Fetched { region, is_public: false, is_encoded: false });
    }
    // `docker run … amazon/aws-cli ecr get-login-password`, `aws --profile x ecr …`.
    if !matches!(
        program,
        "aws" | "aws2" | "awscli" | "docker" | "podman" | "nerdctl" | "finch" | "python" | "python3" | ""
    ) {
        return None;
    }
    let at = words.windows(2).position(|pair| match pair {
        [service, action] => {
            matches!(service.value.exactly(), Some("ecr" | "ecr-public"))
                && matches!(action.value.exactly(), Some("get-login-password" | "get-authorization-token"))
        }
        _ => false,
    })?;
    let is_public = words.get(at)?.is("ecr-public");
    let is_encoded = words.get(at + 1)?.is("get-authorization-token");
    if is_encoded
        && option(words, &["--query"]).is_some_and(|query| !query.raw.to_lowercase().contains("token"))
    {
        return None;
    }
    if words.iter().any(|word| word.is("help") || word.is("--help")) {
        return None;
    }
    let named = option(words, &["--region"]).map(|region| region.value);
    let region = named.or_else(|| from_environment(command)).unwrap_or(Known::Unknown);
    Some(Fetched { region, is_public, is_encoded })
}

/// The region of a command's environment.
pub fn from_environment(command: &Command) -> Option<Known> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| command.variable(name)).cloned()
}

/// The password in a value that was made at run time.
pub fn in_value(value: &Known) -> Option<Fetched> {
    value.alternatives().find_map(in_text)
}

/// The password in a word: of an argument, a here-string.
pub fn in_word(word: &Word) -> Option<Fetched> {
    in_value(&word.value)
}

fn in_text(text: &str) -> Option<Fetched> {
    // What amazon-ecr-login puts out.
    if text.contains("outputs.docker_password_") {
        return Some(Fetched { region: Known::Unknown, is_public: false, is_encoded: false });
    }
    let marks = [
        "ecr get-login-password",
        "ecr-public get-login-password",
        "ecr get-authorization-token",
        "ecr-public get-authorization-token",
        "Get-ECRLoginCommand",
    ];
    let (at, mark) = marks.iter().filter_map(|mark| text.find(mark).map(|at| (at, *mark))).min()?;
    // It is the command's output, not its name in a text.
    let before = text.get(..at)?;
    if !known::begins_output(before) {
        return None;
    }
    let behind = text.get(at..)?;
    let end = known::find_outside_holes(behind, &[')']).unwrap_or(behind.len());
    let mut stages = stages(behind.get(..end)?).into_iter();
    let command = stages.next()?;
    let mut is_encoded = mark.ends_with("token");
    for stage in stages {
        let words: Vec<&str> = stage.split_whitespace().collect();
        match passes_on(&words) {
            Passes::On => {}
            Passes::Decoded => is_encoded = false,
            Passes::Nothing => return None,
        }
    }
    is_encoded &= !handed_on(before, behind.get(end..).unwrap_or_default())?;
    let mut words = command.split_whitespace();
    if mark.ends_with("token") {
        let query = words.clone().skip_while(|word| !word.starts_with("--query")).nth(1);
        if query.is_some_and(|query| !query.to_lowercase().contains("token")) {
            return None;
        }
    }
    let mut region = Known::Unknown;
    while let Some(word) = words.next() {
        let value = if matches!(word, "--region" | "-Region") {
            words.next()
        } else {
            word.strip_prefix("--region=")
        };
        if let Some(value) = value {
            region = Known::one_of([value.to_owned()]);
        }
    }
    let is_public = mark.starts_with("ecr-public");
    Some(Fetched { region, is_public, is_encoded })
}

/// The commands of a pipe, those of other outputs within it left in their places.
fn stages(text: &str) -> Vec<&str> {
    let (mut all, mut from, mut search) = (Vec::new(), 0, 0);
    while let Some(at) = text.get(search..).and_then(|rest| known::find_outside_holes(rest, &['|'])) {
        let at = at + search;
        search = at + 1;
        let (before, behind) =
            (text.get(from..at).unwrap_or_default(), text.get(search..).unwrap_or_default());
        if before.ends_with(' ') && behind.starts_with(' ') {
            all.push(before.trim_end());
            from = search + 1;
        }
    }
    all.push(text.get(from..).unwrap_or_default());
    all
}

/// Whether commands around a substitution decode what it puts out; `None` if they make something else of it: in
/// `$(printf %s $(…) | docker login …)` the answer is docker's. `behind` begins at the bracket that closes it.
fn handed_on(before: &str, mut behind: &str) -> Option<bool> {
    let mut decoded = false;
    let mut inside = before.len();
    for (nth, open) in open_substitutions(before).into_iter().rev().enumerate() {
        if nth > 0 {
            let start = before.get(open..inside)?;
            let rest = behind.strip_prefix(')')?;
            let end = known::find_outside_holes(rest, &[')']).unwrap_or(rest.len());
            let own = start.rsplit(" | ").next()?.rsplit("; ").next()?;
            let later = rest.get(..end)?.split("; ").next()?.split(" | ").skip(1);
            for stage in std::iter::once(own).chain(later) {
                match passes_on(&stage.split_whitespace().collect::<Vec<_>>()) {
                    Passes::On => {}
                    Passes::Decoded => decoded = true,
                    Passes::Nothing => return None,
                }
            }
            behind = rest.get(end..)?;
        }
        inside = open.saturating_sub("$(".len());
    }
    Some(decoded)
}

/// Where the text begins of each `$(` that is still open at the end.
fn open_substitutions(text: &str) -> Vec<usize> {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut before = '\0';
    for (at, character) in text.char_indices() {
        match character {
            '(' | '{' if before == '$' || !open.is_empty() => {
                open.push((at + 1, before == '$' && character == '('));
            }
            ')' | '}' => {
                open.pop();
            }
            _ => {}
        }
        before = character;
    }
    open.into_iter().filter(|(_, is_substitution)| *is_substitution).map(|(at, _)| at).collect()
}

/// What a filter makes of a password.
enum Passes {
    On,
    /// The decoded token.
    Decoded,
    /// Something else.
    Nothing,
}

fn passes_on(words: &[&str]) -> Passes {
    let program = words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    match program {
        "base64" if has(&["-d", "-D", "--decode", "-di", "-id"]) => Passes::Decoded,
        "openssl" if has(&["-d"]) => Passes::Decoded,
        "cut" if words.iter().any(|word| word.starts_with("-c") || word.starts_with("-b")) => Passes::Nothing,
        "head" | "tail" if words.iter().any(|word| word.starts_with("-c")) => Passes::Nothing,
        "jq" if words.iter().any(|word| {
            word.contains("expiration")
                || word.contains("keys")
                || word.contains("length")
                || word.contains("expiresAt")
                || word.contains("proxyEndpoint")
        }) =>
        {
            Passes::Nothing
        }
        "grep" | "egrep" if has(&["-q", "-c", "--quiet", "--count"]) => Passes::Nothing,
        "" | "base64" | "cut" | "tr" | "sed" | "awk" | "head" | "tail" | "jq" | "grep" | "egrep" | "cat"
        | "tee" | "xargs" | "python" | "python3" | "perl" | "rev" | "Out-String" | "echo" | "printf" => {
            Passes::On
        }
        _ => Passes::Nothing,
    }
}

/// The password that a command reads: through a pipe, from a here-document or from a file that a command of the script wrote.
pub fn of_input(script: &Script, index: usize) -> Option<Fetched> {
    input(script, index, 0)
}

fn input(script: &Script, index: usize, depth: usize) -> Option<Fetched> {
    let command = script.commands.get(index).filter(|_| depth < LONGEST)?;
    if let Some(found) = command.here.as_ref().and_then(in_word) {
        return Some(found);
    }
    if let Some(path) = &command.input {
        return of_file(script, path, depth);
    }
    let feeding = script.commands.iter().enumerate().filter(|(_, other)| other.output == Output::Pipe(index));
    feeding.filter_map(|(other, _)| printed(script, other, depth + 1)).next()
}

/// The password that a command prints.
pub fn of_output(script: &Script, index: usize) -> Option<Fetched> {
    printed(script, index, 0)
}

fn printed(script: &Script, index: usize, depth: usize) -> Option<Fetched> {
    let command = script.commands.get(index).filter(|_| depth < LONGEST)?;
    if let Some(found) = fetch(command) {
        return Some(found);
    }
    let program = command.program();
    if matches!(program, "echo" | "printf" | "Write-Output" | "Write-Host" | "print") {
        return command.words.iter().skip(1).find_map(in_word);
    }
    let words: Vec<&str> = command.words.iter().map(Word::shown).collect();
    let decoded = match passes_on(&words) {
        Passes::On => false,
        Passes::Decoded => true,
        Passes::Nothing => return None,
    };
    let files = matches!(program, "cat" | "type" | "base64" | "Get-Content")
        .then(|| command.words.get(1..))
        .flatten()
        .unwrap_or_default();
    let of_files = files
        .iter()
        .filter(|word| !word.raw.starts_with('-'))
        .find_map(|path| of_file(script, path, depth + 1));
    let mut found = of_files.or_else(|| input(script, index, depth + 1))?;
    found.is_encoded &= !decoded;
    Some(found)
}

/// The password in a file that the script wrote before.
fn of_file(script: &Script, path: &Word, depth: usize) -> Option<Fetched> {
    if depth >= LONGEST {
        return None;
    }
    let writes = |command: &Command| match &command.output {
        Output::File(written) => written.value == path.value && !path.value.is_unknown(),
        _ => false,
    };
    let writers = script.commands.iter().enumerate().filter(|(_, command)| writes(command));
    writers.filter_map(|(index, _)| printed(script, index, depth + 1)).next()
}
