//! Whether a kubelet starts with a file. Its own code was asked: Kubernetes 1.36.3, `pkg/credentialprovider/plugin`.

use super::*;

/// The file with another text at the end of a provider.
fn with(extra: &str) -> String {
    format!("{GOOD}{extra}")
}

fn starts(text: &str) -> bool {
    let findings = of_version(text, 36);
    !findings.iter().any(|finding| finding.explanation.contains("does not start"))
}

fn assert_all(expected: bool, texts: impl IntoIterator<Item = String>) {
    for text in texts {
        assert_eq!(starts(&text), expected, "{text}\n{:#?}", told(&of_version(&text, 36)));
    }
}

#[test]
fn numbers_and_booleans_are_no_texts() {
    let name = |value: &str| GOOD.replace("name: ecr-credential-provider", &format!("name: {value}"));
    let image = |value: &str| GOOD.replace("\"*.dkr.ecr.*.amazonaws.com\"", value);
    assert_all(false, ["123", "true", "yes", "y", "1.5", "0x10", "1e3", "017"].map(name));
    assert_all(true, ["\"123\"", "!!str 12", "2024-01-01", "a:b", "=", "1.2.3"].map(name));
    assert_all(false, ["123456789012", "on", "1.5", "[a]", "{a: b}"].map(image));
    assert_all(true, ["~", "\"12\"", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"].map(image));
    assert_all(
        false,
        ["0", "1_000", "true", ".inf", "\"9999999999h\""].map(|value| GOOD.replace("12h", value)),
    );
    assert_all(
        false,
        [
            "    args: [1]\n",
            "    args: [yes]\n",
            "    args: x\n",
            "    env: [{name: A, value: 3}]\n",
            "    env: [{name: A, value: true}]\n",
            "    env: [{name: 1, value: x}]\n",
            "    env: [A=b]\n",
        ]
        .map(with),
    );
    assert_all(
        true,
        [
            "    args: [~, \"1\"]\n",
            "    args: null\n",
            "    env: null\n",
            "    env: [~]\n",
            "    env: [{value: x}]\n",
            "    env: [{name: A, value: ~}, {name: A, value: \"3\"}]\n",
            "    tokenAttributes: null\n",
        ]
        .map(with),
    );
    let tokens = |from: &str, to: &str| with(&TOKENS.replace(from, to));
    for value in ["True", "yes", "on"] {
        assert_all(true, [tokens("Account: true", &format!("Account: {value}"))]);
    }
    for value in ["\"true\"", "1", "null", "maybe"] {
        assert_all(false, [tokens("Account: true", &format!("Account: {value}"))]);
    }
    assert_all(
        false,
        [
            tokens("sts.amazonaws.com", "12"),
            tokens("[eks.amazonaws.com/ecr-role-arn]", "[12]"),
            tokens("[eks.amazonaws.com/ecr-role-arn]", "[~]"),
            tokens("cacheType: ServiceAccount", "cacheType: null"),
        ],
    );
    assert_all(true, [tokens("sts.amazonaws.com", "\" \"")]);
}

#[test]
fn json_is_json() {
    let json = "{\"apiVersion\":\"kubelet.config.k8s.io/v1\",\"kind\":\"CredentialProviderConfig\",\"providers\":[{\"name\":\"e\",\"matchImages\":[\"public.ecr.aws\"],\"defaultCacheDuration\":\"1h\",\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\"}]}";
    assert_all(
        true,
        [json.to_owned(), format!("\n {json}"), format!("\u{feff}{json}"), format!("# x\n{json}")],
    );
    assert_all(
        false,
        [
            json.replace("\"]", "\",]"),
            json.replace("}]}", "},]}"),
            json.replace('"', "'"),
            json.replace("\"name\"", "name"),
            format!("{json} x"),
            json.replace("\"1h\"", "3600"),
            json.replace("\"1h\"", "null"),
            json.replace("\"name\"", "\"Name\""),
        ],
    );
}

#[test]
fn patterns_are_addresses() {
    let image = |value: &str| GOOD.replace("*.dkr.ecr.*.amazonaws.com", value);
    for (pattern, fix) in [
        ("[0-9]+.dkr.ecr.[a-z0-9-]+.amazonaws.com", "\"*.dkr.ecr.*.amazonaws.com\""),
        ("[!1]*.dkr.ecr.us-east-1.amazonaws.com", "\"*.dkr.ecr.us-east-1.amazonaws.com\""),
        ("*.dkr.ecr.us-east-[12].amazonaws.com", "\"*.dkr.ecr.us-east-*.amazonaws.com\""),
        ("${ACCOUNT}.dkr.ecr.*.amazonaws.com", "\"*.dkr.ecr.*.amazonaws.com\""),
        ("*.dkr.ecr.{us,eu}-west-1.amazonaws.com", "\"*.dkr.ecr.*.amazonaws.com\""),
        ("%zz.dkr.ecr.*.amazonaws.com", "\"*.dkr.ecr.*.amazonaws.com\""),
        ("host.com/%zz", "\"host.com\""),
        ("host.com:*", "\"host.com\""),
        ("^x$", "name the registry's host"),
        ("a|b.com", ""),
        ("2001:db8::1", ""),
        ("a b.com", ""),
    ] {
        let findings = of_version(&image(pattern), 36);
        let all = told(&findings);
        let found = findings.iter().zip(&all).any(|(finding, line)| {
            finding.explanation.contains("does not start")
                && line.contains("is no address")
                && line.contains(fix)
        });
        assert!(found, "{pattern}: {all:#?}");
    }
    for (pattern, line) in [
        ("123456789012.dkr.ecr.*-west-?.amazonaws.com", "=> \"123456789012.dkr.ecr.*-west-*.amazonaws.com\""),
        ("host.com:99999", "there is no port 99999"),
        ("host.com/a b", "white space"),
        ("host.com?x", "Warning"),
        ("user:pw@host.com", "=> \"host.com\""),
        ("*.dkr.ecr.*.amazonaws.com,public.ecr.aws", "=> \"*.dkr.ecr.*.amazonaws.com\", \"public.ecr.aws\""),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/Team",
            "=> \"123456789012.dkr.ecr.eu-west-1.amazonaws.com/team\"",
        ),
        ("https://public.ecr.aws/", "=> \"public.ecr.aws\""),
    ] {
        let text = image(pattern);
        let all = told(&of_version(&text, 36));
        assert!(starts(&text) && all.iter().any(|found| found.contains(line)), "{pattern}: {all:#?}");
    }
    assert!(starts(&image("*.dkr.ecr.*.on.amazonwebservices.com.cn")));
    assert!(of_version(&image("*.dkr.ecr.*.on.amazonwebservices.com.cn"), 36).is_empty());
    // Go 1.26 is that of Kubernetes 1.36.
    let old = of_version(&image("2001:db8::1"), 35);
    assert!(!old.iter().any(|finding| finding.explanation.contains("does not start")));
}

#[test]
fn yaml_is_that_of_the_kubelet() {
    assert_all(
        false,
        [
            format!("%YAML 1.2\n---\n{GOOD}"),
            with("\t# comment\n"),
            with("# \u{7}\n"),
            GOOD.replace("    defaultCacheDuration: 12h\n", "    <<: {name: x, defaultCacheDuration: 12h}\n"),
            GOOD.replace("\"*.dkr.ecr.*.amazonaws.com\"", "*.dkr.ecr.*.amazonaws.com"),
            GOOD.replace("name: ecr-credential-provider", &format!("name: {}", "x".repeat(300))),
            with("providers:\n"),
            with("x: &a [*a]\n"),
        ],
    );
    assert_all(
        true,
        [
            format!("%YAML 1.1\n---\n{GOOD}"),
            GOOD.replace("    defaultCacheDuration: 12h\n", "    <<: {defaultCacheDuration: 12h}\n"),
            GOOD.replace("name: ecr", "name:\tecr"),
            format!("\u{feff}{GOOD}"),
            GOOD.replace('\n', "\r\n"),
        ],
    );
}

#[test]
fn a_field_is_shown_where_its_key_is() {
    for (text, place) in [
        (with("    metadata:\n      name: x\n"), "9:5 A provider has no field `metadata`"),
        (with(&TOKENS.replace("      cacheType: ServiceAccount\n", "")), "9:5 `cacheType` is missing"),
        (with("    env:\n      - name: A\n      - # nothing\n      - name: B\n"), "11:7 A variable is empty"),
        (with("  -\n  - # x\n\n"), "9:3 A provider is a mapping"),
        (
            GOOD.replace("\n      - \"*.dkr.ecr.*.amazonaws.com\"", " public.ecr.aws"),
            "5:18 `matchImages` is a list => matchImages: [\"public.ecr.aws\"]",
        ),
    ] {
        let all = told(&of_version(&text, 36));
        assert!(all.iter().any(|line| line.contains(place)), "{place}: {all:#?}");
    }
}

#[test]
fn more_mistakes_than_are_shown_stop_only_if_one_does() {
    let item = "      - \"*.dkr.ecr.*.amazonaws.com/*\"\n";
    let many: String =
        (0..300).map(|number| format!("      - \"*.dkr.ecr.*.amazonaws.com/{number}*\"\n")).collect();
    let text = GOOD.replace("      - \"*.dkr.ecr.*.amazonaws.com\"\n", &(many + item));
    assert!(starts(&text));
    assert!(!starts(&format!("{text}    args: [1]\n")));
}

#[test]
fn what_is_too_large_is_not_known() {
    let many = "      - \"*.dkr.ecr.*.amazonaws.com\"\n".repeat(260_000);
    let text = GOOD.replace("      - \"*.dkr.ecr.*.amazonaws.com\"\n", &many);
    let findings = of_version(&text, 36);
    assert!(
        findings.len() == 1 && findings[0].explanation.contains("is not known"),
        "{:#?}",
        told(&findings)
    );
}

#[test]
fn bytes_are_text_as_for_the_kubelet() {
    let wide = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.into_iter().chain(GOOD.encode_utf16().flat_map(bytes)).collect()
    };
    for bytes in [wide([0xff, 0xfe], u16::to_le_bytes), wide([0xfe, 0xff], u16::to_be_bytes), GOOD.into()] {
        assert!(of_version(&decode("x", &bytes).unwrap(), 36).is_empty());
    }
    let found = decode("x", &[GOOD.as_bytes(), b"# caf\xe9\n"].concat()).unwrap_err();
    assert_eq!(found[0].evidence[0].line, Some(9));
    assert!(found[0].explanation.contains("does not start"));
    assert!(decode("x", b"{\"a\": \"\xe9\"}").is_ok());
    assert!(decode("x", b"\xff\xfea").is_err());
}
