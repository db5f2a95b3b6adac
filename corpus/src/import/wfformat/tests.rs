//! A small execution, ways to break it, and the published ones if they are at hand.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use super::import;
use crate::Case;
use crate::generate::clock::tests_support::ends;
use crate::load::LoadError;

/// Four tasks in a diamond, the middle two of which took equally long.
const BAKERY: &str = r#"{
  "name": "bakery", "schemaVersion": "1.5", "runtimeSystem": {"name": "Oven", "version": "2"},
  "workflow": {
    "specification": {
      "tasks": [
        {"id": "eat_4", "name": "eat", "parents": ["bake_2", "brew_3"], "children": [], "inputFiles": ["bread", "tea"]},
        {"id": "mix_1", "name": "mix", "parents": [], "children": ["bake_2", "brew_3"], "outputFiles": ["dough"]},
        {"id": "bake_2", "name": "bake", "parents": ["mix_1"], "children": ["eat_4"], "inputFiles": ["dough"], "outputFiles": ["bread"]},
        {"id": "brew_3", "name": "brew", "parents": ["mix_1"], "children": ["eat_4"], "outputFiles": ["tea"]}
      ],
      "files": [{"id": "dough", "sizeInBytes": 900}, {"id": "bread", "sizeInBytes": 750}, {"id": "tea", "sizeInBytes": 20}]
    },
    "execution": {
      "makespanInSeconds": 4.0, "executedAt": "2024-05-06T07:08:09Z",
      "tasks": [
        {"id": "mix_1", "runtimeInSeconds": 1.5, "command": {"program": "mixer", "arguments": ["--slow"]}},
        {"id": "bake_2", "runtimeInSeconds": 2.0004},
        {"id": "brew_3", "runtimeInSeconds": 2.0, "coreCount": 1},
        {"id": "eat_4", "runtimeInSeconds": 0}
      ]
    }
  }
}
"#;

fn import_text(text: &str) -> Result<Case, LoadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my bakery.json");
    fs::write(&path, text).unwrap();
    import(&path).map(|mut loaded| loaded.cases.remove(0))
}

/// Imports the bakery with `from` replaced by `to`, and gives the error without its path.
#[track_caller]
fn refused(from: &str, to: &str) -> String {
    assert!(BAKERY.contains(from));
    let error = import_text(&BAKERY.replace(from, to)).unwrap_err().to_string();
    error.rsplit_once('/').unwrap().1.to_owned()
}

