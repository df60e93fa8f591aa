//! What steps and commands do with registries and credentials, whoever does them: a shell command, an action, an orb, a
//! plugin. Rules about order (no login before the push, another region's login) look at nothing else: see `logins`.

use std::ops::Range;

use crate::known::Known;

/// Where a deed stands: in a file, if another one than the job's, and at which bytes.
pub type Place<'a> = (Option<&'a str>, &'a Range<usize>);

/// Something done, and where it stands.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    /// The file, if another one than the job's (a composite action, a script that is run).
    pub path: Option<String>,
    /// What is done.
    pub what: What,
    /// Whether it surely happens, when the job runs: not behind a condition of its own.
    pub certain: bool,
    /// Whether the command carries the login for it: `--creds`.
    pub has_own_login: bool,
}

impl Deed {
    /// Something that surely happens in the job's own file.
    pub fn new(bytes: Range<usize>, what: What) -> Self {
        Self { bytes, path: None, what, certain: true, has_own_login: false }
    }

    /// Where it stands.
    pub fn place(&self) -> Place<'_> {
        (self.path.as_deref(), &self.bytes)
    }
}

/// What is done.
#[derive(Clone, Debug)]
pub enum What {
    /// AWS credentials are put in place (configure-aws-credentials, exported keys, assume-role).
    Credentials {
        /// The role, if one is taken on.
        role: Known,
        /// The account they belong to, if it can be told.
        account: Known,
        /// The region that is set with them.
        region: Known,
        /// Whether they are long-lived keys.
        from_keys: bool,
        /// Whether they come from an OIDC token of the CI system.
        from_oidc: bool,
    },
    /// A registry password is fetched (`aws ecr get-login-password`).
    Fetch {
        /// The region it is asked in; unknown if the command does not say it.
        region: Known,
        /// Of ECR Public.
        is_public: bool,
    },
    /// A client is logged in.
    Login {
        /// Which client: docker, podman, buildah, skopeo, crane, oras, regctl, helm, nerdctl, finch, cosign, ….
        client: String,
        /// To which host, as written.
        host: Known,
        /// The user name.
        user: Known,
        /// In which region its password was fetched; unknown if the command does not say it.
        region: Known,
        /// To all registries of ECR that the credentials reach: a helper is in place, or its inside is not known.
        to_all: bool,
    },
    /// A client is logged out.
    Logout {
        /// From where; all where it is unknown.
        host: Known,
    },
    /// A credential helper is configured.
    Helper {
        /// For these hosts; all if empty (`credsStore`).
        hosts: Vec<String>,
    },
    /// An image is pushed.
    Push {
        /// By which client; `kaniko` and other builders with an ECR login of their own need none.
        client: String,
        /// The image.
        image: Known,
    },
    /// An image is pulled.
    Pull {
        /// By which client.
        client: String,
        /// The image.
        image: Known,
    },
    /// Something whose inside cannot be seen and that may log in (`make login`, an unknown orb): counts as a login.
    MayLogIn,
}
