//! The same records in every container, whole, cut, spoiled and in pieces.

use std::collections::BTreeSet;
use std::io::Write;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::event::Event;

/// Notes what it is given.
#[derive(Debug, Default, PartialEq, Eq)]
struct Noted(BTreeSet<String>);

impl Sink for Noted {
    fn take(&mut self, event: &Event<'_>) {
        let error = event.error.as_deref().unwrap_or("-");
        self.0.insert(format!("{} {} {error} {}", event.id, event.name, event.caller.principal));
    }

    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// A record; every third is of ECR, and every sixth of these refused.
fn record(number: usize) -> Value {
    let (source, name) = match number % 3 {
        0 => ("ecr.amazonaws.com", "BatchGetImage"),
        1 => ("secretsmanager.amazonaws.com", "GetSecretValue"),
        _ => ("ec2.amazonaws.com", "DescribeInstances"),
    };
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/u" },
        "eventTime": format!("2026-11-24T10:{:02}:{:02}Z", number / 60 % 60, number % 60),
        "eventSource": source, "eventName": name, "awsRegion": "eu-west-1",
        "requestParameters": { "secretId": "prod/ecr/\"x\"", "text": "}]{[\\\u{e9}\n" },
        "eventID": format!("id-{number}"), "recipientAccountId": "123456789012",
    });
    if number.is_multiple_of(18) {
        record["errorCode"] = "AccessDenied".into();
    }
    record
}

fn records(count: usize) -> Vec<Value> {
    (0..count).map(record).collect()
}

