#![doc = include_str!("../README.md")]

/// Returns `base` to the power of `exponent`, as C's `pow` does.
// SAFETY: it has the name, the types and the meaning of C's function.
#[unsafe(no_mangle)]
pub extern "C" fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    #[test]
    fn powers_are_those_of_c() {
        let powers: [(f64, f64, f64); 6] = [
            (2.0, 10.0, 1024.0),
            (27.0, 1.0 / 3.0, 3.0),
            (2.0, -1.0, 0.5),
            (-2.0, 3.0, -8.0),
            (0.0, 0.0, 1.0),
            (0.0, -1.0, f64::INFINITY),
        ];
        for (base, exponent, power) in powers {
            assert_eq!(black_box(base).powf(exponent), power, "{base} {exponent}");
        }
        assert!(black_box(-1.0_f64).powf(0.5).is_nan());
    }

    /// These tests call `pow` and no other function of the library.
    #[test]
    #[cfg(target_os = "linux")]
    fn the_mathematics_library_is_not_loaded() {
        let loaded = std::fs::read_to_string("/proc/self/maps").unwrap();

        assert!(loaded.contains("libc.so"), "{loaded}");
        assert!(!loaded.contains("libm.so"), "{loaded}");
    }
}
