//! What is given to a provider is in no report.

use super::*;

const SECRET: &str = "hunter2hunter2";

#[test]
fn values_of_variables_are_never_shown() {
    let provider = |extra: &str| format!("{GOOD}{extra}");
    let json = |env: &str| {
        format!(
            "{{\"kind\": \"x\", \"providers\": [{{\"name\": 1, \"env\": {env}, \"bogus\": \"{SECRET}\"}}]}}"
        )
    };
    let texts = [
        provider("    env:\n      - name: REGISTRY_PASSWORD\n        vlaue: hunter2hunter2\n"),
        provider("    env:\n      - name: A\n        Value: hunter2hunter2\n"),
        provider("    env:\n      - [PASSWORD, hunter2hunter2]\n"),
        provider("    env:\n      - A=hunter2hunter2\n"),
        provider("    env: hunter2hunter2\n"),
        provider("    env: {A: hunter2hunter2}\n"),
        provider("    env: [{name: A, hunter2hunter2}]\n"),
        provider("    env: [{name: A, hunter2hunter2: B}]\n"),
        provider("    env: [{name: A, value: {x: hunter2hunter2}}]\n"),
        provider("    env: [{name: A, value: x}] # hunter2hunter2\n    bogus: 1 # x\n")
            .replace("value: x", "valu: y"),
        provider("    env: [{name: A, value: \"hunter2hunter2\" \"x\"}]\n"),
        provider("    env:\n      - name: A\n        value: \"hunter2hunter2\" \"x\n"),
        provider("    env:\n      - name: A\n        value: *hunter2hunter2\n"),
        provider("    env:\n      - name: A\n        value: |\n      hunter2hunter2: x: y\n"),
        provider("    args: [1, hunter2hunter2]\n"),
        provider("    password: hunter2hunter2\n"),
        provider("x: {hunter2: [hunter2hunter2]}\n"),
        GOOD.replace("\"*.dkr", "\"user:hunter2hunter2@*.dkr"),
        GOOD.replace("\"*.dkr.ecr.*.amazonaws.com\"", "\"https://hunter2hunter2@host.com/*\""),
        GOOD.replace("\"*.dkr.ecr.*.amazonaws.com\"", "\"user:hunter2hunter2@host.com:x/*\""),
        json("[{\"name\": \"A\", \"value\": \"hunter2hunter2\"}]"),
        json("[{\"name\": \"A\", \"value\": \"hunter2hunter2\",}]"),
        json("[{\"name\": \"A\", 'value': \"hunter2hunter2\"}]"),
        "hunter2hunter2\n".to_owned(),
        "auths: {x: {auth: hunter2hunter2}}\n".to_owned(),
        "- hunter2hunter2\n".to_owned(),
    ];
    for text in texts {
        let findings = of_version(&text, 36);
        assert!(!findings.is_empty(), "{text}");
        let all = format!("{findings:?}");
        assert!(!all.contains(SECRET), "{text}\n{all}");
    }
    let number = provider("    env:\n      - {name: PIN, value: 12345678}\n      - {name: N, value: 3}\n");
    let all = format!("{:?}", of_version(&number, 36));
    assert!(!all.contains("12345678") && all.contains("put it in quotes: \\\"3\\\""), "{all}");
}

#[test]
fn what_is_no_secret_is_quoted() {
    let text = format!("{GOOD}    env: [{{name: A, vlaue: x}}]\n").replace("12h", "12");
    let findings = of_version(&text, 36);
    let quoted: Vec<&str> = findings.iter().map(|finding| finding.evidence[0].text.as_str()).collect();
    assert_eq!(quoted, ["    defaultCacheDuration: 12", "    env: [{name: A, [redacted]: [redacted]}]"]);
    let broken = GOOD.replace("\"*.dkr.ecr.*.amazonaws.com\"", "*.dkr.ecr.*.amazonaws.com");
    assert_eq!(of_version(&broken, 36)[0].evidence[0].text, "      - *.dkr.ecr.*.amazonaws.com");
}
