//! Generates the client from `openapi.json`.

use std::{env, error::Error, fs, path::PathBuf};

use openapi_to_rust::{
    CodeGenerator, GeneratorConfig, SchemaAnalyzer, TypeMapper, TypeMappingConfig,
    type_mapping::{DateStrategy, UuidStrategy},
};

const DOCUMENT: &str = "../../../openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let document = serde_json::from_str(&fs::read_to_string(DOCUMENT)?)?;
    // Times and ids stay text, so that the client needs no further crate.
    let types = TypeMappingConfig {
        date_time: DateStrategy::String,
        uuid: UuidStrategy::String,
        ..TypeMappingConfig::default()
    };
    let mapper = TypeMapper::new(types.clone());
    let mut analysis = SchemaAnalyzer::with_type_mapper(document, mapper)?.analyze()?;
    let output = PathBuf::from(env::var("OUT_DIR")?);
    let generator = CodeGenerator::new(GeneratorConfig {
        output_dir: output.clone(),
        enable_sse_client: false,
        tracing_enabled: false,
        types,
        ..GeneratorConfig::default()
    });
    generator.write_files(&generator.generate_all(&mut analysis)?)?;
    for file in ["client.rs", "types.rs"] {
        // `include!` takes items only. Attributes and documentation of a module are neither.
        let text = fs::read_to_string(output.join(file))?;
        let items = text.lines().filter(|line| !is_inner(line));
        fs::write(output.join(file), items.collect::<Vec<_>>().join("\n"))?;
    }
    Ok(())
}

fn is_inner(line: &str) -> bool {
    line.starts_with("//!") || line.starts_with("#![")
}
