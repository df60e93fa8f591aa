//! AWS CodeBuild: the project's role is there already; the buildspec names the helper.

use crate::pipelines::plan::Plan;
use crate::pipelines::quote::yaml;
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::script::{self, Builder, Packages, Surroundings};
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// The buildspec.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let mut w = Writer::with_comments("#", &plan.header("Builds and pushes"));
    w.lines(0, &["version: 0.2", "", "env:", "  variables:"]);
    w.line(4, &format!("ECR_IMAGE: {}", yaml(&plan.name)));
    w.lines(2, &["exported-variables:", "  - ECR_DIGEST"]);
    w.lines(0, &["", "phases:", "  build:", "    commands:", "      - |"]);
    let surroundings = Surroundings {
        temporary: "/tmp",
        commit: "$CODEBUILD_RESOLVED_SOURCE_VERSION",
        packages: Packages::Dnf,
        builder: Builder::Local,
        hand_on: Some("export ECR_DIGEST=\"$digest\""),
    };
    w.lines(8, &script::whole(plan, &surroundings, &[]));
    let notes = vec![
        format!(
            "The project `{}` has the service role {}, runs privileged (it builds images), in an image of Amazon Linux 2023; for one of Ubuntu give --helper installed and an image that has the helper.",
            plan.claim("project").unwrap_or_default(),
            plan.role_arn()
        ),
        "The role also has to be allowed to write the project's logs, and to read its source.".to_owned(),
    ];
    Ok((vec![RecipeFile::pipeline("buildspec.yml", w.finish())], notes))
}
