//! The backend on the software Vulkan driver. Without that driver these tests fail: install it with
//! `apt-get install -y mesa-vulkan-drivers libvulkan1`.
#![cfg(target_os = "linux")]

mod driver;

use driver::gpu;
use millpond_core::array::Array;
use millpond_core::stream::cpu;

#[test]
fn an_addition() {
    let gpu = gpu();
    let a = Array::from_slice(&[1.0f32, 2.0, 3.0], &[3]).unwrap();
    let b = Array::from_slice(&[10.0f32, 20.0, 30.0], &[3]).unwrap();
    let c = gpu.run(|| &a + &b);
    assert_eq!(c.to_vec::<f32>().unwrap(), [11.0, 22.0, 33.0]);
    let d = cpu().run(|| &c + &a);
    let e = gpu.run(|| &d * &c);
    assert_eq!(e.to_vec::<f32>().unwrap(), [132.0, 528.0, 1188.0]);
}
