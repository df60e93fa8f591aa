//! IAM's own simulator, asked about the requests of a case: with the policies that were given, or with those attached.

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, OrderedOrganizationPolicyType,
    PolicyEvaluationDecisionType,
};
use ecrpass_iam::Verdict;
use ecrpass_iam::context::Values;
use ecrpass_iam::simulator::{Simulated, Told};

use crate::registry_api::{ApiFailure, RegistryApi};

/// How many pages of an answer are read: a thousand results fit one.
const MAX_PAGES: usize = 20;

impl RegistryApi<'_> {
    /// What IAM's simulator says of each request.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn simulate(&self, told: &Told) -> Result<Vec<Simulated>, ApiFailure> {
        let mut resources: Vec<&String> = Vec::new();
        for (_, resource) in &told.requests {
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
        let mut found = Vec::new();
        for resource in resources {
            let of_resource = told.requests.iter().filter(|(_, on)| on == resource);
            let actions: Vec<String> = of_resource.map(|(action, _)| action.clone()).collect();
            found.extend(self.simulate_on(told, resource, &actions)?);
        }
        // In the order of the requests.
        let place = |one: &Simulated| {
            let is_it = |(action, on): &(String, String)| {
                *on == one.resource && action.eq_ignore_ascii_case(&one.action)
            };
            told.requests.iter().position(is_it)
        };
        found.sort_by_key(place);
        Ok(found)
    }

    /// Asks about one resource: every action is simulated on every resource that is named.
    fn simulate_on(
        &self,
        told: &Told,
        resource: &str,
        actions: &[String],
    ) -> Result<Vec<Simulated>, ApiFailure> {
        let iam = self.iam();
        let some = |texts: &[String]| (!texts.is_empty()).then(|| texts.to_vec());
        let context: Vec<ContextEntry> = told.context.iter().map(entry).collect();
        let context = (!context.is_empty()).then_some(context);
        let mut found = Vec::new();
        let mut marker = None;
        for _ in 0..MAX_PAGES {
            let (results, next) = match &told.attached_to {
                Some(arn) => {
                    let call = iam
                        .simulate_principal_policy()
                        .policy_source_arn(arn)
                        .set_permissions_boundary_policy_input_list(some(&told.boundary))
                        .set_action_names(Some(actions.to_vec()))
                        .resource_arns(resource)
                        .set_resource_policy(told.resource_policy.clone())
                        .set_resource_owner(told.resource_owner.clone())
                        .set_caller_arn(told.caller.clone())
                        .set_context_entries(context.clone())
                        .set_marker(marker.take());
                    let answer = self.ask("SimulatePrincipalPolicy", call.send())?;
                    (answer.evaluation_results, answer.marker)
                }
                None => {
                    let levels: Vec<_> =
                        told.service_control.iter().map(|level| organization(level)).collect();
                    let call = iam
                        .simulate_custom_policy()
                        .set_policy_input_list(Some(told.identity.clone()))
                        .set_permissions_boundary_policy_input_list(some(&told.boundary))
                        .set_ordered_organization_policy_input_list(
                            Some(levels).filter(|all| !all.is_empty()),
                        )
                        .set_action_names(Some(actions.to_vec()))
                        .resource_arns(resource)
                        .set_resource_policy(told.resource_policy.clone())
                        .set_resource_owner(told.resource_owner.clone())
                        .set_caller_arn(told.caller.clone())
                        .set_context_entries(context.clone())
                        .set_marker(marker.take());
                    let answer = self.ask("SimulateCustomPolicy", call.send())?;
                    (answer.evaluation_results, answer.marker)
                }
            };
            found.extend(results.unwrap_or_default().iter().map(|result| simulated(result, resource)));
            marker = next;
            if marker.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

fn organization(level: &[String]) -> OrderedOrganizationPolicyType {
    OrderedOrganizationPolicyType::builder()
        .set_service_control_policy_input_list(Some(level.to_vec()))
        .build()
}

fn entry((key, values): &(String, Values)) -> ContextEntry {
    let kind = match (values, key.to_ascii_lowercase().as_str()) {
        (Values::Several(_), _) => ContextKeyTypeEnum::StringList,
        (_, "aws:sourceip" | "aws:vpcsourceip") => ContextKeyTypeEnum::Ip,
        (_, "aws:currenttime" | "aws:tokenissuetime") => ContextKeyTypeEnum::Date,
        (_, "aws:epochtime" | "aws:multifactorauthage") => ContextKeyTypeEnum::Numeric,
        (_, "aws:securetransport" | "aws:multifactorauthpresent" | "aws:viaawsservice") => {
            ContextKeyTypeEnum::Boolean
        }
        (_, "aws:principalisawsservice") => ContextKeyTypeEnum::Boolean,
        (Values::One(_), _) => ContextKeyTypeEnum::String,
    };
    ContextEntry::builder()
        .context_key_name(key)
        .context_key_type(kind)
        .set_context_key_values(Some(values.all().to_vec()))
        .build()
}

fn simulated(result: &EvaluationResult, resource: &str) -> Simulated {
    let verdict = match result.eval_decision() {
        PolicyEvaluationDecisionType::Allowed => Verdict::Allowed,
        PolicyEvaluationDecisionType::ExplicitDeny => Verdict::ExplicitlyDenied,
        // What a later version says is no Allow.
        _ => Verdict::ImplicitlyDenied,
    };
    Simulated {
        action: result.eval_action_name().to_owned(),
        resource: result.eval_resource_name().unwrap_or(resource).to_owned(),
        verdict,
        missing_keys: result.missing_context_values().to_vec(),
        organization_allows: result
            .organizations_decision_detail()
            .map(|detail| detail.allowed_by_organizations()),
        boundary_allows: result
            .permissions_boundary_decision_detail()
            .map(|detail| detail.allowed_by_permissions_boundary()),
    }
}
