//! Every command that the documentation and the help show is one: those of `ecrpass` are parsed by its own command line
//! and run by some process test; every other program is on a list that says what it needs. So no page can show a command
//! that does not exist, and a page with a new kind of command says what that needs.

#![allow(clippy::disallowed_methods, clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

use std::collections::BTreeSet;
use std::fs;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use ecrpass_audit::passage::Passage;
use ecrpass_audit::shell::{Dialect, read};

use super::Cli;
use super::blocks::{Block, blocks, documents, mentioned, root};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1";

/// What programs other than `ecrpass` need, so that no test of this crate runs them.
const OTHERS: &[(&str, &[&str])] = &[
    // AWS, with credentials: the lab and `ecrpass local` stand for it in the tests of ecrpass itself.
    ("AWS", &["aws", "eksctl", "terraform"]),
    // A docker daemon or another client, and a registry: the end-to-end tests in the lab run these.
    ("a container client", &["docker", "podman", "buildah", "skopeo", "regctl"]),
    // A cluster.
    ("Kubernetes", &["kubectl", "helm", "ecrpass-operator"]),
    // A host on the internet, or a server that runs.
    ("a network", &["curl", "gh", "cosign", "git", "Invoke-WebRequest"]),
    // Rights to change the machine, and a package of a release.
    (
        "an installation",
        &[
            "apt",
            "apt-get",
            "dpkg",
            "dnf",
            "rpm",
            "zypper",
            "apk",
            "pacman",
            "makepkg",
            "brew",
            "scoop",
            "winget",
            "nix",
            "pip",
            "pipx",
            "uv",
            "uvx",
            "npm",
            "npx",
            "mise",
            "aqua",
            "krew",
            "install",
            "systemctl",
            "tar",
            "Expand-Archive",
        ],
    ),
    // Rust and this checkout: the chores have a test of their own in xtask.
    ("the checkout", &["cargo"]),
    // The helper itself: its own tests speak its protocol.
    ("the helper", &["docker-credential-ecr-login", "docker-credential-ecrpass", "ecr-credential-provider"]),
    // What every system has.
    (
        "nothing",
        &[
            "cat",
            "cd",
            "chmod",
            "cmp",
            "command",
            "cp",
            "duckdb",
            "echo",
            "eval",
            "export",
            "grep",
            "jq",
            "ln",
            "ls",
            "mkdir",
            "mv",
            "printf",
            "rm",
            "sha256sum",
            "shasum",
            "tail",
            "tee",
            "test",
            "unset",
        ],
    ),
];

/// What stands for the names in angle brackets of the catalogue's pages.
const FILLED_IN: &[(&str, &str)] = &[
    ("host", HOST),
    ("repository", "team/app"),
    ("tag", "1"),
    ("client", "docker"),
    ("region", "us-east-1"),
    ("account", "123456789012"),
    ("own-account", "123456789012"),
    ("function-account", "123456789012"),
    ("partition", "aws"),
    ("caller", "arn:aws:iam::123456789012:role/ci"),
    ("role", "ci"),
    ("log", "build.log"),
];

/// What stands for the words in capitals of sentences, where any word will not do.
const IN_CAPITALS: &[(&str, &str)] = &[
    ("REGISTRY", HOST),
    ("HOST", HOST),
    ("IMAGE", IMAGE),
    ("SYSTEM", "github"),
    ("FORMAT", "prometheus"),
    ("TASK", "pull"),
    ("PRINCIPAL", "arn:aws:iam::123456789012:role/ci"),
    ("ROLE_ARN", "arn:aws:iam::123456789012:role/ci"),
    ("ADDRESS", "127.0.0.1:9478"),
    ("TIME", "60s"),
    ("SECONDS", "60"),
];

