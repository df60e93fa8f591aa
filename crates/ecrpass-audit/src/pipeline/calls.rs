//! What a script does with registries, the scripts of the tree that it runs included.

use crate::deed::{Deed, What};
use crate::kind::FileKind;
use crate::passage::Passage;
use crate::pipeline::model::Step;
use crate::pipeline::scope::Scope;
use crate::pipeline::{handed_variables, implied, package, paths, suggests};
use crate::shell::{self, Command, Dialect, Script, Word};
use crate::source::{SourceFile, Tree};
use crate::{deeds, known::Known};

/// Programs that run what a file of theirs says, by a name among their arguments.
const RUNNERS: [&str; 26] = [
    "make",
    "gmake",
    "npm",
    "yarn",
    "pnpm",
    "npx",
    "bun",
    "task",
    "just",
    "mage",
    "invoke",
    "inv",
    "fab",
    "rake",
    "gradle",
    "gradlew",
    "mvn",
    "mvnw",
    "bazel",
    "ansible-playbook",
    "python",
    "python3",
    "node",
    "earthly",
    "dagger",
    "nx",
];

/// Shells that run a file.
const SHELLS: [&str; 9] = ["bash", "sh", "zsh", "dash", "ash", "ksh", "source", ".", "pwsh"];

/// How many scripts of a package.json, which may run each other, are followed for one script.
const MOST_OF_PACKAGES: usize = 16;

/// What a makefile says of logins.
const LOGINS: [&str; 5] = [" login", "get-login", "ecr-login", "include ", "credHelpers"];

/// Programs in a makefile that bring no login.
const PLAIN: [&str; 8] = ["docker", "podman", "mkdir", "echo", "printf", "rm", "touch", "test"];

/// What the commands of a script do, in their order, from a directory of the tree.
pub fn deeds_of(script: &Script, scope: &Scope, tree: &Tree, directory: &str) -> Vec<Deed> {
    let mut left = MOST_OF_PACKAGES;
    deeds_at(script, scope, tree, directory, &mut left)
}

fn deeds_at(script: &Script, scope: &Scope, tree: &Tree, directory: &str, left: &mut usize) -> Vec<Deed> {
    let mut all = deeds::of_script(script);
    for (index, command) in script.commands.iter().enumerate().filter(|(_, command)| !command.is_off) {
        let implied =
            implied::deeds(script, index).into_iter().map(|what| Deed::new(command.bytes.clone(), what));
        let mut more: Vec<Deed> = implied.collect();
        match called(command, tree, directory) {
            Called::Nothing => {}
            Called::Opaque => more.push(Deed::new(command.bytes.clone(), What::MayLogIn)),
            // It can be seen what it brings.
            Called::File(file) => more = of_file(file, scope, command),
            Called::Package(file, scripts) if *left > 0 => {
                *left -= 1;
                more = of_package(file, &scripts, scope, tree, directory, left);
                more.iter_mut().for_each(|deed| deed.certain &= !command.is_conditional);
            }
            Called::Package(..) => more.push(Deed::new(command.bytes.clone(), What::MayLogIn)),
        }
        if more.is_empty() {
            continue;
        }
        let later = |deed: &Deed| deed.path.is_none() && deed.bytes.start >= command.bytes.start;
        let at = all.iter().position(later).unwrap_or(all.len());
        all.splice(at..at, more);
    }
    for deed in &mut all {
        set_region(deed, scope);
    }
    all
}

/// The variables that scripts of the tree, which a step runs, write to a file that the CI system reads.
pub fn written_to(
    step: &Step,
    scope: &Scope,
    tree: &Tree,
    directory: &str,
    to: &str,
) -> Vec<(String, Known)> {
    let mut all = Vec::new();
    let commands = step.script().into_iter().flat_map(|script| &script.commands);
    for command in commands.filter(|command| !command.is_off && !command.is_conditional) {
        if let Called::File(file) = called(command, tree, directory)
            && file.kind == FileKind::Shell
            && file.text.contains(to)
        {
            let passage = Passage::verbatim(file.text.as_str(), 0);
            let script = shell::read(&passage, Dialect::Posix, &|name| scope.get(name), false);
            all.extend(handed_variables::written_to(&script, to));
        }
    }
    all
}

