//! Bitbucket Pipelines.

use crate::pipelines::pins;
use crate::pipelines::plan::Plan;
use crate::pipelines::quote::{shell, yaml};
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::script::{self, Builder, Packages, Surroundings};
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// The pipeline.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let native = plan.platforms.iter().all(|platform| platform == "linux/amd64");
    if !native && plan.runner.is_none() {
        return Err(Refusal::new(
            format!(
                "Bitbucket's machines are linux/amd64, and its docker service emulates no {}.",
                plan.platforms.join(", ")
            ),
            "add --runner with the label of a runner of that architecture",
        ));
    }
    let mut w = Writer::with_comments("#", &plan.header("Builds and pushes"));
    w.lines(0, &["definitions:", "  steps:", "    - step: &push-image"]);
    w.line(8, "name: Build and push");
    w.line(8, &format!("image: {}", plan.pins.reference(pins::DOCKER)));
    if let Some(runner) = &plan.runner {
        w.lines(8, &["runs-on:".to_owned(), "  - self.hosted".to_owned(), format!("  - {}", yaml(runner))]);
    }
    w.lines(8, &["oidc: true", "max-time: 60", "services:", "  - docker"]);
    if let Some(environment) = &plan.environment {
        w.line(8, &format!("deployment: {}", yaml(environment)));
    }
    w.lines(8, &["script:", "  - |"]);
    let surroundings = Surroundings {
        temporary: "/tmp",
        commit: "$BITBUCKET_COMMIT",
        packages: Packages::Apk,
        builder: Builder::Daemon,
        hand_on: None,
    };
    let mut lines = vec!["export DOCKER_BUILDKIT=1".to_owned()];
    lines.extend(
        script::variables(plan).into_iter().map(|(name, value)| format!("export {name}={}", shell(&value))),
    );
    let token = script::token_in("BITBUCKET_STEP_OIDC_TOKEN", "the step has no oidc");
    lines.extend(script::whole(plan, &surroundings, &token));
    w.lines(12, &lines);
    w.line(0, "");
    w.line(0, "pipelines:");
    for (key, names) in [("branches", &plan.branches), ("tags", &plan.git_tags)] {
        if names.is_empty() {
            continue;
        }
        w.line(2, &format!("{key}:"));
        for name in names {
            // `*` ends at a slash there, `**` does not.
            w.line(4, &format!("{}:", yaml(&name.replace('*', "**"))));
            w.line(6, "- step: *push-image");
        }
    }
    let mut notes = Vec::new();
    if plan.claim("environment-id").is_none() {
        notes.push(
            "A token of Bitbucket does not say the branch: every step of the repository with `oidc: true` can use the role, unless --claim environment-id=… limits it to a deployment environment.".to_owned(),
        );
    }
    Ok((vec![RecipeFile::pipeline("bitbucket-pipelines.yml", w.finish())], notes))
}
