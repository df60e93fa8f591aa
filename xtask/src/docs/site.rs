//! The site: the documents, laid out as in the repository so that their links stay right, a table of contents from
//! `docs/SUMMARY.md`, and mdBook over it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::documents::{Document, documents, resolve};
use super::markdown;
use crate::command::{print, root, run, say, target};
use crate::tools;

/// The table of contents. An entry for the README of a folder stands for all pages of the folder.
pub const SUMMARY: &str = "docs/SUMMARY.md";

/// The documents that are pages of the site, in their order.
pub struct Book {
    chapters: BTreeSet<String>,
    /// mdBook's own table of contents.
    summary: String,
}

impl Book {
    /// Reads the table of contents.
    ///
    /// # Errors
    /// When it is missing.
    pub fn read(documents: &[Document]) -> Result<Self> {
        let summary = documents
            .iter()
            .find(|document| document.path == SUMMARY)
            .context("there is no docs/SUMMARY.md")?;
        let named: BTreeSet<String> = markdown::links(&summary.text)
            .into_iter()
            .filter_map(|link| resolve(SUMMARY, &link.target))
            .collect();
        let mut chapters = named.clone();
        let mut lines = String::new();
        for line in summary.text.lines() {
            let Some(link) = markdown::links(line).into_iter().next() else {
                let _ = writeln!(lines, "{line}");
                continue;
            };
            let path =
                resolve(SUMMARY, &link.target).context("docs/SUMMARY.md leads out of the repository")?;
            let before = line.get(..link.bytes.start).unwrap_or_default();
            let after = line.get(link.bytes.end..).unwrap_or_default();
            let _ = writeln!(lines, "{before}{}{after}", page_path(&path));
            let Some(folder) = path.strip_prefix("docs/").and_then(|path| path.strip_suffix("/README.md"))
            else {
                continue;
            };
            let indent = " ".repeat(line.len() - line.trim_start().len() + 2);
            for document in documents {
                let is_in_it = document
                    .path
                    .strip_prefix(&format!("docs/{folder}/"))
                    .is_some_and(|name| !name.contains('/'));
                if is_in_it && !named.contains(&document.path) {
                    let title = markdown::title(&document.text).unwrap_or(&document.path);
                    let _ = writeln!(lines, "{indent}- [{title}]({})", page_path(&document.path));
                    chapters.insert(document.path.clone());
                }
            }
        }
        Ok(Self { chapters, summary: lines })
    }

    /// Whether a document is a page.
    pub fn has(&self, path: &str) -> bool {
        self.chapters.contains(path)
    }
}

/// Where a document is among mdBook's sources.
fn page_path(path: &str) -> String {
    match path.strip_suffix("README.md") {
        Some(folder) => format!("{folder}index.md"),
        None => path.to_owned(),
    }
}

/// Makes the site: `target/docs-site`.
///
/// # Errors
/// When a document cannot be read, mdBook cannot be had or fails, or what it makes has a link that leads nowhere.
pub fn build() -> Result<()> {
    let documents = documents()?;
    let book = Book::read(&documents)?;
    let stage = target().join("docs-book");
    let site = target().join("docs-site");
    for directory in [&stage, &site] {
        if directory.exists() {
            fs::remove_dir_all(directory)?;
        }
    }
    let sources = stage.join("src");
    write(&stage.join("book.toml"), include_str!("book.toml").as_bytes())?;
    write(&sources.join("SUMMARY.md"), book.summary.as_bytes())?;
    for document in documents.iter().filter(|document| book.has(&document.path)) {
        let text = staged(document, &book, &sources)?;
        write(&sources.join(page_path(&document.path)), text.as_bytes())?;
    }
    let mut mdbook = Command::new(tools::mdbook()?);
    mdbook.arg("build").arg(&stage).arg("--dest-dir").arg(&site).stdin(Stdio::null());
    run(&mut mdbook)?;
    let pages = check(&site)?;
    ensure!(pages >= book.chapters.len(), "{pages} pages for {} documents", book.chapters.len());
    say(&format!("  {pages} pages, every link leads somewhere, nothing comes from another host"));
    print(&site.join("index.html").display().to_string());
    Ok(())
}

