//! Facts for tests: a healthy machine that pulls an image, as `doctor` recorded it, and the same with something wrong.
//!
//! Each method does to the facts what the collectors would do to them when that is wrong: what comes after it on the
//! way is not known then. Nothing here names a cause; that is for the checks to find.

mod aws;
mod client;
mod network;
mod registry;

pub use aws::Asked;
pub use client::{ecr_password, installed, stored_login};
use ecrpass_clients::client::{Client, Operation, Supplier};
use ecrpass_core::registry::PUBLIC_HOST;
use ecrpass_diagnosis::engine::doctor::Examination;
use ecrpass_diagnosis::examination::examine;
use ecrpass_diagnosis::facts::{Bundle, Seen, Subject};

/// The registry in question.
pub const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
/// The time by the machine's clock.
pub const NOW: i64 = 1_795_263_207;

const HEALTHY: &str = include_str!("../fixtures/bundles/healthy.json");

/// All that was seen of a machine.
#[derive(Clone, Debug)]
pub struct Facts {
    pub bundle: Bundle,
}

/// A machine on which `docker pull` works: the helper gives a live token, the daemon takes it, the image is there.
pub fn healthy() -> Facts {
    Facts { bundle: Bundle::parse(HEALTHY).unwrap() }
}

/// One on which `docker push` works, to a repository of which the tag is free.
pub fn pushing() -> Facts {
    let facts = healthy().change(|bundle| bundle.question.operation = Operation::Push.into());
    let absent = registry::response(404, "MANIFEST_UNKNOWN", "Requested image not found");
    facts.subject(|subject| {
        subject.manifest = Seen::Known(absent);
        subject.daemon_manifest = unknown("no answer within 15 s");
        subject.layer = unknown("no manifest");
        subject.network.retain(|path| path.destination != ecrpass_diagnosis::facts::Destination::Layers);
        subject.platforms.clear();
        subject.upload = Seen::Known(registry::response(202, "", ""));
        subject.local_image = Seen::Known(true);
    })
}

/// One that pulls an image of ECR Public without a login.
pub fn pulling_public() -> Facts {
    let facts = healthy().subject(|subject| {
        subject.name = format!("{PUBLIC_HOST}/nginx/nginx:stable");
        subject.host = PUBLIC_HOST.to_owned();
        subject.repository = Some("nginx/nginx".to_owned());
        subject.tag = Some("stable".to_owned());
        subject.permissions.clear();
        subject.repository_facts = unknown("ECR Public is not asked");
        if let Some(path) = subject.network.first_mut() {
            path.host = "api.ecr-public.us-east-1.amazonaws.com".to_owned();
        }
    });
    // Asked for with a token that anybody gets.
    facts.docker_config("{}").subject(|subject| {
        subject.login = Seen::Known(registry::response(200, "", ""));
        subject.daemon_manifest = subject.manifest.clone();
        subject.own_token = false;
    })
}

/// What was not seen, and why.
pub fn unknown<T>(why: &str) -> Seen<T> {
    Seen::Unknown(why.to_owned())
}

impl Facts {
    /// Changes something of the whole.
    pub fn change(mut self, change: impl FnOnce(&mut Bundle)) -> Self {
        change(&mut self.bundle);
        self
    }

    /// Changes something of the image in question.
    pub fn subject(mut self, change: impl FnOnce(&mut Subject)) -> Self {
        change(&mut self.bundle.subjects[0]);
        self
    }

    /// Nobody was asked over the network.
    pub fn offline(self) -> Self {
        const WHY: &str = "not checked (--offline)";
        self.change(|bundle| {
            bundle.question.offline = true;
            bundle.machine.daemon = unknown(WHY);
            bundle.aws.clock = unknown(WHY);
        })
        .subject(|subject| {
            subject.offered = unknown(WHY);
            subject.token = unknown(WHY);
            subject.identity = unknown(WHY);
            subject.repository_facts = unknown(WHY);
            subject.network.clear();
            subject.permissions.clear();
            subject.platforms.clear();
            subject.also_in_own_account = None;
            for answer in subject.answers_mut() {
                if answer.unknown().is_none_or(|why| !why.starts_with("a pull")) {
                    *answer = unknown(WHY);
                }
            }
            if subject.local_image.known().is_some() {
                subject.local_image = unknown(WHY);
            }
        })
    }

    /// The question is about another client than docker, whose files and helper are docker's. No daemon is asked then.
    pub fn client(self, client: Client) -> Self {
        const WHY: &str = "no answer within 15 s";
        self.change(|bundle| {
            bundle.question.client = client.into();
            bundle.question.client_version = None;
            bundle.machine.daemon = unknown(WHY);
        })
        .subject(|subject| {
            subject.docker_outcome = Some(Supplier::Helper.into());
            subject.daemon_login = unknown(WHY);
            subject.daemon_manifest = unknown(WHY);
        })
    }

    /// It is a node's kubelet that pulls: nothing of this user's client counts.
    pub fn pulled_by_a_node(self) -> Self {
        self.client(Client::Kubelet).subject(|subject| {
            subject.offered = unknown(
                "the credentials of whoever pulls are not available here; asked with ecrpass's own token",
            );
            subject.own_token = true;
        })
    }

    /// The repository is in another account than the credentials.
    pub fn in_another_account(self) -> Self {
        self.subject(|subject| {
            if let Seen::Known(call) = &mut subject.identity
                && let Some(identity) = &mut call.answer
            {
                identity.account = "999999999999".to_owned();
                identity.arn = "arn:aws:iam::999999999999:user/ada".to_owned();
            }
        })
    }

    /// A name that was typed in place of the image's.
    pub fn named(self, name: &str) -> Self {
        self.offline().change(|bundle| {
            let platform = bundle.subjects[0].platform.clone();
            bundle.subjects = vec![Subject::named(name, Some(&platform)).unwrap()];
        })
    }

    /// A file that names images, in place of the one that was typed.
    pub fn file(self, name: &str, text: &str) -> Self {
        let document = ecrpass_diagnosis::inputs::read(name, text, &|_| None).unwrap();
        let found = Subject::of(&document.targets[0], None);
        self.subject(|subject| {
            subject.place = found.place;
            subject.puller = found.puller;
        })
    }

    /// Reads the facts as `doctor` does, written and read again, and looks at them.
    pub fn examine(&self) -> Examination {
        let read = self.bundle.settled().unwrap();
        assert_eq!(read.settled().unwrap(), read, "the facts do not settle");
        examine(&read)
    }
}
