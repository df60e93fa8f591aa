//! Network paths that fail, for this process and for the docker daemon.

use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_diagnosis::facts::{Destination, Failure, RegistryResponse, Seen};

use super::{Facts, unknown};

fn failed(kind: NetworkFailure, words: &str) -> RegistryResponse {
    RegistryResponse { message: words.to_owned(), failure: Some(kind), ..RegistryResponse::default() }
}

impl Facts {
    /// This process does not get to a host. The daemon does, until [`Facts::daemon_cut_off`].
    pub fn path_fails(self, destination: Destination, kind: NetworkFailure, words: &str) -> Self {
        self.subject(|subject| {
            for path in subject.network.iter_mut().filter(|path| path.destination == destination) {
                path.failure = Some(Failure { kind, words: words.to_owned() });
                path.connected_ms = None;
                path.status = None;
                if kind == NetworkFailure::Dns {
                    path.addresses.clear();
                }
            }
            match destination {
                Destination::Api => {}
                Destination::Registry => {
                    subject.login = Seen::Known(failed(kind, words));
                    subject.manifest = Seen::Known(failed(kind, words));
                    subject.layer = unknown("no manifest");
                    subject.network.retain(|path| path.destination != Destination::Layers);
                }
                Destination::Layers => subject.layer = Seen::Known(failed(kind, words)),
            }
        })
    }

    /// The docker daemon does not get to the registry; in the words of Go, which tell what kind of failure it is.
    pub fn daemon_cut_off(self, words: &str) -> Self {
        let kind = NetworkFailure::of_go(words).unwrap();
        self.subject(|subject| {
            subject.daemon_login = Seen::Known(failed(kind, words));
            subject.daemon_manifest = unknown("no answer within 15 s");
        })
    }

    /// The docker daemon goes through a proxy.
    pub fn daemon_proxy(self, proxy: &str, no_proxy: &str) -> Self {
        self.change(|bundle| {
            let Seen::Known(daemon) = &mut bundle.machine.daemon else { return };
            daemon.https_proxy = Some(proxy.to_owned());
            daemon.no_proxy = Some(no_proxy.to_owned());
        })
    }
}