/// A document as mdBook reads it. Files that it links to are put beside it.
fn staged(document: &Document, book: &Book, sources: &Path) -> Result<String> {
    let mut text = document.text.clone();
    // From the end, so that the places before stay right.
    for link in markdown::links(&document.text).into_iter().rev() {
        let (path, anchor) = match link.target.split_once('#') {
            Some((path, anchor)) => (path, format!("#{anchor}")),
            None => (link.target.as_str(), String::new()),
        };
        if path.is_empty() || path.contains("://") {
            continue;
        }
        let file = resolve(&document.path, path).context("a link leads out of the repository")?;
        if file == SUMMARY {
            // The site shows it beside every page.
            let itself = page_path(document.path.rsplit('/').next().unwrap_or_default());
            text.replace_range(link.bytes, &itself);
        } else if !file.ends_with(".md") {
            let bytes = fs::read(root().join(&file)).with_context(|| format!("cannot read {file}"))?;
            write(&sources.join(&file), &bytes)?;
        } else if !book.has(&file) {
            bail!("{}:{}: {file} is not in {SUMMARY}", document.path, link.line);
        } else {
            text.replace_range(link.bytes, &format!("{}{anchor}", page_path(path)));
        }
    }
    Ok(text)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// How many pages there are, when each of their links leads to a file of the site and an anchor in it.
fn check(site: &Path) -> Result<usize> {
    let mut pages = Vec::new();
    collect(site, &mut pages)?;
    let has_search = fs::read_dir(site)?
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("searchindex"));
    ensure!(has_search, "the site has no index for its search");
    let mut wrong = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(site.join(page))?;
        for (attribute, is_loaded) in [(" href=\"", false), (" src=\"", true)] {
            for target in text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
                let target = target.replace("&amp;", "&");
                if is_loaded && target.contains("://") {
                    wrong.push(format!("{page}: loads {target}"));
                } else if !target.contains(':') && !leads_somewhere(site, page, &target, &text) {
                    wrong.push(format!("{page}: {target}"));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    ensure!(wrong.is_empty(), "the site has links that lead nowhere:\n{}", wrong.join("\n"));
    Ok(pages.len())
}

fn collect(folder: &Path, pages: &mut Vec<String>) -> Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                pages.push(path.strip_prefix(folder).unwrap_or(&path).display().to_string());
            }
        }
    }
    Ok(())
}

fn leads_somewhere(site: &Path, page: &str, target: &str, text: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let other;
    let text = if path.is_empty() {
        text
    } else {
        let Some(file) = resolve(page, path) else { return false };
        if anchor.is_empty() {
            return site.join(file).is_file();
        }
        let Ok(read) = fs::read_to_string(site.join(file)) else { return false };
        other = read;
        &other
    };
    anchor.is_empty() || text.contains(&format!("id=\"{anchor}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(path: &str, text: &str) -> Document {
        Document { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_folder_is_listed_by_its_readme() {
        let documents = [
            document(
                SUMMARY,
                "# Summary\n\n[ecrpass](../README.md)\n\n- [Causes](x/README.md)\n- [A](x/a.md)\n",
            ),
            document("docs/x/README.md", "# Causes\n"),
            document("docs/x/a.md", "# A\n"),
            document("docs/x/b.md", "# B `c`\n"),
            document("docs/x/y/z.md", "# Z\n"),
        ];
        let book = Book::read(&documents).unwrap();
        assert_eq!(
            book.summary,
            "# Summary\n\n[ecrpass](index.md)\n\n- [Causes](docs/x/index.md)\n  - [B `c`](docs/x/b.md)\n- [A](docs/x/a.md)\n"
        );
        assert!(book.has("docs/x/b.md") && book.has("README.md") && !book.has("docs/x/y/z.md"));
    }

    #[test]
    fn links_to_readmes_lead_to_what_mdbook_makes_of_them() {
        let documents = [
            document(SUMMARY, "[r](../README.md)\n- [x](x/README.md)\n"),
            document(
                "docs/x/README.md",
                "[up](../../README.md#install), [here](README.md), [out](https://a/README.md)",
            ),
        ];
        let book = Book::read(&documents).unwrap();
        assert_eq!(
            staged(&documents[1], &book, Path::new("unused")).unwrap(),
            "[up](../../index.md#install), [here](index.md), [out](https://a/README.md)"
        );
    }
}
