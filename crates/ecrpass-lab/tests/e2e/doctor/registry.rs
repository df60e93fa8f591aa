//! Faults of the image's name, of repositories and their policies, of tags and platforms.

use anyhow::Result;
use ecrpass_lab::HOST;
use ecrpass_local::{DEFAULT_ACCOUNT, Policy, TinyImage};

use super::aws::{fault, user};
use super::scene::{Action, Fault, FixedBy, Scene};

/// Another account's registry.
const OTHER: &str = "999999999999.dkr.ecr.us-east-1.amazonaws.com";

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "the repository does not exist",
        is: "repository-not-found",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, &format!("{HOST}/team/absent:1")),
    },
    Fault {
        name: "the repository to pull from does not exist",
        is: "repository-not-found",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, &format!("{HOST}/team/absent:1")),
    },
    Fault {
        name: "the repository is in another region, which the helper's configuration names",
        is: "repository-not-found",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let ecr = &scene.session.lab.ecr;
            ecr.put_image(DEFAULT_ACCOUNT, "eu-west-1", "team/moved", "1", &TinyImage::new("moved"))?;
            scene.prefix = "AWS_REGION=eu-west-1 ".to_owned();
            scene.says = Some("The repository is in eu-west-1, but the image's name says us-east-1");
            image(scene, &format!("{HOST}/team/moved:1"))
        },
    },
    Fault {
        name: "the tag was never pushed",
        is: "tag-not-found",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, &format!("{HOST}/team/app:never")),
    },
    Fault {
        name: "the tag is there and cannot be moved",
        is: "tag-immutable",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let ecr = &scene.session.lab.ecr;
            ecr.create_repository_in(DEFAULT_ACCOUNT, "us-east-1", "team/locked", true)?;
            ecr.put_image(DEFAULT_ACCOUNT, "us-east-1", "team/locked", "1", &TinyImage::new("another"))?;
            image(scene, &format!("{HOST}/team/locked:1"))
        },
    },
    Fault {
        name: "the image to push is not there",
        is: "image-missing-locally",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, &format!("{HOST}/team/app:never-built")),
    },
    Fault {
        name: "the identity may only pull",
        is: "iam-missing-push-action",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| user(&mut scene.session, "puller", Policy::pull_only()),
    },
    Fault {
        name: "the identity may begin a push and not end it",
        is: "iam-missing-push-action",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let policy = [
                "GetAuthorizationToken",
                "BatchGetImage",
                "BatchCheckLayerAvailability",
                "InitiateLayerUpload",
                "UploadLayerPart",
                "CompleteLayerUpload",
                "DescribeRepositories",
            ];
            let policy = policy
                .iter()
                .fold(Policy::nothing(), |policy, action| policy.allow(&format!("ecr:{action}"), "*"));
            user(&mut scene.session, "beginner", policy)
        },
    },
    Fault {
        name: "the identity may not pull",
        is: "iam-missing-pull-action",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            user(&mut scene.session, "logged-in", Policy::nothing().allow("ecr:GetAuthorizationToken", "*"))
        },
    },
    Fault {
        name: "the identity may not load layers",
        is: "iam-missing-pull-action",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            // The daemon has its layers from nowhere else.
            let ecr = &scene.session.lab.ecr;
            let half = TinyImage::new("only for half");
            ecr.put_image(DEFAULT_ACCOUNT, "us-east-1", "team/app", "half", &half)?;
            image(scene, &format!("{HOST}/team/app:half"))?;
            let policy =
                Policy::nothing().allow("ecr:GetAuthorizationToken", "*").allow("ecr:BatchGetImage", "*");
            user(&mut scene.session, "half", policy)
        },
    },
    Fault {
        name: "pushes are denied",
        is: "explicit-deny-policy",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| user(&mut scene.session, "no-push", Policy::allow_all().deny("ecr:PutImage", "*")),
    },
    Fault {
        name: "the registry's VPC endpoint refuses",
        is: "explicit-deny-policy",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| fault(&scene.session, "vpc-endpoint-deny:registry"),
    },
    Fault {
        name: "another account's repository is not shared",
        is: "cross-account-repo-policy-missing",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let ecr = &scene.session.lab.ecr;
            ecr.put_image("999999999999", "us-east-1", "their/app", "1", &TinyImage::new("theirs"))?;
            image(scene, &format!("{OTHER}/their/app:1"))
        },
    },
    Fault {
        name: "the account in the host is wrong",
        is: "wrong-registry-account",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, &format!("{OTHER}/team/app:doctor")),
    },
    Fault {
        name: "the account has eleven digits",
        is: "malformed-registry-host",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, "12345678901.dkr.ecr.us-east-1.amazonaws.com/team/app:doctor"),
    },
    Fault {
        name: "the region is an availability zone",
        is: "malformed-registry-host",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, "123456789012.dkr.ecr.us-east-1a.amazonaws.com/team/app:doctor"),
    },
    Fault {
        name: "the host stands twice",
        is: "repo-name-includes-registry",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, &format!("{HOST}/{HOST}/team/app:doctor")),
    },
    Fault {
        name: "the name has capitals",
        is: "malformed-image-reference",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, &format!("{HOST}/Team/App:doctor")),
    },
    Fault {
        name: "the tag's variable was empty",
        is: "malformed-image-reference",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, &format!("{HOST}/team/app:")),
    },
    Fault {
        name: "the image has no registry",
        is: "image-not-tagged-with-registry",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| image(scene, "team/app:doctor"),
    },
    Fault {
        name: "the image is for another platform",
        is: "platform-mismatch",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let ecr = &scene.session.lab.ecr;
            let index = ecrpass_local::TinyIndex::new(&[TinyImage::for_architecture("arm", "arm64")]);
            ecr.put_index(DEFAULT_ACCOUNT, "us-east-1", "team/app", "arm", &index)?;
            image(scene, &format!("{HOST}/team/app:arm"))
        },
    },
];

fn image(scene: &mut Scene<'_>, name: &str) -> Result<()> {
    name.clone_into(&mut scene.image);
    Ok(())
}
