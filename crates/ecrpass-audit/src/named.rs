//! Files that others name: an include, a template, a script that is sourced. Often only who names a file says what it is,
//! and then it matters whatever words are in it.

use std::collections::HashMap;

use crate::kind::FileKind;
use crate::pipeline::{self, paths};
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::{self, Node};

/// The largest file that is read because another names it, in bytes.
pub const LARGEST: usize = 256 * 1024;

/// How many files one file may name.
const MAX_NAMED: usize = 150;

/// How deep a template may stand in a pipeline.
const DEEPEST: usize = 24;

/// A file that another one names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Where it may be, the likeliest place first: paths of the tree.
    pub paths: Vec<String>,
    /// Several, if it is a pattern: what their paths begin with.
    pub below: Option<String>,
    /// What it is, if its name does not say otherwise.
    pub kind: Option<FileKind>,
}

/// The files that a file names by their paths.
pub fn by(file: &SourceFile) -> Vec<Named> {
    let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut all = match file.kind {
        FileKind::Pipeline(System::Gitlab) if file.text.contains("include") => {
            let documents = yaml::read_partly(&file.text).0;
            let includes = documents.iter().flat_map(|root| root.each_of("include"));
            // Pipelines that jobs start.
            let jobs = documents.iter().filter_map(Node::members).flatten().map(|(_, job)| job);
            let started =
                jobs.filter_map(|job| job.get("trigger")).flat_map(|trigger| trigger.each_of("include"));
            let local = includes.chain(started).filter_map(pipeline::included_path);
            local.map(|path| named("", path, Some(file.kind))).collect()
        }
        FileKind::Pipeline(System::Azure) if file.text.contains("template:") => {
            let mut found = Vec::new();
            for document in yaml::read_partly(&file.text).0 {
                templates(&document, &mut found, 0);
            }
            found.iter().map(|path| named(directory, path, Some(file.kind))).collect()
        }
        FileKind::Shell => sourced(&file.text).map(|path| named(directory, path, None)).collect(),
        FileKind::Makefile => included_by_make(&file.text).map(|path| named(directory, path, None)).collect(),
        _ => Vec::new(),
    };
    all.truncate(MAX_NAMED);
    all
}

/// These files, at that time, each of the kind that those say which name it.
pub fn tree(mut files: Vec<SourceFile>, now: i64) -> Tree {
    tell_kinds(&mut files);
    Tree::new(files, now)
}

/// Says of files what those that name them know better than their texts.
fn tell_kinds(files: &mut [SourceFile]) {
    let by_path: HashMap<String, usize> =
        files.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect();
    let is_pipeline = |file: &SourceFile| matches!(file.kind, FileKind::Pipeline(_));
    let mut left: Vec<usize> =
        (0..files.len()).filter(|at| files.get(*at).is_some_and(is_pipeline)).collect();
    while let Some(at) = left.pop() {
        let all = files.get(at).map(by).unwrap_or_default();
        for Named { paths, below, kind } in all {
            let Some(kind) = kind else { continue };
            let found = paths.iter().find_map(|path| by_path.get(path).copied());
            let is_below = |path: &str| below.as_ref().is_some_and(|below| path.starts_with(below));
            let more = files.iter().enumerate().filter(|(_, file)| is_below(&file.path)).map(|(at, _)| at);
            for at in more.chain(found).collect::<Vec<_>>() {
                let Some(file) = files.get_mut(at) else { continue };
                if file.kind != kind && FileKind::by_name(&file.path).is_none() && file.is_yaml() {
                    file.kind = kind;
                    left.push(at);
                }
            }
        }
    }
}

/// From a directory, or from the root.
fn named(directory: &str, path: &str, kind: Option<FileKind>) -> Named {
    let is_from_root = path.starts_with('/');
    let path = path.trim_start_matches('/');
    let directories = if is_from_root { vec![""] } else { vec![directory, ""] };
    let mut paths: Vec<String> =
        directories.into_iter().filter_map(|directory| paths::joined(directory, path)).collect();
    paths.dedup();
    // A pattern of GitLab's, which begins at the root.
    let below = path.split_once('*').map(|(before, _)| before.to_owned()).filter(|before| !before.is_empty());
    Named { paths, below, kind }
}

