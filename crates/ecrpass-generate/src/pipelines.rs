//! Pipelines that build an image and push it to ECR, and what runs it: with credentials that end by themselves, and the role
//! that trusts exactly that pipeline.
//!
//! One wish ([`plan::Plan`]), makes both sides: the file for the CI system and the trust policy for IAM. So
//! issuer, audience and subject cannot differ.

mod azure;
mod bitbucket;
mod buildkite;
mod checks;
mod circleci;
mod codebuild;
mod ec2;
mod ecs;
mod eks;
mod github;
mod gitlab;
mod jenkins;
mod lambda;
pub mod pins;
pub mod plan;
mod platforms;
pub mod quote;
pub mod recipe;
pub mod refs;
pub mod roles;
pub mod script;
pub mod system;
pub mod wanted;
mod writer;

pub use ecrpass_iam::generate::Refusal;
pub use recipe::{IamFormat, Part, Recipe, RecipeFile};
pub use system::System;
pub use wanted::{Helper, Wanted};

use self::plan::Plan;

/// Writes the pipeline or recipe, and the policies that go with it.
///
/// # Errors
/// [`Refusal`] when something is missing, or cannot work.
pub fn generate(wanted: &Wanted) -> Result<Recipe, Refusal> {
    let plan = Plan::new(wanted)?;
    checks::check(&plan)?;
    let drafts = roles::drafts(&plan)?;
    let (files, notes) = match plan.system {
        System::Github => github::files(&plan),
        System::Gitlab => gitlab::files(&plan),
        System::Jenkins => jenkins::files(&plan),
        System::Circleci => circleci::files(&plan),
        System::Bitbucket => bitbucket::files(&plan),
        System::Buildkite => buildkite::files(&plan),
        System::Azure => azure::files(&plan),
        System::Codebuild => codebuild::files(&plan),
        System::Ecs => ecs::files(&plan),
        System::Lambda => lambda::files(&plan),
        System::Ec2 => ec2::files(&plan),
        System::Eks => eks::files(&plan),
    }?;
    Ok(Recipe { files, drafts, notes })
}

#[cfg(test)]
mod tests;
