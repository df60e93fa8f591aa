//! Merging, tried on configurations as platforms and people write them.

use super::super::generate::TokenMode;
use super::super::version::KubeletVersion;
use super::*;

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/// As nodeadm writes it.
const EKS: &str = r#"{
  "apiVersion": "kubelet.config.k8s.io/v1",
  "kind": "CredentialProviderConfig",
  "providers": [
    {
      "name": "ecr-credential-provider",
      "matchImages": [
        "*.dkr.ecr.*.amazonaws.com",
        "public.ecr.aws"
      ],
      "defaultCacheDuration": "12h0m0s",
      "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
      "args": [
        "get-credentials"
      ]
    }
  ]
}
"#;

const FOREIGN: &str = "# ours since 2023
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
- name: gcr   # the other cloud
  matchImages: [\"gcr.io\", \"*.pkg.dev\"]
  defaultCacheDuration: 1m
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  env:
  - {name: A, value: \"1\"}

# the end
";

fn hosts(hosts: &[&str]) -> Wanted {
    Wanted { hosts: hosts.iter().map(|host| (*host).to_owned()).collect(), ..Wanted::default() }
}

fn tokens() -> Wanted {
    Wanted {
        version: Some(KubeletVersion::minor(35)),
        tokens: Some(TokenMode::default()),
        ..Wanted::default()
    }
}

#[test]
fn nothing_there_is_written_whole() {
    let wanted = hosts(&[HOST]);
    for existing in [None, Some(""), Some("\n")] {
        assert_eq!(merge(existing, &wanted).unwrap(), wanted.config().unwrap());
    }
    // And then there is nothing to change.
    let written = wanted.config().unwrap();
    assert_eq!(merge(Some(&written), &wanted).unwrap(), written);
}

#[test]
fn what_covers_the_hosts_is_left_alone() {
    assert_eq!(merge(Some(EKS), &hosts(&[])).unwrap(), EKS);
    assert_eq!(merge(Some(EKS), &hosts(&[HOST, "public.ecr.aws"])).unwrap(), EKS);
}

#[test]
fn tokens_go_into_the_entry_that_is_there() {
    let merged = merge(Some(EKS), &tokens()).unwrap();
    let root: serde_json::Value = serde_json::from_str(&merged).unwrap();
    let provider = &root["providers"][0];
    assert_eq!(provider["args"][0], "get-credentials");
    assert_eq!(provider["defaultCacheDuration"], "12h0m0s");
    assert_eq!(provider["matchImages"].as_array().unwrap().len(), 2);
    assert_eq!(provider["tokenAttributes"]["cacheType"], "ServiceAccount");
    assert_eq!(provider["tokenAttributes"]["requireServiceAccount"], false);
    // Laid out as its neighbours are, and a second time nothing.
    assert!(merged.contains("\n      \"name\": ") || merged.contains("\n      \"apiVersion\": "), "{merged}");
    assert_eq!(merge(Some(&merged), &tokens()).unwrap(), merged);
}

#[test]
fn foreign_providers_stay_letter_by_letter() {
    let merged = merge(Some(FOREIGN), &hosts(&[HOST])).unwrap();
    let (before, after) = FOREIGN.split_once("\n# the end").unwrap();
    assert!(merged.starts_with(before) && merged.ends_with(&format!("\n# the end{after}")), "{merged}");
    assert!(merged.contains(&format!("- name: {PROVIDER}\n  matchImages:\n    - \"{HOST}\"\n")), "{merged}");
    assert_eq!(merge(Some(&merged), &hosts(&[HOST])).unwrap(), merged);

    // One more host, between two others, with a comment of the next one's.
    let three = merged.replace(
        "\n# the end",
        "- name: acr\n  matchImages: [\"*.azurecr.io\"]\n  defaultCacheDuration: 1m\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n# the end",
    );
    let other = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    let merged = merge(Some(&three), &hosts(&[HOST, other])).unwrap();
    assert!(merged.contains(&format!("    - \"{HOST}\"\n    - \"{other}\"\n")), "{merged}");
    assert!(merged.contains("- name: gcr   # the other cloud") && merged.contains("- name: acr"), "{merged}");

    let json = r#"{"apiVersion":"kubelet.config.k8s.io/v1","kind":"CredentialProviderConfig","providers":[{"name":"gcr","matchImages":["gcr.io"],"defaultCacheDuration":"1m","apiVersion":"credentialprovider.kubelet.k8s.io/v1"}]}"#;
    let merged = merge(Some(json), &hosts(&[HOST])).unwrap();
    assert!(merged.starts_with(json.strip_suffix("]}").unwrap()), "{merged}");
    assert_eq!(merged.lines().count(), 1);
}

#[test]
fn indented_lists_and_missing_newlines_are_met() {
    let text = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n  - name: gcr\n    matchImages:\n      - gcr.io\n    defaultCacheDuration: 1m\n    apiVersion: credentialprovider.kubelet.k8s.io/v1";
    let merged = merge(Some(text), &hosts(&[HOST])).unwrap();
    assert!(merged.starts_with(text) && merged.contains(&format!("\n  - name: {PROVIDER}\n")), "{merged}");
    // The list in front of other keys.
    let text = "providers:\n- name: gcr\n  matchImages: [gcr.io]\n  defaultCacheDuration: 1m\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\napiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\n";
    let merged = merge(Some(text), &hosts(&[HOST])).unwrap();
    assert!(
        merged.ends_with("\napiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\n"),
        "{merged}"
    );
}

#[test]
fn what_is_wrong_or_strange_is_left_to_its_owner() {
    for (text, words) in [
        ("{", "not one document"),
        ("a: 1\n---\nb: 2\n", "not one document"),
        (
            "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders: []\n",
            "way of its own",
        ),
        (&FOREIGN.replace("- name: gcr", "- {name: x}\n- name: gcr"), "mistake already"),
        (&FOREIGN.replace("  defaultCacheDuration: 1m\n", ""), "mistake already"),
        (&EKS.replace("\"args\"", "\"arg\""), "`arg`"),
    ] {
        let wanted = if text.contains("\"arg\"") { tokens() } else { hosts(&[HOST]) };
        let refused = merge(Some(text), &wanted).unwrap_err();
        assert!(refused.what.contains(words), "{refused}\n{text}");
    }
    // Before 1.34 no kubelet starts with tokens.
    assert!(merge(Some(EKS), &Wanted { version: Some(KubeletVersion::minor(33)), ..tokens() }).is_err());
}

#[test]
fn aliases_and_flow_lists_are_never_damaged() {
    let flow = "{apiVersion: kubelet.config.k8s.io/v1, kind: CredentialProviderConfig, providers: [{name: gcr, matchImages: [gcr.io], defaultCacheDuration: 1m, apiVersion: credentialprovider.kubelet.k8s.io/v1}]}\n";
    assert!(merge(Some(flow), &hosts(&[HOST])).unwrap_err().what.contains("way of its own"));
    let alias = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n- &a\n  name: gcr\n  matchImages: [gcr.io]\n  defaultCacheDuration: 1m\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n";
    // Put in below it or refused; what is there stays.
    if let Ok(merged) = merge(Some(alias), &hosts(&[HOST])) {
        assert!(merged.starts_with(alias), "{merged}");
    }
}

#[test]
fn our_own_entry_keeps_its_comments_and_its_order() {
    let head = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n";
    let theirs = "- name: gcr\n  matchImages: [gcr.io]\n  defaultCacheDuration: 1m\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n";
    let other = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    let of = |text: &str| text.replace("{HOST}", HOST).replace("{OTHER}", other);
    for (entry, list, added) in [
        (
            "  # keep me\n  - defaultCacheDuration: 1h # why\n    name: ecr-credential-provider\n    matchImages:\n      # the first\n      - {HOST} # ours\n    apiVersion: credentialprovider.kubelet.k8s.io/v1\n    args: [get-credentials]   # as Amazon's\n",
            "- {HOST} # ours\n",
            "- {HOST} # ours\n      - \"{OTHER}\"\n",
        ),
        (
            "- {name: ecr-credential-provider, matchImages: ['{HOST}'], defaultCacheDuration: 1h, apiVersion: credentialprovider.kubelet.k8s.io/v1}\n",
            "['{HOST}']",
            "['{HOST}', \"{OTHER}\"]",
        ),
        (
            "- name: ecr-credential-provider\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n  defaultCacheDuration: 1h\n  matchImages: [\n    {HOST}, # why\n    \"public.ecr.aws\" # and why\n  ]\n",
            "\"public.ecr.aws\"",
            "\"public.ecr.aws\", \"{OTHER}\"",
        ),
    ] {
        for (before, after) in [("", ""), (theirs, "\n# the end\n")] {
            let before = if entry.starts_with("  ") { "" } else { before };
            let text = format!("{head}{before}{}{after}", of(entry));
            let expected = text.replace(&of(list), &of(added));
            assert_eq!(merge(Some(&text), &hosts(&[HOST, other])).unwrap(), expected);
            let lines = text.replace('\n', "\r\n");
            let expected = expected.replace('\n', "\r\n");
            assert_eq!(merge(Some(&lines), &hosts(&[HOST, other])).unwrap(), expected);
        }
    }
    for (list, expected) in [
        ("[\"{HOST}\"]", "[\"{HOST}\", \"{OTHER}\"]"),
        ("[\"a.example\",\"{HOST}\"]", "[\"a.example\",\"{HOST}\",\"{OTHER}\"]"),
        ("[\n        \"{HOST}\"\n      ]", "[\n        \"{HOST}\",\n        \"{OTHER}\"\n      ]"),
    ] {
        let whole = "[\n        \"*.dkr.ecr.*.amazonaws.com\",\n        \"public.ecr.aws\"\n      ]";
        let text = EKS.replace(whole, &of(list));
        let merged = merge(Some(&text), &hosts(&[HOST, other])).unwrap();
        assert_eq!(merged, text.replace(&of(list), &of(expected)));
    }
}

#[test]
fn tokens_are_put_into_an_entry_that_stays() {
    let head = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n";
    let entry = "- name: ecr-credential-provider # ours\n  apiVersion: credentialprovider.kubelet.k8s.io/v1beta1 # old\n  # all of them\n  matchImages: [\"*.dkr.ecr.*.amazonaws.com\"]\n  defaultCacheDuration: 1h\n";
    let after = "# next\n- name: gcr\n  matchImages: [gcr.io]\n  defaultCacheDuration: 1m\n  apiVersion: credentialprovider.kubelet.k8s.io/v1\n";
    let merged = merge(Some(&format!("{head}{entry}{after}")), &tokens()).unwrap();
    let start = format!("{head}{}  tokenAttributes:\n", entry.replace("v1beta1", "v1"));
    assert!(merged.starts_with(&start) && merged.ends_with(after), "{merged}");
    assert_eq!(merge(Some(&merged), &tokens()).unwrap(), merged);
    // Other attributes take the place of these alone.
    let mut other = tokens();
    other.tokens = Some(TokenMode { audience: "ecr.example".to_owned(), ..TokenMode::default() });
    let again = merge(Some(&merged), &other).unwrap();
    assert_eq!(again, merged.replace("sts.amazonaws.com", "ecr.example"));
    let json = merge(Some(EKS), &tokens()).unwrap();
    assert!(json.starts_with(EKS.split("\n    }\n").next().unwrap()), "{json}");
    assert!(json.contains("\n      ],\n      \"tokenAttributes\": {\n        \""), "{json}");
}