/// The templates of an Azure pipeline that are not another repository's.
fn templates(node: &Node, found: &mut Vec<String>, depth: usize) {
    if depth > DEEPEST || found.len() >= MAX_NAMED {
        return;
    }
    found.extend(node.text_of("template").filter(|path| !path.contains('@')).map(str::to_owned));
    let members = node.members().unwrap_or_default().iter().map(|(_, value)| value);
    members.chain(node.items().unwrap_or_default()).for_each(|inner| templates(inner, found, depth + 1));
}

/// What a shell script reads into itself: `. ./env.sh`, `source "$(dirname "$0")/env.sh"`. What only begins with a
/// directory that is made at run time lies beside the script.
pub fn sourced(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim_start();
        let path = line.strip_prefix(". ").or_else(|| line.strip_prefix("source "))?.trim();
        let path = path.split([';', '&', '|']).next().unwrap_or_default();
        let path = path.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        if !path.starts_with('$') {
            return Some(path).filter(|path| !path.starts_with('/') && !path.contains(['$', ' ']));
        }
        let name = path.rsplit(['}', ')', '"']).next().unwrap_or_default();
        let name = if name.starts_with('$') { name.split_once('/')?.1 } else { name.strip_prefix('/')? };
        Some(name).filter(|name| !name.contains(['$', ' ']))
    })
}

/// What a Makefile reads into itself.
pub fn included_by_make(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter_map(|line| {
        let line = line
            .strip_prefix('-')
            .or_else(|| line.strip_prefix('s'))
            .filter(|rest| rest.starts_with("include "))
            .unwrap_or(line);
        line.strip_prefix("include ")
    });
    lines
        .flat_map(|rest| rest.split(" #").next().unwrap_or_default().split_whitespace())
        .filter(|path| !path.contains('$'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Owner;

    fn file(path: &str, text: &str) -> SourceFile {
        let kind = FileKind::of(path, text);
        SourceFile { path: path.to_owned(), text: text.to_owned(), kind, owner: Owner::Repository }
    }

    fn paths_of(path: &str, text: &str) -> Vec<String> {
        by(&file(path, text)).into_iter().flat_map(|named| named.paths.into_iter().take(1)).collect()
    }

    #[test]
    fn each_language_names_files_in_its_own_way() {
        let gitlab = "include:\n  - local: /ci/a.yml\n  - remote: https://x/y.yml\n  - ci/b.yml\n  - local: ci/*.yml\n";
        assert_eq!(paths_of(".gitlab-ci.yml", gitlab), ["ci/a.yml", "ci/b.yml"]);
        let azure = "variables:\n  - template: vars.yml\nsteps:\n  - ${{ if x }}:\n    - template: /a/b.yml\n  - template: c.yml@other\n";
        assert_eq!(paths_of("ci/azure-pipelines.yml", azure), ["ci/vars.yml", "a/b.yml"]);
        let shell = ". ./env.sh\nsource \"$(dirname \"$0\")/lib.sh\" # x\n  . \"$DIR/more.sh\" || exit\n. /etc/os-release\n. \"$FILE\"\nsource ${BASH_SOURCE%/*}/../top.sh\n";
        assert_eq!(paths_of("bin/a.sh", shell), ["bin/env.sh", "bin/lib.sh", "bin/more.sh", "top.sh"]);
        let make = "include .env\n-include a.mk b.mk # x\ninclude $(X)/c.mk\ninclude_dirs = d\n";
        assert_eq!(paths_of("Makefile", make), [".env", "a.mk", "b.mk"]);
    }

    #[test]
    fn who_names_a_file_says_what_it_is() {
        let files = vec![
            file(".gitlab-ci.yml", "include: { local: ci/a.yml }\n"),
            file("ci/a.yml", "include: { local: ci/b.yml }\n"),
            file("ci/b.yml", "include: jobs/*.yml\nservices: [x]\nimage: a\n"),
            file("jobs/c.yml", "x: 1\n"),
            file("ci/compose.yml", "services:\n  a: { image: x }\n"),
        ];
        let kinds: Vec<FileKind> = tree(files, 0).files().iter().map(|file| file.kind).collect();
        let gitlab = FileKind::Pipeline(System::Gitlab);
        assert_eq!(kinds, [gitlab, gitlab, gitlab, gitlab, FileKind::Compose]);
    }
}
