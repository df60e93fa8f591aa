//! What the registry answers, to this process and to the docker daemon, and what AWS says of the repository.

use ecrpass_diagnosis::facts::{
    AttachedPolicies, AttachedPolicy, Call, Destination, Permission, PermissionSource, RegistryResponse,
    Repository, Seen, UnreadPolicy, Verdict,
};
use ecrpass_iam::Layer;

use super::{Facts, unknown};

/// An answer of the registry; no code where it gives none.
pub fn response(status: u16, code: &str, message: &str) -> RegistryResponse {
    RegistryResponse {
        status,
        code: (!code.is_empty()).then(|| code.to_owned()),
        message: message.to_owned(),
        ..RegistryResponse::default()
    }
}

impl Facts {
    /// The registry refuses what the client sends, to this process and to the daemon. What comes after is asked for with
    /// a token of ecrpass's own.
    pub fn login_refused(self, status: u16, message: &str) -> Self {
        self.subject(|subject| {
            subject.login = Seen::Known(response(status, "DENIED", message));
            let reason = match status {
                400 => "Bad Request",
                401 => "Unauthorized",
                403 => "Forbidden",
                _ => "",
            };
            let words = format!(
                "login attempt to https://{}/v2/ failed with status: {status} {reason}",
                subject.host
            );
            subject.daemon_login = Seen::Known(response(status, "", &words));
            subject.daemon_manifest = unknown("no answer within 15 s");
            subject.own_token = true;
        })
    }

    /// The registry takes the login and refuses the manifest.
    pub fn manifest_refused(self, status: u16, code: &str, message: &str) -> Self {
        self.subject(|subject| {
            subject.manifest = Seen::Known(response(status, code, message));
            let words = format!("{}: {message}", code.to_ascii_lowercase().replace('_', " "));
            subject.daemon_manifest = Seen::Known(response(status, "", &words));
            subject.layer = unknown("no manifest");
            subject.network.retain(|path| path.destination != Destination::Layers);
            subject.platforms.clear();
        })
    }

    /// It gives the manifest and no layer.
    pub fn layer_refused(self, status: u16, code: &str, message: &str) -> Self {
        self.subject(|subject| subject.layer = Seen::Known(response(status, code, message)))
    }

    /// It lets no upload begin.
    pub fn upload_refused(self, status: u16, code: &str, message: &str) -> Self {
        self.subject(|subject| subject.upload = Seen::Known(response(status, code, message)))
    }

    /// The API says that there is no such repository. A push is not tried then.
    pub fn no_repository(self) -> Self {
        const WORDS: &str =
            "The repository with name 'team/app' does not exist in the registry with id '123456789012'";
        let pushes = self.bundle.question.pushes();
        let facts = self.manifest_refused(404, "NAME_UNKNOWN", WORDS);
        facts.subject(|subject| {
            if pushes {
                subject.daemon_manifest = unknown("no answer within 15 s");
                subject.upload = unknown("the repository is not there");
            }
            subject.repository_facts = unknown("RepositoryNotFoundException");
        })
    }

    /// A call that changes nothing was denied with this message; the others that were tried are allowed.
    pub fn denied(self, action: &str, message: &str) -> Self {
        self.subject(|subject| {
            subject.permissions.retain(|permission| permission.action != action);
            subject.permissions.push(Permission {
                action: action.to_owned(),
                verdict: Verdict::Denied,
                by: PermissionSource::Probe.into(),
                message: message.to_owned(),
            });
        })
    }

    /// The policies of whoever was denied could be read, and this is one of them.
    pub fn attached(self, layer: Layer, source: &str, statement: &str) -> Self {
        self.subject(|subject| {
            let attached = subject.attached.get_or_insert_with(|| AttachedPolicies {
                principal: "arn:aws:iam::123456789012:user/ada".to_owned(),
                ..AttachedPolicies::default()
            });
            let (source, text) =
                (source.to_owned(), format!("{{\"Version\":\"2012-10-17\",\"Statement\":{statement}}}"));
            attached.documents.push(AttachedPolicy { layer: layer.into(), source, text });
        })
    }

    /// One of their policies could not be read.
    pub fn unread(self, layer: Layer, what: &str) -> Self {
        self.subject(|subject| {
            let attached = subject.attached.get_or_insert_with(AttachedPolicies::default);
            let (what, why) = (what.to_owned(), "iam:GetRolePolicy is not allowed".to_owned());
            attached.unread.push(UnreadPolicy { layer: layer.into(), what, why });
        })
    }

    /// The repository is as the API says.
    pub fn repository(self, repository: Repository) -> Self {
        self.subject(|subject| {
            subject.repository_facts = Seen::Known(Call {
                answer: Some(repository),
                refused: None,
                exchanges: Vec::new(),
                took_ms: 40,
            });
        })
    }
}
