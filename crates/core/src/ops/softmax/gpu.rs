//! Softmax on GPUs: a workgroup a row.

use crate::ext::gpu::wgsl;
use crate::ext::*;

pub(super) fn softmax(call: &mut GpuCall) -> Result<()> {
    if call.output_dtype(0) != Dtype::Float32 {
        return Err(call.declined("for float64"));
    }
    let layout = call.input(0).layout().clone();
    let (Some((&n, outer)), Some((&step, steps))) = (layout.shape.split_last(), layout.strides.split_last()) else {
        return Err(call.declined("for scalars"));
    };
    if !call.fits(0, layout.size(), 4) {
        return Err(call.declined("for arrays of this size"));
    }
    let rows = size(outer);
    let source = call.source(0)?;
    let sink = call.sink(0)?;
    let (lengths, [steps]) = collapse(outer, [steps]);
    let mut params = vec![rows as u32, n as u32, source.start, lengths.len() as u32, step as u32];
    params.extend(lengths.iter().map(|&n| n as u32));
    params.extend(steps.iter().map(|&s| s as u32));
    let groups = call.fold_groups(rows);
    call.run("softmax", &[&source], &[&sink], &params, groups, || {
        Ok(wgsl::with_library(&(wgsl::buffers(1, 1) + include_str!("softmax.wgsl"))))
    })
}
