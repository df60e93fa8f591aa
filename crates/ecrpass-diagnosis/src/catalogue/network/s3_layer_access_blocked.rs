//! The layers cannot be fetched from S3: what it looks like, and what fixes it. The page for users is `s3_layer_access_blocked.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::facts::{Destination, Seen};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::S3LayerAccessBlocked,
    page: Page::new(include_str!("s3_layer_access_blocked.md")),
    severity: Severity::Error,
    signatures: &[
        // An image's configuration comes from where its layers come from.
        says(&["error pulling image configuration", "timeout"])
            .without(&["dkr.ecr", "starport"])
            .about_ecr()
            .weight(84),
        says(&["download failed after attempts"])
            .without(&["dkr.ecr", "starport", "no basic auth"])
            .about_ecr()
            .weight(80),
        says(&["error parsing http 403 response body"])
            .without(&["authorization token", "token has expired", "unexpected end of json", "kms"])
            .unless_near(&["push refers to", "docker push", "pushing image", "failed to push"])
            .about_ecr()
            .weight(92),
        says(&["error parsing http 403 response body"])
            .without(&["authorization token", "token has expired"])
            .about_ecr()
            .weight(64),
        says(&["starport-layer-bucket", "403"]).weight(96),
        says(&["starport-layer-bucket", "forbidden"]).weight(96),
        says(&["starport-layer-bucket", "accessdenied"]).weight(96),
        says(&["starport-layer-bucket", "timeout"]).weight(96),
        says(&["starport-layer-bucket", "timed out"]).weight(96),
        says(&["starport-layer-bucket", "no such host"]).weight(94),
        says(&["starport-layer-bucket", "connection reset"]).weight(94),
        says(&["starport-layer-bucket", "connection refused"]).weight(94),
        says(&["starport-layer-bucket", "eof"]).weight(92),
        says(&["starport-layer-bucket", "deadline exceeded"]).weight(94),
        says(&["dkr.ecr", "code = deadlineexceeded desc = context deadline exceeded"]).weight(60),
        says(&["starport-layer-bucket", "x509"]).weight(90),
        says(&["error parsing http 403 response body", "<?xml"]).about_ecr().weight(94),
        // Where the registry itself is named, it may have refused to say where the layer is.
        says(&["httpreaderseeker: failed open", "403"]).without(&["dkr.ecr"]).about_ecr().weight(93),
        says(&["httpreadseeker: failed open", "403"]).without(&["dkr.ecr"]).about_ecr().weight(93),
        says(&["httpreaderseeker: failed open", "dkr.ecr", "403"]).weight(85),
        says(&["httpreadseeker: failed open", "dkr.ecr", "403"]).weight(85),
        says(&["error pulling image configuration", "403"]).about_ecr().weight(93),
        says(&["s3.", ".amazonaws.com", "i/o timeout"]).about_ecr().weight(92),
        says(&["httpreaderseeker: failed open", "timeout"]).about_ecr().weight(88),
        says(&["httpreadseeker: failed open", "timeout"]).without(&["dkr.ecr"]).about_ecr().weight(88),
    ],
    remedies: &[run("add the gateway endpoint", "aws ec2 create-vpc-endpoint --region {region} --vpc-id {vpc} --service-name \"$(aws ec2 describe-vpc-endpoint-services --region {region} --query 'ServiceNames[?ends_with(@, `.s3`)] | [0]' --output text)\" --vpc-endpoint-type Gateway --route-table-ids {route-table}").private(), by_hand("allow `s3:GetObject` on arn:{partition}:s3:::prod-{region}-starport-layer-bucket/* in its policy").private(), by_hand("allow the network to reach CloudFront, which serves the layers of ECR Public").public()],
    confirm: &[confirm("curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' https://prod-{region}-starport-layer-bucket.s3.{region}.{suffix}/").private(), confirm("curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' https://{host}/v2/").public()],
    check: check(Stage::Layers, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let answer = match &case.subject.layer {
        Seen::Known(answer) => answer,
        Seen::Unknown(why) => return unknown(why),
    };
    // Names and certificates that fail are causes of their own; so is a registry that does not lead on to S3.
    let elsewhere =
        matches!(answer.failure, Some(NetworkFailure::Dns | NetworkFailure::Tls | NetworkFailure::Proxy));
    match case.network_path(Destination::Layers) {
        _ if answer.is_success() => clear("the first byte of a layer was downloaded"),
        _ if answer.foreign => clear("what answers in the place of S3 is not S3"),
        _ if answer.is_throttled() || answer.is_failure_of_server() => {
            clear("S3 answers, and fails by itself")
        }
        _ if answer.is_cut_off() => clear("S3 answers, and the answer broke off"),
        _ if case.key_refused().is_some() => clear("S3 was reached, and the key may not be used"),
        Some(way) if !elsewhere => {
            let words = format!("{} {}", answer.code.as_deref().unwrap_or_default(), answer.message);
            let proof = found(&way.host, words.trim());
            // The byte is fetched from here: a daemon with a proxy of its own may get through.
            let proxy = case.bundle.machine.daemon.known().and_then(|daemon| daemon.https_proxy.as_ref());
            if case.uses_daemon() && proxy.is_some() && way.proxy.is_none() {
                return case.of_this_process(proof.likely()).outcome();
            }
            proof
                .therefore("The manifest can be downloaded, but then the layers hang or are refused.")
                .outcome()
        }
        _ => unknown("stopped before"),
    }
}
