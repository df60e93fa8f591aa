//! The few texts one of which stands in, or near, every message there is a signature for: what a large log is searched
//! for before anything else is done with it.

use std::sync::OnceLock;

use aho_corasick::Input;
use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;

/// The texts, as they are written in logs, with or without a capital. Vector instructions look for up to 64 of
/// them at once, and for fewer faster; none is shorter than four bytes, which would slow down all.
pub const GATES: [&str; 64] = [
    // ECR itself.
    ".ecr",
    "ecr-login",
    "ecr get-",
    " ECR",
    "uthorizationToken",
    "uthorization token",
    "epositoryName",
    "ository with name",
    "starport",
    "Elastic Container",
    "mmutable",
    "ImageManifest",
    // Clients, their configurations and their stores.
    "basic auth cred",
    "redential",
    "docker login",
    "docker: ",
    ".docker/",
    "TTY device",
    "ocker daemon",
    "nauthorized",
    "ImagePull",
    "eference format",
    "tag does not exist",
    "authentication issue",
    "pullthroughcache",
    "escriptor matching",
    "xec format error",
    // AWS credentials.
    "not authorized to",
    "AccessDenied",
    "sume the role",
    "security token",
    "Signature",
    " SSO",
    "onfig profile",
    "ify a region",
    "egion from",
    "nvalid choice",
    "WebIdentity",
    "_ACCESS_KEY_ID",
    "id-token",
    "ID_TOKEN",
    "kip output",
    "hrottlingException",
    "oomanyrequests",
    // Other programs and services that pull, and what they say.
    "AppRunner",
    "pprunner.",
    "KmsException",
    "ource image",
    "mages included",
    "esource is denied",
    "Registry-Auth",
    "login prior",
    "registry auth",
    "D-Bus",
    "include-email",
    "is too new",
    "annotPull",
    "ResolveEndpoint",
    "script output",
    "auth scheme",
    "tication Token",
    // The network.
    "x509",
    "ERTIFICATE_VERIFY",
    "roxy URL",
];

/// Where the first of the texts is.
pub fn gate(text: &[u8]) -> Option<usize> {
    // WebAssembly has none of the instructions that it would use.
    #[cfg(not(target_family = "wasm"))]
    if let Some(searcher) = vector::searcher() {
        return searcher.find(text).map(|found| found.start());
    }
    static PLAIN: OnceLock<Option<NFA>> = OnceLock::new();
    let plain = PLAIN.get_or_init(|| NFA::new(GATES).ok()).as_ref()?;
    plain.try_find(&Input::new(text)).ok()?.map(|found| found.start())
}

/// The texts, looked for by the processor's vector instructions, where it has them.
#[cfg(not(target_family = "wasm"))]
mod vector {
    use std::sync::OnceLock;

    use aho_corasick::packed::Searcher;

    use super::GATES;

    pub fn searcher() -> Option<&'static Searcher> {
        static SEARCHER: OnceLock<Option<Searcher>> = OnceLock::new();
        SEARCHER.get_or_init(|| Searcher::new(GATES)).as_ref()
    }
}
