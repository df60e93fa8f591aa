//! What is read of HCL, and where it stands.

use super::*;

fn first(text: &str) -> TopBlock {
    read(text).unwrap().0.into_iter().next().unwrap()
}

#[test]
fn a_byte_order_mark_is_none_of_the_text() {
    let text = "\u{feff}resource \"a\" \"b\" {}\n";
    assert!(damage(text).is_none());
    assert_eq!(&text[first(text).bytes], "resource \"a\" \"b\"");
}

#[test]
fn values_have_their_places() {
    let text = "resource \"aws_instance\" \"a\" {\n  user_data = <<-EOT\n    #!/bin/sh\n    echo ${var.x} \"hi\"\n      two\n  EOT\n  tags = { Name = \"a\\\"b\", (local.k) = 1 }\n  metadata_options {\n    http_tokens = \"optional\"\n  }\n}\n";
    let block = first(text);
    assert_eq!(&text[block.bytes.clone()], "resource \"aws_instance\" \"a\"");
    let tokens = block.body.at(&["metadata_options", "http_tokens"]).unwrap();
    assert_eq!(&text[tokens.bytes.clone()], "\"optional\"");
    let DatumKind::Template(parts) = &block.body.get("user_data").unwrap().kind else { panic!() };
    let [Part::Literal(before), Part::Value(value), Part::Literal(after)] = parts.as_slice() else {
        panic!("{parts:?}")
    };
    assert_eq!(before.text(), "#!/bin/sh\necho ");
    assert_eq!(&text[before.places(10..14)], "echo");
    assert_eq!(value.reference(), Some("var.x"));
    assert_eq!(&text[value.bytes.clone()], "${var.x}");
    let two = after.text().find("two").unwrap();
    assert_eq!(&text[after.places(two..two + 3)], "two");
    let name = block.body.at(&["tags", "Name"]).unwrap();
    let DatumKind::Text(name) = &name.kind else { panic!() };
    assert_eq!((name.text(), &text[name.places(2..3)]), ("a\"b", "b"));
    assert_eq!(block.body.get("tags").unwrap().entries()[1].key, "${local.k}");
}

#[test]
fn references_lose_their_indices() {
    let text = "locals {\n  a = aws_ecr_repository.app[0].arn\n  b = module.ecr[\"x\"].url\n  c = [for r in var.r : r]\n  d = x ? \"a\" : \"b\"\n}\n";
    let block = first(text);
    assert_eq!(block.body.get("a").unwrap().reference(), Some("aws_ecr_repository.app.arn"));
    assert_eq!(block.body.get("b").unwrap().reference(), Some("module.ecr.x.url"));
    assert!(matches!(&block.body.get("c").unwrap().kind, DatumKind::Call(name, _) if name == "for"));
    assert!(matches!(&block.body.get("d").unwrap().kind, DatumKind::Call(name, _) if name == "if"));
}

#[test]
fn what_is_damaged_is_not_read() {
    assert!(read("resource {{{").is_none());
    assert!(read("").is_some());
}
