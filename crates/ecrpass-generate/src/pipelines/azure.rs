//! Azure Pipelines: the AWS Toolkit's task assumes the role, by a service connection that uses OIDC.

use crate::pipelines::plan::Plan;
use crate::pipelines::quote::yaml;
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::script::{self, Builder, Packages, Surroundings};
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// The pipeline.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let connection = plan.claim("connection").unwrap_or_default();
    let mut w = Writer::with_comments("#", &plan.header("Builds and pushes"));
    w.line(0, "trigger:");
    for (key, names) in [("branches", &plan.branches), ("tags", &plan.git_tags)] {
        if !names.is_empty() {
            w.lines(2, &[format!("{key}:"), "  include:".to_owned()]);
            w.lines(6, &names.iter().map(|name| format!("- {}", yaml(name))).collect::<Vec<_>>());
        } else if key == "branches" {
            // Without it, every branch would start it.
            w.lines(2, &["branches:", "  exclude:", "    - '*'"]);
        }
    }
    w.lines(0, &["", "pr: none", "", "pool:"]);
    match &plan.runner {
        Some(pool) => w.line(2, &format!("name: {}", yaml(pool))),
        None => w.line(2, "vmImage: ubuntu-24.04"),
    }
    w.lines(0, &["", "jobs:", "  - job: push_image", "    displayName: Build and push"]);
    w.lines(4, &["timeoutInMinutes: 60", "steps:", "  - checkout: self", "    persistCredentials: false"]);
    w.lines(6, &["- task: AWSShellScript@1", "  displayName: Build and push", "  name: build"]);
    w.line(8, "env:");
    w.line(10, &format!("ECR_IMAGE: {}", yaml(&plan.name)));
    w.line(8, "inputs:");
    w.line(10, &format!("awsCredentials: {}", yaml(connection)));
    w.line(10, &format!("regionName: {}", yaml(&plan.region)));
    w.lines(10, &["scriptType: inline", "disableAutoCwd: true", "inlineScript: |"]);
    let surroundings = Surroundings {
        temporary: "$AGENT_TEMPDIRECTORY",
        commit: "$BUILD_SOURCEVERSION",
        packages: if plan.runner.is_none() { Packages::AptWithSudo } else { Packages::None },
        builder: Builder::Local,
        hand_on: Some("echo \"##vso[task.setvariable variable=digest;isOutput=true]$digest\""),
    };
    w.lines(12, &script::whole(plan, &surroundings, &[]));
    let notes = vec![
        format!(
            "The service connection `{connection}` is one of type AWS with `Use OIDC` and the role {}; it needs the extension AWS Toolkit for Azure DevOps.",
            plan.role_arn()
        ),
        "A token of Azure DevOps does not say the branch: limit the connection to this pipeline, and to its branches by a check.".to_owned(),
    ];
    Ok((vec![RecipeFile::pipeline("azure-pipelines.yml", w.finish())], notes))
}
