//! `2 x`, by a primitive any of whose callbacks fails.

use millpond::ext::gpu::{GROUP, Part, wgsl};
use millpond::ext::*;
use millpond::ops::elementwise::multiply;
use std::sync::atomic::{AtomicIsize, Ordering};

static ALIVE: AtomicIsize = AtomicIsize::new(0);

pub fn alive() -> isize {
    ALIVE.load(Ordering::SeqCst)
}

pub struct Probe {
    fails: String,
    panics: bool,
}

impl Probe {
    pub fn new(fails: &str, panics: bool) -> Probe {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Probe { fails: fails.to_owned(), panics }
    }

    fn reach(&self, place: &str) -> Result<()> {
        match self.fails == place {
            true if self.panics => panic!("{place} went wrong"),
            true => Err(Error::value(format!("[probe] {place} went wrong"))),
            false => Ok(()),
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
        assert!(self.fails != "drop", "drop went wrong");
    }
}

impl Primitive for Probe {
    fn name(&self) -> &str {
        "probe"
    }

    fn attributes(&self) -> Attributes {
        assert!(self.fails != "attributes", "attributes went wrong");
        vec![("fails", (*self.fails).into())]
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        self.reach("infer")?;
        Ok(if self.fails == "no outputs" { Specs::new() } else { smallvec![inputs[0].clone()] })
    }

    fn program(&self, _inputs: &[Dtype]) -> Option<Program> {
        assert!(self.fails != "program", "program went wrong");
        None
    }

    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        self.reach("eval_cpu")?;
        let x = call.contiguous(0)?;
        let xs = x.as_slice::<f32>().unwrap_or_default();
        if self.fails == "dtype" {
            call.output::<f64>(0)?.fill(0.0);
        }
        pool::parallel_chunks(call.output::<f32>(0)?, 1024, &|at, zs| {
            assert!(self.fails != "threads", "threads went wrong");
            zs.iter_mut().zip(&xs[at..]).for_each(|(z, x)| *z = 2.0 * x);
        });
        Ok(())
    }

    /// In two kernels with scratch memory between them: one doubles and reverses, the other reverses.
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        self.reach("eval_gpu")?;
        let x = call.source(0)?;
        let n = size(call.output_shape(0));
        if n == 0 || !call.input(0).layout().is_contiguous() {
            return Err(call.declined("for these strides"));
        }
        call.with_scratch(4 * n, |call, scratch| {
            self.reach("scratch")?;
            let z = call.sink(0)?;
            let mut step = |key: &str, from: &Part, to: &Part, factor: f32| {
                let params = [n as u32, from.start, to.start, factor.to_bits()];
                call.run(key, &[from], &[to], &params, call.groups_for(n), || {
                    self.reach("source")?;
                    Ok(source(if self.fails == "text" { "nonsense" } else { "P[3]" }))
                })
            };
            // Each failing source is a kernel of its own.
            step(&format!("reversed {}", self.fails), &x, scratch, 2.0)?;
            step(&format!("reversed {}", self.fails), scratch, &z, 1.0)
        })
    }

    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        self.reach("vjp")?;
        let slope = multiply(2.0, &call.cotangents[0])?;
        Ok(if self.fails == "two cotangents" { vec![Some(slope.clone()), Some(slope)] } else { vec![Some(slope)] })
    }

    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        self.reach("jvp")?;
        Ok(vec![call.tangents[0].as_ref().map(|t| multiply(2.0, t)).transpose()?])
    }

    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        self.reach("vmap")?;
        if self.fails == "no batch" {
            return Ok(Vec::new());
        }
        Ok(vec![(Array::apply(call.primitive.clone(), call.inputs)?, call.axes[0])])
    }
}

fn source(factor: &str) -> String {
    let body = format!(
        "{main}
    let i = group * {GROUP}u + lane;
    if (i < P[0]) {{
        b0[P[2] + P[0] - 1u - i] = bitcast<u32>(bitcast<f32>({factor}) * bitcast<f32>(a0[P[1] + i]));
    }}
}}
",
        main = wgsl::main(GROUP as usize)
    );
    wgsl::with_library(&(wgsl::buffers(1, 1) + &wgsl::section("probe") + &body))
}
