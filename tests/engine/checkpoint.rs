//! Checkpoints: a round trip keeps every bit, and every fault of a file is named.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use ctlora::engine::{EngineError, HostHead, HostModel, read_checkpoint, write_checkpoint};
use ctlora::question::Head;
use tempfile::TempDir;

use crate::fixture::SMALL;

type Tensors = HashMap<String, Tensor>;

/// A folder with the small model, its tensors edited.
fn saved(edit: impl FnOnce(&mut Tensors)) -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    write_checkpoint(folder.path(), &SMALL.host()).unwrap();
    let path = folder.path().join("model.safetensors");
    let mut tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    edit(&mut tensors);
    candle_core::safetensors::save(&tensors, &path).unwrap();
    folder
}

/// A folder with the small model, one field of its config set.
fn configured(field: &str, value: serde_json::Value) -> TempDir {
    let folder = saved(|_| ());
    let path = folder.path().join("config.json");
    let mut config: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    config.insert(field.to_owned(), value);
    std::fs::write(&path, serde_json::to_string(&config).unwrap()).unwrap();
    folder
}

/// The one error that reading gives.
fn complaint(folder: &Path) -> String {
    match read_checkpoint(folder) {
        Err(error @ EngineError::File { .. }) if error.is_input() && error.hint().is_some() => error.to_string(),
        other => panic!("expected a file error, found {other:?}"),
    }
}

fn renamed(tensors: &mut Tensors, rename: impl Fn(&str) -> String) {
    *tensors = tensors.drain().map(|(name, tensor)| (rename(&name), tensor)).collect();
}

#[test]
fn a_round_trip_keeps_every_bit() {
    assert_eq!(read_checkpoint(saved(|_| ()).path()).unwrap(), SMALL.host());
    // A head of its own is kept too.
    let untied: HostModel = SMALL.model(Head::Random, 1).host().unwrap();
    assert!(matches!(untied.head, HostHead::Untied(_)));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    write_checkpoint(folder.path(), &untied).unwrap();
    assert_eq!(read_checkpoint(folder.path()).unwrap(), untied);
}

#[test]
fn linear_weights_are_stored_in_by_out() {
    let width = SMALL.config().width;
    saved(|tensors| {
        assert_eq!(tensors["transformer.h.0.mlp.c_fc.weight"].dims(), [width, 4 * width]);
        assert_eq!(tensors["transformer.h.0.mlp.c_proj.weight"].dims(), [4 * width, width]);
        assert_eq!(tensors["transformer.wte.weight"].dims(), [SMALL.vocab, width]);
        assert!(!tensors.contains_key("lm_head.weight"));
    });
}

#[test]
fn names_without_prefix_mask_buffers_and_a_copied_head_are_accepted() {
    let folder = saved(|tensors| {
        renamed(tensors, |name| name.trim_start_matches("transformer.").to_owned());
        tensors.insert("h.0.attn.bias".to_owned(), Tensor::ones((1, 1, 9, 9), DType::U8, &Device::Cpu).unwrap());
        tensors.insert("h.1.attn.masked_bias".to_owned(), Tensor::new(-1e4f32, &Device::Cpu).unwrap());
        tensors.insert("lm_head.weight".to_owned(), tensors["wte.weight"].clone());
    });
    assert_eq!(read_checkpoint(folder.path()).unwrap(), SMALL.host());
}

#[test]
fn half_precision_is_widened() {
    for (dtype, relative) in [(DType::F16, 1.0 / 2048.0), (DType::BF16, 1.0 / 256.0)] {
        let folder = saved(|tensors| tensors.values_mut().for_each(|t| *t = t.to_dtype(dtype).unwrap()));
        let (read, exact) = (read_checkpoint(folder.path()).unwrap(), SMALL.host());
        // Half a unit in the last place of 11 and of 8 bits; below 2^-14 f16 is spaced 2^-24 apart.
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= relative * b.abs() + 6e-8;
        for (id, matrix) in &exact.matrices {
            assert!(read.matrices[id].data.iter().zip(&matrix.data).all(close), "{id} as {dtype:?}");
        }
    }
}

#[test]
fn every_faulty_tensor_is_named_in_one_error() {
    let folder = saved(|tensors| {
        tensors.remove("transformer.h.0.ln_1.weight");
        tensors.insert("transformer.h.2.ln_1.weight".to_owned(), Tensor::new(&[1f32], &Device::Cpu).unwrap());
        let turned = tensors["transformer.h.1.mlp.c_fc.weight"].t().unwrap().contiguous().unwrap();
        tensors.insert("transformer.h.1.mlp.c_fc.weight".to_owned(), turned);
        let nan = (tensors["transformer.ln_f.bias"].clone() * f64::NAN).unwrap();
        tensors.insert("transformer.ln_f.bias".to_owned(), nan);
    });
    let message = complaint(folder.path());
    for part in [
        "h.0.ln_1.weight is missing",
        "h.2.ln_1.weight is unexpected",
        "h.1.mlp.c_fc.weight is [32, 8], not [8, 32]",
        "ln_f.bias has entries that are not finite",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn each_fault_alone_is_the_only_one_named() {
    type Edit = fn(&mut Tensors);
    let cases: [(&str, Edit); 5] = [
        ("wpe.weight is missing", |t| drop(t.remove("transformer.wpe.weight"))),
        ("surplus is unexpected", |t| drop(t.insert("surplus".into(), Tensor::new(0f32, &Device::Cpu).unwrap()))),
        ("h.0.attn.c_attn.bias has dtype I64, not f32, f16 or bf16", |t| {
            let integers = t["transformer.h.0.attn.c_attn.bias"].to_dtype(DType::I64).unwrap();
            t.insert("transformer.h.0.attn.c_attn.bias".into(), integers);
        }),
        ("wte.weight has entries that are not finite", |t| {
            let infinite = (t["transformer.wte.weight"].clone() / 0.0).unwrap();
            t.insert("transformer.wte.weight".into(), infinite);
        }),
        ("lm_head.weight differs from wte.weight", |t| {
            let other = (t["transformer.wte.weight"].clone() * 2.0).unwrap();
            t.insert("lm_head.weight".into(), other);
        }),
    ];
    for (expected, edit) in cases {
        let message = complaint(saved(edit).path());
        assert!(message.contains(expected) && !message.contains(';'), "{expected}: {message}");
    }
}

#[test]
fn configs_of_other_networks_are_refused() {
    use serde_json::json;
    for (field, value) in [
        ("model_type", json!("llama")),
        ("n_head", json!(3)),
        ("n_head", json!(0)),
        ("n_layer", json!(1u64 << 40)),
        ("n_inner", json!(100)),
        ("activation_function", json!("relu")),
        ("layer_norm_epsilon", json!(-1.0)),
        ("scale_attn_by_inverse_layer_idx", json!(true)),
        ("n_embd", json!("wide")),
    ] {
        let message = complaint(configured(field, value.clone()).path());
        assert!(message.contains("config.json"), "{field} = {value}: {message}");
    }
    assert!(complaint(configured("vocab_size", json!(24)).path()).contains("wte.weight is [23, 8], not [24, 8]"));
}

#[test]
fn files_that_are_absent_or_broken_are_named() {
    let folder = saved(|_| ());
    std::fs::write(folder.path().join("model.safetensors"), b"not tensors").unwrap();
    assert!(complaint(folder.path()).contains("model.safetensors"));
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    assert!(complaint(folder.path()).contains("model.safetensors: cannot be read"));
    std::fs::remove_file(folder.path().join("config.json")).unwrap();
    assert!(complaint(folder.path()).contains("config.json: cannot be read"));
}
