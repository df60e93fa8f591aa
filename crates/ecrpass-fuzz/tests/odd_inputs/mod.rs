//! Texts to feed to readers of policies: noise, parts in any order, damaged copies of real documents, and documents of odd but
//! possible parts. All are made from a seed.

use ecrpass_iam::managed::MANAGED;

/// SplitMix64: enough to choose by, and the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What documents are made of, and what is put into the wrong places of them.
pub const PARTS: [&str; 44] = [
    "\"Statement\"",
    "\"Effect\"",
    "\"Allow\"",
    "\"Deny\"",
    "\"Action\"",
    "\"NotAction\"",
    "\"Resource\"",
    "\"NotResource\"",
    "\"Principal\"",
    "\"NotPrincipal\"",
    "\"Condition\"",
    "\"Version\"",
    "\"2012-10-17\"",
    "\"Sid\"",
    "\"*\"",
    "\"ecr:*\"",
    "\"ecr:Get?ownload*\"",
    "\"arn:aws:ecr:*:*:repository/${aws:username, 'x'}\"",
    "\"StringLike\"",
    "\"ForAllValues:StringEquals\"",
    "\"NullIfExists\"",
    "\"Null\"",
    "\"IpAddress\"",
    "\"10.0.0.0/33\"",
    "\"DateLessThan\"",
    "\"2026-13-01T00:00:00Z\"",
    "\"NumericEquals\"",
    "1e999",
    "-0",
    "true",
    "null",
    "[]",
    "{}",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    ":",
    "\\u0000",
    "\\ud800",
    "\"%7B%22\"",
    "\u{feff}",
    "\"${\"",
];

