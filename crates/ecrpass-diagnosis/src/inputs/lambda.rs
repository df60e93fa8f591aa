//! Functions of Lambda: the image, and why the last update or the state is bad.
//!
//! Source: Lambda API reference, `GetFunction` and `FunctionConfiguration`.

use super::context::Context;
use super::puller::{Function, Puller};
use super::tree::Node;

/// The output of `get-function`, of `get-function-configuration`, or the input of `create-function`.
pub fn read(context: &mut Context, document: &Node) {
    let configuration = document.get("Configuration").unwrap_or(document);
    let function = Function {
        function: configuration.owned("FunctionName").unwrap_or_default(),
        role: configuration.owned("Role"),
    };
    let platform = platform(configuration.items_of("Architectures"));
    if let Some(image) = document.at(&["Code", "ImageUri"])
        && let Some(target) = context.image(image, Puller::LambdaService(function))
    {
        target.platform = platform;
        // Lambda keeps to the digest that the tag had when the function was updated.
        let resolved = document.at(&["Code", "ResolvedImageUri"]).and_then(Node::text);
        if let (None, Some((_, digest))) = (&target.digest, resolved.and_then(|uri| uri.rsplit_once('@'))) {
            target.digest = Some(digest.to_owned());
        }
    }
    context.message(configuration, "StateReasonCode", "StateReason");
    context.message(configuration, "LastUpdateStatusReasonCode", "LastUpdateStatusReason");
}

/// The platform of a function by its list of architectures.
pub fn platform(architectures: &[Node]) -> Option<String> {
    match architectures.first().and_then(Node::text) {
        Some("arm64") => Some("linux/arm64".to_owned()),
        Some("x86_64") => Some("linux/amd64".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DeploymentKind, TargetError, read};

    #[test]
    fn functions_name_image_and_trouble() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        let text = format!(
            r#"{{"Configuration": {{"FunctionName": "thumbs", "Role": "arn:aws:iam::123456789012:role/thumbs",
            "PackageType": "Image", "Architectures": ["arm64"], "State": "Inactive",
            "StateReason": "Lambda does not have permission to access the ECR image. Check the ECR permissions.",
            "StateReasonCode": "ImageAccessDenied"}},
            "Code": {{"RepositoryType": "ECR", "ImageUri": "{host}/thumbs:1", "ResolvedImageUri": "{host}/thumbs@{digest}"}}}}"#
        );
        let document = read("function.json", &text, &|_| None).unwrap();
        assert_eq!(document.kind, DeploymentKind::LambdaFunction);
        assert_eq!(document.targets[0].to_string(), format!("{host}/thumbs:1@{digest}"));
        assert_eq!(document.targets[0].platform.as_deref(), Some("linux/arm64"));
        assert!(document.messages[0].1.starts_with("ImageAccessDenied: Lambda does not"));
        let zip = r#"{"Configuration": {"FunctionName": "f", "PackageType": "Zip"}, "Code": {"Location": "https://x"}}"#;
        let error = read("f.json", zip, &|_| None).unwrap_err();
        assert!(matches!(error, TargetError::NoImage { .. }), "{error}");
    }
}
