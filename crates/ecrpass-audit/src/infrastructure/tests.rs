//! Infrastructure code of a tree, as rules see it.

use ecrpass_iam::layer::Layer;
use proptest::prelude::*;

use super::*;
use crate::kind::{FileKind, Owner};
use crate::yaml;

fn infrastructure(files: &[(&str, &str)]) -> Infrastructure {
    let files = files
        .iter()
        .map(|(path, text)| SourceFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            kind: FileKind::of(path, text),
            owner: Owner::Repository,
        })
        .collect();
    let tree = Tree::new(files, 0);
    let nodes: Vec<Vec<Node>> = tree
        .files()
        .iter()
        .map(|file| if file.is_yaml() { yaml::read_partly(&file.text).0 } else { Vec::new() })
        .collect();
    Infrastructure::of(&tree, &|index| nodes.get(index).map(Vec::as_slice))
}

#[test]
fn names_are_followed_through_a_module() {
    let main = "locals {\n  name = \"${var.prefix}-api\"\n}\nresource \"aws_ecr_repository\" \"a\" {\n  name = local.name\n  image_tag_mutability = local.mode\n}\nresource \"aws_ecr_repository\" \"b\" {\n  for_each = toset([\"x\", \"y\"])\n  name = \"team/${each.value}\"\n  image_tag_mutability = \"IMMUTABLE\"\n}\n";
    let other = "variable \"prefix\" {\n  default = \"shop\"\n}\nlocals {\n  mode = \"IMMUTABLE\"\n}\n";
    let found = infrastructure(&[
        ("infra/main.tf", main),
        ("infra/other.tf", other),
        ("x/other.tf", "locals { mode = \"MUTABLE\" }"),
    ]);
    let names: Vec<_> = found.repositories().iter().map(|one| (one.name.clone(), one.is_immutable)).collect();
    assert_eq!(
        names,
        [
            (crate::known::Known::Exactly("shop-api".to_owned()), true),
            (crate::known::Known::OneOf(vec!["team/x".to_owned(), "team/y".to_owned()]), true),
        ]
    );
}

#[test]
fn documents_are_found_where_they_stand() {
    let text = "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = [\"ecr:*\"]\n    resources = [\"*\"]\n  }\n}\nresource \"aws_iam_role_policy\" \"p\" {\n  role = aws_iam_role.r.id\n  policy = data.aws_iam_policy_document.d.json\n}\nresource \"aws_iam_role\" \"r\" {\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { Service = \"x\" }, Action = \"sts:AssumeRole\" }] })\n}\nresource \"aws_ecr_repository_policy\" \"e\" {\n  policy = <<-EOF\n    { \"Version\": \"2012-10-17\",\n      \"Statement\": [{ \"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"ecr:BatchGetImage\" }] }\n  EOF\n}\n";
    let found = infrastructure(&[("a.tf", text)]);
    let policies = found.policies("a.tf");
    let layers: Vec<_> = policies.iter().map(|policy| policy.layer).collect();
    assert_eq!(layers, [Some(Layer::Identity), Some(Layer::Trust), Some(Layer::Repository)]);
    assert_eq!(policies[0].owners, ["aws_iam_role.r"]);
    let action = &policies[0].document.statements[0].actions.items[0];
    assert_eq!(&text[policies[0].range(&action.span)], "\"ecr:*\"");
    let principal = &policies[2].document.statements[0].principals.as_ref().unwrap().items[0];
    assert_eq!(&text[policies[2].range(&principal.span)], "\"*\"");
}

#[test]
fn scripts_of_machines_have_their_places() {
    let text = "resource \"aws_instance\" \"a\" {\n  user_data = base64encode(<<-EOT\n    #!/bin/sh\n    docker run ${var.image} x\n  EOT\n  )\n}\n";
    let found = infrastructure(&[("a.tf", text)]);
    let scripts = user_data::of(&found.file("a.tf").unwrap());
    assert_eq!(scripts.len(), 1);
    assert_eq!(scripts[0].passage.text(), "#!/bin/sh\ndocker run ${var.image} x\n");
    let at = scripts[0].passage.text().find("docker").unwrap();
    assert_eq!(&text[scripts[0].passage.places(at..at + 6)], "docker");
    let image = scripts[0].passage.text().find("${").unwrap();
    assert_eq!(&text[scripts[0].passage.places(image..image + 12)], "${var.image}");
}

#[test]
fn trusts_know_their_issuer_and_role() {
    let text = "resource \"aws_iam_openid_connect_provider\" \"g\" {\n  url = \"https://token.actions.githubusercontent.com\"\n}\nresource \"aws_iam_role\" \"ci\" {\n  name = \"push\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { Federated = aws_iam_openid_connect_provider.g.arn }, Action = \"sts:AssumeRoleWithWebIdentity\", Condition = { StringLike = { \"token.actions.githubusercontent.com:sub\" = [\"repo:a/b:*\"] } } }] })\n}\n";
    let found = infrastructure(&[("a.tf", text)]);
    let [trust] = found.trusts() else { panic!("{:?}", found.trusts()) };
    assert_eq!(
        (trust.issuer.as_str(), trust.role.as_deref()),
        ("token.actions.githubusercontent.com", Some("push"))
    );
    assert_eq!(trust.subjects[0].0, "repo:a/b:*");
}

#[test]
fn names_that_go_round_in_a_ring_end() {
    let found = infrastructure(&[(
        "a.tf",
        "locals {\n  a = local.b\n  b = local.a\n  c = \"${local.c}x\"\n}\nresource \"aws_ecr_repository\" \"r\" {\n  name = local.c\n}\nresource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Statement = local.a })\n}\n",
    )]);
    assert_eq!(found.repositories().len(), 1);
}

proptest! {
    #[test]
    fn any_text_is_answered(
        text in "(resource \"aws_iam_policy\" \"p\" \\{\n|\\}\n|policy = jsonencode\\(\\{ Statement = \\[\\{ Effect = \"Allow\" \\}\\] \\}\\)\n|policy = <<E\n\\{\"Statement\": \\[\\]\\}\nE\n|name = \"\\$\\{local.x\\}\"\n|[ -~]{0,6}\n){0,8}",
        yaml in "(Resources:\n|  A:\n|    Type: AWS::IAM::Role\n|    Properties: \\{PolicyDocument: \\{Statement: !Sub '\\$\\{A\\}'\\}\\}\n|[ -~]{0,6}\n){0,8}",
    ) {
        let found = infrastructure(&[("a.tf", &text), ("t.yaml", &yaml)]);
        for (path, text) in [("a.tf", &text), ("t.yaml", &yaml)] {
            for policy in found.policies(path) {
                for statement in &policy.document.statements {
                    prop_assert!(text.get(policy.range(&statement.span)).is_some());
                }
            }
        }
    }
}
