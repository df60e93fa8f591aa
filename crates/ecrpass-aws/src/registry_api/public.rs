//! ECR Public: one registry for all regions, of which each account has its own part under an alias. Its repositories have a
//! policy and tags, and none of the other settings.

use std::collections::BTreeMap;

use aws_sdk_ecrpublic::types::{ImageDetail, Tag};
use aws_smithy_types::DateTime;
use aws_smithy_types::error::operation::BuildError;
use ecrpass_repository::lifecycle::Image;
use ecrpass_repository::step::Step;

use super::described::Described;
use super::{ApiFailure, FailureKind, RegistryApi, convert};

/// How many one answer may hold. An answer is read up to 1 MiB.
const PAGE: i32 = 500;

impl RegistryApi<'_> {
    /// Whether it is ECR Public that is asked.
    pub(super) fn is_public(&self) -> bool {
        self.request.registry.is_public()
    }

    fn public(&self) -> aws_sdk_ecrpublic::Client {
        aws_sdk_ecrpublic::Client::new(&self.config)
    }

    /// The aliases of the account's own part of ECR Public.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn public_aliases(&self) -> Result<Vec<String>, ApiFailure> {
        let answer = self.ask("DescribeRegistries", self.public().describe_registries().send())?;
        let aliases = answer.registries().iter().flat_map(|registry| registry.aliases());
        Ok(aliases.map(|alias| alias.name().to_owned()).collect())
    }

    /// All repositories of the account in ECR Public.
    ///
    /// # Errors
    /// [`ApiFailure`].
    pub fn public_repositories(&self, page: &mut dyn FnMut(usize)) -> Result<Vec<Described>, ApiFailure> {
        let mut pages = self.public().describe_repositories().max_results(PAGE).into_paginator().send();
        let mut found: Vec<Described> = Vec::new();
        while let Some(next) = self.ask("DescribeRepositories", async { pages.next().await.transpose() })? {
            found.extend(next.repositories().iter().map(convert::public));
            page(found.len());
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    pub(super) fn public_repository(&self, name: &str) -> Result<Described, ApiFailure> {
        let call = self.public().describe_repositories().repository_names(name);
        let answer = self.ask("DescribeRepositories", call.send())?;
        let found = answer.repositories().first().map(convert::public);
        found.ok_or_else(|| ApiFailure {
            operation: "DescribeRepositories",
            kind: FailureKind::NotFound,
            words: "no repository in the answer".to_owned(),
            refusal: None,
        })
    }

    pub(super) fn public_images(
        &self,
        name: &str,
        page: &mut dyn FnMut(usize),
    ) -> Result<Vec<Image>, ApiFailure> {
        let call = self.public().describe_images().repository_name(name).max_results(PAGE);
        let mut pages = call.into_paginator().send();
        let mut found: Vec<Image> = Vec::new();
        while let Some(next) = self.ask("DescribeImages", async { pages.next().await.transpose() })? {
            found.extend(next.image_details().iter().map(image));
            page(found.len());
        }
        Ok(found)
    }

    pub(super) fn public_policy(&self, name: &str) -> Result<Option<String>, ApiFailure> {
        let call = self.public().get_repository_policy().repository_name(name);
        Ok(self.ask("GetRepositoryPolicy", call.send())?.policy_text)
    }

    pub(super) fn public_tags(&self, arn: &str) -> Result<BTreeMap<String, String>, ApiFailure> {
        let call = self.public().list_tags_for_resource().resource_arn(arn);
        let answer = self.ask("ListTagsForResource", call.send())?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(answer.tags().iter().map(|tag| (text(tag.key()), text(tag.value()))).collect())
    }

    /// Carries out a step; there are three that ECR Public knows.
    pub(super) fn carry_out_in_public(
        &self,
        name: &str,
        step: &Step,
        unbuilt: impl Fn(BuildError) -> ApiFailure,
    ) -> Result<(), ApiFailure> {
        let operation = step.operation();
        match step {
            Step::Create { tags, .. } => {
                let tags = Some(sdk_tags(tags)).filter(|tags| !tags.is_empty());
                let call = self.public().create_repository().repository_name(name).set_tags(tags);
                self.ask(operation, call.send()).map(drop)
            }
            Step::Policy(text) => {
                let call = self.public().set_repository_policy().repository_name(name).policy_text(text);
                self.ask(operation, call.send()).map(drop)
            }
            Step::Tags(tags) => {
                let arn = self.public_repository(name)?.arn;
                let call = self.public().tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(tags)));
                self.ask(operation, call.send()).map(drop)
            }
            _ => Err(unbuilt(BuildError::other("ECR Public has no such setting"))),
        }
    }
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn image(details: &ImageDetail) -> Image {
    Image {
        digest: details.image_digest().unwrap_or_default().to_owned(),
        tags: details.image_tags().to_vec(),
        pushed_at: details.image_pushed_at().map_or(0, DateTime::secs),
        size: details.image_size_in_bytes().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
        media_type: details.image_manifest_media_type().unwrap_or_default().to_owned(),
        ..Image::default()
    }
}
