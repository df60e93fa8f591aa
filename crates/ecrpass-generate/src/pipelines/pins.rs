//! Versions of actions and images, pinned by commit and by digest.
//!
//! Source: the commits and digests that public workflows and Dockerfiles name beside these versions, several of each that
//! agree, read in November 2026. `--pin` takes others: a newer release, or the copy in a registry of one's own.

use ecrpass_iam::generate::Refusal;

/// Something pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Its name on the command line.
    pub name: &'static str,
    /// The reference: a commit, or an image with its digest.
    pub reference: &'static str,
    /// The release an action is; the reference of an image says it itself, where it has one.
    pub version: &'static str,
}

/// Checks out the code.
pub const CHECKOUT: &str = "actions/checkout";
/// Assumes a role.
pub const CREDENTIALS: &str = "aws-actions/configure-aws-credentials";
/// Logs in.
pub const LOGIN: &str = "aws-actions/amazon-ecr-login";
/// The image with docker's client.
pub const DOCKER: &str = "docker";
/// The image with the docker daemon.
pub const DAEMON: &str = "docker-dind";
/// The image of the builder.
pub const BUILDKIT: &str = "buildkit";
/// The image that has a machine run other machines' programs.
pub const BINFMT: &str = "binfmt";

/// All of them.
pub const PINS: [Pin; 7] = [
    Pin { name: CHECKOUT, reference: "de0fac2e4500dabe0009e67214ff5f5447ce83dd", version: "v6.0.2" },
    Pin { name: CREDENTIALS, reference: "8df5847569e6427dd6c4fb1cf565c83acfa8afa7", version: "v6.0.0" },
    Pin { name: LOGIN, reference: "062b18b96a7aff071d4dc91bc00c4c1a7945b076", version: "v2.0.1" },
    Pin {
        name: DOCKER,
        reference: "docker:29.7.2-cli@sha256:000bb62ff495f986c9f5578eb67cc2cb98b91138eda81d7762d5371eb8a497fe",
        version: "",
    },
    Pin {
        name: DAEMON,
        reference: "docker:29.7.2-dind@sha256:12e683a161823b2a839aeea999b9d960e6e1f9a97b1679ad6b441982e2d9cf07",
        version: "",
    },
    Pin {
        name: BUILDKIT,
        reference: "moby/buildkit:v0.31.2@sha256:2f5adac4ecd194d9f8c10b7b5d7bceb5186853db1b26e5abd3a657af0b7e26ec",
        version: "",
    },
    Pin {
        name: BINFMT,
        reference: "tonistiigi/binfmt@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0",
        version: "",
    },
];

/// The pins that hold for one pipeline.
#[derive(Clone, Debug, Default)]
pub struct Pins {
    others: Vec<(String, String, Option<String>)>,
}

impl Pins {
    /// Checks other pins than the usual.
    ///
    /// # Errors
    /// [`Refusal`] for a name that nothing here has, and for a reference that does not pin.
    pub fn new(given: &[(String, String)]) -> Result<Self, Refusal> {
        let mut others = Vec::new();
        for (name, reference) in given {
            let known = PINS.iter().find(|pin| pin.name == name).ok_or_else(|| {
                let names: Vec<&str> = PINS.iter().map(|pin| pin.name).collect();
                Refusal::new(
                    format!("Nothing that is written here is called `{name}`."),
                    format!("--pin takes {}", names.join(", ")),
                )
            })?;
            let (reference, version) = match reference.split_once('#') {
                Some((reference, version)) => (reference.trim(), Some(version.trim().to_owned())),
                None => (reference.as_str(), None),
            };
            let is_action = !known.reference.contains('@');
            let (fits, form) = match is_action {
                true => (is_commit(reference), "the 40 digits of a commit, with the version behind a #"),
                false => (is_pinned_image(reference), "an image with its digest: NAME@sha256:…"),
            };
            let version_fits = version.as_deref().is_none_or(|version| {
                !version.is_empty()
                    && version.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c))
            });
            if !fits || !version_fits {
                return Err(Refusal::new(
                    format!("`{reference}` does not pin {name}: what it names may change."),
                    format!("give {form}"),
                ));
            }
            others.push((name.clone(), reference.to_owned(), version));
        }
        Ok(Self { others })
    }

    /// The reference of something.
    pub fn reference(&self, name: &str) -> &str {
        let other = self.others.iter().rfind(|(other, _, _)| other == name);
        let usual = || PINS.iter().find(|pin| pin.name == name).map_or("", |pin| pin.reference);
        other.map_or_else(usual, |(_, reference, _)| reference)
    }

    /// A use of an action: `NAME@COMMIT # VERSION`.
    pub fn action(&self, name: &str) -> String {
        let reference = self.reference(name);
        let version = match self.others.iter().rfind(|(other, _, _)| other == name) {
            Some((_, _, version)) => version.as_deref(),
            None => PINS.iter().find(|pin| pin.name == name).map(|pin| pin.version),
        };
        let comment = version.map(|version| format!(" # {version}")).unwrap_or_default();
        format!("{name}@{reference}{comment}")
    }
}

/// Whether a reference is a commit, whole.
pub fn is_commit(reference: &str) -> bool {
    reference.len() == 40 && reference.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_pinned_image(reference: &str) -> bool {
    let Some((name, digest)) = reference.split_once("@sha256:") else { return false };
    let is_digest =
        digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let is_name = !name.is_empty()
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "./_-:".contains(c));
    is_digest && is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pinned_is_pinned() {
        for pin in PINS {
            assert!(is_commit(pin.reference) || is_pinned_image(pin.reference), "{}", pin.name);
        }
        let given = [(CHECKOUT.to_owned(), format!("{}#v7.1.0", "a".repeat(40)))];
        let pins = Pins::new(&given).unwrap();
        assert_eq!(pins.action(CHECKOUT), format!("actions/checkout@{} # v7.1.0", "a".repeat(40)));
        assert!(pins.action(LOGIN).ends_with(" # v2.0.1"));
        for (name, reference) in [
            (CHECKOUT, "v4"),
            (CHECKOUT, "main"),
            (DOCKER, "docker:29"),
            ("actions/cache", &"a".repeat(40)),
            (CHECKOUT, &format!("{}#x\n- run: id", "a".repeat(40))),
        ] {
            assert!(Pins::new(&[(name.to_owned(), reference.to_owned())]).is_err(), "{name} {reference}");
        }
    }
}
