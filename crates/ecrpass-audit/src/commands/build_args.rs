//! Build arguments on command lines.

use std::ops::Range;

use crate::commands::scripts;
use crate::deeds::arguments::options;
use crate::deeds::password;
use crate::placeholder::is_placeholder;
use crate::rule::Examined;

/// For each command that builds an image: those of the names that it is given a secret for, with their places.
pub fn secrets(examined: &Examined<'_>, names: &[&str]) -> Vec<Vec<(String, Range<usize>)>> {
    let mut all = Vec::new();
    for scripted in scripts(examined) {
        for (_, command) in scripted.commands() {
            let is_build = matches!(
                command.program(),
                "docker" | "podman" | "buildah" | "nerdctl" | "finch" | "img" | "executor" | "docker-compose"
            ) && command.words.iter().any(|word| {
                matches!(word.raw.as_str(), "build" | "bud" | "b") || word.raw.contains("executor")
            });
            if !is_build {
                continue;
            }
            let mut places = Vec::new();
            for argument in options(&command.words, &["--build-arg", "--opt"]) {
                let raw = argument.raw.trim_start_matches(['"', '\'']).trim_start_matches("build-arg:");
                let (name, value) = raw.split_once('=').unwrap_or((raw, "$"));
                let value = value.trim_start_matches(['"', '\'']);
                let value = value.trim_start_matches(['"', '\'', '\\']);
                let is_secret = names.contains(&name) && (value.starts_with('$') || !is_placeholder(value));
                if is_secret || password::in_value(&argument.value).is_some() {
                    places.push((name.to_owned(), argument.bytes));
                }
            }
            if !places.is_empty() {
                all.push(places);
            }
        }
    }
    all
}
