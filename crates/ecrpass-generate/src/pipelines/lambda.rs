//! AWS Lambda: a template with the function. Lambda pulls in its own name, which the repository's policy has to let in.

use crate::pipelines::plan::Plan;
use crate::pipelines::quote::yaml;
use crate::pipelines::recipe::RecipeFile;
use crate::pipelines::writer::Writer;
use ecrpass_iam::generate::Refusal;

/// The longest name of a function.
const MAX_NAME: usize = 64;

/// The template.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let mut name = plan.repository.replace(['/', '.'], "-");
    name.truncate(MAX_NAME);
    let architecture = match plan.platforms.first().map(String::as_str) {
        Some("linux/arm64") => "arm64",
        _ => "x86_64",
    };
    let mut w = Writer::with_comments("#", &plan.header("Runs"));
    w.lines(
        0,
        &["AWSTemplateFormatVersion: '2010-09-09'", "Description: A function that runs an image in ECR"],
    );
    w.lines(0, &["Resources:", "  Function:", "    Type: AWS::Lambda::Function", "    Properties:"]);
    w.line(6, &format!("FunctionName: {}", yaml(&name)));
    w.line(6, "PackageType: Image");
    w.lines(6, &["Code:".to_owned(), format!("  ImageUri: {}", yaml(&plan.image))]);
    w.line(6, &format!("Role: {}", plan.role_arn()));
    w.lines(6, &["Architectures:".to_owned(), format!("  - {architecture}")]);
    w.lines(6, &["MemorySize: 512", "Timeout: 30"]);
    let notes = vec![
        format!("The stack has to be in {}: Lambda pulls from its own region alone.", plan.region),
        "Push the image for one platform and without attestations (docker buildx build --provenance=false): Lambda takes no index.".to_owned(),
    ];
    Ok((vec![RecipeFile::pipeline("function.yaml", w.finish())], notes))
}
