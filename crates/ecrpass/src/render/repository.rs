//! A repository as people and programs read it.

use std::collections::BTreeMap;
use std::io;

use ecrpass_aws::registry_api::{ApiFailure, Described};
use ecrpass_core::time::rfc3339;
use ecrpass_repository::lifecycle::Image;
use ecrpass_repository::state::Registry;
use serde::Serialize;

use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};

/// How many tags are listed for people.
const TAGS: usize = 8;

/// Everything about a repository.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    schema: &'static str,
    name: String,
    uri: String,
    arn: String,
    account: String,
    region: String,
    created_at: String,
    mutability: String,
    encryption: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    image_count: usize,
    size_in_bytes: u64,
    newest_tags: Vec<String>,
    /// The image that was named.
    pub image: Option<ImageAsked>,
    /// Its policy in words, a line each; none where there is none.
    pub policy: Option<Vec<String>>,
    /// Its lifecycle policy.
    pub lifecycle: Option<Lifecycle>,
    scanning: Option<String>,
    replicates_to: Vec<String>,
    pull_through: Option<String>,
    creation_template: Option<String>,
    commands: Vec<String>,
    /// What could not be read, and why.
    pub unknown: BTreeMap<&'static str, String>,
    #[serde(skip)]
    is_public: bool,
}

/// An image that was named.
#[derive(Debug, Default, Serialize)]
pub struct ImageAsked {
    /// Its tag or digest.
    pub reference: String,
    /// Its digest; none where it is not there.
    pub digest: Option<String>,
    /// The platforms it is there for.
    pub platforms: Vec<String>,
    /// Tags like it, where it is not there.
    pub like_it: Vec<String>,
}

/// A lifecycle policy, and what it does next.
#[derive(Debug, Default, Serialize)]
pub struct Lifecycle {
    /// The rules in words.
    pub rules: Vec<String>,
    /// The images that go next.
    pub expires: Vec<String>,
    /// The images that are archived next.
    pub archives: Vec<String>,
}

impl Report {
    /// What the API tells of a repository itself.
    pub fn new(described: &Described, region: &str, is_public: bool) -> Self {
        let uri = &described.uri;
        Self {
            schema: "ecrpass/repository/1",
            name: described.name.clone(),
            uri: uri.clone(),
            arn: described.arn.clone(),
            account: described.account.clone(),
            region: region.to_owned(),
            created_at: rfc3339(described.created_at),
            mutability: described.mutability.to_string(),
            encryption: described.encryption.to_string(),
            is_public,
            ..Self::default()
        }
    }

    /// An answer, or a note on why there is none.
    pub fn known<T>(&mut self, part: &'static str, answer: Result<T, ApiFailure>) -> Option<T> {
        answer.map_err(|failure| self.unknown.insert(part, failure.to_string())).ok()
    }

    /// What there is in it.
    pub fn images(&mut self, images: &[Image]) {
        self.image_count = images.len();
        self.size_in_bytes = images.iter().map(|image| image.size).sum();
        let mut newest: Vec<&Image> = images.iter().filter(|image| !image.tags.is_empty()).collect();
        newest.sort_by(|one, other| (other.pushed_at, &other.digest).cmp(&(one.pushed_at, &one.digest)));
        self.newest_tags = newest.into_iter().flat_map(|image| image.tags.iter().cloned()).collect();
    }

    /// What its registry does with it.
    pub fn registry(&mut self, name: &str, scan_on_push: bool, registry: &Registry) {
        let by = if registry.scanning.enhanced { "ENHANCED" } else { "BASIC" };
        self.scanning = match registry.scanning.of(name) {
            Some((frequency, filter)) => {
                Some(format!("{frequency}, with {by}, by the registry's filter {filter}"))
            }
            None if scan_on_push => Some("on push, by the repository's own, older setting".to_owned()),
            None if self.unknown.contains_key("scanning") || self.unknown.contains_key("registry") => None,
            None => Some("on request only".to_owned()),
        };
        let rules = registry.replication.iter().filter(|rule| rule.is_for(name));
        self.replicates_to =
            rules.flat_map(|rule| rule.destinations.iter().map(ToString::to_string)).collect();
        self.pull_through =
            registry.cache_of(name).map(|rule| format!("{}/… stands for {}", rule.prefix, rule.upstream_url));
        self.creation_template = registry.template_of(name).map(|template| template.prefix.clone());
    }

    /// The commands for the image that was named, or any.
    pub fn commands(&mut self) {
        let uri = &self.uri;
        let tag = self.image.as_ref().map_or("TAG", |image| image.reference.as_str());
        self.commands = match tag.starts_with("sha256:") {
            true => vec![format!("docker pull {uri}@{tag}")],
            false => vec![
                format!("docker tag IMAGE {uri}:{tag}"),
                format!("docker push {uri}:{tag}"),
                format!("docker pull {uri}:{tag}"),
            ],
        };
    }

