//! A login command that is so plain that its password can be moved into a pipe in front of it: one program, options
//! that are known, `$(aws ecr get-login-password …)` as the whole password, and a host. Anything else that a shell or
//! the language around it could take for something of its own makes it another command, which is left to people.

use std::ops::Range;

/// The parts of such a command.
#[derive(Debug, PartialEq, Eq)]
pub struct PlainLogin<'a> {
    /// What fetches the password, without `$(` and `)`.
    pub fetch: &'a str,
    /// The bytes of the option with the password, its name included.
    pub password: Range<usize>,
    /// The option that takes the password through standard input.
    pub from_stdin: &'static str,
}

/// How a file writes what its shell reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dollars {
    /// `$` is `$`.
    Plain,
    /// make's: `$$` is `$`, and `$(NAME)` a variable of make.
    Make,
}

/// The clients with the words that make it a login, and the option for standard input.
const LOGINS: [(&[&str], &str); 13] = [
    (&["docker", "login"], "--password-stdin"),
    (&["podman", "login"], "--password-stdin"),
    (&["nerdctl", "login"], "--password-stdin"),
    (&["finch", "login"], "--password-stdin"),
    (&["buildah", "login"], "--password-stdin"),
    (&["skopeo", "login"], "--password-stdin"),
    (&["oras", "login"], "--password-stdin"),
    (&["cosign", "login"], "--password-stdin"),
    (&["img", "login"], "--password-stdin"),
    (&["crane", "auth", "login"], "--password-stdin"),
    (&["helm", "registry", "login"], "--password-stdin"),
    (&["oras", "registry", "login"], "--password-stdin"),
    (&["regctl", "registry", "login"], "--pass-stdin"),
];

/// Options of logins with a value, besides user and password.
const VALUED: [&str; 6] =
    ["--authfile", "--cert-dir", "--compat-auth-file", "--config", "--ca-file", "--registry-config"];

/// Reads a command as it is written in its file; `None` if it is not that plain.
pub fn read(written: &str, dollars: Dollars) -> Option<PlainLogin<'_>> {
    let words = words(written, dollars)?;
    let is_known = |word: &str| !word.contains(['>', '&']) || is_redirection(word) || is_opening(word);
    if !words.iter().all(|word| written.get(word.clone()).is_some_and(is_known)) {
        return None;
    }
    let text = |index: usize| words.get(index).and_then(|word| written.get(word.clone()));
    let (names, from_stdin) = LOGINS
        .iter()
        .find(|(names, _)| names.iter().enumerate().all(|(index, name)| text(index) == Some(name)))?;
    let (mut fetch, mut password, mut users, mut hosts) = (None, None, 0, 0);
    let mut at = names.len();
    while let (Some(word), Some(bytes)) = (text(at), words.get(at)) {
        at += 1;
        // A value that stands in the next word.
        let mut next = || {
            let range = words.get(at)?.clone();
            at += 1;
            Some((written.get(range.clone())?, range.end))
        };
        let option = word.split_once('=').map_or(word, |(name, _)| name);
        let joined = word.split_once('=').map(|(_, value)| (value, bytes.end));
        match option {
            "-u" | "--username" | "--user" => {
                let (value, _) = joined.or_else(next)?;
                users += usize::from(is_value(value, dollars));
            }
            "-p" | "--password" | "--pass" => {
                let (value, end) = joined.or_else(next)?;
                if password.replace(bytes.start..end).is_some() {
                    return None;
                }
                fetch = Some(fetched(value, dollars)?);
            }
            option if option.starts_with("--") && joined.is_some() => {
                if option.contains("pass") {
                    return None;
                }
            }
            option if VALUED.contains(&option) => {
                next().filter(|(value, _)| is_value(value, dollars))?;
            }
            // `-p$(…)`; other options may take the next word or not.
            option if option.starts_with('-') => {
                let value = word.strip_prefix("-p")?;
                if password.replace(bytes.clone()).is_some() {
                    return None;
                }
                fetch = Some(fetched(value, dollars)?);
            }
            _ if is_redirection(word) => {}
            word if is_opening(word) => {
                next().filter(|(value, _)| *value == "/dev/null")?;
            }
            _ => hosts += usize::from(is_value(word, dollars)),
        }
    }
    // Without a user the client asks for one, on the standard input that the password would have.
    (users == 1 && hosts == 1).then_some(())?;
    Some(PlainLogin { fetch: fetch?, password: password?, from_stdin })
}