fn expected(count: usize) -> BTreeSet<String> {
    (0..count)
        .step_by(3)
        .map(|number| {
            let error = if number.is_multiple_of(18) { "AccessDenied" } else { "-" };
            format!("id-{number} BatchGetImage {error} arn:aws:iam::123456789012:user/u")
        })
        .collect()
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zstd frame of one block that is not compressed.
fn framed(bytes: &[u8]) -> Vec<u8> {
    let size = u32::try_from(bytes.len()).unwrap();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    frame.extend_from_slice(&size.to_le_bytes());
    let blocks: Vec<_> = bytes.chunks(100_000).collect();
    for (at, block) in blocks.iter().enumerate() {
        let header = u32::try_from(block.len()).unwrap() << 3 | u32::from(at + 1 == blocks.len());
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.extend_from_slice(block);
    }
    frame
}

fn scan(files: &[(&str, Vec<u8>)]) -> (BTreeSet<String>, Tally) {
    let seen = Seen::default();
    let mut scanner = Scanner::new(Noted::default(), &seen);
    for (name, bytes) in files {
        scanner.read(name, bytes.as_slice());
    }
    let (noted, tally) = scanner.finish();
    (noted.0, tally)
}

fn one(bytes: impl Into<Vec<u8>>) -> (BTreeSet<String>, Tally) {
    scan(&[("file", bytes.into())])
}

fn skips(tally: &Tally) -> Vec<(&'static str, u64)> {
    tally.skips.iter().map(|(kind, skipped)| (kind.slug(), skipped.count)).collect()
}

fn lines(records: &[Value], between: &str) -> String {
    records.iter().map(|record| format!("{record}{between}")).collect()
}

#[test]
fn every_container_gives_the_same_events() {
    const COUNT: usize = 200;
    let all = records(COUNT);
    let looked_up: Vec<Value> = all
        .iter()
        .map(|record| json!({ "EventId": record["eventID"], "EventName": "x", "CloudTrailEvent": record.to_string() }))
        .collect();
    let bridged: Vec<Value> = all
        .iter()
        .map(|record| json!({ "version": "0", "detail-type": "AWS API Call via CloudTrail", "resources": [], "detail": record }))
        .collect();
    let logged: Vec<Value> = all
        .iter()
        .map(|record| json!({ "id": "0", "timestamp": 1, "message": record.to_string() }))
        .collect();
    let csv: String =
        all.iter().map(|it| format!("\"a,b\",\"{}\"\n", it.to_string().replace('"', "\"\""))).collect();
    let batches = format!("{}\n{}\n", json!({ "Records": all[..100] }), json!({ "Records": all[100..] }));
    let export: String = all.iter().map(|record| format!("2026-11-24T10:00:00.000Z {record}\n")).collect();
    let indented = serde_json::to_string_pretty(&json!({ "Records": all })).unwrap();
    let escaped = json!({ "Records": all }).to_string().replace("\"Records\"", "\"Rec\\u006frds\"");
    let half = lines(&all[..100], "\n");
    let members = [compressed(half.as_bytes()), compressed(lines(&all[100..], "\n").as_bytes())].concat();
    for (name, bytes) in [
        ("records", json!({ "Records": all }).to_string().into_bytes()),
        ("indented", indented.clone().into_bytes()),
        ("escaped key of the list", escaped.into_bytes()),
        ("gzip", compressed(indented.as_bytes())),
        ("two gzip members", members),
        ("zstd", framed(json!({ "Records": all }).to_string().as_bytes())),
        ("bare list", json!(all).to_string().into_bytes()),
        ("lines", lines(&all, "\n").into_bytes()),
        ("lines with marks", format!("\u{feff}{}", lines(&all, "\r\n")).into_bytes()),
        ("glued", lines(&all, "").into_bytes()),
        ("batches", batches.into_bytes()),
        ("looked up", serde_json::to_string_pretty(&json!({ "Events": looked_up })).unwrap().into_bytes()),
        ("bridged and glued", lines(&bridged, "").into_bytes()),
        ("bridged lines", lines(&bridged, "\n").into_bytes()),
        (
            "subscription",
            json!({ "messageType": "DATA_MESSAGE", "logEvents": logged }).to_string().into_bytes(),
        ),
        ("log export", export.into_bytes()),
        ("values", format!("\"eventId\",\"eventJson\"\n{csv}").into_bytes()),
    ] {
        let (found, tally) = one(bytes);
        assert_eq!(found, expected(COUNT), "{name}");
        assert_eq!((tally.records, tally.ids.count()), (COUNT as u64, Some(COUNT as u64)), "{name}");
        assert_eq!((skips(&tally), tally.trail_files), (vec![], 1), "{name}");
    }
}

#[test]
fn whatever_holds_no_records_is_told_apart() {
    let digest =
        json!({ "awsAccountId": "123456789012", "digestS3Object": "AWSLogs/x", "logFiles": [] }).to_string();
    for (bytes, expected, trail_files) in [
        (b"".to_vec(), vec![("empty", 1)], 0),
        (compressed(b""), vec![("empty", 1)], 0),
        (b" \n".to_vec(), vec![("empty", 1)], 0),
        (compressed(digest.as_bytes()), vec![("digest", 1)], 1),
        (br#"{"Records":[]}"#.to_vec(), vec![], 1),
        (br#"{"Records":null}"#.to_vec(), vec![("no-records", 1)], 1),
        (br#"{"hello":"world"}"#.to_vec(), vec![("not-cloudtrail", 1)], 0),
        (b"{\"a\":1}\n{\"b\":2}\n".to_vec(), vec![("not-cloudtrail", 1)], 0),
        (br#"{"Events":[{"Date":"x"}]}"#.to_vec(), vec![("not-cloudtrail", 1)], 0),
        (b"[1,2,3]".to_vec(), vec![("not-cloudtrail", 1)], 0),
        (br#""text""#.to_vec(), vec![("not-cloudtrail", 1)], 0),
        (b"PK\x03\x04zip".to_vec(), vec![("not-cloudtrail", 1)], 0),
        (b"BZh91AY".to_vec(), vec![("compression", 1)], 0),
        (b"\xff\xfe{\0".to_vec(), vec![("not-cloudtrail", 1)], 0),
        (compressed(b"version account-id\n2 123456789012 eni-1\n"), vec![("not-cloudtrail", 1)], 0),
    ] {
        let (found, tally) = one(bytes.clone());
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert!(found.is_empty() && tally.records == 0, "{shown}");
        assert_eq!((skips(&tally), tally.trail_files), (expected, trail_files), "{shown}");
        // Only an empty list says that nobody called.
        assert_eq!(tally.is_unread(), shown != r#"{"Records":[]}"#, "{shown}");
    }
}

#[test]
fn records_of_which_nothing_can_be_read_are_not_read() {
    let untimed = json!({ "Records": [{
        "eventVersion": "1.11", "eventTime": "notatime", "eventSource": "ecr.amazonaws.com", "eventName": "BatchGetImage",
        "eventID": "a", "userIdentity": { "type": "Root" }, "awsRegion": "eu-west-1", "eventType": "AwsApiCall",
    }] });
    for text in [
        r#"{"Records":[{"a":"#.to_owned(),
        r#"{"Records":[{"eventVersion":"1.1"#.to_owned(),
        untimed.to_string(),
    ] {
        let (found, tally) = one(text.clone().into_bytes());
        assert!(found.is_empty() && tally.is_unread(), "{text}: {tally:?}");
    }
    let (_, tally) = one(json!({ "Records": records(3) }).to_string().into_bytes());
    assert!(!tally.is_unread());
    let cut = json!({ "Records": records(3) }).to_string();
    let (_, tally) = one(cut.as_bytes()[..cut.len() - 10].to_vec());
    assert!(!tally.is_unread() && !tally.skips.is_empty());
}

#[test]
fn what_is_cut_or_spoiled_is_read_as_far_as_it_goes() {
    // Numbers that do not repeat, so that a cut of the compressed text is one of the text.
    let all = records(2000);
    let text = json!({ "Records": all }).to_string();
    let whole = compressed(text.as_bytes());
    let mut wrong = whole.clone();
    let end = wrong.len();
    wrong[end - 8..].fill(0);
    for (name, bytes, is_all, skip) in [
        ("cut gzip", whole[..end * 2 / 3].to_vec(), false, "truncated"),
        ("cut text", text.as_bytes()[..text.len() - 5000].to_vec(), false, "ends-early"),
        ("cut lines", lines(&all, "\n").as_bytes()[..300_000].to_vec(), false, "ends-early"),
        ("wrong checksum", wrong, true, "checksum"),
        (
            "something behind",
            [whole.clone(), b"garbage, longer than a header".to_vec()].concat(),
            true,
            "damaged",
        ),
    ] {
        let (found, tally) = one(bytes);
        assert_eq!(skips(&tally), [(skip, 1)], "{name}");
        assert_eq!(tally.records == 2000, is_all, "{name}: {}", tally.records);
        assert!(tally.records > 500 && found.is_subset(&expected(2000)), "{name}: {}", tally.records);
        assert!(tally.skips.iter().all(|(kind, _)| kind.is_warning()), "{name}");
    }
}

#[test]
fn bad_lines_are_counted_and_lose_no_other() {
    let (first, second) = (record(0), record(3));
    let text = [first.to_string().as_bytes(), b"{oops", b"", second.to_string().as_bytes(), b"\xff\xfe"]
        .join(&b'\n');
    let (found, tally) = one(text);
    assert_eq!((found.len(), tally.records, skips(&tally)), (2, 2, vec![("bad-line", 2)]));
    let (found, tally) = one(format!("{{oops\n{first}\n{second}{}\n{{\"other\":1}}\n", record(6)));
    assert_eq!((found.len(), tally.records), (3, 3));
    assert_eq!(skips(&tally), [("bad-line", 1), ("not-a-record", 1)]);
}

#[test]
fn odd_records_are_read() {
    let with = |key: &str, value: Value| {
        let mut record = record(0);
        record[key] = value;
        record
    };
    let escaped = record(0)
        .to_string()
        .replace(r#""eventSource":"ecr.amazonaws.com""#, r#""event\u0053ource":"ecr\u002eamazonaws.com""#);
    let surrogate = with("userAgent", "@".into()).to_string().replace("\"@\"", "\"half \\ud83d pair\"");
    let invalid =
        [b"{\"Records\":[".to_vec(), surrogate.replace("\\ud83d", "@").into_bytes(), b"]}".to_vec()].concat();
    let invalid: Vec<u8> = invalid.iter().map(|byte| if *byte == b'@' { 0xff } else { *byte }).collect();
    for (name, bytes, events) in [
        ("escaped keys", format!("{{\"Records\":[{escaped}]}}").into_bytes(), 1),
        ("half of a pair", format!("{{\"Records\":[{surrogate}]}}").into_bytes(), 1),
        ("no UTF-8", invalid, 1),
        ("text that looks like one", json!({ "Records": [{
            "eventVersion": "1.11", "eventSource": "ssm.amazonaws.com", "eventName": "PutParameter", "eventID": "x",
            "eventTime": "2026-11-24T10:00:00Z", "requestParameters": { "value": record(0).to_string() } }] })
            .to_string().into_bytes(), 0),
        ("insight", json!({ "Records": [{ "eventVersion": "1.08", "eventCategory": "Insight", "eventID": "x",
            "eventTime": "2026-11-24T10:00:00Z", "insightDetails": { "eventSource": "ecr.amazonaws.com" } }] })
            .to_string().into_bytes(), 0),
        ("network activity", json!([with("eventCategory", "NetworkActivity".into())]).to_string().into_bytes(), 0),
        ("newer version", json!([with("eventVersion", "2.0".into())]).to_string().into_bytes(), 1),
    ] {
        let (found, tally) = one(bytes);
        assert_eq!((found.len(), tally.records), (events, 1), "{name}");
        assert!(tally.skips.is_empty(), "{name}");
        assert_eq!(tally.newer_versions.contains_key("2.0"), name == "newer version");
        assert_eq!((tally.insights, tally.network_activity), match name {
            "insight" => (1, 0),
            "network activity" => (0, 1),
            _ => (0, 0),
        });
    }
    let (found, tally) = one(json!([with("eventTime", "not a time".into()), record(3)]).to_string());
    assert_eq!((found.len(), tally.records, skips(&tally)), (1, 2, vec![("time", 1)]));
    let deep =
        format!("{{\"Records\":[{{\"requestParameters\":{}{}}}]}}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(one(deep).1.records, 0);
}

#[test]
fn a_record_that_lies_in_two_trails_is_counted_for_both_and_given_out_once() {
    let text = json!({ "Records": records(60) }).to_string();
    let (found, tally) = scan(&[("a", text.clone().into_bytes()), ("b", compressed(text.as_bytes()))]);
    assert_eq!((found, tally.records, tally.ids.count()), (expected(60), 120, Some(60)));
    assert_eq!((tally.files, tally.trail_files, tally.events), (2, 2, 20));
    // Of a call across accounts the caller's record and the owner's are both given out.
    let (mut caller, mut owner) = (record(0), record(3));
    caller["sharedEventID"] = "s".into();
    owner["sharedEventID"] = "s".into();
    owner["userIdentity"] = json!({ "type": "AWSAccount", "accountId": "123456789012" });
    assert_eq!(one(json!([caller, owner, caller]).to_string()).1.events, 2);
    // Without ids nothing says that two are the same.
    let mut nameless = record(0);
    nameless.as_object_mut().unwrap().remove("eventID");
    assert_eq!(one(json!([nameless, nameless]).to_string()).1.ids.count(), Some(2));
}

#[test]
fn accounts_regions_and_times_are_noted() {
    let mut all = records(300);
    for (number, record) in all.iter_mut().enumerate() {
        record["awsRegion"] = ["eu-west-1", "us-east-1", "eu-central-1"][number / 3 % 3].into();
    }
    let (_, tally) = one(json!(all).to_string());
    assert_eq!(tally.regions.len(), 3);
    assert_eq!(tally.span, Some((1_795_514_400, 1_795_514_400 + 297)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn lines_read_in_parts_are_read_once_each(count in 1..120_usize, cuts in proptest::collection::vec(1..60_000_u64, 0..4)) {
        let text = lines(&records(count), "\n");
        let length = text.len() as u64;
        let mut cuts: Vec<u64> = cuts.into_iter().filter(|cut| *cut < length).chain([0, length]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let seen = Seen::default();
        let mut scanner = Scanner::new(Noted::default(), &seen);
        for part in cuts.windows(2) {
            let (from, to) = (part[0], part[1]);
            let begin = usize::try_from(from.saturating_sub(1)).unwrap();
            let part = if from == 0 { Part::Begin(to) } else { Part::Further(to - from + 1) };
            scanner.read_part("file", &text.as_bytes()[begin..], part);
        }
        let (noted, tally) = scanner.finish();
        prop_assert_eq!(noted.0, expected(count));
        prop_assert_eq!((tally.records, tally.files), (count as u64, 1));
    }

    #[test]
    fn no_bytes_make_it_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0..3_usize) {
        let text = json!({ "Records": records(4) }).to_string().into_bytes();
        let spoiled = match at {
            0 => bytes,
            1 => [text, bytes].concat(),
            _ => compressed(&[text, bytes].concat()),
        };
        let (found, tally) = one(spoiled);
        prop_assert!(tally.files == 1 && found.len() <= 4);
    }
}
