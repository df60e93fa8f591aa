//! Images that run somewhere, from whatever lists them: `kubectl get pods -o json`, `aws ecs describe-tasks`, a list.

use std::collections::BTreeSet;

use ecrpass_core::{ImageReference, Registry};
use serde_json::Value;

use crate::lifecycle::Image;

/// Images that run, as they were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running(BTreeSet<Named>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    account: Option<String>,
    region: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl Running {
    /// Reads what lists them: JSON, in which every text is looked at, or any other text, word by word. Only images of
    /// ECR's registries are kept.
    pub fn read(text: &str) -> Self {
        let mut running = Self::default();
        running.add(text);
        running
    }

    /// Reads one more.
    pub fn add(&mut self, text: &str) {
        match serde_json::from_str::<Value>(text) {
            Ok(value) => in_json(&value, &mut self.0),
            Err(_) => in_text(text, &mut self.0),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names by which an image of a repository runs; an account or region that is not known may be any.
    pub fn names_of(
        &self,
        account: Option<&str>,
        region: Option<&str>,
        repository: &str,
        image: &Image,
    ) -> Vec<String> {
        let here = self.0.iter().filter(|named| {
            named.repository == repository
                && region.is_none_or(|region| named.region == region)
                && account.is_none_or(|account| named.account.as_deref().is_none_or(|named| named == account))
        });
        let named = here.filter_map(|named| match (&named.digest, &named.tag) {
            // What runs is the digest, whatever the tag means by now.
            (Some(digest), _) => (*digest == image.digest).then(|| format!("@{digest}")),
            (None, tag) => {
                let tag = tag.as_deref().unwrap_or("latest");
                image.tags.iter().any(|of| of == tag).then(|| format!(":{tag}"))
            }
        });
        named.collect::<BTreeSet<String>>().into_iter().collect()
    }
}

fn in_json(value: &Value, found: &mut BTreeSet<Named>) {
    match value {
        Value::String(text) => in_text(text, found),
        Value::Array(items) => items.iter().for_each(|item| in_json(item, found)),
        Value::Object(members) => members.values().for_each(|member| in_json(member, found)),
        _ => {}
    }
}

fn in_text(text: &str, found: &mut BTreeSet<Named>) {
    let is_between = |c: char| c.is_whitespace() || "\"'`,;|()[]{}<>=".contains(c);
    for word in text.split(is_between) {
        found.extend(named(word));
    }
}

fn named(word: &str) -> Option<Named> {
    // `docker-pullable://…` is how Kubernetes names what it pulled.
    let word = word.rsplit("://").next()?.trim_end_matches('.');
    if !word.contains('/') {
        return None;
    }
    let image = ImageReference::parse(word).ok()?;
    let registry = Registry::parse(image.host.as_deref()?).ok()?;
    Some(Named {
        account: registry.account().map(str::to_owned),
        region: registry.region().to_owned(),
        repository: image.repository,
        tag: image.tag,
        digest: image.digest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

    fn names(running: &Running) -> Vec<String> {
        let image = Image {
            digest: format!("sha256:{}", "a".repeat(64)),
            tags: vec!["v1".to_owned(), "latest".to_owned()],
            ..Image::default()
        };
        running.names_of(Some("123456789012"), Some("us-east-1"), "team/app", &image)
    }

    #[test]
    fn whatever_lists_images_is_read() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, expected) in [
            (format!("{HOST}/team/app:v1\nnginx:1\n"), ":v1".to_owned()),
            (format!("NAME IMAGE\nweb {HOST}/team/app"), ":latest".to_owned()),
            (
                format!(
                    r#"{{"items":[{{"status":{{"imageID":"docker-pullable://{HOST}/team/app@{digest}"}}}}]}}"#
                ),
                format!("@{digest}"),
            ),
            (format!("image=\"{HOST}/team/app:v1@{digest}\"."), format!("@{digest}")),
        ] {
            assert_eq!(names(&Running::read(&text)), [expected], "{text}");
        }
    }

    #[test]
    fn other_images_are_not_meant() {
        let other = format!("sha256:{}", "b".repeat(64));
        for text in [
            format!("{HOST}/team/app:v2"),
            format!("{HOST}/team/app:v1@{other}"),
            format!("{HOST}/team/apps:v1"),
            "210987654321.dkr.ecr.us-east-1.amazonaws.com/team/app:v1".to_owned(),
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1".to_owned(),
            "team/app:v1".to_owned(),
            "{\"a\": [1, null, \"x\"]}".to_owned(),
            String::new(),
        ] {
            assert_eq!(names(&Running::read(&text)), [""; 0], "{text}");
        }
    }
}
