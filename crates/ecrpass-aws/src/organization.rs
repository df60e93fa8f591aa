//! The control policies of an organization, level by level. They can be read in its management account, or in one that it
//! delegates that to.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{ParentType, PolicyType};

use crate::collect::Found;
use crate::registry_api::{ApiFailure, RegistryApi};

/// How many levels there can be: the root, five of units, and the account. Source: Organizations User Guide, "Quotas".
const MAX_LEVELS: usize = 8;

/// What an account hears that is in none. Source: Organizations API Reference, "Common error types".
const NO_ORGANIZATION: &str = "AWSOrganizationsNotInUseException";

/// The two kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlPolicies {
    /// What the accounts of the organization may do.
    Service,
    /// What may be done to its resources.
    Resource,
}

impl RegistryApi<'_> {
    /// The control policies above an account, one list for every level, the root first; none where the caller's account is
    /// in no organization. `tell` hears what is read next.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn control_policies(
        &self,
        account: &str,
        kind: ControlPolicies,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Vec<Vec<Found>>, ApiFailure> {
        let client = self.organizations();
        let mut targets = vec![account.to_owned()];
        while targets.len() < MAX_LEVELS {
            let Some(last) = targets.last() else { break };
            tell(&format!("the organization above {last}"));
            let answer = match self.ask("ListParents", client.list_parents().child_id(last).send()) {
                Err(failure) if failure.words.starts_with(NO_ORGANIZATION) => return Ok(Vec::new()),
                answer => answer?,
            };
            let Some(parent) = answer.parents().first() else { break };
            targets.push(parent.id().unwrap_or_default().to_owned());
            if parent.r#type().is_some_and(|kind| *kind == ParentType::Root) {
                break;
            }
        }
        targets.iter().rev().map(|target| self.attached_to(&client, target, kind, tell)).collect()
    }

    fn attached_to(
        &self,
        client: &Client,
        target: &str,
        kind: ControlPolicies,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Vec<Found>, ApiFailure> {
        let (filter, words) = match kind {
            ControlPolicies::Service => (PolicyType::ServiceControlPolicy, "service control policy"),
            ControlPolicies::Resource => (PolicyType::ResourceControlPolicy, "resource control policy"),
        };
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let call = client.list_policies_for_target().target_id(target).filter(filter.clone());
            let page = self.ask("ListPoliciesForTarget", call.set_next_token(token.take()).send())?;
            for policy in page.policies() {
                let (id, name) = (policy.id().unwrap_or_default(), policy.name().unwrap_or_default());
                tell(&format!("{words} {name}"));
                let answer = self.ask("DescribePolicy", client.describe_policy().policy_id(id).send())?;
                let content = answer.policy().and_then(|policy| policy.content()).unwrap_or_default();
                found.push(Found {
                    source: format!("{words} {name} ({id}) at {target}"),
                    arn: policy.arn().map(str::to_owned),
                    version: None,
                    text: content.to_owned(),
                });
            }
            match page.next_token() {
                Some(next) => token = Some(next.to_owned()),
                None => return Ok(found),
            }
        }
    }

    fn organizations(&self) -> Client {
        let config = self.global_config();
        Client::from_conf(aws_sdk_organizations::config::Builder::from(&config).build())
    }
}
