//! The policies of a file in whatever form people have them: what [`ecrpass_iam::inputs`] reads, and CloudFormation
//! templates.

use std::fmt;

use ecrpass_core::Arn;
use ecrpass_iam::document::{self, Problem};
use ecrpass_iam::inputs::{self, Contents, Found};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Layer, Principal};

use super::cloudformation::{TemplatePolicy, TemplatePolicyKind};
use super::context::Context;
use super::error::TargetError;
use super::{cloudformation, tree};

/// Why a file holds nothing that could be read.
#[derive(Clone, Debug)]
pub enum Unreadable {
    /// It begins as JSON and is none.
    Json(Problem),
    /// It is neither JSON nor YAML.
    Template(TargetError),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(problem) => write!(f, "{problem}"),
            Self::Template(error) => write!(f, "{error}"),
        }
    }
}

/// Reads a file. Of a whole account's policies those are taken that hang on the principal; a template is read as if its
/// stack were where the resource in question is.
///
/// # Errors
/// [`Unreadable`].
pub fn policies(
    source: &Source,
    resource: Option<&str>,
    principal: Option<&Principal>,
) -> Result<Contents, Unreadable> {
    let text = source.text();
    let looks_like_json = text.trim_start().starts_with(['{', '[', '"', '%', '\u{feff}']);
    // A policy has no `Resources`; looking for it is cheaper than reading twice.
    if !text.trim().is_empty() && (!looks_like_json || text.contains("\"Resources\"")) {
        match template(source, resource.and_then(Arn::parse)) {
            Ok(Some(contents)) => return Ok(contents),
            Ok(None) => {}
            // What begins like JSON has its faults named as JSON.
            Err(_) if looks_like_json => {}
            Err(error) => return Err(Unreadable::Template(error)),
        }
    }
    inputs::read(source, principal).map_err(Unreadable::Json)
}

/// The policies of a template; `None` where the file is none.
fn template(source: &Source, place: Option<Arn<'_>>) -> Result<Option<Contents>, TargetError> {
    let variable = |name: &str| match name {
        "AWS_REGION" => place.map(|arn| arn.region.to_owned()),
        "AWS_ACCOUNT_ID" => place.map(|arn| arn.account.to_owned()),
        _ => None,
    };
    let context = Context::new(source.name(), source.text(), &variable);
    let documents = tree::read(source.name(), source.text()).map_err(|error| context.syntax(error))?;
    let Some(template) = documents.iter().find(|document| cloudformation::is_template(document)) else {
        return Ok(None);
    };
    let mut contents = Contents::default();
    for policy in cloudformation::policies(&context, template) {
        take(source, policy, &mut contents);
    }
    Ok(Some(contents))
}

fn take(source: &Source, policy: TemplatePolicy, contents: &mut Contents) {
    let TemplatePolicy { resource, kind, repository, json, places, unknown } = policy;
    for name in &unknown {
        contents.missing.push(format!("{resource}: the template does not say what `${{{name}}}` is"));
    }
    let layer = match kind {
        TemplatePolicyKind::Identity => Some(Layer::Identity),
        // An identity's or a boundary: what is attached to it decides.
        TemplatePolicyKind::Managed => None,
        TemplatePolicyKind::Trust => Some(Layer::Trust),
        TemplatePolicyKind::Repository => Some(Layer::Repository),
        TemplatePolicyKind::Registry => Some(Layer::Registry),
        TemplatePolicyKind::Endpoint => Some(Layer::Endpoint),
        TemplatePolicyKind::ServiceControl => Some(Layer::ServiceControl),
        TemplatePolicyKind::ResourceControl => Some(Layer::ResourceControl),
    };
    contents.found.push(Found {
        layer,
        level: 0,
        label: Some(resource),
        resource: repository,
        reading: document::read_source(&source.inside(json, places)),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(text: &str) -> Result<Vec<Option<Layer>>, Unreadable> {
        let source = Source::file("f", text);
        Ok(policies(&source, None, None)?.found.iter().map(|found| found.layer).collect())
    }

    #[test]
    fn templates_and_documents_are_told_apart() {
        let statement = r#"{"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}}"#;
        let template = format!(
            "{{\"Resources\": {{\"P\": {{\"Type\": \"AWS::IAM::Policy\", \"Properties\": {{\"PolicyDocument\": {statement}}}}}}}}}"
        );
        assert_eq!(layers(statement).unwrap(), [None]);
        assert_eq!(layers(&format!("{{\"PolicyDocument\": {statement}}}")).unwrap(), [Some(Layer::Identity)]);
        assert_eq!(layers(&template).unwrap(), [Some(Layer::Identity)]);
        let yaml = "Resources:\n  P:\n    Type: AWS::ECR::RegistryPolicy\n    Properties:\n      PolicyText:\n        Statement: []\n";
        assert_eq!(layers(yaml).unwrap(), [Some(Layer::Registry)]);
        // What begins as JSON has its faults named as JSON, the rest as a template's.
        assert!(matches!(layers("{\"a\": }"), Err(Unreadable::Json(_))));
        assert!(matches!(layers("a: [1"), Err(Unreadable::Template(_))));
        assert!(matches!(layers("a: 1"), Err(Unreadable::Json(_))));
    }
}
