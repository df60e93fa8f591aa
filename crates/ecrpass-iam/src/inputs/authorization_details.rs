//! A whole account's identities, as `aws iam get-account-authorization-details` prints them: of all that, what hangs on
//! one principal. Source: IAM API reference, `GetAccountAuthorizationDetails`.

use ecrpass_core::Arn;
use ecrpass_json::{JsonKind, Value};

use super::contents::{Contents, found};
use super::embedded::document;
use super::json::{get, items_of, text_of};
use crate::layer::Layer;
use crate::managed::ManagedPolicy;
use crate::principal::Principal;
use crate::source::Source;

/// How many groups and managed policies of a principal are looked up: several times what AWS allows.
const MAX_ATTACHED: usize = 100;

/// Takes what hangs on the principal; whether the object is such an answer.
pub(super) fn take(
    source: &Source,
    object: &Value,
    principal: Option<&Principal>,
    contents: &mut Contents,
) -> bool {
    let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList"];
    if !lists.iter().any(|list| get(object, list).is_some()) {
        return false;
    }
    let account = Account { source, object };
    let Some(arn) = principal.and_then(Principal::arn) else {
        contents.missing.push("a whole account: name the --principal whose policies are meant".to_owned());
        return true;
    };
    let user = arn.resource_of_kind("user").filter(|_| arn.service == "iam");
    if let Some(role) = arn.role_name() {
        account.role(role, contents);
    } else if let Some(user) = user {
        account.user(user.rsplit('/').next().unwrap_or(user), contents);
    } else {
        contents.missing.push(format!("{arn} is neither a user nor a role"));
    }
    if text_of(object, "Marker").is_some()
        || matches!(
            get(object, "IsTruncated").map(|value| source.text().get(value.span.clone())),
            Some(Some("true"))
        )
    {
        contents.missing.push("the answer has further pages: print all of them into one file".to_owned());
    }
    true
}

struct Account<'a> {
    source: &'a Source,
    object: &'a Value,
}

impl Account<'_> {
    fn role(&self, name: &str, contents: &mut Contents) {
        let Some(role) = self.named("RoleDetailList", "RoleName", name) else {
            contents.missing.push(format!("the role {name} is not in this account's answer"));
            return;
        };
        if let Some(trust) = get(role, "AssumeRolePolicyDocument") {
            contents.found.push(found(Some(Layer::Trust), document(self.source, trust)));
        }
        self.identity(role, "RolePolicyList", contents);
    }

    fn user(&self, name: &str, contents: &mut Contents) {
        let Some(user) = self.named("UserDetailList", "UserName", name) else {
            contents.missing.push(format!("the user {name} is not in this account's answer"));
            return;
        };
        self.identity(user, "UserPolicyList", contents);
        for group in items_of(user, "GroupList").iter().filter_map(Value::text).take(MAX_ATTACHED) {
            match self.named("GroupDetailList", "GroupName", group) {
                Some(group) => self.identity(group, "GroupPolicyList", contents),
                None => contents.missing.push(format!("the group {group} is not in this account's answer")),
            }
        }
    }

    /// What is inline, what is attached, and the boundary.
    fn identity(&self, owner: &Value, inline: &str, contents: &mut Contents) {
        for policy in items_of(owner, inline) {
            if let Some(value) = get(policy, "PolicyDocument") {
                contents.found.push(found(Some(Layer::Identity), document(self.source, value)));
            }
        }
        for policy in items_of(owner, "AttachedManagedPolicies").iter().take(MAX_ATTACHED) {
            if let Some(arn) = text_of(policy, "PolicyArn") {
                self.managed(arn, Layer::Identity, contents);
            }
        }
        let boundary = get(owner, "PermissionsBoundary");
        if let Some(arn) = boundary.and_then(|boundary| text_of(boundary, "PermissionsBoundaryArn")) {
            self.managed(arn, Layer::Boundary, contents);
        }
    }

    /// The version of a managed policy that is in force; AWS's own are built in as far as they are about ECR.
    fn managed(&self, arn: &str, layer: Layer, contents: &mut Contents) {
        let policy =
            items_of(self.object, "Policies").iter().find(|policy| text_of(policy, "Arn") == Some(arn));
        let versions = policy.map(|policy| items_of(policy, "PolicyVersionList")).unwrap_or_default();
        let is_true = |value: &Value| {
            matches!(value.kind, JsonKind::Bool) && self.source.text().get(value.span.clone()) == Some("true")
        };
        let in_force = versions.iter().find(|version| get(version, "IsDefaultVersion").is_some_and(is_true));
        if let Some(value) = in_force.and_then(|version| get(version, "Document")) {
            contents.found.push(found(Some(layer), document(self.source, value).of_policy(arn)));
        } else if let Some(policy) = ManagedPolicy::named(arn) {
            contents.found.push(found(Some(layer), policy.read()));
        } else {
            let what = if Arn::parse(arn).is_some_and(|arn| arn.account == "aws") {
                "AWS's policy"
            } else {
                "the policy"
            };
            contents.missing.push(format!("{what} {arn} is attached, and its text is not in this file"));
        }
    }

    fn named(&self, list: &str, key: &str, name: &str) -> Option<&Value> {
        items_of(self.object, list).iter().find(|each| text_of(each, key) == Some(name))
    }
}
