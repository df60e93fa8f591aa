//! Carries out the steps of a plan.
//!
//! What a registry has for all its repositories is written in one piece, and the API knows no condition: whoever writes
//! last wins. So the piece is read right before it is written, written in one try, and read again after a pause; what
//! somebody else wrote over is written once more.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ecr::types as sdk;
use aws_smithy_types::error::operation::BuildError;
use aws_smithy_types::retry::RetryConfig;
use ecrpass_repository::settings::{CacheRule, Encryption, Mutability, Template};
use ecrpass_repository::state::{Registry, State};
use ecrpass_repository::step::Step;

use super::{ApiFailure, FailureKind, RegistryApi, convert};

/// How long somebody else's write may be under way: one try takes a tenth of a second.
const SETTLING: Duration = Duration::from_millis(500);

/// How often a shared piece is written until it stays.
const ROUNDS: u32 = 6;

/// Puts all of a template into a call. Two calls take the same, and the SDK has a type for each.
macro_rules! of_template {
    ($call:expr, $template:expr) => {{
        let mutability = $template.mutability.as_ref();
        let exclusions =
            mutability.map(|mutability| convert::sdk_exclusions(&mutability.except)).transpose()?;
        let encryption = $template.encryption.as_ref().map(convert::sdk_template_encryption).transpose()?;
        $call
            .prefix(&$template.prefix)
            .set_applied_for(Some(convert::sdk_applied_for($template)))
            .set_image_tag_mutability(mutability.map(convert::sdk_mutability))
            .set_image_tag_mutability_exclusion_filters(exclusions.flatten())
            .set_encryption_configuration(encryption)
            .set_lifecycle_policy($template.lifecycle.clone())
            .set_repository_policy($template.policy.clone())
            .set_resource_tags(convert::sdk_tags(&$template.tags)?)
            .set_custom_role_arn($template.role_arn.clone())
    }};
}

