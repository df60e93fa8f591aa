//! The image's name has no registry in it, so it went to Docker Hub: what it looks like, and what fixes it. The page for users is `image_not_tagged_with_registry.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::run;
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ImageNotTaggedWithRegistry,
    page: Page::new(include_str!("image_not_tagged_with_registry.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["cannotpullcontainererror", "repository ", " not found"])
            .without(&["dkr.ecr", "public.ecr", "@other-host"])
            .weight(72),
        // Lambda's words, for an image without a registry.
        says(&["source image", "is not valid. provide a valid source image"])
            .without(&["dkr.ecr", "public.ecr"])
            .weight(72),
        // A registry's own message stands in its place; ECR has one always.
        says(&["requested access to the resource is denied"]).not_another().weight(63),
        says(&["auth.docker.io/token", "library%2f", "push"]).weight(72),
        says(&["auth.docker.io/token"])
            .near(&[
                "arn:aws:ecr",
                "aws:ecr",
                "dkr.ecr",
                "ecr get-login",
                "amazon-ecr-login",
                "amazonaws.com",
            ])
            .unless_near(&["toomanyrequests", "timeout", "no such host"])
            .weight(92),
        says(&["push access to the requested resource"]).near(&["dkr.ecr", "ecr"]).weight(80),
        says(&["cannotpullcontainererror", "manifest for", "not found"])
            .without(&["dkr.ecr", "public.ecr", "@other-host"])
            .weight(72),
        says(&["cannotpullcontainererror", "pull access denied for"])
            .without(&["dkr.ecr", "public.ecr"])
            .weight(72),
        says(&["requested access to the resource is denied"])
            .near(&["docker.io/library/", "repository [docker.io/"])
            .also_near(&["dkr.ecr", "amazonaws.com", "ecr"])
            .weight(93),
        says(&["requested access to the resource is denied"])
            .near(&["ecr get-login", "login to ecr", "amazon-ecr-login", "ecr_registry"])
            .weight(84),
        says(&["pull access denied for"])
            .without(&["dkr.ecr", "public.ecr"])
            .near(&[
                "dkr.ecr",
                "ecr get-login",
                "ecr_repository",
                "amazon-ecr-login",
                "with aws ecr",
                "to aws ecr",
            ])
            .unless_near(&[
                "pull access denied for public.ecr",
                "authorization token has expired",
                "is not authorized to perform",
            ])
            .weight(82),
        says(&["docker.io/library/", "insufficient_scope"])
            .near(&["dkr.ecr", "ecr get-login", "amazonaws.com"])
            .weight(92),
        says(&["push access denied", "insufficient_scope"])
            .without(&["@private-registry"])
            .near(&["ecr get-login", "amazon-ecr-login", "dkr.ecr", "amazonaws.com"])
            .weight(92),
        says(&["insufficient_scope: authorization failed"])
            .without(&["@private-registry"])
            .near(&["ecr get-login", "amazon-ecr-login", "dkr.ecr", "amazonaws.com"])
            .unless_near(&["load metadata for docker.io/"])
            .weight(91),
        says(&["repository [docker.io/library/"])
            .near(&["denied", "unauthorized"])
            .also_near(&["dkr.ecr", "ecr get-login", "amazonaws.com", "ecr"])
            .weight(91),
        says(&["server message: insufficient_scope"])
            .without(&["@private-registry"])
            .near(&["ecr"])
            .unless_near(&["load metadata for docker.io/"])
            .weight(80),
    ],
    remedies: &[
        run("give the image its full name", "docker tag {image} {host}/{repository}:{tag}"),
        run("push that", "docker push {host}/{repository}:{tag}"),
    ],
    confirm: &[common::LIST_IMAGES],
    check: check(Stage::Name, |case| case.misnamed()),
};
