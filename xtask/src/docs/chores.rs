//! Every `cargo xtask …` in the documentation is one of its commands.

use std::ffi::OsString;

use super::documents::documents;
use crate::flags::Xtask;

#[test]
fn every_chore_in_the_documentation_is_one() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in documents().unwrap() {
        for line in document.text.lines() {
            for rest in line.split("cargo xtask ").skip(1) {
                let command = rest.split(['`', '#', '(']).next().unwrap_or_default();
                // In a sentence, a command ends where its code does; what stands for others is no word of it.
                let is_code = rest.len() > command.len() || line.starts_with("cargo xtask ");
                let words: Vec<&str> =
                    command.split_whitespace().filter(|word| !word.contains('…')).collect();
                if !is_code || words.is_empty() {
                    continue;
                }
                seen += 1;
                if let Some((_, step)) = command.split_once("--only ")
                    && step.trim() != "STEP"
                    && !crate::ci::has_step(step.trim())
                {
                    wrong.push(format!("{}: there is no step `{}`", document.path, step.trim()));
                }
                let arguments = words.iter().map(OsString::from).collect();
                if let Err(error) = Xtask::from_vec(arguments) {
                    wrong.push(format!("{}: cargo xtask {command}: {error}", document.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 30, "{seen} chores: the reader of the documentation has lost some");
}
