//! How much unsafe code a package has: words in its sources, comments and texts left out. No proof, but a number that
//! somebody sees change.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// `forbidden`, `none`, or how many times the word `unsafe` stands in the code.
pub fn of(directory: &Path) -> Result<String> {
    let (mut count, mut is_forbidden) = (0, false);
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            // Tests, examples and benchmarks are nobody's program.
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !["tests", "examples", "benches", "target"].contains(&name) {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                let bytes = fs::read(&path)?;
                let text = String::from_utf8_lossy(&bytes);
                is_forbidden |= text.contains("forbid(unsafe_code)");
                count += in_code(&text);
            }
        }
    }
    Ok(match (count, is_forbidden) {
        (0, true) => "forbidden".to_owned(),
        (0, false) => "none".to_owned(),
        (count, _) => count.to_string(),
    })
}

/// The keyword in a text of Rust: not in comments, not in the names of lints, not in texts on one line.
fn in_code(text: &str) -> usize {
    let is_code = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with('*') && !line.starts_with("/*")
    };
    text.lines().filter(is_code).map(|line| in_line(line.split("//").next().unwrap_or(line))).sum()
}

fn in_line(line: &str) -> usize {
    // Every second piece stands in quotes.
    let outside = line.split('"').step_by(2);
    outside
        .map(|piece| {
            piece.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| *word == "unsafe").count()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keyword_counts() {
        let text = "//! unsafe\n#![deny(unsafe_code)]\nunsafe fn f() { unsafe { g(\"unsafe\") } } // unsafe\n/* unsafe */\n";
        assert_eq!(in_code(text), 2);
    }
}
