//! The state of a Lambda function that is an image: what Lambda itself could not pull. Source: Lambda API reference,
//! `FunctionConfiguration`.

use ecrpass_core::{Arn, DiagnosisId, Partition};
use serde::Serialize;

/// A function, by its ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionName {
    /// The ARN, without version.
    pub arn: String,
    /// Its region.
    pub region: String,
    /// Its account.
    pub account: String,
    /// Its name.
    pub name: String,
}

impl FunctionName {
    /// Reads an ARN; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let arn = Arn::parse(text.trim())?;
        let name = arn.resource.strip_prefix("function:")?.split(':').next()?;
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_whole = arn.service == "lambda"
            && Partition::of_region(arn.region).is_some()
            && ecrpass_core::account::is_account_id(arn.account)
            && !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(is_name);
        is_whole.then(|| Self {
            arn: format!("arn:{}:lambda:{}:{}:function:{name}", arn.partition, arn.region, arn.account),
            region: arn.region.to_owned(),
            account: arn.account.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// What Lambda says of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FunctionState {
    /// Its name.
    pub name: String,
    /// The image it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// `Active`, `Pending`, `Inactive` or `Failed`; of a state that could not be asked for, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `StateReasonCode`, or that of the last update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
    /// The reason in Lambda's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// The codes that may stand in a label; any other is `other`. Those of networks and layers are no business of a pull.
const CODES: [&str; 17] = [
    "Creating",
    "DisabledKMSKey",
    "EniLimitExceeded",
    "FunctionError",
    "Idle",
    "ImageAccessDenied",
    "ImageDeleted",
    "InternalError",
    "InvalidConfiguration",
    "InvalidImage",
    "InvalidStateKMSKey",
    "InvalidZipFileException",
    "KMSKeyAccessDenied",
    "KMSKeyNotFound",
    "Restoring",
    "InsufficientRolePermissions",
    "SubnetOutOfIPAddresses",
];

impl FunctionState {
    /// Whether it can run: an idle one is pulled again when it is called.
    pub fn is_up(&self) -> bool {
        let is_running = matches!(self.state.as_deref(), Some("Active" | "Pending"));
        let is_idle =
            self.state.as_deref() == Some("Inactive") && self.reason_code.as_deref() == Some("Idle");
        (is_running || is_idle) && self.cause().is_none()
    }

    /// The reason as a label.
    pub fn reason_label(&self) -> Option<&str> {
        let code = self.reason_code.as_deref()?;
        Some(CODES.iter().find(|known| **known == code).copied().unwrap_or("other"))
    }

    /// The cause that the reason is of, where it is one of a pull that failed.
    pub fn cause(&self) -> Option<DiagnosisId> {
        match self.reason_code.as_deref()? {
            "ImageAccessDenied" => Some(DiagnosisId::LambdaRepoPolicyMissing),
            "ImageDeleted" => Some(DiagnosisId::TagNotFound),
            "InvalidImage" => Some(DiagnosisId::ManifestTypeUnsupported),
            "DisabledKMSKey" | "InvalidStateKMSKey" | "KMSKeyAccessDenied" | "KMSKeyNotFound" => {
                Some(DiagnosisId::KmsKeyAccessDenied)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(state: &str, code: Option<&str>) -> FunctionState {
        FunctionState {
            name: "api".to_owned(),
            state: Some(state.to_owned()),
            reason_code: code.map(str::to_owned),
            ..FunctionState::default()
        }
    }

    #[test]
    fn functions_are_named_by_arn() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:api";
        let named = FunctionName::parse(&format!("{arn}:live")).unwrap();
        assert_eq!(
            (named.arn.as_str(), named.name.as_str(), named.region.as_str()),
            (arn, "api", "eu-west-1")
        );
        for text in [
            "api",
            "arn:aws:lambda:nowhere:123456789012:function:api",
            "arn:aws:lambda:eu-west-1:1:function:api",
            "arn:aws:ecr:eu-west-1:123456789012:function:api",
            "arn:aws:lambda:eu-west-1:123456789012:function:",
            "arn:aws:lambda:eu-west-1:123456789012:function:a/../b",
        ] {
            assert_eq!(FunctionName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_reason_of_the_image_is_a_cause() {
        assert!(state("Active", None).is_up());
        assert!(state("Pending", Some("Creating")).is_up());
        assert!(state("Inactive", Some("Idle")).is_up());
        assert!(!state("Failed", Some("InternalError")).is_up());
        let denied = state("Inactive", Some("ImageAccessDenied"));
        assert!(!denied.is_up());
        assert_eq!(denied.cause(), Some(DiagnosisId::LambdaRepoPolicyMissing));
        // The old image still runs, and the next one does not come.
        assert!(!state("Active", Some("ImageDeleted")).is_up());
        assert_eq!(state("Failed", Some("SomethingNew")).reason_label(), Some("other"));
        assert!(!FunctionState::default().is_up());
    }
}
