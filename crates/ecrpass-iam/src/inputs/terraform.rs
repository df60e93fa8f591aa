//! The policies of a Terraform plan, as `terraform show -json` prints it. Source: "JSON Output Format", values
//! representation; the AWS provider's resources.

use ecrpass_json::Value;

use super::contents::{Contents, Found, found};
use super::embedded::document;
use super::json::{get, items_of, text_of};
use crate::layer::Layer;
use crate::source::Source;

/// The resources that hold a policy, in which attribute, and of which kind it is.
const RESOURCES: [(&str, &str, Option<Layer>); 12] = [
    ("aws_ecr_repository_policy", "policy", Some(Layer::Repository)),
    ("aws_ecrpublic_repository_policy", "policy", Some(Layer::Repository)),
    ("aws_ecr_registry_policy", "policy", Some(Layer::Registry)),
    // An identity's or a boundary: what is attached to it decides.
    ("aws_iam_policy", "policy", None),
    ("aws_iam_role_policy", "policy", Some(Layer::Identity)),
    ("aws_iam_user_policy", "policy", Some(Layer::Identity)),
    ("aws_iam_group_policy", "policy", Some(Layer::Identity)),
    ("aws_iam_role", "assume_role_policy", Some(Layer::Trust)),
    ("aws_vpc_endpoint", "policy", Some(Layer::Endpoint)),
    ("aws_vpc_endpoint_policy", "policy", Some(Layer::Endpoint)),
    ("aws_organizations_policy", "content", Some(Layer::ServiceControl)),
    ("aws_ssoadmin_permission_set_inline_policy", "inline_policy", Some(Layer::Identity)),
];

/// How deep modules may stand in each other.
const MAX_DEPTH: usize = 50;

/// Takes the policies out of a plan or a state; whether the object is one.
pub(super) fn take(source: &Source, object: &Value, contents: &mut Contents) -> bool {
    let values = get(object, "planned_values").or_else(|| get(object, "values"));
    let Some(root) = values.and_then(|values| get(values, "root_module")) else { return false };
    module(source, root, 0, contents);
    true
}

fn module(source: &Source, root: &Value, depth: usize, contents: &mut Contents) {
    for resource in items_of(root, "resources") {
        let Some((kind, attribute, layer)) =
            text_of(resource, "type").and_then(|kind| RESOURCES.iter().find(|(known, ..)| *known == kind))
        else {
            continue;
        };
        let values = get(resource, "values");
        let address = text_of(resource, "address").unwrap_or(kind);
        let is_rcp = values.and_then(|values| text_of(values, "type")) == Some("RESOURCE_CONTROL_POLICY");
        let layer = if is_rcp { Some(Layer::ResourceControl) } else { *layer };
        match values.and_then(|values| get(values, attribute)).filter(|value| value.text().is_some()) {
            Some(value) => contents
                .found
                .push(Found { label: Some(address.to_owned()), ..found(layer, document(source, value)) }),
            None => {
                contents.missing.push(format!("{address}: its policy is known after apply only"));
            }
        }
        // Inline policies inside of a role.
        for inline in values.map(|values| items_of(values, "inline_policy")).unwrap_or_default() {
            if let Some(value) = get(inline, "policy").filter(|value| value.text().is_some()) {
                contents.found.push(Found {
                    label: Some(address.to_owned()),
                    ..found(Some(Layer::Identity), document(source, value))
                });
            }
        }
    }
    if depth < MAX_DEPTH {
        for child in items_of(root, "child_modules") {
            module(source, child, depth + 1, contents);
        }
    }
}