/// `<host>` and the like filled in; a redirection stays one.
fn filled(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let name = after
            .split_once('>')
            .filter(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        match name {
            Some((name, after)) => {
                let value =
                    FILLED_IN.iter().find(|(known, _)| *known == name).map_or("x", |(_, value)| *value);
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The commands of a script, each as its words; what only stands for more (`…`) is left out.
fn commands(script: &str) -> Vec<Vec<String>> {
    let script = read(&Passage::verbatim(filled(script), 0), Dialect::Posix, &|_| None, false);
    let words = script.commands.iter().map(|command| {
        command
            .words
            .iter()
            .map(|word| word.shown().to_owned())
            .filter(|word| word != "…")
            .collect::<Vec<_>>()
    });
    // What `eval "$(…)"` runs is known when it runs; the command inside is another of these.
    words.filter(|words| words.first().is_some_and(|word| !word.starts_with("$("))).collect()
}

fn program(words: &[String]) -> &str {
    words[0].rsplit('/').next().unwrap()
}

/// A word of a sentence as it would be typed: `[FILE]…` is a FILE, `NAME|ARN` a NAME.
fn typed(word: &str) -> Option<String> {
    let word = word.trim_matches(['[', ']', '…']).split('|').next().unwrap_or_default();
    let known = IN_CAPITALS.iter().find(|(name, _)| *name == word);
    let word = known.map_or(word, |(_, value)| *value);
    (!word.is_empty()).then(|| word.to_owned())
}

/// What the command line says of a command, when it refuses it. A sentence may name a command without what that takes.
fn refused(words: &[String], in_sentence: bool) -> Option<String> {
    use ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion, MissingRequiredArgument,
        MissingSubcommand,
    };
    let error = Cli::try_parse_from(words).err()?;
    let is_fine = match error.kind() {
        DisplayHelp | DisplayVersion => true,
        // `ecrpass explain --id`, without saying which.
        ErrorKind::InvalidValue => in_sentence && error.to_string().contains("a value is required"),
        DisplayHelpOnMissingArgumentOrSubcommand | MissingRequiredArgument | MissingSubcommand => in_sentence,
        _ => false,
    };
    (!is_fine).then(|| error.to_string().lines().next().unwrap_or_default().to_owned())
}

/// The names of the command that the words call: `policy`, `generate`.
fn names(words: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = Cli::command();
    for word in &words[1..] {
        let Some(next) = at.find_subcommand(word).cloned() else { break };
        names.push(word.clone());
        at = next;
    }
    names
}

fn all_blocks() -> Vec<Block> {
    documents().iter().flat_map(|(file, text)| blocks(file, text)).collect()
}

#[test]
fn every_command_in_the_documentation_is_one() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for block in all_blocks() {
        let Some(script) = block.script() else {
            if block.text.lines().any(|line| line.starts_with("$ ")) {
                wrong.push(format!("{}: has a prompt, so it is a `console` block", block.place()));
            }
            continue;
        };
        for words in commands(&script) {
            seen += 1;
            let is_known = OTHERS.iter().any(|(_, programs)| programs.contains(&program(&words)));
            if program(&words) == "ecrpass" {
                if let Some(why) = refused(&words, false) {
                    wrong.push(format!("{}: {}: {why}", block.place(), words.join(" ")));
                }
            } else if !is_known {
                wrong.push(format!(
                    "{}: `{}` is on no list of OTHERS: what does it need?",
                    block.place(),
                    words[0]
                ));
            }
        }
    }
    for (file, text) in documents() {
        for (line, command) in mentioned(&text, "ecrpass") {
            for words in commands(&command).iter().filter(|words| program(words) == "ecrpass") {
                seen += 1;
                let words: Vec<String> = words.iter().filter_map(|word| typed(word)).collect();
                if let Some(why) = refused(&words, true) {
                    wrong.push(format!("{file}:{line}: {command}: {why}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 300, "{seen} commands: the reader of the documentation has lost some");
}

#[test]
fn every_command_in_the_help_is_one() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    let mut left = vec![Cli::command()];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().cloned());
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        let in_sentences = mentioned(&text, "ecrpass").into_iter().map(|(_, command)| (command, true));
        for (script, in_sentence) in [(examples.join("\n"), false)].into_iter().chain(in_sentences) {
            for words in commands(&script).iter().filter(|words| program(words) == "ecrpass") {
                seen += 1;
                let words: Vec<String> = words.iter().filter_map(|word| typed(word)).collect();
                if let Some(why) = refused(&words, in_sentence) {
                    wrong.push(format!("{}: {}: {why}", command.get_name(), words.join(" ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 20, "{seen} commands: the reader of the help has lost some");
}

#[test]
fn every_command_in_the_documentation_is_run_by_a_test() {
    let mut tests = String::new();
    for folder in
        ["crates/ecrpass/tests", "crates/ecrpass-lab/tests/e2e", "crates/ecrpass-lab/tests/e2e/matrix"]
    {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                tests.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    // As arguments of a process, or as a line for a shell.
    let tests = tests.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut called: BTreeSet<Vec<String>> = BTreeSet::new();
    for script in all_blocks().iter().filter_map(Block::script) {
        called.extend(
            commands(&script).iter().filter(|words| program(words) == "ecrpass").map(|words| names(words)),
        );
    }
    let missing: Vec<String> = called
        .iter()
        .map(|names| names.join(" "))
        .filter(|names| {
            let arguments = format!("\"{}\"", names.replace(' ', "\", \""));
            !tests.contains(&arguments) && !tests.contains(&format!("ecrpass {names}"))
        })
        .collect();
    assert!(missing.is_empty(), "no process test runs: {}", missing.join(", "));
}

#[test]
fn from_nothing_to_a_push_are_five_commands() {
    let file = "docs/start.md";
    let text = fs::read_to_string(root().join(file)).unwrap();
    let paths: Vec<usize> = blocks(file, &text)
        .iter()
        .filter_map(Block::script)
        .filter(|script| script.contains("docker push"))
        .map(|script| commands(&script).len())
        .collect();
    assert!(paths.len() >= 8 && paths.iter().all(|count| (3..=5).contains(count)), "{paths:?}");
}

/// The options of a command that a line of source names, which that command does not have.
fn unknown_options(line: &str) -> Vec<String> {
    let mut unknown = Vec::new();
    for rest in line.split("ecrpass ").skip(1) {
        let text = rest.split(['"', '`', ';', ')', '\\', '|', '>']).next().unwrap_or_default();
        let mut words = text.split_whitespace().peekable();
        let mut at = Cli::command();
        at.build();
        while let Some(next) = words.peek().and_then(|word| at.find_subcommand(word)).cloned() {
            at = next;
            words.next();
        }
        if at.get_name() == "ecrpass" {
            continue;
        }
        for word in words.take_while(|word| *word != "--") {
            let Some(option) = word.strip_prefix("--") else { continue };
            let option: String =
                option.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            if option != "help" && !at.get_arguments().any(|known| known.get_long() == Some(&option)) {
                unknown.push(format!("{} --{option}", at.get_name()));
            }
        }
    }
    unknown
}

#[test]
fn every_option_that_messages_name_is_one() {
    assert_eq!(
        unknown_options("run `ecrpass fix --no-such -x` or ecrpass repo ensure NAME --yes"),
        ["fix --no-such"]
    );
    let mut wrong = Vec::new();
    let mut left = vec![root().join("crates")];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // What this test itself names is wrong on purpose.
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "md")
                && path.components().any(|part| part.as_os_str() == "src")
                && !path.ends_with("documented.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
                for (index, line) in lines {
                    let found = unknown_options(line).into_iter();
                    wrong.extend(
                        found.map(|what| format!("{}:{}: ecrpass {what}", path.display(), index + 1)),
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
