//! Whether every link of the documentation leads somewhere: files on the disk, anchors in the file they are of. What is
//! on another host is only looked at for its scheme, so that the check needs no network and takes no time.

use std::collections::{BTreeMap, BTreeSet};

use super::documents::{Document, resolve};
use super::markdown;
use crate::command::root;

/// The links that lead nowhere, each as a line with its place.
pub fn wrong(documents: &[Document]) -> Vec<String> {
    let anchors: BTreeMap<&str, BTreeSet<String>> = documents
        .iter()
        .map(|document| (document.path.as_str(), markdown::anchors(&document.text)))
        .collect();
    let mut wrong = Vec::new();
    for document in documents {
        for link in markdown::links(&document.text) {
            if let Some(why) = why_wrong(&document.path, &link.target, &anchors) {
                wrong.push(format!("{}:{}: `{}`: {why}", document.path, link.line, link.target));
            }
        }
    }
    wrong
}

fn why_wrong(document: &str, target: &str, anchors: &BTreeMap<&str, BTreeSet<String>>) -> Option<String> {
    if let Some((scheme, _)) = target.split_once("://") {
        return (scheme != "https").then(|| "a page is linked by https".to_owned());
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file = if path.is_empty() {
        document.to_owned()
    } else {
        let Some(file) = resolve(document, path) else {
            return Some("leads out of the repository".to_owned());
        };
        file
    };
    let on_disk = root().join(&file);
    if on_disk.is_dir() {
        return Some("is a directory, and a site shows none: name a file in it".to_owned());
    }
    if !anchors.contains_key(file.as_str()) && !on_disk.is_file() {
        return Some(format!("there is no {file}"));
    }
    let anchor = anchor?;
    match anchors.get(file.as_str()) {
        None => Some(format!("{file} is no document, and has no anchors")),
        Some(known) if known.contains(anchor) => None,
        Some(_) => Some(format!("no heading of {file} makes that anchor")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_nowhere_is_reported_with_its_place() {
        let text = "# A heading\n\n[a](#a-heading) [b](#no) [c](no.md) [d](../LICENSE) [e](http://x/)\n[f](../docs) [g](../LICENSE#x) [h](../../x)\n";
        let documents = [Document { path: "docs/x.md".to_owned(), text: text.to_owned() }];
        let wrong = wrong(&documents);
        let places: Vec<&str> = wrong.iter().map(|line| line.rsplit_once("`: ").unwrap().0).collect();
        assert_eq!(
            places,
            [
                "docs/x.md:3: `#no",
                "docs/x.md:3: `no.md",
                "docs/x.md:3: `http://x/",
                "docs/x.md:4: `../docs",
                "docs/x.md:4: `../LICENSE#x",
                "docs/x.md:4: `../../x",
            ]
        );
    }
}
