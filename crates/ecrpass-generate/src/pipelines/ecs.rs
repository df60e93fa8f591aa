//! Amazon ECS: a task definition whose execution role pulls.

use serde_json::json;

use crate::pipelines::plan::Plan;
use crate::pipelines::recipe::RecipeFile;
use ecrpass_iam::generate::Refusal;

/// The task definition.
pub fn files(plan: &Plan) -> Result<(Vec<RecipeFile>, Vec<String>), Refusal> {
    let name = plan.repository.replace(['/', '.'], "-");
    let definition = json!({
        "family": name,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": architecture(plan)?},
        "executionRoleArn": plan.role_arn(),
        "containerDefinitions": [{"name": name, "image": plan.image, "essential": true}],
    });
    let mut text = serde_json::to_string_pretty(&definition).map_err(|error| {
        Refusal::new(format!("The task definition cannot be written: {error}."), "report this")
    })?;
    text.push('\n');
    let notes = vec![
        "Register it: aws ecs register-task-definition --cli-input-json file://task-definition.json".to_owned(),
        "The execution role pulls; what the program itself may do is another role's, taskRoleArn. For logs in CloudWatch the execution role has to be allowed to write them.".to_owned(),
    ];
    Ok((vec![RecipeFile::pipeline("task-definition.json", text)], notes))
}

fn architecture(plan: &Plan) -> Result<&'static str, Refusal> {
    match plan.platforms.first().map(String::as_str) {
        Some("linux/amd64") => Ok("X86_64"),
        Some("linux/arm64") => Ok("ARM64"),
        _ => {
            Err(Refusal::new("Fargate runs amd64 and arm64.", "choose --platform linux/amd64 or linux/arm64"))
        }
    }
}
