//! Whether what a job runs in the tree has to do with ECR: a target of its Makefile, a script of its package.json, a script.

use crate::pipeline::{Job, mentions_ecr, paths};
use crate::rule::Examined;
use crate::shell::{Command, Word};

/// How many targets are followed.
const MOST: usize = 16;
/// How many commands of a job.
const MOST_COMMANDS: usize = 64;

/// Whether a job that says nothing of ECR runs something that does.
pub fn reaches_ecr(examined: &Examined<'_>, job: &Job) -> bool {
    let scripts = job.active_steps().filter_map(|step| step.script());
    let mut commands =
        scripts.flat_map(|script| &script.commands).filter(|command| !command.is_off).take(MOST_COMMANDS);
    let of_files = || job.active_steps().flat_map(|step| &step.deeds).filter_map(|deed| deed.path.as_deref());
    commands.any(|command| by_recipe(examined, command))
        || of_files().any(|path| text_of(examined, path).is_some_and(mentions_ecr))
}

fn text_of<'a>(examined: &Examined<'a>, path: &str) -> Option<&'a str> {
    examined.tree.get(path).map(|file| file.text.as_str())
}

/// `make push`, `npm run release`.
fn by_recipe(examined: &Examined<'_>, command: &Command) -> bool {
    let words: Vec<&str> = command.words.iter().skip(1).map(Word::shown).collect();
    let below = words.iter().position(|word| *word == "-C" || *word == "--prefix");
    let directory = below.and_then(|at| words.get(at + 1)).copied().unwrap_or_default();
    let file = |name: &str| text_of(examined, &paths::joined(directory, name)?);
    let mut names = words.iter().filter(|word| !word.starts_with('-') && !word.contains('=')).copied();
    match command.program() {
        "make" | "gmake" => {
            let Some(text) = ["Makefile", "makefile", "GNUmakefile"].iter().find_map(|name| file(name))
            else {
                return false;
            };
            let goals: Vec<&str> = names.filter(|name| *name != directory).collect();
            of_makefile(text, goals)
        }
        "npm" | "yarn" | "pnpm" => {
            let Some(text) = file("package.json") else { return false };
            let name = names.find(|name| !matches!(*name, "run" | "run-script") && *name != directory);
            name.is_some_and(|name| of_package(text, name))
        }
        _ => false,
    }
}

/// Whether a target, or one that it needs, speaks of ECR or uses a variable that does.
fn of_makefile<'a>(text: &'a str, mut goals: Vec<&'a str>) -> bool {
    let variables: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with(['\t', '#']) && mentions_ecr(line))
        .take(64)
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim_start_matches("export ").trim_end_matches([':', '?', '+', ' ']).trim())
        .collect();
    let uses = |line: &str| {
        let is_used =
            |name: &&str| line.contains(&format!("$({name})")) || line.contains(&format!("${{{name}}}"));
        mentions_ecr(line) || variables.iter().any(is_used)
    };
    let mut done = 0;
    while let Some(goal) = goals.get(done).copied().filter(|_| done < MOST) {
        done += 1;
        let mut is_in = false;
        for line in text.lines() {
            if line.starts_with('\t') {
                if is_in && uses(line) {
                    return true;
                }
                continue;
            }
            let Some((targets, needs)) = line.split_once(':').filter(|(_, rest)| !rest.starts_with('='))
            else {
                is_in &= line.trim().is_empty() || line.starts_with(' ');
                continue;
            };
            is_in = targets.split_whitespace().any(|target| target == goal);
            if is_in {
                let needs = needs.split(['#', ';']).next().unwrap_or_default().split_whitespace();
                for need in needs {
                    if !goals.contains(&need) && goals.len() < MOST {
                        goals.push(need);
                    }
                }
            }
        }
    }
    false
}

/// Whether a script of a package.json, or one that it runs, speaks of ECR.
fn of_package(text: &str, name: &str) -> bool {
    let documents = crate::yaml::read_partly(text).0;
    let Some(scripts) = documents.first().and_then(|root| root.get("scripts")) else { return false };
    let mut names = vec![name.to_owned()];
    let mut done = 0;
    while let Some(script) = names.get(done).filter(|_| done < MOST).map(|name| scripts.text_of(name)) {
        done += 1;
        let Some(script) = script else { continue };
        if mentions_ecr(script) {
            return true;
        }
        let words: Vec<&str> = script.split_whitespace().collect();
        for pair in words.windows(2) {
            if let ["run", next] = pair
                && !names.iter().any(|known| known == next)
            {
                names.push((*next).to_owned());
            }
        }
    }
    false
}
