//! What a principal may do: an identity policy, put together in a few words, and whatever else is attached.

use ecrpass_iam::actions;
use ecrpass_iam::document::{self, Document};
use serde_json::{Value, json};

/// An identity policy: rules over actions and repository names, both with `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
    attached: Vec<Attached>,
}

/// The name of the inline policy that the rules are.
const RULES: &str = "local";

/// A document that is attached by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attached {
    /// The group it comes from; none for one of the principal's own.
    pub(crate) group: Option<String>,
    /// Its name, or the ARN of a managed one.
    pub(crate) name: String,
    pub(crate) kind: AttachedKind,
    pub(crate) text: String,
}

/// How a document is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttachedKind {
    Inline,
    Managed,
    Boundary,
    /// Passed when the session began.
    Session,
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

    /// Adds an inline policy.
    #[must_use]
    pub fn inline(self, name: &str, document: &str) -> Self {
        self.attach(None, name, AttachedKind::Inline, document)
    }

    /// Attaches a managed policy.
    #[must_use]
    pub fn managed(self, arn: &str, document: &str) -> Self {
        self.attach(None, arn, AttachedKind::Managed, document)
    }

    /// Puts a user into a group with this inline policy.
    #[must_use]
    pub fn group_inline(self, group: &str, name: &str, document: &str) -> Self {
        self.attach(Some(group), name, AttachedKind::Inline, document)
    }

    /// Puts a user into a group with this managed policy.
    #[must_use]
    pub fn group_managed(self, group: &str, arn: &str, document: &str) -> Self {
        self.attach(Some(group), arn, AttachedKind::Managed, document)
    }

    /// Sets the permissions boundary.
    #[must_use]
    pub fn bounded_by(self, arn: &str, document: &str) -> Self {
        self.attach(None, arn, AttachedKind::Boundary, document)
    }

    fn attach(mut self, group: Option<&str>, name: &str, kind: AttachedKind, text: &str) -> Self {
        let group = group.map(str::to_owned);
        self.attached.push(Attached { group, name: name.to_owned(), kind, text: text.to_owned() });
        self
    }

    /// All documents that IAM knows of, one for the rules included.
    pub(crate) fn attached(&self) -> Vec<Attached> {
        let statements: Vec<Value> = self.rules.iter().map(Rule::statement).collect();
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let rules = Attached { group: None, name: RULES.to_owned(), kind: AttachedKind::Inline, text };
        // IAM has no document without statements.
        let rules = (!self.rules.is_empty()).then_some(rules);
        rules.into_iter().chain(self.attached.iter().cloned()).collect()
    }

    /// The identity's documents.
    pub(crate) fn documents(&self) -> Vec<Document> {
        let is_identity =
            |attached: &Attached| matches!(attached.kind, AttachedKind::Inline | AttachedKind::Managed);
        let all = self.attached().into_iter().filter(is_identity);
        all.filter_map(|attached| document::read("identity policy", &attached.text).document).collect()
    }

    /// What a session may do at most.
    pub(crate) fn in_session(self, document: &str) -> Self {
        self.attach(None, "session policy", AttachedKind::Session, document)
    }

    /// The policy that was passed when the session began.
    pub(crate) fn session(&self) -> Option<Document> {
        let session = self.attached.iter().find(|attached| attached.kind == AttachedKind::Session)?;
        document::read("session policy", &session.text).document
    }

    /// The permissions boundary.
    pub(crate) fn boundary(&self) -> Option<Document> {
        let boundary = self.attached.iter().find(|attached| attached.kind == AttachedKind::Boundary)?;
        document::read("permissions boundary", &boundary.text).document
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
        let text = policy.documents()[0].text().to_owned();
        assert_eq!(document::read("p", &text).accepted().unwrap().statements.len(), 6);
        assert!(Policy::nothing().documents().is_empty());
    }
}
