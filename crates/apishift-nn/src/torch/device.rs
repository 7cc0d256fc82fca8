//! Where is computed, and in how many bits.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::OnceLock,
    time::{Duration, Instant},
};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use tch::{Kind, Tensor};

/// The library whose loading makes CUDA known to libtorch.
const CUDA_LIBRARY: &str = "libtorch_cuda.so";

/// Where is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The first CUDA device, where there is one; otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A CUDA device by its number.
    Cuda(usize),
}

/// What is wrong with the device that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// A name that is none.
    #[error("choose the device `{0}`: known are auto, cpu, cuda, cuda:N")]
    Name(String),
    /// CUDA is not there.
    #[error(
        "use {device}: {why}. On a machine with a GPU, put the `torch/lib` of a PyTorch 2.11 with CUDA on LD_LIBRARY_PATH, or build \
         against it (`cargo xtask libtorch --python PYTHON`); `--device cpu` does without"
    )]
    NoCuda {
        /// What was asked for.
        device: String,
        /// What is not there.
        why: String,
    },
}

impl FromStr for Device {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let wrong = || DeviceError::Name(name.to_owned());
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => {
                let number = name.strip_prefix("cuda:").ok_or_else(wrong)?;
                number.parse().map(Self::Cuda).map_err(|_no_number| wrong())
            }
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl Device {
    /// The device of libtorch. The first call decides for the whole process whether there is CUDA: libtorch remembers what it saw.
    pub fn resolve(self) -> Result<tch::Device, DeviceError> {
        if self == Self::Cpu {
            return Ok(tch::Device::Cpu);
        }
        let cuda = load_cuda().as_ref();
        match (self, cuda) {
            (Self::Auto, Ok(_)) if tch::Cuda::is_available() => Ok(tch::Device::Cuda(0)),
            (Self::Auto | Self::Cpu, _) => Ok(tch::Device::Cpu),
            (Self::Cuda(_), Err(why)) => {
                Err(DeviceError::NoCuda { device: self.to_string(), why: why.clone() })
            }
            (Self::Cuda(number), Ok(_)) => {
                let count = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
                if number < count {
                    return Ok(tch::Device::Cuda(number));
                }
                let why = format!("CUDA names {count} devices");
                Err(DeviceError::NoCuda { device: self.to_string(), why })
            }
        }
    }
}

/// Loads what makes CUDA known, once.
fn load_cuda() -> &'static Result<Library, String> {
    static LOADED: OnceLock<Result<Library, String>> = OnceLock::new();
    LOADED.get_or_init(|| {
        let beside = loaded_from().map(|folder| folder.join(CUDA_LIBRARY)).filter(|path| path.is_file());
        open(beside.as_deref().unwrap_or(Path::new(CUDA_LIBRARY)))
    })
}

/// The folder that this process's libtorch really lies in: a link to an installation leads to what it has for CUDA.
fn loaded_from() -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with("/libtorch_cpu.so"))?;
    Path::new(&line[line.find('/')?..]).parent().map(Path::to_owned)
}

#[expect(unsafe_code, reason = "a library that may be absent cannot be linked")]
fn open(path: &Path) -> Result<Library, String> {
    // SAFETY: PyTorch's own library of this version (libtorch_cpu, which it needs, is loaded already and was checked when linked);
    // its initialisers register kernels and nothing else.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) };
    library.map_err(|error| error.to_string())
}

/// How many threads a computation on the CPU uses. Where other programs compute too, 1 is often the fastest: threads of libtorch wait
/// for each other.
pub fn set_threads(threads: usize) {
    tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
}

/// In how many bits is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    Float32,
    /// 16 bits with the exponent of 32.
    Bfloat16,
}

impl Precision {
    /// The precision of a name: `fp32`, `bf16`, or `auto`, what the device is faster with; `None` of others.
    pub fn named(name: &str, device: tch::Device) -> Option<Self> {
        match name {
            "fp32" => Some(Self::Float32),
            "bf16" => Some(Self::Bfloat16),
            "auto" => Some(Self::fastest(device)),
            _ => None,
        }
    }

    /// What a device is faster with: 16 bits on CUDA, and on a CPU where trying says so. CPUs without instructions for it are slower.
    pub fn fastest(device: tch::Device) -> Self {
        static FASTEST: OnceLock<Precision> = OnceLock::new();
        if device != tch::Device::Cpu {
            return Self::Bfloat16;
        }
        *FASTEST.get_or_init(|| {
            let (half, full) = (Self::Bfloat16.trial(), Self::Float32.trial());
            // Without a clear gain, the exact one.
            if half.as_secs_f64() < 0.8 * full.as_secs_f64() { Self::Bfloat16 } else { Self::Float32 }
        })
    }

    /// The shortest of a few products of the size that small models have.
    fn trial(self) -> Duration {
        let options = (self.kind(), tch::Device::Cpu);
        let (x, weight) = (Tensor::ones([256, 576], options), Tensor::ones([1536, 576], options));
        let once = || {
            let start = Instant::now();
            let _ = tch::no_grad(|| x.linear(&weight, None::<&Tensor>));
            start.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap_or_default()
    }

    /// What libtorch calls it.
    pub fn kind(self) -> Kind {
        match self {
            Self::Float32 => Kind::Float,
            Self::Bfloat16 => Kind::BFloat16,
        }
    }

    /// The name in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Float32 => "fp32",
            Self::Bfloat16 => "bf16",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for name in ["auto", "cpu", "cuda:0", "cuda:3"] {
            assert_eq!(name.parse::<Device>().expect("known").to_string(), name);
        }
        assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
        for name in ["gpu", "cuda:", "cuda:x", "CPU", ""] {
            assert_eq!(name.parse::<Device>(), Err(DeviceError::Name(name.to_owned())));
        }
    }
}