/// A word that stands for a value: not an option, not a substitution of commands.
fn is_value(word: &str, dollars: Dollars) -> bool {
    let substitution = if dollars == Dollars::Make { "$$(" } else { "$(" };
    !word.is_empty() && !word.starts_with('-') && !word.contains(substitution)
}

/// Of a redirection whose file is the next word.
fn is_opening(word: &str) -> bool {
    matches!(word, ">" | "1>" | "2>" | "&>")
}

fn is_redirection(word: &str) -> bool {
    matches!(word, "2>&1" | ">/dev/null" | "1>/dev/null" | "2>/dev/null" | "&>/dev/null")
}

/// The command in `$(…)` or `"$(…)"`, if that is the whole value and it only fetches the password.
fn fetched(value: &str, dollars: Dollars) -> Option<&str> {
    let bare = match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => value,
    };
    let opening = if dollars == Dollars::Make { "$$(" } else { "$(" };
    let inside = bare.strip_prefix(opening)?.strip_suffix(')')?.trim_matches([' ', '\t']);
    let words = words(inside, dollars)?;
    let texts: Vec<&str> = words.iter().filter_map(|word| inside.get(word.clone())).collect();
    let is_plain = !texts.iter().any(|word| word.contains(opening) || word.contains(['>', '&']));
    let (first, rest) = texts.split_first()?;
    let asks = rest.windows(2).any(|pair| matches!(pair, ["ecr" | "ecr-public", "get-login-password"]));
    (is_plain && *first == "aws" && asks).then_some(inside)
}

/// The words of a command; `None` where something stands that is not understood: an escape, an operator, a pattern,
/// quotes in quotes.
fn words(text: &str, dollars: Dollars) -> Option<Vec<Range<usize>>> {
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if at == text.len() {
            return Some(words);
        }
        let start = at;
        while let Some(length) = part(text.get(at..)?, dollars)? {
            at += length;
        }
        words.push(start..at);
    }
}

/// The length of the next part of a word; nothing at its end, and `None` where it is not understood.
#[allow(clippy::option_option)] // an end is no failure
fn part(rest: &str, dollars: Dollars) -> Option<Option<usize>> {
    let Some(first) = rest.chars().next() else { return Some(None) };
    let length = match first {
        ' ' | '\t' => return Some(None),
        '"' | '\'' => quoted(rest, first, dollars)?,
        '$' => expansion(rest, dollars)?,
        '{' => template(rest)?,
        '>' | '&' => 1,
        _ if is_plain(first) => 1,
        _ => return None,
    };
    Some(Some(length))
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-./:=@%+,".contains(character)
}

/// `"…"` and `'…'` with something plain in it; empty ones may be one quote of the language around it.
fn quoted(rest: &str, quote: char, dollars: Dollars) -> Option<usize> {
    let mut at = 1;
    loop {
        let inside = rest.get(at..)?;
        let first = inside.chars().next()?;
        if first == quote {
            // Not `''`, nor a quote right behind it.
            let is_doubled = inside.get(1..)?.starts_with(['"', '\'']);
            return (at > 1 && !is_doubled).then(|| at + 1);
        }
        at += match first {
            '$' if quote == '"' => expansion(inside, dollars)?,
            '{' => template(inside)?,
            _ if is_plain(first) => 1,
            _ => return None,
        };
    }
}

/// `{{ … }}` of a template.
fn template(rest: &str) -> Option<usize> {
    let end = rest.strip_prefix("{{")?.find("}}")? + 4;
    let is_simple = |character: char| is_plain(character) || " {}[]|".contains(character);
    rest.get(..end)?.chars().all(is_simple).then_some(end)
}

/// `$NAME`, `${NAME}`, `${{ … }}`, and `$(…)` up to the first bracket that closes it.
fn expansion(rest: &str, dollars: Dollars) -> Option<usize> {
    let (dollar, behind) = match (dollars, rest.strip_prefix("$$")) {
        (Dollars::Make, Some(behind)) => (2, behind),
        (Dollars::Plain, Some(_)) => return None,
        (_, None) => (1, rest.strip_prefix('$')?),
    };
    let name = |text: &str| text.len() - text.trim_start_matches(is_name).len();
    if behind.starts_with("{{") {
        return (dollars == Dollars::Plain).then_some(dollar + template(behind)?);
    }
    if let Some(inside) = behind.strip_prefix('{') {
        let length = name(inside);
        return (length > 0 && inside.get(length..)?.starts_with('}')).then_some(dollar + length + 2);
    }
    if let Some(inside) = behind.strip_prefix('(') {
        // make's own: `$(REGION)`, and not `$(shell …)`.
        if dollars == Dollars::Make && dollar == 1 {
            let length = name(inside);
            return (length > 0 && inside.get(length..)?.starts_with(')')).then_some(dollar + length + 2);
        }
        return substitution(inside, dollars).map(|length| dollar + 1 + length);
    }
    let length = name(behind);
    (length > 0).then_some(dollar + length)
}