/// Real documents in every form in which they come.
pub fn seeds() -> Vec<String> {
    let mut seeds: Vec<String> =
        MANAGED.iter().map(|policy| policy.read().document.unwrap().text().to_owned()).collect();
    let plain = seeds[0].clone();
    let string = serde_json::Value::from(plain.as_str()).to_string();
    let encoded: String = plain.bytes().take(400).map(|byte| format!("%{byte:02X}")).collect();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:o/r:*"},"Bool":{"aws:SecureTransport":true}}}]}"#;
    let guard = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Fence","Effect":"Deny","Principal":"*","NotAction":["ecr:Get*"],"NotResource":"arn:aws:ecr:eu-west-1:111122223333:repository/*","Condition":{"StringNotEqualsIfExists":{"aws:SourceVpce":["vpce-1"]},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}}}]}"#;
    seeds.extend([
        trust.to_owned(),
        guard.to_owned(),
        encoded.clone(),
        string.clone(),
        format!("[[{plain}],[{trust},null],{string}]"),
        format!("{{\"PolicyDocument\":\"{encoded}\"}}"),
        format!("{{\"repositoryName\":\"a\",\"policyText\":{string}}}"),
        format!("[{{\"VpcEndpointId\":\"vpce-1\",\"ServiceName\":\"com.amazonaws.eu-west-1.ecr.dkr\",\"PolicyDocument\":{string}}}]"),
        format!("{{\"layers\":{{\"identity\":[{{\"source\":\"s\",\"arn\":\"arn:aws:iam::aws:policy/x\",\"document\":{plain}}}],\"scp\":[[{guard}],{string}]}},\"not_seen\":[{{\"layer\":\"rcp\"}}]}}"),
        format!("{{\"RoleDetailList\":[{{\"RoleName\":\"ci\",\"AssumeRolePolicyDocument\":{trust},\"RolePolicyList\":[{{\"PolicyDocument\":{string}}}]}}]}}"),
        format!("{{\"planned_values\":{{\"root_module\":{{\"resources\":[{{\"address\":\"a\",\"type\":\"aws_iam_policy\",\"values\":{{\"policy\":{string}}}}}]}}}}}}"),
        format!("{{\"request\":{{\"principal\":\"lambda.amazonaws.com\",\"action\":[\"ecr:BatchGetImage\"],\"context\":{{\"k\":[1,\"x\"]}}}},\"policies\":{{\"identity\":{plain}}}}}"),
        "{\"DecodedMessage\":\"{\\\"explicitDeny\\\":true,\\\"context\\\":{\\\"principal\\\":{\\\"arn\\\":\\\"arn:aws:iam::1:user/a\\\"},\\\"action\\\":\\\"ecr:PutImage\\\",\\\"resource\\\":\\\"*\\\",\\\"conditions\\\":{\\\"items\\\":[{\\\"key\\\":\\\"aws:SourceIp\\\",\\\"values\\\":{\\\"items\\\":[]}}]}}}\"}".to_owned(),
        "denied: User: arn:aws:sts::1:assumed-role/ci/2 is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/a with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-x/p-y".to_owned(),
    ]);
    seeds
}

/// A damaged copy: pieces gone, doubled, moved, put in, and bytes turned.
pub fn damaged(dice: &mut Dice, seeds: &[String]) -> String {
    let mut bytes = dice.of(seeds).clone().into_bytes();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        let end = (at + dice.below(30)).min(bytes.len());
        match dice.below(7) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            2 => {
                let piece: Vec<u8> = bytes.drain(at..end).collect();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            3 => drop(bytes.splice(at..at, dice.of(&PARTS).bytes())),
            4 => drop(bytes.splice(at..end, dice.of(&PARTS).bytes())),
            5 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            _ => bytes.truncate(end),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Parts in any order: often no JSON, sometimes nearly a document.
pub fn strung(dice: &mut Dice) -> String {
    (0..dice.below(40)).map(|_| *dice.of(&PARTS)).collect()
}

pub fn noise(dice: &mut Dice) -> String {
    let bytes: Vec<u8> = (0..dice.below(120)).map(|_| dice.roll().to_le_bytes()[0]).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A document that is one, of odd but possible parts.
pub fn grown(dice: &mut Dice) -> String {
    let actions =
        ["*", "ecr:*", "ecr:PutImage", "ecr:batchgetimage", "ecr:Get*Token", "s3:*", "sts:AssumeRole"];
    let resources = [
        "*",
        "arn:aws:ecr:*",
        "arn:aws:ecr:eu-west-1:111122223333:repository/team/*",
        "arn:*:ecr:*:*:repository/a?p",
        "arn:aws:s3:::b",
    ];
    let operators = [
        "StringEquals",
        "StringNotLike",
        "ForAnyValue:StringLike",
        "ForAllValues:StringEqualsIfExists",
        "ArnLike",
        "Null",
        "Bool",
        "NotIpAddress",
        "NumericLessThan",
    ];
    let keys = [
        "aws:SourceVpce",
        "aws:PrincipalArn",
        "AWS:TagKeys",
        "aws:RequestedRegion",
        "ecr:ResourceTag/x",
        "no:such",
    ];
    let values =
        ["\"eu-west-1\"", "\"vpce-*\"", "true", "7", "[\"a\",\"${aws:username}\"]", "[]", "\"10.0.0.0/8\""];
    let statements: Vec<String> = (0..1 + dice.below(4))
        .map(|_| {
            let mut members = vec![format!("\"Effect\":\"{}\"", dice.of(&["Allow", "Allow", "Deny"]))];
            let (action, resource) = (
                dice.of(&["Action", "Action", "NotAction"]),
                dice.of(&["Resource", "Resource", "NotResource"]),
            );
            members.push(format!("\"{action}\":[\"{}\",\"{}\"]", dice.of(&actions), dice.of(&actions)));
            if dice.below(5) > 0 {
                members.push(format!("\"{resource}\":\"{}\"", dice.of(&resources)));
            }
            if dice.below(3) == 0 {
                members.push(
                    dice.of(&[
                        "\"Principal\":\"*\"",
                        "\"Principal\":{\"AWS\":[\"111122223333\"]}",
                        "\"NotPrincipal\":{\"AWS\":\"arn:aws:iam::111122223333:role/ci\"}",
                    ])
                    .to_string(),
                );
            }
            for _ in 0..dice.below(3) {
                members.push(format!(
                    "\"Condition\":{{\"{}\":{{\"{}\":{}}}}}",
                    dice.of(&operators),
                    dice.of(&keys),
                    dice.of(&values)
                ));
                members.dedup_by_key(|member| member.split(':').next().unwrap_or_default().to_owned());
            }
            format!("{{{}}}", members.join(","))
        })
        .collect();
    format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}", statements.join(","))
}
