//! The kubelet: its request to the helper, its configuration of providers, its flags, and what a provider answers.

use ecrpass_diagnosis::kubelet::{
    ConfigFile, KubeletVersion, Style, Surroundings, TokenMode, Wanted, add_flags, check, decode, find_flags,
    judge, merge,
};
use ecrpass_helper::kubelet_request::Request;

use crate::hold::{findings, hidden, planted};

/// A request's token is in no refusal; what is merged into a configuration is there once, and stays; flags are added once.
pub fn run(input: &[u8]) {
    let Some(text) = planted(input) else { return };
    match Request::parse(text.as_bytes()) {
        Ok(request) => {
            assert!(request.version.starts_with("credentialprovider.kubelet.k8s.io/"));
            assert_eq!(request.secret().is_some(), !request.token.is_empty());
            assert!(text.contains(request.token), "a token that was not sent");
        }
        Err(refusal) => hidden(&refusal.helper_line(), "a refusal"),
    }
    if let Err(why) = judge(text.as_bytes(), "v1", "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1") {
        hidden(&why, "a judgement");
    }
    if let Err(found) = decode("config.yaml", input) {
        findings(&found, None);
    }
    let files = [ConfigFile { name: "config.yaml".to_owned(), text: text.clone() }];
    let body = text.strip_prefix('\u{feff}').unwrap_or(&text);
    findings(&check(&files, &Surroundings::default()), Some(body));
    let plain = Wanted::default();
    let tokens = Wanted {
        version: Some(KubeletVersion::minor(35)),
        tokens: Some(TokenMode::default()),
        ..Wanted::default()
    };
    for wanted in [plain, tokens] {
        if let Ok(merged) = merge(Some(&text), &wanted) {
            assert_eq!(merge(Some(&merged), &wanted), Ok(merged.clone()), "merged twice: {text:?}");
        }
    }
    for style in [Style::Variable, Style::Lines] {
        let Some(added) = add_flags(&text, style, "/etc/c.yaml", "/usr/bin") else { continue };
        let flags = find_flags(&added);
        assert!(flags.config.is_some() && flags.bin_dir.is_some(), "{added:?}");
        assert_eq!(add_flags(&added, style, "/etc/c.yaml", "/usr/bin"), Some(added.clone()), "{text:?}");
    }
}
