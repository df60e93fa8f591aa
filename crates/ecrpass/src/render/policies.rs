//! The file of `policy collect`: every document as AWS stores it, with its keys in their order.

use ecrpass_core::time::{EpochSeconds, rfc3339};
use ecrpass_core::visible::visible_json_text;
use ecrpass_json::pretty;
use serde::Serialize;
use serde_json::Value;

/// The layers of an account: what is not read of these makes the file incomplete.
const OF_ACCOUNT: [&str; 5] = ["identity", "boundary", "trust", "repository", "registry"];

/// Everything that was read, and what was not.
pub struct PoliciesFile {
    principal: String,
    account: String,
    region: String,
    collected_at: EpochSeconds,
    layers: Vec<(&'static str, Vec<Document>)>,
    /// Those of an organization: one list for every level, the root first.
    levels: Vec<(&'static str, Vec<Vec<Document>>)>,
    /// What was not read.
    pub not_seen: Vec<NotSeen>,
}

/// A document.
pub struct Document {
    /// Where it is from, in words.
    pub source: String,
    /// The ARN of a managed policy.
    pub arn: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The ARN of what it hangs on.
    pub resource: Option<String>,
    /// Its text.
    pub text: String,
}

/// Something that was not read.
#[derive(Debug, Serialize)]
pub struct NotSeen {
    /// Of which layer.
    pub layer: &'static str,
    /// What.
    pub what: String,
    /// Why not.
    pub why: String,
    /// What that may change.
    pub matters: String,
    /// The command that reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

impl PoliciesFile {
    /// One without documents.
    pub fn new(principal: &str, account: &str, region: &str, collected_at: EpochSeconds) -> Self {
        Self {
            principal: principal.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            collected_at,
            layers: Vec::new(),
            levels: Vec::new(),
            not_seen: Vec::new(),
        }
    }

    /// A layer that was read, as far as it could be.
    pub fn add(&mut self, layer: &'static str, documents: Vec<Document>) {
        self.layers.push((layer, documents));
    }

    /// A layer of the organization that was read, level by level from the root.
    pub fn add_levels(&mut self, layer: &'static str, levels: Vec<Vec<Document>>) {
        self.levels.push((layer, levels));
    }

    /// Whose policies they are.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// The layers that were read, by their names, each level with its number.
    pub fn layers(&self) -> impl Iterator<Item = (&'static str, usize, &[Document])> {
        let levels = self.levels.iter().flat_map(|(layer, levels)| {
            levels.iter().enumerate().map(move |(level, documents)| (*layer, level, documents.as_slice()))
        });
        self.layers.iter().map(|(layer, documents)| (*layer, 0, documents.as_slice())).chain(levels)
    }

    /// How many documents there are.
    pub fn count(&self) -> usize {
        self.layers().map(|(.., documents)| documents.len()).sum()
    }

    /// Whether everything of the account was read.
    pub fn is_complete(&self) -> bool {
        !self.not_seen.iter().any(|one| OF_ACCOUNT.contains(&one.layer))
    }

    /// The text of the file. It is put together by hand: a library would sort the keys of the documents.
    pub fn text(&self) -> String {
        let head = [
            ("schema", Value::from("ecrpass/policies/1")),
            ("principal", self.principal.as_str().into()),
            ("account", self.account.as_str().into()),
            ("region", self.region.as_str().into()),
            ("collected_at", rfc3339(self.collected_at).into()),
            ("complete", self.is_complete().into()),
        ];
        let mut parts: Vec<String> = head.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let list = |documents: &[Document]| {
            let documents: Vec<String> = documents.iter().map(Document::text).collect();
            format!("[{}]", documents.join(","))
        };
        let mut layers: Vec<String> =
            self.layers.iter().map(|(layer, documents)| format!("\"{layer}\":{}", list(documents))).collect();
        layers.extend(self.levels.iter().map(|(layer, levels)| {
            let levels: Vec<String> = levels.iter().map(|level| list(level)).collect();
            format!("\"{layer}\":[{}]", levels.join(","))
        }));
        parts.push(format!("\"layers\":{{{}}}", layers.join(",")));
        let not_seen: Vec<String> =
            self.not_seen.iter().map(|one| serde_json::to_string(one).unwrap_or_default()).collect();
        parts.push(format!("\"not_seen\":[{}]", not_seen.join(",")));
        let text = pretty(&format!("{{{}}}", parts.join(",")));
        visible_json_text(&text).replace("##", r"#\u0023") + "\n"
    }
}

impl Document {
    fn text(&self) -> String {
        let named = [
            ("source", Some(&self.source)),
            ("arn", self.arn.as_ref()),
            ("version", self.version.as_ref()),
            ("resource", self.resource.as_ref()),
        ];
        let named = named.iter().filter_map(|(key, value)| {
            Some(format!("\"{key}\":{}", Value::from(value.map(String::as_str)?)))
        });
        // What is no JSON is kept as a text; a reader then says what is wrong with it.
        let document = match serde_json::from_str::<Value>(&self.text) {
            Ok(_) => self.text.trim().to_owned(),
            Err(_) => Value::from(self.text.as_str()).to_string(),
        };
        let parts: Vec<String> = named.chain([format!("\"document\":{document}")]).collect();
        format!("{{{}}}", parts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keep_the_order_of_their_keys_and_strange_ones_are_kept_as_texts() {
        let mut file = PoliciesFile::new("arn:aws:iam::123456789012:role/ci", "123456789012", "eu-west-1", 0);
        let document = |text: &str| Document {
            source: "x \"y\"".to_owned(),
            arn: None,
            version: None,
            resource: None,
            text: text.to_owned(),
        };
        let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"*"}]}"#;
        file.add("identity", vec![document(text), document("nonsense"), document("{\"a\":\"\u{202e}\"}")]);
        assert!(file.is_complete());
        let written = file.text();
        let read: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["layers"]["identity"][0]["document"], serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(read["layers"]["identity"][1]["document"], "nonsense");
        assert_eq!(read["layers"]["identity"][2]["document"]["a"], "\u{202e}");
        assert!(!written.contains('\u{202e}'), "{written}");
        let places = ["\"Version\"", "\"Statement\"", "\"Sid\"", "\"Effect\""].map(|key| written.find(key));
        assert!(places.is_sorted() && places[0].is_some(), "{written}");
    }
}
