//! No field changes its number, its type or its meaning: all of them stand in a file that only ever grows. With
//! `REEVE_BLESS=1` new ones are written into it, for a person to review.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

/// Our own files; times and durations are those of protobuf.
fn files() -> Vec<FileDescriptorProto> {
    let files = FileDescriptorSet::decode(reeve_proto::DESCRIPTOR).expect("it works");
    files.file.into_iter().filter(|file| file.package().starts_with("reeve.")).collect()
}

/// One line for each field, enum value and call.
fn listed() -> String {
    let mut out = String::new();
    for file in &files() {
        let package = file.package();
        for service in &file.service {
            for call in &service.method {
                let (asked, answered) = (call.input_type(), call.output_type());
                let streams = [call.client_streaming(), call.server_streaming()];
                let call = format!("{package}.{}/{}", service.name(), call.name());
                writeln!(out, "{call} {asked} -> {answered} streams {streams:?}").expect("it works");
            }
        }
        for choice in &file.enum_type {
            for value in &choice.value {
                writeln!(out, "{package}.{}.{} = {}", choice.name(), value.name(), value.number())
                    .expect("it works");
            }
        }
        for message in &file.message_type {
            fields(package, message, &mut out);
        }
    }
    out
}

fn fields(package: &str, message: &DescriptorProto, out: &mut String) {
    assert!(message.nested_type.is_empty() && message.enum_type.is_empty(), "nested types are not listed");
    if message.field.is_empty() {
        writeln!(out, "{package}.{} has no fields", message.name()).expect("it works");
    }
    for field in &message.field {
        let oneof = field
            .oneof_index
            .and_then(|index| message.oneof_decl.get(usize::try_from(index).expect("it works")));
        let place = match oneof {
            Some(_) if field.proto3_optional() => "optional".into(),
            Some(oneof) => format!("oneof {}", oneof.name()),
            None => field.label().as_str_name().trim_start_matches("LABEL_").to_lowercase(),
        };
        let kind = field.r#type().as_str_name().trim_start_matches("TYPE_").to_lowercase();
        let (number, name) = (field.number(), field.name());
        let line =
            format!("{package}.{}.{name} = {number}, {place} {kind} {}", message.name(), field.type_name());
        writeln!(out, "{}", line.trim_end()).expect("it works");
    }
}

#[test]
fn no_number_changes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/numbers.txt");
    let now = listed();
    let pinned = fs::read_to_string(&file).unwrap_or_default();
    for line in pinned.lines() {
        assert!(now.lines().any(|other| other == line), "gone or changed: {line}");
    }
    if env::var_os("REEVE_BLESS").is_some() {
        fs::write(&file, &now).unwrap();
    } else {
        assert_eq!(now, pinned, "new fields: run the tests with REEVE_BLESS=1 and review tests/numbers.txt");
    }
}

#[test]
fn what_is_not_repeated_can_be_absent() {
    for message in files().iter().flat_map(|file| &file.message_type) {
        for field in &message.field {
            let is_message = !field.type_name().is_empty() && field.r#type().as_str_name() == "TYPE_MESSAGE";
            let repeated = field.label().as_str_name() == "LABEL_REPEATED";
            let absent = field.oneof_index.is_some() || is_message || repeated;
            assert!(absent, "{}.{}: a missing one would read as zero", message.name(), field.name());
        }
    }
}

#[test]
fn the_list_of_services_and_verbs_is_true() {
    let map = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ARCHITECTURE.md");
    let map = fs::read_to_string(map).unwrap();
    let (_, list) = map.split_once("| service | verbs |\n|---|---|\n").expect("there is a list");
    let told: BTreeSet<&str> = list.lines().take_while(|line| line.starts_with('|')).collect();
    let files = files();
    let services = files.iter().filter(|file| file.package() == "reeve.v1").flat_map(|file| &file.service);
    let rows = services.map(|service| {
        let verbs: Vec<String> = service.method.iter().map(|call| format!("`{}`", call.name())).collect();
        format!("| `{}` | {} |", service.name(), verbs.join(", "))
    });
    let rows: BTreeSet<String> = rows.collect();
    assert_eq!(told, rows.iter().map(String::as_str).collect(), "the list in ARCHITECTURE.md");
}
