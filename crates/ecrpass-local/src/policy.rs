//! What a principal may do: an identity policy, put together in a few words.

use ecrpass_iam::actions;
use ecrpass_iam::document::{self, Document};
use serde_json::{Value, json};

/// An identity policy: rules over actions and repository names, both with `*`, or a document as IAM has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
    /// A document to be taken as it is.
    written: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    effect: &'static str,
    action: String,
    repository: String,
}

impl Policy {
    /// Everything is allowed.
    pub fn allow_all() -> Self {
        Self::default().allow("*", "*")
    }

    /// Nothing is allowed.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// What AWS's managed policy `AmazonEC2ContainerRegistryPullOnly` allows.
    pub fn pull_only() -> Self {
        [actions::LOGIN, actions::IMPORT_UPSTREAM]
            .into_iter()
            .chain(actions::PULL)
            .fold(Self::default(), |policy, action| policy.allow(action, "*"))
    }

    /// What a document says; nothing if IAM would refuse it.
    pub fn of_document(text: &str) -> Self {
        let is_taken = document::read("identity policy", text).accepted().is_ok();
        Self { written: is_taken.then(|| text.to_owned()), ..Self::default() }
    }

    /// Adds a statement that allows `action` (`ecr:BatchGetImage`, `ecr:*`) on the repositories named.
    ///
    /// As in IAM, an action without a resource, `ecr:GetAuthorizationToken` above all, is only allowed by a
    /// statement on `*`.
    #[must_use]
    pub fn allow(self, action: &str, repository: &str) -> Self {
        self.with("Allow", action, repository)
    }

    /// Adds a statement that denies, whatever else allows.
    #[must_use]
    pub fn deny(self, action: &str, repository: &str) -> Self {
        self.with("Deny", action, repository)
    }

    fn with(mut self, effect: &'static str, action: &str, repository: &str) -> Self {
        self.rules.push(Rule { effect, action: action.to_owned(), repository: repository.to_owned() });
        self
    }

    /// The policy as IAM has it; none for one without rules, which IAM has no document for.
    pub(crate) fn documents(&self) -> Vec<Document> {
        let statements: Vec<Value> = self.rules.iter().map(Rule::statement).collect();
        let of_rules = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let texts = [(!self.rules.is_empty()).then_some(of_rules), self.written.clone()];
        texts
            .into_iter()
            .flatten()
            .filter_map(|text| document::read("identity policy", &text).document)
            .collect()
    }
}

impl Rule {
    fn statement(&self) -> Value {
        let resources = match self.repository.as_str() {
            "*" => json!("*"),
            name => json!([
                format!("arn:*:ecr:*:*:repository/{name}"),
                format!("arn:*:ecr-public:*:*:repository/{name}"),
            ]),
        };
        json!({"Effect": self.effect, "Action": self.action, "Resource": resources})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_one_that_aws_takes() {
        let policy = Policy::pull_only().allow("ecr:*", "team/*").deny("ecr:PutImage", "team/secret");
        let [document] = policy.documents().try_into().unwrap();
        assert_eq!(document::read("p", &document.text).accepted().unwrap().statements.len(), 6);
        assert!(Policy::nothing().documents().is_empty());
        assert_eq!(Policy::of_document(&document.text).documents().len(), 1);
        assert!(Policy::of_document("{").documents().is_empty());
    }
}
