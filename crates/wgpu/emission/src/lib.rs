//! Kernels as drivers get them: WGSL translated to Metal's language, DirectX's and SPIR-V, with the options of wgpu.

use naga::Module;
use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ShaderStages, SubgroupOperationSet, ValidationFlags, Validator};

/// A kernel in all three languages.
pub struct Emitted {
    /// Metal's shading language.
    pub metal: String,
    /// DirectX's.
    pub hlsl: String,
    /// SPIR-V, in words.
    pub spirv: Vec<u32>,
}

/// Translates `wgsl`, whose entry point is a compute shader called `main`.
///
/// # Errors
/// What the parser, the validator or a writer says against it.
pub fn emit(wgsl: &str) -> Result<Emitted, String> {
    let module = naga::front::wgsl::parse_str(wgsl).map_err(|e| e.emit_to_string(wgsl))?;
    // 64-bit integers and subgroups are used where devices have them, and nothing else beyond the least that all have.
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::SHADER_INT64 | Capabilities::SUBGROUP);
    validator.subgroup_stages(ShaderStages::COMPUTE);
    validator.subgroup_operations(SubgroupOperationSet::BASIC | SubgroupOperationSet::SHUFFLE);
    let info = validator.validate(&module).map_err(|e| format!("{:?}", e.into_inner()))?;
    Ok(Emitted { metal: metal(&module, &info)?, hlsl: directx(&module, &info)?, spirv: spirv(&module, &info)? })
}

fn metal(module: &Module, info: &ModuleInfo) -> Result<String, String> {
    let options = msl::Options { lang_version: (2, 3), fake_missing_bindings: true, ..Default::default() };
    let pipeline = msl::PipelineOptions::default();
    let written = msl::write_string(module, info, &options, &pipeline).map_err(|e| format!("MSL: {e}"))?;
    entries(written.1.entry_point_names.iter().map(|e| e.as_ref().map(drop).map_err(|e| format!("MSL: {e:?}"))))?;
    Ok(written.0)
}

fn directx(module: &Module, info: &ModuleInfo) -> Result<String, String> {
    let options = hlsl::Options { shader_model: hlsl::ShaderModel::V6_0, fake_missing_bindings: true, ..Default::default() };
    let pipeline = hlsl::PipelineOptions::default();
    let mut text = String::new();
    let written =
        hlsl::Writer::new(&mut text, &options, &pipeline).write(module, info, None).map_err(|e| format!("HLSL: {e}"))?;
    entries(written.entry_point_names.iter().map(|e| e.as_ref().map(drop).map_err(|e| format!("HLSL: {e:?}"))))?;
    Ok(text)
}

fn spirv(module: &Module, info: &ModuleInfo) -> Result<Vec<u32>, String> {
    // Subgroups came with 1.3, as Vulkan 1.1 did.
    let options = spv::Options { lang_version: (1, 3), ..Default::default() };
    spv::write_vec(module, info, &options, None).map_err(|e| format!("SPIR-V: {e}"))
}

/// There is one entry point, and it was written.
fn entries(mut all: impl ExactSizeIterator<Item = Result<(), String>>) -> Result<(), String> {
    if all.len() != 1 {
        return Err(format!("{} entry points", all.len()));
    }
    all.try_for_each(|e| e)
}
