//! The sandbox image is fetched by containerd itself, without credentials: what it looks like, and what fixes it. The page for users is `sandbox_image_unauthenticated.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::SandboxImageUnauthenticated,
    page: Page::new(include_str!("sandbox_image_unauthenticated.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["failed to get sandbox image", "401 unauthorized"]).about_ecr().weight(89),
        says(&["failed to get sandbox image", "no basic auth credentials"]).not_another().weight(86),
        says(&["failed to get sandbox image", "authorization failed"]).about_ecr().weight(86),
        says(&["failed to get sandbox image", "token has expired"]).about_ecr().weight(96),
        says(&["failed to get sandbox image", "403 forbidden"]).about_ecr().weight(88),
        says(&["failed to get sandbox image", "unauthorized"]).about_ecr().weight(86),
        // CRI-O's words.
        says(&["pod sandbox", "pause", "unauthorized"]).about_ecr().weight(86),
        says(&["pod sandbox", "pause", "no basic auth credentials"]).not_another().weight(86),
        says(&["failed to pull image", "pause:", "no basic auth credentials"]).not_another().weight(82),
        says(&["failed to pull image", "pause:", "401 unauthorized"]).about_ecr().weight(82),
    ],
    remedies: &[
        run("fetch it on the node with a login, once", "sudo ctr -n k8s.io images pull --user \"AWS:$(aws ecr get-login-password --region {region})\" {host}/{repository}:{tag}").private(),
        by_hand("keep it there: pin the image (`io.cri-containerd.pinned=pinned`, which containerd 1.7.3 and later set for `sandbox_image`), so that garbage collection spares it"),
        by_hand("or name a public one as `sandbox_image` in /etc/containerd/config.toml, `registry.k8s.io/pause:3.10`, and restart containerd"),
        by_hand("on EKS, update to an AMI whose sandbox image is cached and pinned"),
    ],
    confirm: &[confirm("sudo crictl images | grep pause")],
    // A log or an event tells it; no fact that is collected does.
    check: None,
};
