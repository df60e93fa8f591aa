//! What must hold for any file, however broken.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 5] = ["compose.yaml", "Dockerfile", "pod.json", "task.json", "-"];

/// Whole files of every kind, to be damaged.
const FILES: [&str; 11] = [
    "x: &x {image: 'ä/${B:-b}:$C'}\nservices:\n  a:\n    <<: *x\n    build: {tags: [\"h.io/x\"]}\n  b: *x\n",
    "# syntax=d/e\nARG A=x\nFROM --platform=linux/arm64 $A/ä:${T} AS s\nCOPY --from=a/b <<E /\nx\nE\nRUN --mount=from=c/d \\\n x\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: ä}\nspec:\n  containers:\n  - image: >-\n      a/b\n---\nkind: List\nitems: []\n",
    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"spec\":{\"containers\":[{\"image\":\"u:p@h.io/x\"}]},\"status\":{\"containerStatuses\":[{\"state\":{\"waiting\":{\"reason\":\"R\",\"message\":\"mä\"}}}]}}",
    "{\"taskDefinition\":{\"containerDefinitions\":[{\"image\":\"123456789012.dkr.ecr.us-east-1.amazonaws.com/a\\u00e4\"}]}}",
    "{\"Configuration\":{\"FunctionName\":\"f\",\"StateReason\":\"x\"},\"Code\":{\"ImageUri\":\"h.io/ab\",\"ResolvedImageUri\":\"h.io/ab@sha256:0\"}}",
    "image: {repository: 123456789012.dkr.ecr.us-east-1.amazonaws.com/ä, tag: 1}\nglobal: {imageRegistry: h.io}\n",
    "Parameters: {T: {Default: v}}\nResources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n      - Image: !Sub ['${AWS::Region}/${X}:${T}', {X: !Join ['', [a, !Ref Ü]]}]\n",
    "{\"format_version\":\"1.0\",\"values\":{\"root_module\":{\"resources\":[{\"type\":\"aws_ecs_task_definition\",\"values\":{\"container_definitions\":\"[{\\\"image\\\":\\\"h.io/\\u00e4\\\"}]\"}}]}}}",
    "kind: Secret\napiVersion: v1\nmetadata: {name: ä}\nstringData: {.dockerconfigjson: '{\"auths\":{\"123456789012.dkr.ecr.us-east-1.amazonaws.com\":{\"auth\":\"QVdTOmh1bnRlcjIy\"}}}'}\n",
    "images: [{name: a, newName: h.io/ä, newTag: 1}]\n---\nkind: Workflow\napiVersion: x/v1\nspec: {templates: [{container: {image: h.io/b}}]}\n",
];

fn variable(name: &str) -> Option<String> {
    (name == "A").then(|| "user:hunter22@a.example".to_owned())
}

/// Reads a text; every place must lie inside of it.
fn check(name: &str, text: &str) -> Result<(), TestCaseError> {
    let places: Vec<FilePosition> = match read(name, text, &variable) {
        Ok(document) => {
            let json = serde_json::to_string(&document).unwrap();
            prop_assert!(!json.contains("hunter22"), "{}", json);
            prop_assert_eq!(serde_json::from_str::<DeploymentFile>(&json).unwrap(), document.clone());
            let targets = document.targets.into_iter().filter_map(|target| target.place);
            let messages = document.messages.into_iter().map(|(place, _)| place);
            targets.chain(messages).chain(document.dockerfiles.into_iter().map(|file| file.place)).collect()
        }
        Err(TargetError::Syntax { place, .. } | TargetError::Limit { place, .. }) => vec![place],
        Err(error) => {
            prop_assert!(!error.to_string().is_empty());
            Vec::new()
        }
    };
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text.split('\n').collect();
    for place in places {
        prop_assert!(place.line >= 1 && place.column >= 1);
        let line = lines.get(place.line - 1);
        prop_assert!(
            line.is_some_and(|line| place.column <= line.chars().count() + 1),
            "{} {:?}",
            place,
            text
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_answered(name in prop::sample::select(&NAMES[..]), text in any::<String>()) {
        check(name, &text)?;
        let _ = parse(&text);
    }

    #[test]
    fn any_damaged_file_is_answered(
        name in prop::sample::select(&NAMES[..]),
        file in prop::sample::select(&FILES[..]),
        at in any::<prop::sample::Index>(),
        length in 0_usize..6,
        with in "[\\[\\]{}:,\"'|>&*<$ \n\t\\\\ä`#@/-]{0,4}",
    ) {
        let characters: Vec<char> = file.chars().collect();
        let at = at.index(characters.len() + 1);
        let mut text: String = characters[..at].iter().collect();
        text.push_str(&with);
        text.extend(characters.iter().skip(at + length));
        check(name, &text)?;
    }

    #[test]
    fn an_image_prints_back(
        host in prop::sample::select(vec![
            "", "docker.io/", "h.io:5000/", "localhost/", "123456789012.dkr.ecr.us-east-1.amazonaws.com/", "public.ecr.aws/",
        ]),
        repository in "[a-z0-9]{2,8}(/[a-z0-9]{2,8}){0,2}", tag in "(:[A-Za-z0-9_][A-Za-z0-9._-]{0,9})?",
        digest in prop::sample::select(vec![String::new(), format!("@sha256:{}", "a".repeat(64))]),
    ) {
        let typed = parse(&format!("{host}{repository}{tag}{digest}")).unwrap();
        prop_assert_eq!(&parse(&typed.to_string()).unwrap(), &typed);
        let end = format!("{repository}{tag}{digest}");
        prop_assert!(typed.to_string().ends_with(&end));
    }
}
