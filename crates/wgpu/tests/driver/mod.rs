//! The software device.

use millpond_core::device::{Device, DeviceType};
use millpond_core::stream::Stream;
use std::sync::Once;

use millpond_wgpu as _;

/// The default stream of the software driver's device; with `discrete`, used as if the device had memory of its own. The first call of
/// a test program decides.
pub fn gpu(discrete: bool) -> Stream {
    static ONCE: Once = Once::new();
    // SAFETY: done once, before anything reads the environment on another thread.
    ONCE.call_once(|| unsafe {
        std::env::set_var("MILLPOND_GPU", "software");
        std::env::set_var("WGPU_BACKEND", "vulkan");
        if std::env::var_os("MILLPOND_GPU_FUSE").is_none() {
            std::env::set_var("MILLPOND_GPU_FUSE", if discrete { "always" } else { "recurring" });
        }
        if std::env::var_os("MILLPOND_GPU_WITHOUT").is_none() && discrete {
            std::env::set_var("MILLPOND_GPU_WITHOUT", "subgroups");
        }
        std::env::set_var("MILLPOND_GPU_DISCRETE", if discrete { "1" } else { "0" });
    });
    let found = Device::count(DeviceType::Gpu);
    assert!(found > 0, "no software Vulkan driver: apt-get install -y mesa-vulkan-drivers libvulkan1");
    millpond_core::stream::gpu().unwrap()
}
