//! What `export` writes, read back.

use std::path::Path;

use serde_json::Value;

use super::{folder, outcome, small_paper};

#[test]
fn an_exported_model_is_read_back_and_answers_the_same_questions() {
    let folder = folder();
    let model = folder.path().join("model").to_string_lossy().into_owned();
    let (code, _, err) = outcome(&["export", "--scale", "ci", "--out", &model, "--steps", "2", "--probe", "1,2"]);
    assert_eq!(code, 0, "{err}");
    for file in [
        "config.json",
        "model.safetensors",
        "tokens.safetensors",
        "frames.safetensors",
        "trace.json",
        "trace.safetensors",
    ] {
        assert!(Path::new(&model).join(file).is_file(), "{file}");
    }
    let paper = small_paper(folder.path(), |text| text);
    let values = |more: &[&str]| {
        let arguments = [&["verify", &paper, "--scale", "ci", "--seeds", "1", "--format", "json"], more].concat();
        let (code, out, err) = outcome(&arguments);
        assert_eq!(code, 0, "{err}");
        let json: Value = serde_json::from_str(&out).expect("JSON");
        json["papers"][0]["tables"][0]["rows"].to_string()
    };
    // Seed 1's crystallized base, exported and read back, is the same model on the same text.
    assert_eq!(values(&["--model", &model]), values(&["--base", "crystallized"]));
}