impl RegistryApi<'_> {
    /// Carries out a step.
    ///
    /// # Errors
    /// [`ApiFailure`]; [`FailureKind::AlreadyExists`] where somebody else was faster.
    pub fn carry_out(&self, name: &str, step: &Step) -> Result<(), ApiFailure> {
        let operation = step.operation();
        let unbuilt = |error: BuildError| ApiFailure {
            operation,
            kind: FailureKind::Invalid,
            words: error.to_string(),
            refusal: None,
        };
        if self.is_public() {
            return self.carry_out_in_public(name, step, unbuilt);
        }
        match step {
            Step::Create { mutability, encryption, tags } => {
                self.create(name, mutability.as_ref(), encryption.as_ref(), tags, unbuilt)
            }
            Step::Mutability(mutability) => {
                let call = self
                    .ecr
                    .put_image_tag_mutability()
                    .set_registry_id(self.account.clone())
                    .repository_name(name)
                    .image_tag_mutability(convert::sdk_mutability(mutability))
                    .set_image_tag_mutability_exclusion_filters(
                        convert::sdk_exclusions(&mutability.except).map_err(unbuilt)?,
                    );
                self.ask(operation, call.send()).map(drop)
            }
            Step::Lifecycle(text) => {
                let call = self.ecr.put_lifecycle_policy().set_registry_id(self.account.clone());
                let call = call.repository_name(name).lifecycle_policy_text(text);
                self.ask(operation, call.send()).map(drop)
            }
            Step::Policy(text) => {
                let call = self.ecr.set_repository_policy().set_registry_id(self.account.clone());
                self.ask(operation, call.repository_name(name).policy_text(text).send()).map(drop)
            }
            Step::Tags(tags) => {
                let arn = self.repository(name)?.map(|described| described.arn).unwrap_or_default();
                let tags = convert::sdk_tags(tags).map_err(unbuilt)?;
                let call = self.ecr.tag_resource().resource_arn(arn).set_tags(tags);
                self.ask(operation, call.send()).map(drop)
            }
            Step::CreateCache(rule) => self.create_cache(rule),
            Step::UpdateCache(rule) => {
                let call = self
                    .ecr
                    .update_pull_through_cache_rule()
                    .ecr_repository_prefix(&rule.prefix)
                    .set_credential_arn(rule.credential_arn.clone())
                    .set_custom_role_arn(rule.role_arn.clone());
                self.ask(operation, call.send()).map(drop)
            }
            Step::CreateTemplate(template) => self.create_template(template).map_err(unbuilt)?,
            Step::UpdateTemplate(template) => self.update_template(template).map_err(unbuilt)?,
            Step::Scan(frequency) => {
                let is_there = |is: &Registry| is.scanning.of(name).is_some_and(|(is, _)| is >= *frequency);
                let read = || Ok(Registry { scanning: self.scanning()?, ..Registry::default() });
                let write = |registry: &Registry| {
                    let scanning = &registry.scanning;
                    let kind = if scanning.enhanced { sdk::ScanType::Enhanced } else { sdk::ScanType::Basic };
                    let call = self
                        .ecr
                        .put_registry_scanning_configuration()
                        .scan_type(kind)
                        .set_rules(Some(convert::sdk_scan_rules(scanning).map_err(unbuilt)?));
                    self.ask(operation, call.customize().config_override(one_try()).send()).map(drop)
                };
                self.share(name, step, &read, &write, &is_there)
            }
            Step::Replicate(to) => {
                let is_there = |is: &Registry| to.iter().all(|to| is.replicates(name, to));
                let read = || Ok(Registry { replication: self.replication()?, ..Registry::default() });
                let write = |registry: &Registry| {
                    let rules = convert::sdk_replication(&registry.replication).map_err(unbuilt)?;
                    let call = self.ecr.put_replication_configuration().replication_configuration(rules);
                    self.ask(operation, call.customize().config_override(one_try()).send()).map(drop)
                };
                self.share(name, step, &read, &write, &is_there)
            }
        }
    }

    fn create(
        &self,
        name: &str,
        mutability: Option<&Mutability>,
        encryption: Option<&Encryption>,
        tags: &BTreeMap<String, String>,
        unbuilt: impl Fn(BuildError) -> ApiFailure,
    ) -> Result<(), ApiFailure> {
        let exclusions = mutability.map(|mutability| convert::sdk_exclusions(&mutability.except)).transpose();
        let call = self
            .ecr
            .create_repository()
            .set_registry_id(self.account.clone())
            .repository_name(name)
            .set_image_tag_mutability(mutability.map(convert::sdk_mutability))
            .set_image_tag_mutability_exclusion_filters(exclusions.map_err(&unbuilt)?.flatten())
            .set_encryption_configuration(
                encryption.map(convert::sdk_encryption).transpose().map_err(&unbuilt)?,
            )
            .set_tags(convert::sdk_tags(tags).map_err(&unbuilt)?);
        self.ask("CreateRepository", call.send()).map(drop)
    }

    fn create_cache(&self, rule: &CacheRule) -> Result<(), ApiFailure> {
        let call = self
            .ecr
            .create_pull_through_cache_rule()
            .ecr_repository_prefix(&rule.prefix)
            .upstream_registry_url(&rule.upstream_url)
            .set_upstream_registry(rule.upstream.as_deref().map(sdk::UpstreamRegistry::from))
            .set_credential_arn(rule.credential_arn.clone())
            .set_custom_role_arn(rule.role_arn.clone());
        self.ask("CreatePullThroughCacheRule", call.send()).map(drop)
    }

    fn create_template(&self, template: &Template) -> Result<Result<(), ApiFailure>, BuildError> {
        let call = of_template!(self.ecr.create_repository_creation_template(), template);
        Ok(self.ask("CreateRepositoryCreationTemplate", call.send()).map(drop))
    }

    fn update_template(&self, template: &Template) -> Result<Result<(), ApiFailure>, BuildError> {
        let call = of_template!(self.ecr.update_repository_creation_template(), template);
        Ok(self.ask("UpdateRepositoryCreationTemplate", call.send()).map(drop))
    }

    /// Writes a piece that all repositories share until what is wanted stays in it.
    fn share(
        &self,
        name: &str,
        step: &Step,
        read: &dyn Fn() -> Result<Registry, ApiFailure>,
        write: &dyn Fn(&Registry) -> Result<(), ApiFailure>,
        is_there: &dyn Fn(&Registry) -> bool,
    ) -> Result<(), ApiFailure> {
        let mut last = None;
        for round in 0..ROUNDS {
            let registry = read()?;
            if is_there(&registry) {
                return Ok(());
            }
            let mut state = State { repository: None, registry };
            step.apply(name, &mut state);
            match write(&state.registry) {
                Ok(()) => last = None,
                // Too many requests, no answer, or an error of AWS's own: what has become of it is seen by reading.
                Err(failure)
                    if matches!(
                        failure.kind,
                        FailureKind::Throttled | FailureKind::Other | FailureKind::Credentials
                    ) =>
                {
                    last = Some(failure);
                }
                Err(failure) => return Err(failure),
            }
            std::thread::sleep(SETTLING * (round + 1).min(3));
        }
        match is_there(&read()?) {
            true => Ok(()),
            false => Err(last.unwrap_or_else(|| ApiFailure {
                operation: step.operation(),
                kind: FailureKind::Other,
                words: format!(
                    "somebody else keeps writing over it; it was written {ROUNDS} times and did not stay"
                ),
                refusal: None,
            })),
        }
    }
}

/// A try that comes late would write over what others wrote meanwhile.
fn one_try() -> aws_sdk_ecr::config::Builder {
    aws_sdk_ecr::config::Builder::new().retry_config(RetryConfig::standard().with_max_attempts(1))
}
