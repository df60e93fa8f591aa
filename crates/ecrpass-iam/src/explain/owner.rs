//! Who can change each kind of policy.

use ecrpass_core::{Arn, CallerIdentity, CallerKind};

use super::message::Said;
use crate::policy_kind::PolicyKind;

/// Who can change a policy of that kind, for a denial.
pub fn owner(kind: PolicyKind, said: &Said) -> String {
    let caller = CallerIdentity::parse(&said.principal);
    let account = caller.as_ref().map(|caller| caller.account.as_str()).filter(|account| !account.is_empty());
    let of_caller =
        account.map_or_else(|| "the caller's account".to_owned(), |account| format!("account {account}"));
    let resource =
        said.resource.as_deref().and_then(Arn::parse).and_then(|arn| arn.account().map(str::to_owned));
    let of_resource = resource.map_or_else(
        || "the account that owns the repository".to_owned(),
        |account| format!("account {account}"),
    );
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary => match &caller {
            Some(CallerIdentity { kind: CallerKind::ReservedSsoRole, name, .. }) => {
                format!("the administrators of IAM Identity Center, in the permission set {name}")
            }
            _ => format!("whoever manages IAM in {of_caller}"),
        },
        PolicyKind::Resource => format!("whoever manages ECR in {of_resource}"),
        PolicyKind::Session => {
            "whoever starts the session: the call that assumes the role, a Pod Identity association, a Roles Anywhere profile".to_owned()
        }
        PolicyKind::ServiceControl => {
            format!("the administrators of the organization that {of_caller} belongs to")
        }
        PolicyKind::ResourceControl => {
            format!("the administrators of the organization that {of_resource} belongs to")
        }
        PolicyKind::Endpoint => "whoever manages the VPC that the call came from".to_owned(),
        PolicyKind::Trust => format!("whoever manages IAM in {of_resource}, where the role is"),
    }
}
