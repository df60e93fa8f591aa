//! What is a notice and what is none, and what is read of each.

use proptest::prelude::*;

use super::*;
use crate::finding::Confidence;

const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1";

/// Notices of every kind, to be read and to be damaged.
const ALL: [&str; 9] = [
    r#"{"version":"0","id":"1","detail-type":"ECS Task State Change","source":"aws.ecs","time":"2026-11-24T10:00:00Z","region":"eu-west-1","detail":{"taskDefinitionArn":"arn:aws:ecs:eu-west-1:1:task-definition/web:7","lastStatus":"STOPPED","stopCode":"TaskFailedToStart","stoppedReason":"Task failed to start","containers":[{"image":"123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1","reason":"CannotPullECRContainerError: ä"}]}}"#,
    r#"{"detail-type":"ECS Service Action","source":"aws.ecs","resources":["arn:aws:ecs:eu-west-1:1:service/prod/web"],"detail":{"eventType":"WARN","eventName":"SERVICE_TASK_START_IMPAIRED","clusterArn":"arn:aws:ecs:eu-west-1:1:cluster/prod"}}"#,
    r#"{"Configuration":{"FunctionName":"f","FunctionArn":"arn:aws:lambda:eu-west-1:1:function:f","State":"Inactive","StateReasonCode":"ImageDeleted"},"Code":{"ImageUri":"123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1"}}"#,
    r#"{"Type":"Notification","TopicArn":"arn:aws:sns:eu-west-1:1:t","Message":"{\"AlarmName\":\"ecr-throttled\",\"NewStateValue\":\"ALARM\",\"AlarmDescription\":\"x [throttled]. ecrpass explain --id throttled\",\"Trigger\":{\"MetricName\":\"X\",\"Dimensions\":[]}}"}"#,
    r#"{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"EcrPodCannotPull","namespace":"shop","pod":"web-1"},"annotations":{"description":"[token-expired], also [throttled]"}},{"status":"resolved","labels":{}}]}"#,
    r#"{"InstanceId":"i-0","Output":"[ 1.0] cloud-init[7]: ok\r\ncloud-init[7]: no basic auth credentials\n"}"#,
    r#"{"detail-type":"CodeBuild Build State Change","detail":{"project-name":"p","additional-information":{"phases":[{"phase-context":["CLIENT_ERROR: "]},{"phase-context":["COMMAND_EXECUTION_ERROR: docker push denied"]}]}}}"#,
    r#"{"event":{"detail-type":"ECS Service Action","detail":{"eventName":"SERVICE_STEADY_STATE"},"resources":[]},"text":"x [tag-not-found]"}"#,
    r#"{"alarmData":{"alarmName":"a","state":{"value":"ALARM","reason":"r"},"configuration":{"description":"","metrics":[{"metricStat":{"metric":{"name":"Failures","namespace":"ecrpass","dimensions":{"Cause":"clock-skew","Region":"eu-west-1"}}}}]}}}"#,
];

