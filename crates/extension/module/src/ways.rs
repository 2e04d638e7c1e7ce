//! One primitive for each way to compute.

use millpond::ext::*;

fn same(inputs: &[Spec]) -> Result<Specs> {
    Ok(smallvec![inputs[0].clone()])
}

/// A CPU kernel and no rule.
pub struct Bare;

impl Primitive for Bare {
    fn name(&self) -> &str {
        "bare"
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        same(inputs)
    }

    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let x = call.contiguous(0)?;
        call.output::<f32>(0)?.copy_from_slice(x.as_slice().unwrap_or_default());
        Ok(())
    }
}

/// A scalar program and no kernel.
pub struct Doubled;

impl Primitive for Doubled {
    fn name(&self) -> &str {
        "doubled"
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        same(inputs)
    }

    fn program(&self, inputs: &[Dtype]) -> Option<Program> {
        let mut b = Builder::new(inputs);
        let two = b.constant(2.into(), inputs[0]);
        let z = b.binary(ScalarOp::Mul, two, b.input(0)).ok()?;
        Some(b.finish(&[z]))
    }
}

/// A view, and a kernel for inputs that have none.
pub struct Mirrored {
    pub wrong: String,
}

impl Primitive for Mirrored {
    fn name(&self) -> &str {
        "mirrored"
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        same(inputs)
    }

    fn view(&self, input: &Layout) -> Option<Layout> {
        assert!(self.wrong != "panic", "view went wrong");
        let (last, mut out) = (input.ndim().checked_sub(1)?, input.clone());
        out.offset = out.offset.checked_add_signed(input.strides[last] * (input.shape[last] as isize - 1))?;
        out.strides[last] = -input.strides[last];
        match self.wrong.as_str() {
            "beyond" => out.offset += 1_000_000,
            "copy" => return None,
            _ => {}
        }
        Some(out)
    }

    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        let x = call.contiguous(0)?;
        let length = x.shape().last().copied().unwrap_or(1).max(1);
        let zs = call.output::<f32>(0)?;
        for (z, x) in zs.chunks_mut(length).zip(x.as_slice::<f32>().unwrap_or_default().chunks(length)) {
            z.iter_mut().zip(x.iter().rev()).for_each(|(z, x)| *z = *x);
        }
        Ok(())
    }
}