#[test]
fn an_execution_becomes_a_case_with_its_measured_times() {
    assert_snapshot!(serde_json::to_string_pretty(&import_text(BAKERY).unwrap()).unwrap(), @r#"
    {
      "format_version": 1,
      "id": "my-bakery",
      "why": "An execution of bakery recorded by Oven, with its measured run times.",
      "tags": [
        "wfformat"
      ],
      "definition": {
        "dag": {
          "id": "bakery",
          "tasks": [
            {
              "id": "eat_4",
              "needs": [
                "bake_2",
                "brew_3"
              ],
              "call": {
                "handler": "eat",
                "input": {
                  "literal": {
                    "bytes": 770,
                    "files": 2
                  }
                }
              }
            },
            {
              "id": "mix_1",
              "call": {
                "handler": "mixer",
                "input": {
                  "literal": {
                    "bytes": 0,
                    "files": 0
                  }
                }
              }
            },
            {
              "id": "bake_2",
              "needs": [
                "mix_1"
              ],
              "call": {
                "handler": "bake",
                "input": {
                  "literal": {
                    "bytes": 900,
                    "files": 1
                  }
                }
              }
            },
            {
              "id": "brew_3",
              "needs": [
                "mix_1"
              ],
              "call": {
                "handler": "brew",
                "input": {
                  "literal": {
                    "bytes": 0,
                    "files": 0
                  }
                }
              }
            }
          ]
        }
      },
      "input": null,
      "script": {
        "tasks": {
          "bake_2": {
            "attempts": [
              {
                "takes": 2000,
                "then": {
                  "returns": {
                    "bytes": 750,
                    "files": 1
                  }
                }
              }
            ]
          },
          "brew_3": {
            "attempts": [
              {
                "takes": 2001,
                "then": {
                  "returns": {
                    "bytes": 20,
                    "files": 1
                  }
                }
              }
            ]
          },
          "eat_4": {
            "attempts": [
              {
                "takes": 1,
                "then": {
                  "returns": {
                    "bytes": 0,
                    "files": 0
                  }
                }
              }
            ]
          },
          "mix_1": {
            "attempts": [
              {
                "takes": 1500,
                "then": {
                  "returns": {
                    "bytes": 900,
                    "files": 1
                  }
                }
              }
            ]
          }
        }
      }
    }
    "#);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let shown = [
        refused(
            r#""parents": ["mix_1"], "children": ["eat_4"], "inputFiles""#,
            r#""parents": ["mux"], "children": [], "inputFiles""#,
        ),
        refused(r#"{"id": "bake_2", "runtimeInSeconds": 2.0004},"#, ""),
        refused(
            r#"{"id": "bake_2", "runtimeInSeconds": 2.0004},"#,
            r#"{"id": "fry", "runtimeInSeconds": 2},"#,
        ),
        refused(r#""runtimeInSeconds": 2.0004"#, r#""runtimeInSeconds": -2"#),
        refused(r#""runtimeInSeconds": 2.0004"#, r#""runtimeInSeconds": 1e300"#),
        refused(r#""runtimeInSeconds": 2.0004"#, r#""runtimeInSeconds": "2""#),
        refused(r#""runtimeInSeconds": 2.0004"#, r#""runtime": 2"#),
        refused(r#""parents": [], "children""#, r#""parents": ["eat_4"], "children""#),
        refused(r#""id": "eat_4", "name""#, r#""id": "mix_1", "name""#),
        refused(r#""execution""#, r#""executed""#),
        refused(r#""1.5""#, r#""1.3""#),
    ];
    assert_snapshot!(shown.join("\n"), @r#"
    my bakery.json, line 8: task `bake_2` has the parent `mux`, which does not exist
    my bakery.json, line 6: task `bake_2` was never executed: it has no entry under `execution`
    my bakery.json, line 17: the execution has a task `fry` that the specification lacks
    my bakery.json, line 17: task `bake_2` took -2.0 s, which cannot be
    my bakery.json, line 17: task `bake_2` took 1e300 s, which cannot be
    my bakery.json, line 17: invalid type: string "2", expected f64
    my bakery.json, line 17: unknown field `runtime`, expected one of `id`, `runtimeInSeconds`, `command`, `executedAt`, `coreCount`, `avgCPU`, `readBytes`, `writtenBytes`, `memoryInBytes`, `energyInKWh`, `avgPowerInW`, `priority`, `machines`
    my bakery.json, line 6: the tasks need each other in a circle
    my bakery.json, line 6: the id `mix_1` is empty or used by more than one task
    my bakery.json, line 13: unknown field `executed`, expected one of `specification`, `execution`, `repo`, `runName`
    my bakery.json, line 2: the schema version is 1.3, and this build reads 1.5
    "#);
}

#[test]
fn a_specification_that_was_never_executed_is_refused() {
    let text = BAKERY.split(",\n    \"execution\"").next().unwrap().to_owned() + "\n  }\n}\n";
    let error = import_text(&text).unwrap_err().to_string();
    assert!(error.contains("`execution` is missing"), "{error}");
}

#[test]
fn a_case_file_is_not_imported() {
    let text = r#"{"format_version": 1, "id": "a", "definition": {"dag": {"id": "w"}}}"#;
    assert!(matches!(import_text(text), Err(LoadError::Neither { .. })));
}

#[test]
fn published_executions_are_imported_without_ties() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/wfinstances");
    if !folder.exists() {
        println!("passed over: there are no published executions at {}", folder.display());
        return;
    }
    let loaded = import(&folder).unwrap();
    assert_eq!(loaded.cases.len(), 27);
    assert_eq!(
        loaded
            .cases
            .iter()
            .map(|case| case.dag().expect("a workflow").tasks.len())
            .max(),
        Some(1738)
    );
    for case in &loaded.cases {
        let mut ends = ends(case);
        let tasks = ends.len();
        ends.sort_unstable();
        ends.dedup();
        assert_eq!(
            (ends.len(), tasks),
            (tasks, case.dag().expect("a workflow").tasks.len()),
            "{}",
            case.id
        );
    }
}