    /// Whether an image was named that is not there.
    pub fn is_image_missing(&self) -> bool {
        self.image.as_ref().is_some_and(|image| image.digest.is_none())
    }
}

/// Says everything.
///
/// # Errors
/// When standard output cannot be written.
pub fn tell(report: &Report, ui: &mut Ui) -> io::Result<()> {
    let mut line =
        |what: &str, text: &str| ui.result(&format!("  {} {text}", styled(DIM, &format!("{what:<18}"))));
    line("repository", &styled(STRONG, &report.uri))?;
    line("created", &report.created_at)?;
    // What ECR Public has no choice of is not said.
    if !report.is_public {
        line("tags are", &report.mutability)?;
        line("encryption", &report.encryption)?;
    }
    if let Some(image) = &report.image {
        asked(image, &mut line)?;
    }
    if !report.unknown.contains_key("images") {
        let tags: Vec<&str> = report.newest_tags.iter().take(TAGS).map(String::as_str).collect();
        let more = report.newest_tags.len().saturating_sub(TAGS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let newest = if tags.is_empty() { String::new() } else { format!(": {}{more}", tags.join(", ")) };
        line("images", &format!("{}, {}{newest}", report.image_count, size(report.size_in_bytes)))?;
    }
    let none = match report.is_public {
        true => "none: everybody may pull, and its own account push",
        false => "none: only its own account may use it",
    };
    several("policy", report.policy.as_deref(), none, report, &mut line)?;
    let rules = report.lifecycle.as_ref().map(|lifecycle| lifecycle.rules.as_slice());
    if !report.is_public {
        several("lifecycle policy", rules, "none: nothing expires", report, &mut line)?;
    }
    if let Some(lifecycle) = &report.lifecycle {
        let named = |all: &[String]| {
            let shown: Vec<&str> = all.iter().take(TAGS).map(String::as_str).collect();
            let more = all.len().saturating_sub(TAGS);
            if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
        };
        for (what, all) in [("expires next", &lifecycle.expires), ("archived next", &lifecycle.archives)] {
            if !all.is_empty() {
                line(what, &named(all))?;
            }
        }
    }
    let optional = [
        ("scanned", report.scanning.clone()),
        ("copied to", (!report.replicates_to.is_empty()).then(|| report.replicates_to.join(", "))),
        ("pull-through", report.pull_through.clone()),
        ("creation template", report.creation_template.clone()),
    ];
    for (what, text) in optional {
        if let Some(text) = text {
            line(what, &text)?;
        }
    }
    for (key, value) in &report.tags {
        line("tag", &format!("{key} = {value}"))?;
    }
    for (part, why) in &report.unknown {
        line(part, &format!("not known: {why}"))?;
    }
    ui.result("")?;
    ui.results(report.commands.iter().map(|command| format!("  {command}")))
}

fn asked(image: &ImageAsked, line: &mut dyn FnMut(&str, &str) -> io::Result<()>) -> io::Result<()> {
    match &image.digest {
        Some(digest) => {
            line("image", &format!("{} {} {}", styled(GOOD, "✓"), image.reference, styled(DIM, digest)))?;
            if !image.platforms.is_empty() {
                line("platforms", &image.platforms.join(", "))?;
            }
            Ok(())
        }
        None => {
            line("image", &format!("{} there is no {}", styled(BAD, "✗"), image.reference))?;
            if !image.like_it.is_empty() {
                line("there is", &image.like_it.join(", "))?;
            }
            Ok(())
        }
    }
}

fn several(
    what: &'static str,
    lines: Option<&[String]>,
    none: &str,
    report: &Report,
    line: &mut dyn FnMut(&str, &str) -> io::Result<()>,
) -> io::Result<()> {
    let part = if what == "policy" { "repository policy" } else { what };
    match lines {
        None if report.unknown.contains_key(part) => Ok(()),
        None => line(what, none),
        Some(lines) => {
            let mut first = what;
            for text in lines {
                line(first, text)?;
                first = "";
            }
            Ok(())
        }
    }
}

/// A number of bytes as people say it.
fn size(bytes: u64) -> String {
    let mut left = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if left < 1000.0 {
            let digits = usize::from(unit != "bytes" && left < 10.0);
            return format!("{left:.digits$} {unit}");
        }
        left /= 1000.0;
    }
    format!("{left:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_500, "1.5 kB"),
            (25_000_000, "25 MB"),
            (3_000_000_000_000, "3.0 TB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
