//! Files of every kind of wrongness, and what a person is told about them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;
use miette::{GraphicalReportHandler, GraphicalTheme};
use tempfile::TempDir;

use super::{LoadError, LoadOptions, load, load_with, load_with_notices};

const CASE: &str = r#"{"format_version": 1, "id": "ID", "definition": {"dag": {"id": "w", "tasks": []}}}"#;

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn case(id: &str) -> Vec<u8> {
    CASE.replace("ID", id).into_bytes()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// What a person is shown, without colours and without the folder that differs from run to run.
fn rendered(error: &LoadError, folder: &Path) -> String {
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(200)
        .with_links(false);
    handler.render_report(&mut text, error).unwrap();
    let text = text.replace(&format!("{}/", folder.display()), "");
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Loads a file of this content and gives what is said about it.
#[track_caller]
fn refused(content: impl AsRef<[u8]>) -> String {
    let folder = folder(&[("bad.json", content.as_ref())]);
    let error = load(&folder.path().join("bad.json")).unwrap_err();
    assert!(load(folder.path()).is_err());
    rendered(&error, folder.path())
}

#[test]
fn an_unknown_key_is_shown_where_it_stands() {
    assert_snapshot!(refused("{\n  \"format_version\": 1,\n  \"id\": \"a\",\n  \"definiton\": {}\n}\n"), @r#"
    corpus::invalid

      × bad.json, line 4: unknown field `definiton`, expected one of `format_version`, `id`, `why`, `tags`, `definition`, `input`, `script`
       ╭─[bad.json:4:13]
     3 │   "id": "a",
     4 │   "definiton": {}
       ·             ┬
       ·             ╰── here
     5 │ }
       ╰────
      help: `corpus/case.schema.json` says what a case file may hold
    "#);
}

#[test]
fn a_wrong_type_is_shown_where_it_stands() {
    let text = "{\n  \"format_version\": 1,\n  \"id\": \"a\",\n  \"definition\": {\"dag\": {\"id\": \"w\", \"max_parallel\": \"two\"}}\n}\n";
    assert_snapshot!(refused(text), @r#"
    corpus::invalid

      × bad.json, line 4: invalid type: string "two", expected u32
       ╭─[bad.json:4:57]
     3 │   "id": "a",
     4 │   "definition": {"dag": {"id": "w", "max_parallel": "two"}}
       ·                                                         ┬
       ·                                                         ╰── here
     5 │ }
       ╰────
      help: `corpus/case.schema.json` says what a case file may hold
    "#);
}

#[test]
fn a_negative_time_is_shown_where_it_stands() {
    let script = r#""script": {"tasks": {"a": {"attempts": [{"takes": -5}]}}}}"#;
    let text = CASE.replace("ID", "a").replace("]}}}", &format!("]}}}},\n{script}"));
    assert_snapshot!(refused(text), @r#"
    corpus::invalid

      × bad.json, line 2: invalid value: integer `-5`, expected u64
       ╭─[bad.json:2:52]
     1 │ {"format_version": 1, "id": "a", "definition": {"dag": {"id": "w", "tasks": []}},
     2 │ "script": {"tasks": {"a": {"attempts": [{"takes": -5}]}}}}
       ·                                                    ┬
       ·                                                    ╰── here
       ╰────
      help: `corpus/case.schema.json` says what a case file may hold
    "#);
}

#[test]
fn a_file_that_ends_too_early_says_so() {
    assert_snapshot!(refused(&case("a")[..60]), @r#"
    corpus::invalid

      × bad.json, line 1: EOF while parsing an object
       ╭─[bad.json:1:60]
     1 │ {"format_version": 1, "id": "a", "definition": {"dag": {"id"
       ·                                                            ┬
       ·                                                            ╰── here
       ╰────
      help: the file ends too early; restore the rest of it
    "#);
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let text = format!(
        "{{\"format_version\": 1, \"id\": \"a\", \"input\": {}",
        "[".repeat(200_000)
    );
    let shown = refused(format!("{text}{}}}", "]".repeat(200_000)));
    assert!(shown.contains("nested too deeply") && shown.len() < 2_000, "{shown}");
    assert!(refused("[".repeat(200_000)).contains("ends too early"));
    assert!(refused("{\"a\":".repeat(200_000)).contains("ends too early"));
}

#[test]
fn terminal_escapes_of_a_file_are_not_passed_on() {
    let shown = refused(b"{\"format_version\": 1, \"\x1b[2J\x1b]0;title\x07\": 1}");
    assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown}");
    let shown = refused("{\"format_version\": 1, \"\\u001b[2J\u{202e}\": 1}");
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    assert_snapshot!(shown, @r#"
    corpus::invalid

      × bad.json, line 1: unknown field `\u{1b}[2J\u{202e}`, expected one of `format_version`, `id`, `why`, `tags`, `definition`, `input`, `script`
       ╭─[bad.json:1:36]
     1 │ {"format_version": 1, "\u001b[2J???": 1}
       ·                                    ┬
       ·                                    ╰── here
       ╰────
      help: `corpus/case.schema.json` says what a case file may hold
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_problem() {
    let text = format!(
        "{{\"format_version\": 1, \"why\": \"{}\", \"idd\": 1}}",
        "é".repeat(100_000)
    );
    let shown = refused(text);
    assert!(
        shown.contains("idd") && shown.contains("bad.json:1:2000") && shown.len() < 2_000,
        "{shown}"
    );
}

#[test]
fn an_id_that_could_leave_its_folder_is_refused() {
    for id in ["../up", "a/b", "nul\\u0000", "\\u001b[2J", "", ".hidden", "a\\\\b"] {
        let shown = refused(case(id));
        assert!(shown.contains("cannot name a case"), "{shown}");
    }
    assert_snapshot!(refused(case("../up")), @r#"
    corpus::invalid

      × bad.json, line 1: `../up` cannot name a case: it begins with `.` or contains `..`
       ╭─[bad.json:1:29]
     1 │ {"format_version": 1, "id": "../up", "definition": {"dag": {"id": "w", "tasks": []}}}
       ·                             ┬
       ·                             ╰── here
       ╰────
      help: an id names the case's file; use letters, digits, `-` and `_`
    "#);
}

#[test]
fn hostile_task_ids_are_welcome() {
    let text = String::from_utf8(case("a")).unwrap();
    for id in ["../up", "nul\\u0000", "\\u001b[2J", "<script>", "\u{202e}"] {
        let text = text.replace(
            "[]",
            &format!("[{{\"id\": \"{id}\", \"call\": {{\"handler\": \"{id}\"}}}}]"),
        );
        let folder = folder(&[("a.json", text.as_bytes())]);
        assert_eq!(load(folder.path()).unwrap().len(), 1);
    }
}

#[test]
fn another_format_version_is_refused() {
    assert_snapshot!(refused(String::from_utf8(case("a")).unwrap().replace(": 1,", ": 2,")), @r#"
    corpus::invalid

      × bad.json, line 1: the format version is 2, and this build reads 1
       ╭─[bad.json:1:2]
     1 │ {"format_version": 2, "id": "a", "definition": {"dag": {"id": "w", "tasks": []}}}
       ·  ┬
       ·  ╰── here
       ╰────
      help: bring the case to version 1, or use a build that reads its own
    "#);
}

#[test]
fn a_newer_format_version_is_named_before_its_new_keys() {
    let text = String::from_utf8(case("a")).unwrap();
    let shown = refused(text.replace(": 1,", ": 2, \"new\": {},"));
    assert!(shown.contains("the format version is 2"), "{shown}");
}

#[test]
fn a_byte_order_mark_is_named() {
    let mut text = "\u{feff}".to_owned().into_bytes();
    text.extend(case("a"));
    assert_snapshot!(refused(text), @r#"
    corpus::invalid

      × bad.json, line 1: the file begins with a byte order mark, which JSON does not allow
       ╭─[bad.json:1:1]
     1 │ ???{"format_version": 1, "id": "a", "definition": {"dag": {"id": "w", "tasks": []}}}
       · ┬
       · ╰── here
       ╰────
      help: save the file as UTF-8 without a byte order mark
    "#);
}

#[test]
fn a_folder_without_a_case_is_refused() {
    let folder = folder(&[("README.md", b"hello"), ("schema.json", b"{}")]);
    let shown = rendered(&load(folder.path()).unwrap_err(), folder.path());
    assert!(shown.contains("holds no case"), "{shown}");
}

#[test]
fn times_beyond_the_horizon_are_refused() {
    let script = r#""script": {"tasks": {"a": {"attempts": [{"takes": 18446744073709551615}]}}}}"#;
    assert_snapshot!(refused(CASE.replace("ID", "a").replace("]}}}", &format!("]}}}},\n{script}"))), @r#"
    corpus::invalid

      × bad.json, line 2: an attempt of `a` takes longer than 9600 h 0 m, the longest a call may take
       ╭─[bad.json:2:1]
     1 │ {"format_version": 1, "id": "a", "definition": {"dag": {"id": "w", "tasks": []}},
     2 │ "script": {"tasks": {"a": {"attempts": [{"takes": 18446744073709551615}]}}}}
       · ┬
       · ╰── here
       ╰────
      help: use shorter times; a call that never ends is `"never_returns"`
    "#);
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    assert_snapshot!(refused(b"{\"format_version\": 1,\n \"id\": \"\xff\"}"), @r#"
    corpus::invalid

      × bad.json, line 2: this is not UTF-8 text
       ╭─[bad.json:2:9]
     1 │ {"format_version": 1,
     2 │  "id": "�
       ·         ┬
       ·         ╰── here
       ╰────
      help: save the file as UTF-8
    "#);
}

#[test]
fn a_file_that_is_no_case_has_to_be_named_to_be_refused() {
    assert_snapshot!(refused("{\"type\": \"object\"}"), @r"
    corpus::neither

      × bad.json is no case file, set file, WfFormat execution or dataflow-rs definition
      help: a case file has `format_version` and `definition`, a set file `rules` and `messages`, an execution `schemaVersion` and `workflow`, a dataflow-rs definition `id`, `name` and `tasks`
    ");
    for text in ["[1, 2]", "\"text\"", "null", "{}"] {
        assert!(refused(text).contains("is no case file"), "{text}");
    }
}

#[test]
fn a_folder_is_read_by_path_and_passes_over_what_is_no_case() {
    let folder = folder(&[
        ("b/2.json", &case("two")),
        ("b/1.json", &case("one")),
        ("a.json.gz", &gzip(&case("zero"))),
        ("schema.json", b"{\"type\": \"object\"}"),
        ("README.md", b"hello"),
        (".hidden/x.json", b"broken"),
    ]);
    let loaded = load_with_notices(folder.path()).unwrap();
    let ids: Vec<&str> = loaded.cases.iter().map(|case| &*case.id).collect();
    assert_eq!(ids, ["zero", "one", "two"]);
    let prefix = format!("{}/", folder.path().display());
    let notices: Vec<String> = loaded
        .notices
        .iter()
        .map(|notice| notice.to_string().replace(&prefix, ""))
        .collect();
    assert_snapshot!(notices.join("\n"), @r"
    .hidden was passed over: hidden
    README.md was passed over: not a `.json` or `.json.gz` file
    schema.json was passed over: nothing that cases could be made of
    ");
}

#[test]
fn two_cases_of_one_id_are_refused() {
    let folder = folder(&[("1.json", &case("same")), ("2.json", &case("same"))]);
    assert_snapshot!(rendered(&load(folder.path()).unwrap_err(), folder.path()), @r"
    corpus::duplicate

      × the case `same` is in 1.json and in 2.json
      help: give one of them another id, or leave one file out
    ");
}

#[test]
fn a_missing_path_is_named() {
    let folder = folder(&[]);
    assert_snapshot!(rendered(&load(&folder.path().join("no/such.json")).unwrap_err(), folder.path()), @r"
    corpus::missing

      × no/such.json does not exist
      help: check the path; it is taken relative to where the command is run
    ");
}

#[test]
fn truncated_gzip_is_refused() {
    let whole = gzip(&case("a"));
    assert_snapshot!(refused(&whole[..whole.len() - 9]), @r"
    corpus::gzip

      × bad.json is not a whole gzip file: incomplete deflate stream
      help: copy or download it again, and check it with `gzip --test`
    ");
    assert!(refused(&whole[..3]).contains("gzip"));
}

#[test]
fn a_file_of_a_gigabyte_is_refused_before_it_is_read() {
    let folder = folder(&[]);
    let path = folder.path().join("huge.json");
    // Sparse: it takes no space.
    fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
    assert_snapshot!(rendered(&load(&path).unwrap_err(), folder.path()), @r"
    corpus::too_large

      × huge.json has a size of more than 64 MB
      help: split it into several files, or leave it out; a case is a few kB as a rule
    ");
}

#[test]
fn a_small_file_that_decompresses_to_much_is_refused() {
    let bomb = gzip(&vec![b' '; 257 << 20]);
    assert_snapshot!(refused(bomb), @r"
    corpus::too_large

      × bad.json has a decompressed size of more than 256 MB
      help: split it into several files, or leave it out; a case is a few kB as a rule
    ");
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_are_followed_once() {
    let folder = folder(&[("a/case.json", &case("one"))]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("again")).unwrap();
    let found: Vec<PathBuf> = super::files::find(folder.path()).unwrap().files;
    assert_eq!(found.len(), 1, "{found:?}");
}

const DEFINITION: &str =
    r#"{"id": "ID", "name": "n", "tasks": [{"id": "t", "name": "t", "function": {"name": "ask", "input": {}}}]}"#;

fn definition(id: &str) -> Vec<u8> {
    DEFINITION.replace("ID", id).into_bytes()
}

#[test]
fn the_definitions_of_a_folder_are_one_application_beside_its_cases() {
    let list = [&b"["[..], &definition("c"), b",", &definition("d"), b"]"].concat();
    let folder = folder(&[
        ("2.json", &definition("b")),
        ("1/a.json", &definition("a")),
        ("3.json", &list),
        ("case.json", &case("case")),
    ]);
    let options = LoadOptions { messages: 2, seed: 1 };
    let loaded = load_with(folder.path(), options).unwrap();
    let registered = super::Notice::Registered {
        path: super::shown(folder.path()),
        functions: "ask".to_owned(),
    };
    assert_eq!(loaded.notices, [registered]);
    let ids: Vec<&str> = loaded.cases.iter().map(|case| &*case.id).collect();
    assert_eq!(ids, ["case", "a-0", "a-1", "b-0", "b-1", "c-0", "c-1", "d-0", "d-1"]);
    let rules: Vec<_> = loaded.cases.iter().filter_map(|case| case.definition.rules()).collect();
    assert!(rules.iter().all(|other| std::sync::Arc::ptr_eq(other, rules[0])));
    assert_eq!(rules[0].workflows.len(), 4);
    let single = load_with(&folder.path().join("2.json"), options).unwrap();
    assert_eq!(single.cases.len(), 2);
}

#[test]
fn a_broken_definition_is_shown_where_it_is_broken() {
    assert_snapshot!(refused(r#"{"id": "w", "name": "w", "tasks": [{"id": }]}"#), @r#"
    corpus::invalid

      × bad.json, line 1: this is not JSON: expected value
       ╭─[bad.json:1:43]
     1 │ {"id": "w", "name": "w", "tasks": [{"id": }]}
       ·                                           ┬
       ·                                           ╰── here
       ╰────
      help: correct the syntax at this place
    "#);
}

#[test]
fn a_list_that_is_not_all_definitions_is_none() {
    for text in [
        r#"[{"id": "a", "tasks": []}, 1]"#,
        "[]",
        r#"[{"id": "a"}]"#,
        r#"[["a", "b", "c"]]"#,
    ] {
        assert!(refused(text).contains("is no case file"), "{text}");
    }
}

const RULES: &str = r#"{"format_version": 1, "id": "r", "definition": {"rules": {"workflows": [{"at": {"now": []}}]}},
"input": INPUT, "script": {"tasks": {"w/t": {"attempts": [{"takes": 1, "then": THEN}]}}}}"#;

#[test]
fn the_input_of_rules_is_a_message() {
    let text = RULES
        .replace("INPUT", r#"{"dta": {}}"#)
        .replace("THEN", r#"{"returns": null}"#);
    assert_snapshot!(refused(text), @r#"
    corpus::invalid

      × bad.json, line 2: unknown field `dta`, expected one of `payload`, `data`, `metadata`, `temp_data`, `channel`, `routing_bucket`, `capture_changes`, `trace`
       ╭─[bad.json:2:15]
     1 │ {"format_version": 1, "id": "r", "definition": {"rules": {"workflows": [{"at": {"now": []}}]}},
     2 │ "input": {"dta": {}}, "script": {"tasks": {"w/t": {"attempts": [{"takes": 1, "then": {"returns": null}}]}}}}
       ·               ┬
       ·               ╰── here
       ╰────
      help: the input is a message (`payload`, `data`, `metadata`, `temp_data`, …), and what a function returns is a reply (`set`, `errors`, `end`)
    "#);
}

#[test]
fn what_a_function_of_rules_gives_is_a_reply() {
    let text = RULES
        .replace("INPUT", "null")
        .replace("THEN", r#"{"returns": {"set": [{"path": 1}]}}"#);
    let shown = refused(text);
    assert!(
        shown.contains("line 2: invalid type: integer `1`, expected a string"),
        "{shown}"
    );
    let text = RULES.replace("INPUT", "{}").replace("THEN", "\"never_returns\"");
    let folder = folder(&[("a.json", text.as_bytes())]);
    let loaded = load_with_notices(&folder.path().join("a.json")).unwrap();
    let prefix = format!("{}/", folder.path().display());
    let notice = loaded.notices[0].to_string().replace(&prefix, "");
    assert_eq!(notice, "a.json: 1 `now` read a fixed clock, 2026-01-01T00:00:00Z");
}

const SET: &str = r#"{"format_version": 1, "id": "s", "rules": {"workflows": []}, "messages": MESSAGES}"#;

#[test]
fn a_set_is_many_cases_that_share_their_definitions_even_over_files() {
    let one = SET.replace("MESSAGES", r#"[{"id": "a"}, {"id": "b", "input": {"data": {"x": 1}}}]"#);
    let other = SET.replace("MESSAGES", r#"[{"id": "c", "script": {"tasks": {}}}]"#);
    let folder = folder(&[("1.json", one.as_bytes()), ("2.json", other.as_bytes())]);
    let cases = load(folder.path()).unwrap();
    let ids: Vec<&str> = cases.iter().map(|case| &*case.id).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let rules: Vec<_> = cases.iter().filter_map(|case| case.definition.rules()).collect();
    assert!(std::sync::Arc::ptr_eq(rules[0], rules[2]));
}

#[test]
fn a_set_is_read_as_strictly_as_a_case() {
    assert!(refused(SET.replace("MESSAGES", r#"[{"id": "a", "input": {"dta": 1}}]"#)).contains("unknown field `dta`"));
    assert!(refused(SET.replace("MESSAGES", r#"[{"id": "a/b"}]"#)).contains("cannot name a case"));
    assert!(refused(SET.replace("MESSAGES", r#"[{"id": "a"}, {"id": "a"}]"#)).contains("corpus::duplicate"));
    let newer = SET.replace("\"format_version\": 1", "\"format_version\": 2");
    assert!(refused(newer.replace("MESSAGES", "[]")).contains("reads 1"));
}
