//! What is found in configurations, where, and that whatever is written is found to be well.

use proptest::prelude::*;

use super::super::{Platform, TokenMode, Wanted};
use super::*;
use crate::finding::Severity;

const GOOD: &str = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n  - name: ecr-credential-provider\n    matchImages:\n      - \"*.dkr.ecr.*.amazonaws.com\"\n    defaultCacheDuration: 12h\n    apiVersion: credentialprovider.kubelet.k8s.io/v1\n";

fn of_version(text: &str, minor: u32) -> Vec<Finding> {
    let file = ConfigFile { name: "config.yaml".to_owned(), text: text.to_owned() };
    let version = Some(KubeletVersion::minor(minor));
    check(&[file], &Surroundings { version, binaries: None })
}

fn told(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let evidence = &finding.evidence[0];
        format!(
            "{:?} {}:{} {} => {}",
            finding.severity,
            evidence.line.unwrap(),
            evidence.column.unwrap(),
            finding.title,
            finding.fixes[0].summary
        )
    };
    findings.iter().map(line).collect()
}

/// One mistake: what replaces what, where it is found, and words of the finding.
type Mistake = (&'static str, &'static str, (usize, usize), &'static str);

#[test]
fn each_mistake_is_found_where_it_stands() {
    assert_eq!(told(&of_version(GOOD, 36)), [""; 0]);
    let cases: [Mistake; 33] = [
        ("CredentialProviderConfig", "KubeletConfiguration", (2, 7), "wants a CredentialProviderConfig"),
        ("kubelet.config.k8s.io/v1\n", "kubelet.config.k8s.io/v2\n", (1, 13), "no apiVersion"),
        ("providers:", "provider:", (4, 3), "no field `provider` => providers:"),
        ("    defaultCacheDuration: 12h\n", "", (4, 5), "`defaultCacheDuration` is missing"),
        ("12h", "12", (7, 27), "is no duration"),
        ("12h", "-1h", (7, 27), "before now"),
        ("12h", "24h", (7, 27), "longer than any token"),
        ("defaultCacheDuration", "defaultcacheduration", (7, 27), "=> defaultCacheDuration:"),
        ("matchImages", "matchimages", (6, 7), "=> matchImages:"),
        ("*.amazonaws.com\"", "*.amazonaws.com/*\"", (6, 10), "=> \"*.dkr.ecr.*.amazonaws.com\""),
        ("*.amazonaws.com\"", "*.amazonaws.com/team/*\"", (6, 10), "=> \"*.dkr.ecr.*.amazonaws.com/team/\""),
        ("*.amazonaws.com\"", "*.amazonaws.cn\"", (6, 10), "=> \"*.dkr.ecr.*.amazonaws.com.cn\""),
        ("*.amazonaws.com\"", "*.amazonaws.com:443\"", (6, 10), "=> \"*.dkr.ecr.*.amazonaws.com\""),
        ("*.amazonaws.com\"", "*.amazonaws.com/app:1.0\"", (6, 10), "without tag and digest"),
        ("*.dkr.ecr.*", "*", (6, 10), "one part of a host"),
        ("\"*.dkr", "\"https://*.dkr", (6, 10), "=> \"*.dkr.ecr.*.amazonaws.com\""),
        ("*.dkr.ecr", "*.DKR.ecr", (6, 10), "lower case"),
        ("name: ecr-credential-provider", "name: bin/ecr", (4, 11), "=> name: ecr"),
        (
            "name: ecr-credential-provider",
            "name: docker-credential-ecr-login",
            (4, 11),
            "docker's credential helper",
        ),
        ("  - name: ecr-credential-provider\n    ", "  - ", (4, 5), "no `name`"),
        ("k8s.io/v1\n", "k8s.io/v1alpha1\n", (1, 13), "replaced by v1"),
        ("kubelet.k8s.io/v1\n", "kubelet.k8s.io/v1beta1\n", (8, 17), "replaced by v1"),
        ("    defaultCache", "    env: {A: b}\n    defaultCache", (7, 10), "a list of names and values"),
        ("    defaultCache", "    args: get\n    defaultCache", (7, 11), "`args` is a list"),
        (
            "    defaultCache",
            "    args: [5]\n    defaultCache",
            (7, 12),
            "is a number, where the kubelet wants a text => \"5\"",
        ),
        ("    defaultCache", "    env: [{name: A, value: yes}]\n    defaultCache", (7, 28), "is a boolean"),
        ("    defaultCache", "    env: [{value: b}]\n    defaultCache", (7, 11), "no `name`"),
        ("12h", "0", (7, 27), "but a number without quotes"),
        ("12h", "9999999h", (7, 27), "is no duration"),
        ("*.dkr.ecr", "[0-9]*.dkr.ecr", (6, 10), "is no address"),
        ("apiVersion", "{apiVersion", (1, 2), "is JSON for the kubelet"),
        ("providers:\n", "providers: []\nx:\n", (1, 1), "no provider"),
        ("kind: Cred", "kind: Cred: x", (2, 1), "neither YAML nor JSON"),
    ];
    for (from, to, place, words) in cases {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let findings = of_version(&text, 36);
        let all = told(&findings);
        let found = all.iter().any(|line| line.contains(words));
        assert!(found, "{from} -> {to}: {all:#?} lacks {words}");
        let at = |finding: &Finding| (finding.evidence[0].line.unwrap(), finding.evidence[0].column.unwrap());
        let placed =
            findings.iter().zip(&all).any(|(finding, line)| line.contains(words) && at(finding).0 == place.0);
        // Where the syntax breaks, the parser says where it noticed.
        assert!(
            placed || words.contains("neither") || words.contains("no provider"),
            "{from} -> {to}: {all:#?}"
        );
    }
}

const TOKENS: &str = "    tokenAttributes:\n      serviceAccountTokenAudience: sts.amazonaws.com\n      cacheType: ServiceAccount\n      requireServiceAccount: true\n      requiredServiceAccountAnnotationKeys: [eks.amazonaws.com/ecr-role-arn]\n";

#[test]
fn tokens_are_what_the_version_reads() {
    let good = format!("{GOOD}{TOKENS}");
    assert_eq!(told(&of_version(&good, 34)), [""; 0]);
    for yes in ["yes", "True", "ON"] {
        let good = good.replace("requireServiceAccount: true", &format!("requireServiceAccount: {yes}"));
        assert_eq!(told(&of_version(&good, 34)), [""; 0]);
    }
    for (minor, words) in [(32, "does not know `tokenAttributes`"), (33, "does not know `cacheType`")] {
        let all = told(&of_version(&good, minor));
        assert!(all.iter().any(|line| line.contains(words)), "{minor}: {all:#?}");
    }
    for (from, to, words) in [
        ("      cacheType: ServiceAccount\n", "", "`cacheType` is missing"),
        ("cacheType: ServiceAccount", "cacheType: Account", "ServiceAccount or Token"),
        ("cacheType: ServiceAccount", "cacheType: Token", "call to AWS"),
        ("requireServiceAccount: true", "requireServiceAccount: false", "cannot be required"),
        ("requireServiceAccount: true", "requireServiceAccount: maybe", "true or false"),
        ("requireServiceAccount: true", "requireServiceAccount: 'true'", "without quotes"),
        ("sts.amazonaws.com", "5", "is a number"),
        ("sts.amazonaws.com", "' '", "is blank"),
        ("      requireServiceAccount: true\n", "", "`requireServiceAccount` is missing"),
        ("eks.amazonaws.com/ecr-role-arn", "a/b, a/b", "twice"),
        ("eks.amazonaws.com/ecr-role-arn", "no name", "no name of an annotation"),
        ("eks.amazonaws.com/ecr-role-arn", "a/b", "none reaches the provider"),
        ("sts.amazonaws.com", "''", "`serviceAccountTokenAudience` is missing"),
        ("kubelet.k8s.io/v1\n", "kubelet.k8s.io/v1beta1\n", "needs a provider of version v1"),
        ("config.k8s.io/v1\n", "config.k8s.io/v1beta1\n", "no field of v1beta1"),
    ] {
        let text = good.replacen(from, to, 1);
        let all = told(&of_version(&text, 36));
        assert!(all.iter().any(|line| line.contains(words)), "{from} -> {to}: {all:#?}");
    }
}

#[test]
fn names_are_files_and_there_once_in_all_files() {
    let file = |name: &str| ConfigFile { name: name.to_owned(), text: GOOD.to_owned() };
    let binaries = |files: &[(&str, Binary)]| {
        let files = files.iter().map(|(name, binary)| ((*name).to_owned(), *binary)).collect();
        let binaries = Some(Binaries { directory: "/opt/bin/".to_owned(), files });
        Surroundings { version: None, binaries }
    };
    let name = "ecr-credential-provider";
    for (surroundings, files, words) in [
        (binaries(&[(name, Binary::Program)]), 1, None),
        (binaries(&[(name, Binary::NotExecutable)]), 1, Some("chmod 755 /opt/bin/ecr-credential-provider")),
        (binaries(&[(name, Binary::WritableByOthers)]), 1, Some("others than its owner")),
        (
            binaries(&[("ecr-credentials-provider", Binary::Program)]),
            1,
            Some("name: ecr-credentials-provider, which is there"),
        ),
        (binaries(&[]), 1, Some("there is no /opt/bin/ecr-credential-provider")),
        (Surroundings::default(), 2, Some("already in a.yaml")),
    ] {
        let files: Vec<ConfigFile> = ["a.yaml", "b.yaml"].iter().take(files).map(|name| file(name)).collect();
        let all = told(&check(&files, &surroundings)).join("\n").to_lowercase();
        match words {
            None => assert_eq!(all, ""),
            Some(words) => assert!(all.contains(&words.to_lowercase()), "{all} lacks {words}"),
        }
    }
}

#[test]
fn old_kubelets_are_told_what_they_read() {
    let all = told(&of_version(GOOD, 25));
    assert!(all[0].contains("kubelet of 1.25 does not know kubelet.config.k8s.io/v1 => apiVersion: kubelet.config.k8s.io/v1beta1"), "{all:#?}");
    let old = GOOD.replace("k8s.io/v1\n", "k8s.io/v1beta1\n");
    assert_eq!(told(&of_version(&old, 25)), [""; 0]);
}

#[test]
fn what_is_written_is_found_to_be_well() {
    for platform in Platform::ALL {
        for minor in 20..=38 {
            for tokens in [None, Some(TokenMode::default())] {
                let version = Some(KubeletVersion::minor(minor));
                let wanted = Wanted { platform, version, hosts: Vec::new(), tokens };
                let Ok(text) = wanted.config() else { continue };
                assert_eq!(told(&of_version(&text, minor)), [""; 0], "{platform:?} 1.{minor}\n{text}");
            }
        }
    }
}

#[test]
fn documents_are_one() {
    let all = told(&of_version(&format!("{GOOD}---\n{GOOD}"), 36));
    assert!(all.len() == 1 && all[0].contains("10:1 The kubelet reads one document"), "{all:#?}");
    assert_eq!(told(&of_version(&format!("---\n{GOOD}---\n# nothing\n"), 36)), [""; 0]);
    let all = told(&of_version(&format!("{GOOD}---\na: [\n"), 36));
    assert!(all.len() == 1 && all[0].starts_with("Warning 10:1"), "{all:#?}");
    assert!(told(&of_version("", 36))[0].contains("empty"));
    assert!(of_version("- a\n", 36).iter().all(|finding| finding.severity == Severity::Error));
}

proptest! {
    #[test]
    fn any_text_is_answered_with_places_inside(
        text in ".{0,200}", at in 0_usize..400, cut in 0_usize..400, minor in 18_u32..40,
    ) {
        let whole = format!("{GOOD}{TOKENS}");
        let damaged: String = whole.chars().take(at).chain(text.chars()).chain(whole.chars().skip(cut)).collect();
        for text in [&text, &damaged] {
            for finding in of_version(text, minor) {
                let evidence = &finding.evidence[0];
                let line = text.trim_start_matches('\u{feff}').split('\n').nth(evidence.line.unwrap() - 1);
                prop_assert!(line.is_some_and(|line| evidence.column.unwrap() <= line.chars().count() + 1), "{:?} {:?}", evidence, text);
                prop_assert!(!finding.fixes.is_empty());
            }
        }
    }
}

#[test]
fn a_text_that_is_wrong_in_every_line_has_an_end() {
    let lines: String = (0..1000).map(|line| format!("error{line}: \"{}\"\n", "x".repeat(5000))).collect();
    let findings = of_version(&lines, 36);
    assert_eq!(findings.len(), 201);
    let last = told(&findings).into_iter().find(|line| line.contains("things are wrong")).unwrap();
    assert!(
        last.contains("More than 200") && last.ends_with("write it again: ecrpass kubelet config"),
        "{last}"
    );
    assert!(findings.iter().all(|finding| finding.title.chars().count() < 1100));
}