/// The length of what stands between `$(` and its bracket, with it; no other substitution in it.
fn substitution(inside: &str, dollars: Dollars) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = inside.get(at..)?;
        let first = rest.chars().next()?;
        at += match first {
            ')' => return Some(at + 1),
            ' ' | '\t' => 1,
            '"' | '\'' => quoted(rest, first, dollars)?,
            '$' if rest.starts_with("$(") && dollars == Dollars::Plain || rest.starts_with("$$(") => {
                return None;
            }
            _ => part(rest, dollars)??,
        };
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const FETCH: &str = "aws ecr get-login-password --region us-east-1";
    const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

    fn fetch(written: &str) -> Option<String> {
        read(&written.replace('G', FETCH).replace('R', HOST), Dollars::Plain)
            .map(|plain| plain.fetch.to_owned())
    }

    #[test]
    fn plain_commands_are_taken_apart() {
        for written in [
            "docker login -u AWS -p $(G) R",
            "docker login -u AWS -p \"$(G)\" R",
            "docker login --username AWS --password=$(G) R",
            "docker login R --username=AWS --password=\"$(G)\" > /dev/null 2>&1",
            "podman login --authfile x -u 'AWS' -p$(G) \"R\"",
            "helm registry login -u AWS -p $( G ) $HUB",
            "docker login -u AWS -p $(G) ${{ steps.login.outputs.registry }}",
        ] {
            assert_eq!(fetch(written).as_deref(), Some(FETCH), "{written}");
        }
        let written = "docker login -u AWS -p \"$(aws ecr get-login-password --region \"$X\")\" ${R}";
        let plain = read(written, Dollars::Plain).unwrap();
        assert_eq!(plain.fetch, "aws ecr get-login-password --region \"$X\"");
        assert_eq!(written.get(plain.password), Some("-p \"$(aws ecr get-login-password --region \"$X\")\""));
        let make = "docker login -u AWS -p $$(aws ecr get-login-password --region $(REGION)) $(HOST)";
        assert_eq!(read(make, Dollars::Make).unwrap().fetch, "aws ecr get-login-password --region $(REGION)");
        assert_eq!(read(make, Dollars::Plain), None);
    }

    #[test]
    fn everything_else_is_left_alone() {
        for written in [
            "docker login -u AWS -p \\\"$(G)\\\" R",
            "docker login -u AWS -p ''$(G)'' R",
            "docker login -u AWS -p '$(G)' R",
            "docker login -u AWS -p $(G || echo x) R",
            "docker login -u AWS -p $(G; echo) R",
            "docker login -u AWS -p $(set -e; G) R",
            "docker login -u AWS -p $(G | tr -d x) R",
            "docker login -u AWS -p $(G 2>&1) R",
            "docker login -u AWS -p pre$(G) R",
            "docker login -u AWS -p $(G)post R",
            "docker login -u AWS -p $(shell G) R",
            "docker login -u AWS -p $(sudo G) R",
            "docker login -u AWS -p $(G) -p x R",
            "docker login -u AWS -p $(G) --password-stdin R",
            "docker login -p $(G) R",
            "docker login -u AWS -p $(G)",
            "docker login -u AWS -p $(G) R && docker push R/a",
            "docker login -u AWS -p $(G) R < x",
            "docker login -u AWS -p $(G) --unknown R",
            "docker login -u AWS -p `G` R",
            "docker login -u AWS -p $$(G) R",
            "docker exec c docker login -u AWS -p $(G) R",
            "sudo docker login -u AWS -p $(G) R",
            "X=1 docker login -u AWS -p $(G) R",
            "[docker, login, -u, AWS, -p, $(G), R]",
            "\"docker\", \"login\", \"-u\", \"AWS\", \"-p\", \"$(G)\", \"R\"",
        ] {
            assert_eq!(fetch(written), None, "{written}");
        }
        assert_eq!(read("docker login -u AWS -p $(shell aws ecr get-login-password) R", Dollars::Make), None);
        assert_eq!(read("docker login -u AWS -p $(aws ecr get-login-password) R", Dollars::Make), None);
    }
}
