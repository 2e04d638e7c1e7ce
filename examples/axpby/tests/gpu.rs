//! The operation on the software Vulkan driver, both ways.
#![cfg(target_os = "linux")]

use axpby::{axpby, scalar};
use millpond::ext::*;
use millpond::prelude::*;
use millpond::timeline;
use std::sync::Once;

fn gpu() -> Stream {
    static ONCE: Once = Once::new();
    // SAFETY: done once, before anything reads the environment on another thread.
    ONCE.call_once(|| unsafe {
        std::env::set_var("MILLPOND_GPU", "software");
        std::env::set_var("WGPU_BACKEND", "vulkan");
        // What has no kernel is an error here, so that nothing passes by running on the host.
        std::env::set_var("MILLPOND_STRICT_DEVICE", "1");
    });
    Stream::new(DeviceType::Gpu).expect("the software Vulkan driver: apt-get install -y mesa-vulkan-drivers libvulkan1")
}

fn numbers(shape: &[usize]) -> Result<Array> {
    let n: usize = shape.iter().product();
    let data: Vec<f32> = (0..n).map(|i| (i as f32 * 0.37).sin()).collect();
    Array::from_slice(&data, shape)
}

#[test]
fn the_gpu_agrees_with_the_cpu() -> Result<()> {
    let gpu = gpu();
    for dtype in [Dtype::Float32, Dtype::Float16, Dtype::Bfloat16, Dtype::Complex64] {
        let (x, y) = (numbers(&[5, 7])?.astype(dtype)?, numbers(&[7, 5])?.astype(dtype)?);
        let layouts = [
            (x.clone(), y.reshape(&[5, 7])?),
            (x.clone(), y.transpose(..)?),
            (x.clone(), x.take(3, Some(0))?),
            (numbers(&[5, 1])?.astype(dtype)?, numbers(&[7])?.astype(dtype)?),
            (numbers(&[9, 3, 1])?.astype(dtype)?, numbers(&[1, 3, 11])?.astype(dtype)?),
            (numbers(&[0, 3])?.astype(dtype)?, numbers(&[3])?.astype(dtype)?),
        ];
        for (x, y) in layouts {
            let want = axpby(&x, &y, 4.0, -0.5)?.astype(Dtype::Float32)?.to_vec::<f32>()?;
            for z in [gpu.run(|| axpby(&x, &y, 4.0, -0.5))?, gpu.run(|| scalar::axpby(&x, &y, 4.0, -0.5))?] {
                assert_eq!(z.dtype(), dtype);
                let tolerance = if dtype.size() == 2 { 4e-2 } else { 1e-5 };
                for (got, want) in z.astype(Dtype::Float32)?.to_vec::<f32>()?.iter().zip(&want) {
                    assert!((got - want).abs() <= tolerance, "{dtype}: {got} is not {want}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn gradients_run_there_too() -> Result<()> {
    let gpu = gpu();
    let (x, y) = (numbers(&[3, 4])?, numbers(&[4])?);
    let f = |p: &[Array]| axpby(&p[0].square()?, &p[1], 4.0, 2.0)?.sum(..);
    let slopes = gpu.run(|| grad(f, &[0, 1])(&[x.clone(), y]))?;
    let want = (&x * 8.0).to_vec::<f32>()?;
    slopes[0].to_vec::<f32>()?.iter().zip(&want).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
    assert_eq!(slopes[1].to_vec::<f32>()?, [6.0; 4]);
    Ok(())
}

#[test]
fn the_scalar_program_is_one_kernel_with_its_neighbours() -> Result<()> {
    let gpu = gpu();
    let (x, y) = (numbers(&[64, 64])?, numbers(&[64, 64])?);
    let (z, spans) = timeline::record(|| {
        let z = gpu.run(|| scalar::axpby(&x.exp()?, &y, 4.0, 2.0)?.square())?;
        z.eval()?;
        Ok::<_, Error>(z)
    });
    z?;
    assert_eq!(spans.iter().filter(|s| s.task.stream == gpu).count(), 1);
    Ok(())
}

/// `x + 1` with a kernel whose source a test gives.
struct Plus(String);

impl Primitive for Plus {
    fn name(&self) -> &str {
        "plus"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        let n = call.input(0).size();
        let (x, z) = (call.source(0)?, call.sink(0)?);
        let groups = call.groups_for(n);
        call.run(&format!("plus {}", self.0), &[&x], &[&z], &[n as u32], groups, || {
            let main = "@compute @workgroup_size(256)\nfn main(@builtin(global_invocation_id) id: vec3<u32>) {\n";
            let head = millpond::ext::gpu::wgsl::buffers(1, 1) + main;
            Ok(format!("{head}{}{}\n}}\n", millpond::ext::gpu::wgsl::section("source"), self.0))
        })
    }
}

struct Nowhere;

impl Primitive for Nowhere {
    fn name(&self) -> &str {
        "nowhere"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
}

#[test]
fn errors_show_the_line_and_name_the_primitive() -> Result<()> {
    let gpu = gpu();
    let x = Array::from_slice(&[1.0f32, 2.0], &[2])?;
    let plus = |body: &str| gpu.run(|| Array::apply(Plus(body.to_owned()), std::slice::from_ref(&x)));
    let good = "let i = id.x;\nif (i < P[0]) { b0[i] = bitcast<u32>(bitcast<f32>(a0[i]) + 1.0); }";
    assert_eq!(plus(good)?.to_vec::<f32>()?, [2.0, 3.0]);
    for bad in ["let i = id.x;\nlet j = nothing(i);", "let i = id.x;\nlet j: f32 = i;", "let i = id.x;\nlet j = = 2;"] {
        let z = plus(bad)?;
        let said = bad.lines().last().unwrap();
        for _ in 0..2 {
            let error = z.eval().unwrap_err();
            let message = error.message();
            assert!(message.contains("plus") && message.contains("line 2 of the source") && message.contains(said), "{error}");
        }
    }
    // The device is well after that.
    assert_eq!(plus(good)?.to_vec::<f32>()?, [2.0, 3.0]);
    let error = gpu.run(|| Array::apply(Nowhere, std::slice::from_ref(&x)))?.eval().unwrap_err();
    assert!(error.message().contains("[nowhere] has no GPU kernel"), "{error}");
    Ok(())
}
