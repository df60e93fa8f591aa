//! The policies of a CloudFormation template, YAML or JSON.

use ecrpass_core::Arn;
use ecrpass_diagnosis::inputs::{TemplatePolicyKind, template_policies};
use ecrpass_iam::Layer;
use ecrpass_iam::document;
use ecrpass_iam::inputs::{Contents, Found};
use ecrpass_iam::source::Source;

use crate::error::CommandError;

/// Reads a template, as if the stack were where the resource in question is; `None` for other files.
///
/// # Errors
/// When it is neither JSON nor YAML.
pub(super) fn read(source: &Source, resource: &str) -> Result<Option<Contents>, CommandError> {
    let text = source.text();
    let looks_like_json = text.trim_start().starts_with(['{', '[', '"', '%']);
    // A policy has no `Resources`; looking for it is cheaper than reading twice.
    if text.trim().is_empty() || looks_like_json && !text.contains("\"Resources\"") {
        return Ok(None);
    }
    let arn = Arn::parse(resource);
    let variable = |name: &str| match name {
        "AWS_REGION" => arn.map(|arn| arn.region.to_owned()),
        "AWS_ACCOUNT_ID" => arn.map(|arn| arn.account.to_owned()),
        _ => None,
    };
    let policies = match template_policies(source.name(), text, &variable) {
        Ok(policies) => policies,
        // What begins like JSON has its faults named as JSON.
        Err(_) if looks_like_json => return Ok(None),
        Err(error) => {
            return Err(CommandError::could_not_run(
                format!("{error}."),
                "name a policy in JSON, what an aws command printed, a Terraform plan or a CloudFormation template",
            ));
        }
    };
    let Some(policies) = policies else { return Ok(None) };
    let mut contents = Contents::default();
    for policy in policies {
        for name in &policy.unknown {
            contents
                .missing
                .push(format!("{}: the template does not say what `${{{name}}}` is", policy.resource));
        }
        let layer = match policy.kind {
            TemplatePolicyKind::Identity => Some(Layer::Identity),
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
            label: Some(policy.resource),
            resource: policy.repository,
            reading: document::read_source(&source.inside(policy.json, policy.places)),
        });
    }
    Ok(Some(contents))
}
