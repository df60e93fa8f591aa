//! Cases of images: their names, tags, manifests and platforms.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::facts::{Repository, Seen};

use super::{Cases, of};
use crate::support::{HOST, healthy, pushing, unknown};

pub fn cases() -> Vec<Cases> {
    [names(), tags(), manifests()].into_iter().flatten().collect()
}

fn names() -> Vec<Cases> {
    vec![
        of(DiagnosisId::ImageMissingLocally)
            .found(
                "the daemon has none of that name",
                pushing().subject(|subject| subject.local_image = Seen::Known(false)),
                "has no image named 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:doctor",
            )
            .clear("the daemon has it", pushing(), "the docker daemon has it")
            .unknown("a pull", healthy(), "a pull needs no image beforehand")
            .unknown("nobody was asked", pushing().offline(), "--offline"),
        of(DiagnosisId::ImageNotTaggedWithRegistry)
            .found(
                "no host in the name",
                healthy().named("team/app:1"),
                "so clients look for it on Docker Hub",
            )
            .clear("the whole name", healthy(), "the name is well-formed")
            .unknown(
                "wrong in another way",
                healthy().named(&format!("{HOST}/team/App:1")),
                "wrong in another way",
            ),
        of(DiagnosisId::MalformedImageReference)
            .found(
                "a capital letter",
                healthy().named(&format!("{HOST}/team/App:1")),
                "repository names are lower case",
            )
            .found("an empty tag", healthy().named(&format!("{HOST}/team/app:")), "tag")
            .clear("the whole name", healthy(), "the name is well-formed")
            .unknown("wrong in another way", healthy().named("team/app:1"), "wrong in another way"),
    ]
}

fn tags() -> Vec<Cases> {
    let repository = |immutable| Repository { immutable, policy: Seen::Known(None) };
    let taken =
        || pushing().subject(|subject| subject.manifest = healthy().bundle.subjects[0].manifest.clone());
    vec![
        of(DiagnosisId::TagImmutable)
            .found(
                "the tag is taken and cannot be moved",
                taken().repository(repository(true)),
                "its tags are immutable, and `doctor` exists already",
            )
            .clear("the tag is free", pushing().repository(repository(true)), "the tag is free")
            .clear("the tag may be overwritten", taken().repository(repository(false)), "may be overwritten")
            .clear("a pull", healthy().repository(repository(true)), "a pull does not overwrite a tag")
            .unknown(
                "the API does not tell",
                taken().subject(|subject| subject.repository_facts = unknown("AccessDeniedException")),
                "it was not observed",
            )
            .unknown("nobody was asked", pushing().offline(), "--offline"),
        of(DiagnosisId::TagNotFound)
            .found(
                "no such tag",
                healthy().manifest_refused(404, "MANIFEST_UNKNOWN", "Requested image not found"),
                "Requested image not found",
            )
            .clear("it exists", healthy(), "the registry did what it was asked")
            .clear("a push", pushing(), "a push creates the tag")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
    ]
}

fn manifests() -> Vec<Cases> {
    let platforms = |all: &[&str], media_type: &'static str| {
        let all: Vec<String> = all.iter().map(|platform| (*platform).to_owned()).collect();
        healthy().subject(|subject| {
            subject.platforms = all;
            for answer in [&mut subject.manifest, &mut subject.daemon_manifest] {
                if let Seen::Known(answer) = answer {
                    answer.media_type = Some(media_type.to_owned());
                }
            }
        })
    };
    const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
    vec![
        of(DiagnosisId::ManifestTypeUnsupported)
            .found(
                "an old manifest",
                healthy().manifest_refused(
                    405,
                    "UNSUPPORTED",
                    "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
                ),
                "Invalid parameter at 'ImageManifest'",
            )
            .clear("it is taken", healthy(), "the registry did what it was asked")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::PlatformMismatch)
            .found(
                "an image for Arm",
                platforms(&["linux/arm64"], IMAGE),
                "the image is for linux/arm64, and is to run on linux/amd64",
            )
            .found(
                "an index without this platform",
                platforms(&["linux/arm64", "linux/s390x"], INDEX),
                "linux/arm64, linux/s390x",
            )
            .clear(
                "an index with this platform",
                platforms(&["linux/arm64", "linux/amd64"], INDEX),
                "it has a variant for linux/amd64",
            )
            .clear("a push", pushing(), "a push needs no platform")
            .unknown("nobody was asked", healthy().offline(), "platforms are not known")
            .unknown(
                "the manifest is refused",
                healthy().manifest_refused(404, "MANIFEST_UNKNOWN", "Requested image not found"),
                "platforms are not known",
            ),
    ]
}