/// What a command runs.
enum Called<'a> {
    Nothing,
    /// Something that may log in.
    Opaque,
    File(&'a SourceFile),
    /// Scripts of a package.json, with what npm runs before and after one.
    Package(&'a SourceFile, Vec<Passage>),
}

fn called<'a>(command: &Command, tree: &'a Tree, directory: &str) -> Called<'a> {
    let program = command.program();
    let mut words = command.words.iter();
    let Some(first) = words.next() else { return Called::Nothing };
    let arguments: Vec<&str> = words.map(Word::shown).collect();
    let path = if SHELLS.contains(&program) || first.shown() == "." {
        arguments.iter().find(|argument| !argument.starts_with('-')).copied()
    } else if first.shown().contains('/') || first.shown().ends_with(".sh") {
        Some(first.shown())
    } else {
        None
    };
    if let Some(path) = path {
        return match paths::find(tree, directory, path) {
            Some(file) if is_script(file) => Called::File(file),
            // A program of the repository in another language.
            Some(file) if LOGINS.iter().any(|login| file.text.contains(login)) => Called::Opaque,
            Some(_) => Called::Nothing,
            None if is_suggestive(path) => Called::Opaque,
            None => Called::Nothing,
        };
    }
    if let Some((file, scripts)) = package::scripts(program, &arguments, tree, directory) {
        // What sets credentials in another way is not looked into.
        let is_own = |script: &Passage| {
            ["AWS_", "--profile", "aws-vault"].iter().any(|text| script.text().contains(text))
        };
        return if scripts.iter().any(is_own) { Called::Opaque } else { Called::Package(file, scripts) };
    }
    if RUNNERS.contains(&program) {
        let is_opaque = match makefile_logs_in(program, &arguments, tree, directory) {
            Some(logs_in) => logs_in,
            None => suggests::login(&arguments.join(" ")),
        };
        return if is_opaque { Called::Opaque } else { Called::Nothing };
    }
    // A function of a library, a tool of one's own: `ecr_login`.
    let is_own =
        !program.is_empty() && (program.to_ascii_lowercase().contains("login") || suggests::has_ecr(program));
    if is_own { Called::Opaque } else { Called::Nothing }
}

/// System programs with a path are no scripts of the repository.
fn is_suggestive(path: &str) -> bool {
    let is_system = ["/bin/", "/usr/bin/", "/sbin/"].iter().any(|start| path.starts_with(start));
    !is_system && suggests::login(path)
}

fn is_script(file: &SourceFile) -> bool {
    matches!(file.kind, FileKind::Shell | FileKind::PowerShell)
}

/// Whether the makefile that is run says something of logins; `None` where it is not there, or runs what is not seen, so
/// that names are all there is to go by.
fn makefile_logs_in(program: &str, arguments: &[&str], tree: &Tree, directory: &str) -> Option<bool> {
    if !program.ends_with("make") {
        return None;
    }
    let below = arguments.iter().position(|argument| *argument == "-C").and_then(|at| arguments.get(at + 1));
    let directory =
        below.and_then(|below| paths::joined(directory, below)).unwrap_or_else(|| directory.to_owned());
    let names = ["Makefile", "makefile", "GNUmakefile"].iter();
    let file = names.filter_map(|name| tree.get(&paths::joined(&directory, name)?)).next()?;
    let says = |words: &[&str]| words.iter().any(|word| file.text.contains(word));
    if says(&LOGINS) {
        return Some(true);
    }
    // Another file is named, or a recipe runs what does not show what it does.
    let names_file =
        arguments.iter().any(|argument| argument.starts_with("-f") || argument.starts_with("--"));
    let recipes = file.text.lines().filter_map(|line| line.strip_prefix('\t'));
    let is_plain = |line: &str| {
        let program = line.trim_start_matches(['@', '-', '+', ' ']).split_whitespace().next();
        program.is_none_or(|program| PLAIN.contains(&program)) && !line.contains(['&', ';', '|', '`'])
    };
    (!names_file && recipes.into_iter().all(is_plain)).then_some(false)
}

/// The deeds of scripts of a package.json.
fn of_package(
    file: &SourceFile,
    scripts: &[Passage],
    scope: &Scope,
    tree: &Tree,
    directory: &str,
    left: &mut usize,
) -> Vec<Deed> {
    let mut all = Vec::new();
    for passage in scripts {
        let script = shell::read(passage, Dialect::Posix, &|name| scope.get(name), false);
        all.extend(deeds_at(&script, scope, tree, directory, left));
    }
    for deed in &mut all {
        deed.path.get_or_insert_with(|| file.path.clone());
    }
    all
}

/// The deeds of a script of the tree; what it runs in turn may be anything.
fn of_file(file: &SourceFile, scope: &Scope, caller: &Command) -> Vec<Deed> {
    let dialect = if file.kind == FileKind::PowerShell { Dialect::PowerShell } else { Dialect::Posix };
    let passage = Passage::verbatim(file.text.as_str(), 0);
    let script = shell::read(&passage, dialect, &|name| scope.get(name), false);
    let mut all = deeds::of_script(&script);
    for (index, command) in script.commands.iter().enumerate() {
        let implied = implied::deeds(&script, index).into_iter();
        all.extend(implied.map(|what| Deed::new(command.bytes.clone(), what)));
    }
    all.sort_by_key(|deed| deed.bytes.start);
    let calls_more = script.commands.iter().any(|command| {
        let path = command.words.iter().map(Word::shown).find(|word| word.ends_with(".sh"));
        path.is_some_and(|path| {
            SHELLS.contains(&command.program())
                || command.words.first().is_some_and(|first| first.shown() == path)
        })
    });
    if calls_more {
        all.insert(0, Deed::new(caller.bytes.clone(), What::MayLogIn));
    }
    for deed in &mut all {
        deed.path.get_or_insert_with(|| file.path.clone());
        deed.certain &= !caller.is_conditional;
    }
    all
}

/// Where a command does not name a region, the environment's is used.
fn set_region(deed: &mut Deed, scope: &Scope) {
    if let What::Fetch { region, is_public: false } | What::Login { region, .. } = &mut deed.what
        && *region == Known::Unknown
    {
        *region = scope.aws_region();
    }
}
