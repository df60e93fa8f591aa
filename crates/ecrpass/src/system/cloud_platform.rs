//! Where on AWS this process runs, as OpenTelemetry's conventions name it.

use ecrpass_core::environment::Environment;

/// The platform, by what it leaves in the environment; none where nothing tells.
pub fn cloud_platform(environment: &dyn Environment) -> Option<&'static str> {
    let is_set = |name: &str| environment.nonempty_var(name).is_some();
    if is_set("AWS_LAMBDA_FUNCTION_NAME") {
        Some("aws_lambda")
    } else if is_set("ECS_CONTAINER_METADATA_URI_V4") || is_set("ECS_CONTAINER_METADATA_URI") {
        Some("aws_ecs")
    } else if is_set("KUBERNETES_SERVICE_HOST") {
        Some("aws_eks")
    } else {
        ecrpass_system::machine::on_ec2().then_some("aws_ec2")
    }
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn a_platform_is_known_by_its_variables() {
        for (name, platform) in [
            ("AWS_LAMBDA_FUNCTION_NAME", "aws_lambda"),
            ("ECS_CONTAINER_METADATA_URI_V4", "aws_ecs"),
            ("KUBERNETES_SERVICE_HOST", "aws_eks"),
        ] {
            let environment = EnvironmentInMemory::of_variables([(name, "x")]);
            assert_eq!(cloud_platform(&environment), Some(platform));
        }
    }
}
