//! The registry or the service does not take this kind of manifest: what it looks like, and what fixes it. The page for users is `manifest_type_unsupported.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::run;
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ManifestTypeUnsupported,
    page: Page::new(include_str!("manifest_type_unsupported.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@answered-405"]).without(&["level=debug", "debu["]).weight(84),
        says(&["failed to find a descriptor for platform"]).not_another().weight(78),
        says(&["put request", "manifests/", "400 bad request"])
            .near(&[
                "exporting cache",
                "cache-to",
                "buildcache",
                ":cache",
                "error writing manifest",
                "attestation",
                "provenance",
                "artifact",
            ])
            .about_ecr()
            .weight(92),
        says(&["put request", "manifests/", "400 bad request"]).about_ecr().weight(78),
        says(&["error writing manifest", "400 bad request"]).about_ecr().weight(92),
        says(&["failed commit on ref", "manifest-", "400 bad request"]).about_ecr().weight(78),
        says(&["is no longer supported since containerd"]).weight(93),
        says(&["no longer supported", "manifest"]).about_ecr().weight(91),
        says(&["manifest.v1+prettyjws"]).about_ecr().weight(92),
        says(&["unsupported manifest type"]).not_another().weight(95),
        says(&["invalid parameter at 'imagemanifest' failed to satisfy constraint"])
            .without(&["number of layers"])
            .weight(95),
        says(&["405 method not allowed", "/manifests/"]).not_another().weight(93),
        says(&["405 method not allowed"]).about_ecr().weight(84),
        says(&["layer media type for the source image", "is not supported"]).weight(97),
        says(&["media type", "not supported"]).about_ecr().weight(92),
        says(&["unsupported media type"]).about_ecr().weight(91),
        says(&["unsupportedimagetypeexception"]).weight(95),
        says(&["manifest invalid"]).about_ecr().weight(88),
        says(&["manifest_invalid"]).about_ecr().weight(88),
        says(&["unsupported: "]).about_ecr().weight(84),
        says(&["application/vnd.docker.distribution.manifest.list", "unsupported"]).not_another().weight(93),
        says(&["unknown mediatype"]).about_ecr().weight(88),
        says(&["manifest blob unknown"]).about_ecr().weight(80),
    ],
    remedies: &[
        run(
            "build a plain image",
            "docker buildx build --provenance=false --sbom=false --platform linux/amd64 --tag {host}/{repository}:{tag} --push .",
        ),
        run(
            "or with docker's own media types",
            "docker buildx build --output type=image,name={host}/{repository}:{tag},push=true,oci-mediatypes=false --provenance=false .",
        ),
    ],
    confirm: &[common::INSPECT_IMAGE],
    check: check(Stage::Image, |case| case.said_or(case.allowed_or_unknown())),
};
