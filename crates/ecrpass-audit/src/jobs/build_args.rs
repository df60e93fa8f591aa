//! Credentials among the build arguments of `docker/build-push-action`.

use std::ops::Range;

use crate::jobs::uses;
use crate::placeholder::is_placeholder;
use crate::rule::Examined;

/// For each step, those of the names that it gives, with their places.
pub fn secrets(examined: &Examined<'_>, names: &[&str]) -> Vec<Vec<(String, Range<usize>)>> {
    let mut all = Vec::new();
    for (_, _, used) in uses(examined) {
        if !matches!(used.name.as_str(), "docker/build-push-action" | "redhat-actions/buildah-build") {
            continue;
        }
        let Some(arguments) = used.filled("build-args") else { continue };
        let mut places = Vec::new();
        let written = examined.file.text.get(arguments.bytes.clone()).unwrap_or_default();
        for line in arguments.raw.lines().map(str::trim) {
            let Some((name, value)) = line.split_once('=') else { continue };
            if !names.contains(&name) || value.is_empty() || !value.starts_with('$') && is_placeholder(value)
            {
                continue;
            }
            if let Some(at) = written.find(line) {
                let start = arguments.bytes.start + at;
                places.push((name.to_owned(), start..start + line.len()));
            }
        }
        if !places.is_empty() {
            all.push(places);
        }
    }
    all
}