fn one(text: &str) -> Notice {
    let mut found = notices("n.json", text).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn hints(notice: &Notice) -> Vec<&str> {
    notice.hints.iter().map(|hint| hint.id.slug()).collect()
}

#[test]
fn every_kind_is_read() {
    let task = one(ALL[0]);
    assert_eq!(task.subject, "ECS task web:7");
    assert_eq!(task.time.as_deref(), Some("2026-11-24T10:00:00Z"));
    assert_eq!(
        (task.details.region.as_deref(), task.images.as_slice()),
        (Some("eu-west-1"), &[IMAGE.to_owned()][..])
    );
    let said: Vec<&str> = task.said.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(said, ["TaskFailedToStart: Task failed to start", "CannotPullECRContainerError: ä"]);
    let (at, _) = &task.said[1];
    assert_eq!(
        (at.line, at.column),
        (1, ALL[0][..ALL[0].find("CannotPullECR").unwrap()].chars().count() + 1)
    );

    let service = one(ALL[1]);
    assert_eq!(hints(&service)[0], "ecs-execution-role-missing");
    let (_, command) = service.hints[0].next.clone().unwrap();
    assert!(command.to_string().contains("--cluster prod --service-name web"), "{command}");

    let function = one(ALL[2]);
    assert_eq!(
        (hints(&function), function.hints[0].confidence),
        (vec!["tag-not-found"], Confidence::Certain)
    );

    assert_eq!(hints(&one(ALL[3])), ["throttled"]);
    assert_eq!(one(ALL[3]).subject, "alarm ecr-throttled");

    let alerts = notices("n.json", ALL[4]).unwrap();
    assert_eq!((alerts.len(), hints(&alerts[0])), (2, vec!["token-expired", "throttled"]));
    assert_eq!(alerts[0].details.pod.as_deref(), Some("web-1"));
    assert!(alerts[1].hints.is_empty());

    let console = one(ALL[5]);
    assert_eq!(console.said[1].0.to_string(), "console of i-0:2:1");

    let build = one(ALL[6]);
    assert_eq!(build.details.ci.as_deref(), Some("codebuild"));
    assert_eq!(build.said.len(), 2);

    let own = one(ALL[7]);
    assert_eq!(hints(&own), ["tag-not-found"]);

    let alarm = one(ALL[8]);
    assert_eq!((hints(&alarm), alarm.details.region.as_deref()), (vec!["clock-skew"], Some("eu-west-1")));
}

#[test]
fn messages_come_in_messages() {
    let alarm = r#"{"AlarmName":"a","NewStateValue":"ALARM","AlarmDescription":"[throttled]"}"#;
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let by_sns = format!(r#"{{"Type":"Notification","Message":{}}}"#, quoted(alarm));
    let by_sqs = format!(r#"{{"Records":[{{"eventSource":"aws:sqs","body":{}}}]}}"#, quoted(&by_sns));
    let to_lambda =
        format!(r#"{{"Records":[{{"EventSource":"aws:sns","Sns":{{"Message":{}}}}}]}}"#, quoted(alarm));
    for text in [&by_sns, &by_sqs, &to_lambda] {
        let notice = one(text);
        assert_eq!(hints(&notice), ["throttled"], "{text}");
        assert_eq!(notice.hints[0].place.line, 1);
    }
    let mail = one(r#"{"Type":"Notification","TopicArn":"x","Subject":"s","Message":"see [clock-skew]"}"#);
    assert_eq!(hints(&mail), ["clock-skew"]);
}

#[test]
fn events_may_stand_on_a_line_each() {
    let text = format!("{}\n\n{}\n", ALL[0], ALL[1]);
    let found = notices("n.json", &text).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].said[0].0.line, 1);
    assert_eq!(found[1].hints[0].place.line, 3);
    assert!(notices("n.json", &format!("{}\nno basic auth credentials\n", ALL[0])).is_none());
}

#[test]
fn mails_of_alarms_name_their_cause() {
    let mail = |change: &str| {
        format!(
            "You are receiving this email because your Amazon CloudWatch Alarm \"ecr-throttled\" in the EU (Ireland) region has entered …\n\nAlarm Details:\n- Name: ecr-throttled\n- Description: ECR throttles. [throttled]. Next: ecrpass explain --id throttled\n- State Change: {change}\n"
        )
    };
    let notice = one(&mail("OK -> ALARM"));
    assert_eq!((hints(&notice), notice.hints[0].place.line), (vec!["throttled"], 5));
    assert!(one(&mail("ALARM -> OK")).hints.is_empty());
    assert!(notices("n", "see ecrpass explain --id throttled\n").is_none());
}

#[test]
fn what_is_well_names_no_cause() {
    for text in [
        r#"{"AlarmName":"a","NewStateValue":"OK","AlarmDescription":"[throttled]"}"#,
        r#"{"alerts":[{"status":"resolved","labels":{"cause":"throttled"}}]}"#,
        r#"{"FunctionName":"f","State":"Active","StateReasonCode":"ImageDeleted","LastUpdateStatus":"Successful"}"#,
        r#"{"tasks":[{"taskArn":"arn:aws:ecs:eu-west-1:1:task/p/1","lastStatus":"RUNNING","containers":[{"image":"x"}]}]}"#,
        r#"{"detail-type":"ECS Service Action","detail":{"eventName":"SERVICE_STEADY_STATE"}}"#,
    ] {
        let notice = one(text);
        assert!(notice.hints.is_empty() && notice.said.is_empty(), "{text}: {notice:?}");
    }
}

#[test]
fn other_documents_are_none() {
    for text in [
        "no basic auth credentials",
        "{}",
        "[]",
        r#"{"auths":{}}"#,
        r#"{"Records":[{"eventVersion":"1.11","eventName":"BatchGetImage"}]}"#,
        r#"{"detail-type":"AWS API Call via CloudTrail","source":"aws.ecr","detail":{"eventName":"BatchGetImage"}}"#,
        r#"{"log":"denied\n","stream":"stderr"}"#,
        r#"{"kind":"Pod","apiVersion":"v1"}"#,
        r#"{"services":{"web":{"image":"x"}}}"#,
        r#"{"tasks":["build","test"]}"#,
        "{\"log\":\"a\"}\n{\"log\":\"b\"}\n",
    ] {
        assert!(notices("n.json", text).is_none(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_damaged_notice_is_answered(
        of in prop::sample::select(&ALL[..]),
        at in any::<prop::sample::Index>(),
        length in 0_usize..6,
        with in "[\\[\\]{}:,\"n0 ä-]{0,4}",
    ) {
        let characters: Vec<char> = of.chars().collect();
        let at = at.index(characters.len() + 1);
        let mut text: String = characters[..at].iter().collect();
        text.push_str(&with);
        text.extend(characters.iter().skip(at + length));
        for notice in notices("n.json", &text).unwrap_or_default() {
            for (place, said) in &notice.said {
                prop_assert!(place.line >= 1 && place.column >= 1 && !said.is_empty());
            }
        }
    }
}
