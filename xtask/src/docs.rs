//! `cargo xtask docs`: the site of the documentation, made by mdBook from the Markdown files of this repository, with a
//! search that works from a disk; and the check of every link in these files, which needs no mdBook.

#[cfg(test)]
mod chores;
mod documents;
mod links;
mod markdown;
mod site;

use anyhow::{Result, bail};

use crate::command::say;
use documents::documents;

/// Checks the links, makes the site, and checks what came out.
///
/// # Errors
/// When a link leads nowhere, or mdBook cannot be had or fails.
pub fn build() -> Result<()> {
    check_links()?;
    site::build()
}

/// Every link and anchor in the documentation, and that every page is in the table of contents.
///
/// # Errors
/// Those that lead nowhere.
pub fn check_links() -> Result<()> {
    let documents = documents()?;
    let mut wrong = links::wrong(&documents);
    let book = site::Book::read(&documents)?;
    for document in documents.iter().filter(|document| document.path.starts_with("docs/")) {
        if document.path != site::SUMMARY && !book.has(&document.path) {
            wrong.push(format!("{}: is not in {}", document.path, site::SUMMARY));
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    say(&format!("  {} documents, every link leads somewhere", documents.len()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_leads_somewhere() {
        check_links().unwrap();
    }
}
